from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from swagger_client.archive import Coverage, Filters, reader
from swagger_client.archive.periods import parse_utc, span_of
from swagger_client.archive.selection import in_zone, resolve
from swagger_client.export.chart import draw_chart
from swagger_client.export.files import ArchivedFile, find_file, sha256_of
from swagger_client.export.pages import ConversationEntry, Page, plan_pages
from swagger_client.export.source import ExportedMessage
from swagger_client.export.transcript import STATUSES, change_texts, time_text
from swagger_client.web import lookup
from swagger_client.web.context import Html, NotFoundError, PageContext, href, message_href
from swagger_client.web.overview import Listed
from swagger_client.web.search import Results, find

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

#: How many conversations a page of the list shows.
_CONVERSATIONS = 100
_DIRECTIONS = (("", "any"), ("In", "received"), ("Out", "sent"))
_FILES = (("", "with or without"), ("yes", "with files"), ("no", "without files"))
_PARAMETER = re.compile(r"`([a-z_]{1,40})`")
#: The label in the search form for each parameter of the library that error texts name.
_LABELS = {
    "since": "From",
    "until": "To",
    "number": "Number or name",
    "sender": "Number or name",
    "direction": "Direction",
    "status": "Delivery",
}
#: The fields of the search form.
_FIELDS = ("q", "who", "from", "to", "direction", "status", "files", "session")


def start(request: Request, context: PageContext) -> Html:
    """Return the start page: messages by day, delivery statuses, files and runs."""
    counts = context.overview.counts()
    values = {
        "title": f"{context.source.path.name}: text messages",
        "place": "start",
        "archive": context.source.path.name,
        "counts": counts,
        "chart": draw_chart(counts.days),
        "missing": _missing(counts.coverage),
        "statuses": [(status, status_text(status), number) for status, number in counts.statuses],
    }
    return Html("start", values)


def _missing(coverage: Coverage) -> list[str]:
    """Describe what an archive lacks, as ``zoom-sms status`` does."""
    conversations = {gap.session_id for gap in coverage.gaps if gap.state != "accepted"}
    files = [one for one in coverage.missing_files if one.state != "accepted"]
    folder, run = coverage.missing_folder, coverage.interrupted
    found = [folder.text] if folder else []
    if run:
        found.append(f"The archive run that began at {run.started_at} has not finished.")
    if conversations:
        found.append(f"Conversations that could not be read: {len(conversations):,}.")
    if files:
        found.append(f"Files that are missing or were altered: {len(files):,}.")
    for hole in coverage.holes:
        kind = hole.session_type
        found.append(f"Not archived: {kind} conversations from {hole.first} to {hole.last}.")
    for risk in coverage.risks:
        found.append(
            f"No archive run from {risk.first} to {risk.last}: longer than Zoom keeps messages."
        )
    return found


def status_text(status: str | None) -> str:
    if status is None:
        return "No status"
    return STATUSES.get(status) or status.capitalize()


def conversations(request: Request, context: PageContext) -> Html:
    """Return a page of the list of conversations, the most recent first."""
    listed = context.overview.counts().conversations
    number = _number(request.query_params, "page", 1)
    before = (number - 1) * _CONVERSATIONS
    page = listed[before : before + _CONVERSATIONS]
    if number < 1 or (not page and number > 1):
        raise NotFoundError(f"The list of conversations has no page {number}.")
    has_more = before + len(page) < len(listed)
    values = {
        "title": "Conversations",
        "place": "conversations",
        "conversations": [_entry(n, one, context) for n, one in enumerate(page, before + 1)],
        "first": min(before + 1, len(listed)),
        "last": before + len(page),
        "total": len(listed),
        "previous": href("/conversations", page=number - 1) if number > 1 else None,
        "next": href("/conversations", page=number + 1) if has_more else None,
    }
    return Html("conversations", values)


def _entry(number: int, one: Listed, context: PageContext) -> ConversationEntry:
    people = reader.read_participants(context.connection, one.session_id)
    return ConversationEntry(
        number,
        href("/conversation", session=one.session_id),
        context.transcriber.title(people),
        ", ".join(who.phone_number for who in people if who.phone_number),
        time_text(one.first, context.job),
        time_text(one.last, context.job),
        one.messages,
        one.failed,
    )


def conversation(request: Request, context: PageContext) -> Html:
    """Return one page of the messages of a conversation."""
    session_id = request.query_params.get("session", "")
    head = lookup.read_head(context.connection, session_id)
    if head is None:
        raise NotFoundError(f"The archive has no conversation {session_id!r}.")
    pages = plan_pages(context.source.times_of(session_id), context.job)
    here = _page_index(pages, request.query_params.get("page"))
    page = pages[here] if pages else Page("", "No messages", 1, 0)
    rows = lookup.read_page(context.connection, session_id, page)
    views = [context.transcriber.view(row, n) for n, row in enumerate(rows, page.first)]
    title = context.transcriber.title(head.participants)
    values = {
        "title": title,
        "place": "conversations",
        "heading": title,
        "people": [context.transcriber.person(one) for one in head.participants],
        "session_id": session_id,
        "records": head.records,
        "hash": head.hash,
        "erased": head.erased,
        "total": head.messages,
        "page": page,
        "here": here,
        "links": [
            (one.title, href("/conversation", session=session_id, page=one.name), one.messages)
            for one in pages
        ],
        "messages": views,
        "message_links": [message_href(one) for one in views],
    }
    return Html("thread", values, ("find",))


def _page_index(pages: list[Page], name: str | None) -> int:
    """Return the index of the page with this name; without a name, of the last page."""
    if name is None:
        return len(pages) - 1
    for place, page in enumerate(pages):
        if page.name == name:
            return place
    raise NotFoundError(f"The conversation has no page {name!r}.")


def message(request: Request, context: PageContext) -> Html:
    """Return the page of a message, with its versions, its record and the hash check."""
    row = _read_message(request, context)
    people = reader.read_participants(context.connection, row.message.session_id)
    versions = [
        {**one._asdict(), "changes": change_texts(one.changes), "raw": one.raw or "erased"}
        for one in context.source.all_versions(row.message)
    ]
    values = {
        "title": "Message",
        "place": "conversations",
        "heading": context.transcriber.title(people),
        "conversation_href": _page_href(row, context),
        "message": context.transcriber.view(
            row, lookup.read_position(context.connection, row.message)
        ),
        "versions": versions,
        "proof": lookup.read_proof(context.connection, row.message),
    }
    return Html("message", values)


def _page_href(row: ExportedMessage, context: PageContext) -> str:
    session_id = row.message.session_id
    number = lookup.read_position(context.connection, row.message)
    pages = plan_pages(context.source.times_of(session_id), context.job)
    page = next(page for page in pages if page.first <= number <= page.last)
    return f"{href('/conversation', session=session_id, page=page.name)}#m{number}"


def search(request: Request, context: PageContext) -> Html:
    """Return the search page with the messages that match the form."""
    query = request.query_params
    given = {name: query.get(name, "").strip() for name in _FIELDS}
    values: dict[str, object] = {
        "title": "Search",
        "place": "search",
        "given": given,
        "directions": _DIRECTIONS,
        "statuses": [
            ("", "any"),
            *((one, status_text(one)) for one, _ in context.overview.counts().statuses if one),
        ],
        "files": _FILES,
        "messages": None,
        "problem": None,
        "following": None,
        "stopped": False,
        "missing": [],
    }
    if any(given.values()):
        try:
            found = find(
                context.connection,
                given["q"],
                _filters(given, context.job.zone),
                before=query.get("before"),
            )
        except ValueError as error:
            values["problem"] = _with_labels(str(error))
        else:
            values |= _result_values(found, given, context)
            values["missing"] = _missing_from_period(given, context)
    return Html("search", values)


def _filters(given: dict[str, str], zone: ZoneInfo | None) -> Filters:
    filters = Filters(
        since=given["from"] or None,
        until=given["to"] or None,
        direction=given["direction"] or None,
        status=given["status"] or None,
        session_id=given["session"] or None,
        has_files={"yes": True, "no": False}.get(given["files"]),
    )
    if any(character.isdigit() for character in given["who"]):
        filters["number"] = given["who"]
    elif given["who"]:
        filters["sender"] = given["who"]
    return in_zone(filters, zone)


def _with_labels(message: str) -> str:
    """Replace Python parameters in a message by the labels of the search form."""
    message = _PARAMETER.sub(lambda found: _LABELS.get(found[1], found[1]), message)
    return message[:1].upper() + message[1:]


def _missing_from_period(given: dict[str, str], context: PageContext) -> list[str]:
    """Return sentences that say which messages of the searched period the archive lacks."""
    filters = _filters(given, context.job.zone)
    since, until = filters.get("since"), filters.get("until")
    if since is None and until is None:
        return []
    first, last = span_of(since, until)
    spans = context.overview.counts().coverage.covered
    found = []
    if since is not None and spans and first < parse_utc(begins := min(s.first for s in spans)):
        found.append(f"The archive begins at {begins}, so earlier messages are missing.")
    if until is not None and spans and last > parse_utc(ends := max(span.last for span in spans)):
        found.append(f"The archive ends at {ends}, so later messages are missing.")
    undated = Filters(**{**filters, "since": None, "until": None})
    if count := reader.undated(context.connection, resolve(context.connection, undated)):
        found.append(f"Messages without a valid time, which are not shown here: {count:,}.")
    return found


def _result_values(
    found: Results, given: dict[str, str], context: PageContext
) -> dict[str, object]:
    views = [context.transcriber.view(row, n) for n, row in enumerate(found.messages, 1)]
    more = "" if found.before is None else "; older ones are on the next page"
    count = f"{len(views)} message{'s' if len(views) != 1 else ''}, the newest first{more}."
    stopped = found.searched_to is not None
    if found.searched_to is not None:
        count += f" Searched back to {found.searched_to:%Y-%m-%d %H:%M} UTC so far."
    elif not views:
        count = (
            "Nothing found. A message must contain every word. With pay* you find all words that "
            "begin with pay."
        )
    following = None
    if found.before is not None:
        asked = {name: value for name, value in given.items() if value}
        following = href("/search", **asked, before=found.before)
    return {
        "messages": views,
        "links": [message_href(one) for one in views],
        "summary": count,
        "stopped": stopped,
        "following": following,
    }


def file(request: Request, context: PageContext) -> Response:
    """Send a file of a message, unless the file was altered after it was archived."""
    row = _read_message(request, context)
    place = _number(request.query_params, "file", 0)
    files = row.message.attachments
    if not 0 <= place < len(files):
        raise NotFoundError(f"The message has no file with the number {place}.")
    found = find_file(context.source.folder, files[place])
    if found.path is None:
        raise NotFoundError(f"{found.name}: {found.problem}")
    if sha256_of(found.path) != found.attachment.sha256:
        raise NotFoundError(
            f"{found.name}: the file was altered. Its SHA-256 differs from the archived one."
        )
    return _send_file(found)


def _send_file(found: ArchivedFile) -> Response:
    """Send a file. The browser shows an image, saves any other file, and runs no code."""
    from starlette.responses import FileResponse

    assert found.path is not None
    image = found.is_image
    return FileResponse(
        found.path,
        media_type=found.media_type if image else "application/octet-stream",
        filename=found.name_with("file"),
        content_disposition_type="inline" if image else "attachment",
        headers={"content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'"},
    )


def _read_message(request: Request, context: PageContext) -> ExportedMessage:
    query = request.query_params
    found = lookup.read_message(
        context.connection,
        query.get("session", ""),
        query.get("message", ""),
        _number(query, "copy", 0),
    )
    if found is None:
        raise NotFoundError("The archive does not contain this message.")
    return found


def _number(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFoundError(f"{name} must be a number, not {text!r}.")
    return int(text)

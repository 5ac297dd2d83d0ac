"""Format archived text, which must not control the terminal or imitate other output.

All text from outside is escaped: text from Zoom, other people, file names and arguments. Each line
of a message begins with ``> ``. The continuation of a wrapped line begins with ``| ``. A line
without such a prefix comes from this program.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from swagger_client._security.redaction import escape
from swagger_client.archive import ArchivedAttachment, ArchivedMessage, Conversation, Run

#: Matches values that need no quotes: they have none of the punctuation that separates values.
_PLAIN = re.compile(r"[^\s\"→\[\](),:;|]+(?: [^\s\"→\[\](),:;|]+)*")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z", re.ASCII)
_INDENT = " " * 7
#: The prefix of the second and later lines of a message, a sender or a file.
_FOLLOWING = f"{_INDENT}| "
_FILE_STATES = {
    "pending": "not downloaded yet",
    "failed": "download failed",
    "accepted": "download failed, loss accepted",
}
#: Joins emojis to one character.
_JOINER = "\u200d"

__all__ = ["escape", "plural", "quote", "render_conversation", "render_message", "time_of"]


def quote(value: str) -> str:
    """Escape a value; put it in quotes if it contains punctuation that separates values."""
    text = escape(value)
    return text if _PLAIN.fullmatch(value) else '"' + text.replace('"', r"\x22") + '"'


def plural(number: int, noun: str) -> str:
    """Return a number and a noun, such as "1 run", "2,000 runs" or "3 entries"."""
    return f"1 {noun}" if number == 1 else f"{number:,} {plural_form(noun)}"


def plural_form(noun: str) -> str:
    if noun == "person":
        return "people"
    is_ies = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{noun[:-1]}ies" if is_ies else f"{noun}s"


def time_of(message: ArchivedMessage, zone: tzinfo | None = None) -> str:
    """Return a message's time as text; an invalid time is quoted as Zoom sent it."""
    if message.when is not None:
        return _time_text(message.when, zone)
    return time_as_sent(message.date_time)


def time_as_sent(value: str | None, zone: tzinfo | None = None) -> str:
    """Return a timestamp from Zoom as text; an invalid one is quoted as Zoom sent it."""
    if value is None:
        return "(no time)"
    if found := _TIME.fullmatch(value):
        with contextlib.suppress(ValueError):  # such as month 13
            return _time_text(datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00"), zone)
        return f"{found[1]} {found[2]}Z"
    return f'"{escape(value)}"'


def _time_text(at: datetime, zone: tzinfo | None) -> str:
    if zone is not None:
        with contextlib.suppress(OverflowError):  # near the year 1 or 9999
            return at.astimezone(zone).replace(microsecond=0).isoformat(" ")
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def wrap(text: str, width: int | None, *, following: str = "", break_words: bool = False) -> str:
    """Wrap a text to ``width`` columns. Lines after the first begin with ``following``.

    :param break_words: whether to break words that are longer than a line. Otherwise the terminal
        breaks them, and the rest of a word looks like a line of this program. Ids in brackets are
        never broken, so that users can copy them.
    """
    if width is None or columns_of(text) <= width:
        return text
    width = max(width, len(following) + 20)
    lines: list[str] = []
    line = space = ""
    units = _units(text)
    for unit in _split_long(units, width - len(following)) if break_words else units:
        if unit.isspace():
            space = unit
        elif line.strip() and columns_of(line + space + unit) > width:
            lines.append(line)
            line, space = following + unit, ""
        else:
            line, space = line + space + unit, ""
    return "\n".join([*lines, line])


def columns_of(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _units(text: str) -> Iterator[str]:
    """Split a text into words, spaces and CJK characters. A line may break between them."""
    unit, kind = "", ""
    for character in text:
        columns = _columns(character)
        found = "space" if character.isspace() else "wide" if columns == 2 else "word"
        joined = columns == 0 or unit.endswith(_JOINER) or (found == kind != "wide")
        if unit and not joined:
            yield unit
            unit = ""
        unit += character
        kind = found if columns else kind
    yield unit


def _split_long(units: Iterable[str], width: int) -> Iterator[str]:
    """Split each word that is wider than ``width``, except an id in brackets."""
    for unit in units:
        if columns_of(unit) <= width or (unit[0], unit[-1]) == ("[", "]"):
            yield unit
            continue
        part, columns = "", 0
        for character in unit:
            more = _columns(character)
            if columns + more > width:
                yield part
                part, columns = "", 0
            part, columns = part + character, columns + more
        yield part


def run_title(run: Run) -> str:
    span = f" from {run.span_from} to {run.span_to}" if run.span_from and run.span_to else ""
    kinds = {
        "account": f"{run.session_type} conversations{span}",
        "sessions": f"single conversations{span}",
        "migration": "a migration to another archive format",
        "erasure": "an erasure",
    }
    return f"Run {run.run}, {kinds.get(run.kind, f'{run.kind}{span}')}"


def render_message(
    message: ArchivedMessage, width: int | None = None, zone: tzinfo | None = None
) -> str:
    to = ", ".join(quote(party.label) for party in message.recipients) or "(nobody)"
    sender = quote(message.sender.label)
    where = f"[{quote(message.session_id)}]{_status(message)}"
    head = f"{time_of(message, zone)}  {sender} → {to}  {where}"
    head = wrap(head, width, following="    ", break_words=True)
    return f"{head}\n{_body(message, width)}\n"


def render_conversation(
    conversation: Conversation, width: int | None = None, zone: ZoneInfo | None = None
) -> str:
    people = ", ".join(
        f"{quote(party.label)} ({quote(party.phone_number or '')})"
        for party in conversation.participants
    )
    kind = quote(conversation.session_type or "unknown")
    lines = [wrap(f"{kind} conversation {quote(conversation.session_id)}", width, following="    ")]
    if conversation.erased and not conversation.participants and not conversation.messages:
        lines = [f"Erased conversation {quote(conversation.session_id)}"]
    else:
        line = f"Participants: {people}"
        lines.append(wrap(line, width, following="    ", break_words=True))
    day = ""
    for message in conversation.messages:
        at = time_of(message, zone)
        if at[:10] != day:
            day = at[:10]
            heading = f"{day} ({zone.key if zone else 'UTC'})"
            lines += ["", f"-- {heading if message.when else 'without a readable time'}"]
        time = at[11:16] if message.when else at
        head = f"{time}  {quote(message.sender.label)}{_status(message)}"
        lines.append(wrap(head, width, following=_FOLLOWING, break_words=True))
        lines.append(_body(message, width))
    return "\n".join(lines)


def _status(message: ArchivedMessage) -> str:
    usual = ("delivered", "received", None)
    if message.delivery_status in usual:
        return ""
    return f"  ({quote(message.delivery_status or '')})"


def _describe_file(file: ArchivedAttachment) -> str:
    """Return the path of a file, or why it was not downloaded."""
    if file.path:
        return quote(file.path)
    state = _FILE_STATES.get(file.state, file.state)
    return f"{state} ({quote(file.reason)})" if file.reason else state


def _body(message: ArchivedMessage, width: int | None) -> str:
    texts = escape(message.text, keep="\t\n").split("\n") if message.text else []
    lines = [f"{_INDENT}> {line}" for line in texts]
    lines = lines or [f"{_INDENT}(no text)"]
    for file in message.attachments:
        name = quote(file.name or file.attachment_id)
        lines.append(f"{_INDENT}(file {name}: {_describe_file(file)})")
    if width is not None:
        lines = [line.expandtabs(8) for line in lines]
    return "\n".join(wrap(line, width, following=_FOLLOWING, break_words=True) for line in lines)

"""The commands: each takes the options and returns the exit status."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TypedDict

from swagger_client.archive import Archive, ArchivedMessage, RunReport
from swagger_client.cli import text
from swagger_client.cli.account import SANDBOX_SINCE, SANDBOX_UNTIL, account, sandbox
from swagger_client.cli.doctor import findings
from swagger_client.cli.output import exported
from swagger_client.cli.status import DAMAGED, DONE, MISUSE, RESUMABLE
from swagger_client.cli.view import State, of_run, view


def archive(options: Namespace) -> int:
    """Bring the archive up to date."""
    reread = None if options.reread_days == "all" else _days(options.reread_days)
    with Archive(options.database) as kept, account(options) as api, view() as show:
        report = kept.mirror(
            api,
            since=_since(options),
            session_type=options.session_type,
            attachments=options.attachments,
            reread_days=reread,
            progress=of_run(show),
        )
    if options.json:
        _print_json(report._asdict())
    else:
        print(_told(report))
    return RESUMABLE if report.left else DONE


def verify(options: Namespace) -> int:
    """Prove that nothing is missing or altered."""
    with _opened(options) as kept, view() as show:
        report = kept.verify(
            attachments=options.attachments,
            progress=lambda done, total: show(State("Verifying conversations", done, total, "")),
        )
    if options.json:
        _print_json({**report._asdict(), "sound": report.sound})
    else:
        for problem in report.problems:
            print(text.safe(problem))
        verdict = "Nothing is missing or altered" if report.sound else "THE ARCHIVE IS DAMAGED"
        print(
            f"{verdict}: {report.messages:,} messages in {report.sessions:,} conversations, "
            f"{report.records:,} records and {report.files:,} files were read."
        )
        if report.digest:
            print(f"Digest of the last run: {report.digest}")
    return DONE if report.sound else DAMAGED


def export(options: Namespace) -> int:
    """Write messages to a file."""
    with _opened(options) as kept:
        if options.output == "-":
            with exported("utf-8-sig" if options.format == "csv" else "utf-8") as output:
                kept.export(output, options.format, **_chosen(options))
            _tell_undated(kept, options)
            return DONE
        written = kept.export(Path(options.output), options.format, **_chosen(options))
        _tell_undated(kept, options)
    if options.json:
        _print_json({"messages": written, "output": options.output})
    else:
        print(f"{written:,} messages written to {options.output}.")
    return DONE


def search(options: Namespace) -> int:
    """Find messages by their words."""
    with _opened(options) as kept:
        found = kept.search(" ".join(options.words), limit=options.limit, **_chosen(options))
        if options.json:
            for message in found:
                _print_json(_as_object(message))
            return DONE
        count = 0
        for message in found:
            print(text.found(message))
            count += 1
    print(_found(count, options.limit))
    return DONE


def show(options: Namespace) -> int:
    """Print a conversation."""
    with _opened(options) as kept:
        try:
            one = kept.conversation(options.session_id)
        except KeyError:
            raise ValueError(
                f"{options.database} has no conversation {text.safe(options.session_id)}: "
                "`zoom-sms search` shows ids in brackets."
            ) from None
    if options.json:
        for message in one.messages:
            _print_json(_as_object(message))
    else:
        print(text.conversation(one))
    return DONE


def doctor(options: Namespace) -> int:
    """Check what a run needs."""
    wrong = passing = 0
    for finding in findings(options):
        if options.json:
            _print_json(finding._asdict())
        else:
            print(f"{'FIX' if finding.fix else 'ok':4} {finding.check}: {text.safe(finding.said)}")
            if finding.fix:
                print(f"     → {text.safe(finding.fix)}")
        wrong += bool(finding.fix)
        passing += bool(finding.fix) and finding.passing
    if not wrong:
        return DONE
    return RESUMABLE if passing == wrong else MISUSE


def _opened(options: Namespace) -> Archive:
    """The archive; that of the invented account is made when it is not there yet."""
    kept = Archive(options.database)
    if options.sandbox and not kept.path.exists():
        with sandbox() as api:
            kept.mirror(api, since=SANDBOX_SINCE)
    return kept


def _since(options: Namespace) -> str | None:
    if options.sandbox and SANDBOX_UNTIL < (options.since or "")[:10] < "9999":
        raise ValueError(
            f"the sandbox's account has messages from {SANDBOX_SINCE} to {SANDBOX_UNTIL}: "
            "give a --from before its end"
        )
    return options.since or (SANDBOX_SINCE if options.sandbox else None)


def _days(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise ValueError(f"--reread-days takes a number or 'all', not {given!r}") from None


class _Selected(TypedDict):
    """The options that select messages."""

    since: str | None
    until: str | None
    number: str | None
    session_id: str | None
    user_id: str | None


def _chosen(options: Namespace) -> _Selected:
    return {
        "since": options.since,
        "until": options.until,
        "number": options.number,
        "session_id": options.session_id,
        "user_id": options.user_id,
    }


def _tell_undated(kept: Archive, options: Namespace) -> None:
    """Tell of the messages that a span leaves out because nobody knows their time."""
    if options.since is None and options.until is None:
        return
    chosen = {name: getattr(options, name) for name in ("number", "session_id", "user_id")}
    if count := kept.undated(**chosen):
        told = f"{count:,} messages are not among them: their times cannot be read."
        print(f"{told} Without --from and --to they are exported.", file=sys.stderr)


def _print_json(value: object) -> None:
    print(json.dumps(value))


def _as_object(message: ArchivedMessage) -> dict[str, object]:
    return {
        **message._asdict(),
        "sender": message.sender._asdict(),
        "recipients": [one._asdict() for one in message.recipients],
        "attachments": [one._asdict() for one in message.attachments],
        "raw": json.loads(message.raw),
    }


def _found(count: int, limit: int) -> str:
    if count == limit:
        return f"The {count} newest are shown; --limit shows more."
    return f"{count} found." if count else "Nothing found: all words must be in one message."


def _told(report: RunReport) -> str:
    """What a run did, for people."""
    lines = []
    if report.resumed:
        lines.append("An interrupted run was finished; what came later is for the next run.")
    lines.append(
        f"Archived {report.new_messages:,} new messages, and {report.new_sessions:,} new "
        f"conversations, of {report.span_from} to {report.span_to}."
    )
    if report.changed_messages:
        what = "; ".join(f"{name} ({count:,})" for name, count in report.changes.items())
        lines.append(f"Changed: {report.changed_messages:,} messages: {text.safe(what)}.")
    if report.files_done or report.files_failed:
        failed = f", {report.files_failed:,} failed" if report.files_failed else ""
        lines.append(f"Files: {report.files_done:,} fetched{failed}.")
    for session_id, reason in report.refused:
        lines.append(text.safe(f"Zoom lists but does not show {session_id} ({reason})."))
    if report.files_given_up:
        lines.append(
            f"{report.files_given_up:,} files were refused in five runs and are given up: table "
            "`attachments` has the reasons."
        )
    if report.left:
        lines.append(f"{report.left:,} of these are tried again: run the same command later.")
    lines.append(f"The archive is complete since {report.covered_from}.")
    lines.append(f"Digest: {report.digest} (keep it elsewhere: `verify` shows the same)")
    return "\n".join(lines)

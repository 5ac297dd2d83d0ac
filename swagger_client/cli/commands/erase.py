from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from swagger_client.archive import ErasureReport
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import NOT_CONFIRMED
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape, plural


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--session", dest="session_id", metavar="ID", help="erase a conversation")
    what.add_argument("--message", dest="message_id", metavar="ID", help="erase a message")
    what.add_argument("--number", help="erase all messages that a phone number sent or received")
    add("--reason", metavar="TEXT", help="the reason, which is recorded; required with --yes")
    add(
        "--yes",
        action="store_true",
        help="erase; without --yes, the command only prints what it would erase",
    )


def _run(options: Namespace, console: Console) -> list[Problem]:
    what = {
        "session_id": options.session_id,
        "message_id": options.message_id,
        "number": options.number,
    }
    if options.yes and options.reason is None:
        raise ValueError("--yes requires --reason, which the audit log records")
    with opened(options, console) as archive:
        if options.yes:
            report = archive.erase(reason=options.reason, **what)
        else:
            report = archive.propose_erasure(**what)
        folder = archive.attachments if report.files else None
    console.result({**report._asdict(), "erased": options.yes})
    for line in _describe(report, folder, erased=options.yes):
        console.print(line)
    return [] if options.yes else [NOT_CONFIRMED()]


def _describe(report: ErasureReport, folder: Path | None, *, erased: bool) -> list[str]:
    lines = [
        f"{'Erased' if erased else 'This would erase'}: {plural(report.messages, 'message')} in "
        f"{plural(report.conversations, 'conversation')}, with {plural(report.records, 'record')}, "
        f"{plural(report.files, 'file')} and {plural(report.audit_entries, 'audit entry')}."
    ]
    if report.events:
        lines.append(f"Also: {plural(report.events, 'webhook event')}, not archived.")
    lines += [f"This copy in an older format too: {escape(copy)}" for copy in report.copies]
    if folder is not None:
        lines.append(f"The files {'were' if erased else 'are'} in {escape(str(folder))}.")
    if report.unlinked:
        records = plural(report.unlinked, "record")
        lines.append(f"{records} from archive format 1: after the erasure, verify cannot recompute "
                     "their own hashes.")  # fmt: skip
    if erased:
        lines.append(f"The erasure is recorded as entry {report.erasure} of the audit log.")
    return lines


COMMAND = Command(
    summary="Erase a conversation, a message or a person, and record the erasure",
    group="Evidence",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="Nothing was erased, or the next command on this archive finishes the erasure.",
)

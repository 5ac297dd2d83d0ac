"""``zoom-sms status``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, Coverage
from swagger_client.archive.event_queue import EventStatus
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import finished_runs, problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.problems import without_class_names
from swagger_client.cli.text import escape, plural, quote


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--months", action="store_true", help="count messages by month and kind")


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        result = _status(archive)
        coverage = archive.coverage()
        problems = problems_of_archive(archive, with_files=True)
        events = archive.event_status()
    console.result({**result, **_covered(coverage)})
    for line in (*_describe(result, problems), *_describe_events(events)):
        console.print(line, following=" " * len("Archived:   "))
    if options.months:
        for month in coverage.months:
            kind = quote(month.session_type or "unknown")
            counts = f"{plural(month.messages, 'message')} in "
            counts += plural(month.conversations, "conversation")
            console.print(f"{month.month or 'no time'}  {kind}  {counts}")
    for gap in coverage.gaps:
        state = "accepted" if gap.state == "accepted" else "not read"
        reason = escape(without_class_names(gap.reason or "not tried yet"))
        console.print(f"{state}: conversation {quote(gap.session_id)}: {reason}", following="    ")
    return problems


def _covered(coverage: Coverage) -> dict[str, object]:
    """Return the coverage and its gaps as JSON objects."""
    return {
        "months": [month._asdict() for month in coverage.months],
        "covered": [span._asdict() for span in coverage.covered],
        "holes": [span._asdict() for span in coverage.holes],
        "gaps": [gap._asdict() for gap in coverage.gaps],
        "missing_files": [file._asdict() for file in coverage.missing_files],
        "retention_days": coverage.retention_days,
    }


def _status(archive: Archive) -> dict[str, object]:
    runs = archive.runs()
    finished = finished_runs(runs)
    folder = archive.attachments
    return {
        "database": str(archive.path),
        "archived_from": min((run.covered_from for run in finished), default=None),
        "archived_to": max((run.span_to for run in finished), default=None),
        "conversations": sum(1 for _ in archive.conversations()),
        "messages": archive.count(),
        "messages_with_files": archive.count(has_files=True),
        "files": None if folder is None else str(folder),
        "events": _events(archive.event_status()),
        "runs": len(runs),
        "last_run": finished[-1]._asdict() if finished else None,
    }


def _events(status: EventStatus) -> dict[str, object]:
    return {
        "received_at": status.received_at,
        "validated_at": status.validated_at,
        "pending": status.pending,
        "failed": [
            {"key": one.key, "session_id": one.session_id, "reason": one.reason}
            for one in status.failed
        ],
    }


def _describe_events(status: EventStatus) -> list[str]:
    if status.received_at is None and status.validated_at is None:
        return []
    lines = [
        f"Events:     last received {status.received_at or 'never'}, {status.pending:,} to archive"
    ]
    return lines + [
        f"            {escape(one.session_id or one.key)}: {escape(one.reason or '')}"
        for one in status.failed
    ]


def _describe(result: dict[str, object], problems: list[Problem]) -> list[str]:
    lines = [f"Archive:    {escape(str(result['database']))}"]
    if result["archived_to"] is None:
        return [*lines, "Archived:   nothing yet; no run has finished"]
    complete = "complete" if not problems else "NOT COMPLETE"
    messages = plural(int(str(result["messages"])), "message")
    conversations = plural(int(str(result["conversations"])), "conversation")
    files = plural(int(str(result["messages_with_files"])), "message") + " with files"
    folder = "files are not downloaded" if result["files"] is None else f"in {result['files']}"
    return [
        *lines,
        f"Archived:   {result['archived_from']} to {result['archived_to']}, {complete}",
        f"Content:    {messages} in {conversations}",
        f"Files:      {files}, {escape(folder)}",
        f"Runs:       {result['runs']}",
    ]


COMMAND = Command(
    summary="Say what is archived, and whether it is complete",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
)

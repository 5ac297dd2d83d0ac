from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from swagger_client.archive import Archive, Coverage, Gap, Run
from swagger_client.archive.event_queue import EventStatus
from swagger_client.cli.all_profiles import add_all_profiles, run_for_profiles
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import FILES_NOT_ARCHIVED, finished_runs, problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import STALE
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_attachments
from swagger_client.cli.problems import without_class_names
from swagger_client.cli.text import escape, plural, quote

#: How many conversations with failed events are listed.
_FAILED_SHOWN = 10
_AGE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([hd])")


def _add_arguments(parser: ArgumentParser) -> None:
    add_attachments(parser)
    parser.add_argument("--months", action="store_true",
        help="count messages by month and conversation type")  # fmt: skip
    parser.add_argument(
        "--max-age",
        metavar="AGE",
        type=_age,
        help="exit with 3 if the last complete archive run is older, for example than 36h or 2d",
    )
    add_all_profiles(parser, "report on the archives of all profiles")


def _run(options: Namespace, console: Console) -> list[Problem]:
    return run_for_profiles("status", _report, options, console)


def _report(options: Namespace, console: Console) -> tuple[dict[str, object], list[Problem]]:
    with opened(options, console) as archive:
        last = next(iter(finished_runs(archive.runs())[::-1]), None)
        events = archive.event_status()
        result = _status(archive, last, events)
        coverage = archive.coverage()
        problems = problems_of_archive(archive, coverage=coverage, with_files=True)
        limit: _MaxAge | None = options.max_age
        if last is not None and limit is not None and _age_of(last) > limit.age:
            problems.append(STALE(finished_at=last.finished_at, max_age=limit.text))
    for line in (*_describe(result, last, problems), *_describe_events(events)):
        console.print(line, following=" " * len("Archived:   "))
    if options.months:
        for month in coverage.months:
            kind = quote(month.session_type or "unknown")
            counts = f"{plural(month.messages, 'message')} in "
            counts += plural(month.conversations, "conversation")
            line = f"{month.month or 'no time'}  {kind}  {counts}"
            console.print(line, following=" " * len("2026-01  "))
    for line in _describe_gaps(coverage.gaps):
        console.print(line, following="    ")
    return {**result, **_coverage_fields(coverage)}, problems


def _describe_gaps(gaps: list[Gap]) -> list[str]:
    spans: dict[tuple[str, str, str], list[str]] = {}
    for gap in gaps:
        state = "accepted" if gap.state == "accepted" else "not read"
        reason = escape(without_class_names(gap.reason or "not tried yet"))
        span = f"{gap.window_from} to {gap.window_to}"
        spans.setdefault((state, gap.session_id, reason), []).append(span)
    return [
        f"{state}: conversation {quote(session_id)}: {reason} ({', '.join(found)})"
        for (state, session_id, reason), found in spans.items()
    ]


def _coverage_fields(coverage: Coverage) -> dict[str, object]:
    return {
        "months": [month._asdict() for month in coverage.months],
        "covered": [span._asdict() for span in coverage.covered],
        "holes": [span._asdict() for span in coverage.holes],
        "gaps": [gap._asdict() for gap in coverage.gaps],
        "missing_files": [file._asdict() for file in coverage.missing_files],
        "retention_days": coverage.retention_days,
    }


def _status(archive: Archive, last: Run | None, events: EventStatus) -> dict[str, object]:
    runs = archive.runs()
    finished = finished_runs(runs)
    folder = archive.attachments
    return {
        "database": str(archive.path),
        "session_types": sorted({run.session_type for run in finished}),
        "archived_from": min((run.covered_from for run in finished), default=None),
        "archived_to": max((run.span_to for run in finished), default=None),
        "conversations": sum(1 for _ in archive.conversations()),
        "messages": archive.count(),
        "messages_with_files": archive.count(has_files=True),
        "files": None if folder is None else str(folder),
        "events": _events(events),
        "runs": len(runs),
        "last_run": None if last is None else last._asdict(),
        "last_run_age_seconds": None if last is None else round(_age_of(last).total_seconds()),
    }


def _events(status: EventStatus) -> dict[str, object]:
    return {
        "received_at": status.received_at,
        "validated_at": status.validated_at,
        "pending": status.pending,
        **{
            state: [
                {"key": one.key, "session_id": one.session_id, "reason": one.reason}
                for one in events
            ]
            for state, events in (("failed", status.failed), ("accepted", status.accepted))
        },
    }


def _describe_events(status: EventStatus) -> list[str]:
    if status.received_at is None and status.validated_at is None:
        return []
    lines = [
        f"Events:     last received {status.received_at or 'never'}, {status.pending:,} to archive"
    ]
    for state, events in (("", status.failed), (", accepted", status.accepted)):
        found = Counter((one.session_id or one.key, one.reason or "") for one in events)
        for (session_id, reason), count in found.most_common(_FAILED_SHOWN):
            counted = f"{plural(count, 'event')}{state}"
            lines.append(f"            {escape(session_id)}, {counted}: {escape(reason)}")
        if len(found) > _FAILED_SHOWN:
            lines.append(f"            and {len(found) - _FAILED_SHOWN:,} more; --json lists all")
    return lines


def _describe(result: dict[str, object], last: Run | None, problems: list[Problem]) -> list[str]:
    lines = [f"Archive:    {escape(str(result['database']))}"]
    if last is None:
        return [*lines, "Archived:   NOT COMPLETE, no run has finished", "Last run:   none"]
    complete = "complete" if not problems else "NOT COMPLETE"
    messages = plural(int(str(result["messages"])), "message")
    conversations = plural(int(str(result["conversations"])), "conversation")
    files = plural(int(str(result["messages_with_files"])), "message") + " with files"
    folder = FILES_NOT_ARCHIVED if result["files"] is None else f"in {result['files']}"
    return [
        *lines,
        f"Archived:   {result['archived_from']} to {result['archived_to']}, {complete}",
        *_describe_session_types(result["session_types"]),
        f"Last run:   {_finish_time(last):%Y-%m-%dT%H:%M:%SZ} ({_ago(_age_of(last))})",
        f"Content:    {messages} in {conversations}",
        f"Files:      {files}, {escape(folder)}",
        f"Runs:       {result['runs']}",
    ]


def _describe_session_types(session_types: object) -> list[str]:
    if not isinstance(session_types, list) or not session_types or "all" in session_types:
        return []
    return [f"Kinds:      only {' and '.join(session_types)} conversations (--session-type)"]


class _MaxAge(NamedTuple):
    text: str
    age: timedelta


def _age(given: str) -> _MaxAge:
    found = _AGE.fullmatch(given.strip())
    if found is None or not float(found[1]):
        raise ArgumentTypeError("pass a number of hours or days above 0, such as 36h or 2d")
    number, unit = float(found[1]), "hour" if found[2] == "h" else "day"
    text = f"{found[1]} {unit}" + ("" if number == 1 else "s")
    return _MaxAge(text, timedelta(hours=number * (1 if unit == "hour" else 24)))


def _finish_time(run: Run) -> datetime:
    return datetime.fromisoformat(str(run.finished_at)).astimezone(timezone.utc)


def _age_of(run: Run) -> timedelta:
    return max(_now() - _finish_time(run), timedelta(0))


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return plural(minutes, "minute") + " ago"
    if minutes < 48 * 60:
        return plural(minutes // 60, "hour") + " ago"
    return plural(minutes // (24 * 60), "day") + " ago"


COMMAND = Command(
    summary="Print what is archived, and whether it is complete",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
)

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, CompareReport, Difference, compare
from swagger_client.cli.account import connected
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_without_run
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import NOT_COMPARED, ZOOM_DIFFERS
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_zoom, positive
from swagger_client.cli.progress import State, showing_progress
from swagger_client.cli.text import escape, plural, quote

_SAMPLE = 50


def _add_arguments(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--sample",
        metavar="N",
        type=positive,
        default=_SAMPLE,
        help=f"compare N random conversations (default: {_SAMPLE})",
    )
    which.add_argument(
        "--session",
        dest="session_ids",
        metavar="ID",
        action="append",
        help="compare this conversation; repeat the option for several",
    )
    which.add_argument("--all", action="store_true", help="compare all conversations")
    add_zoom(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        return problems_without_run(archive) or _compare(archive, options, console)


def _compare(archive: Archive, options: Namespace, console: Console) -> list[Problem]:
    with (
        connected(options) as api,
        showing_progress(console) as show,
    ):
        report = compare(
            archive,
            api,
            sessions=options.session_ids,
            sample=None if options.all else options.sample,
            progress=lambda done, total: show(State("Comparing conversations", done, total, "")),
        )
        total = sum(1 for _ in archive.conversations())
    console.result({**_as_object(report), "conversations": total})
    for line in _describe(report, total):
        console.print(line, following="    ")
    return _problems(report)


def _as_object(report: CompareReport) -> dict[str, object]:
    return {
        **report._asdict(),
        "unexplained": report.unexplained,
        "differences": [one._asdict() for one in report.differences],
        "notes": [one._asdict() for one in report.notes],
    }


def _describe(report: CompareReport, total: int) -> list[str]:
    lines = [_line(one) for one in report.differences]
    lines += [f"note: {_line(one)}" for one in report.notes]
    lines += [
        f"{quote(name)} could not be read: {escape(reason)}"
        for name, reason in report.unread.items()
    ]
    lines.append(
        f"Compared {_count(report, total)} and {plural(report.messages, 'message')} up to "
        f"{report.until}: "
        f"{plural(len(report.differences), 'difference')}."
    )
    if report.unexplained:
        lines.append(
            f"{plural(report.unexplained, 'message')} may have been deleted at Zoom: whether they "
            "are only older than its retention is not known."
        )
    return lines


def _count(report: CompareReport, total: int) -> str:
    compared = report.sessions - report.unarchived
    part = f"{compared:,} of " if compared < total else ""
    others = f", {report.unarchived:,} that only Zoom lists" if report.unarchived else ""
    return f"{part}{plural(total, 'archived conversation')}{others}"


def _line(one: Difference) -> str:
    what = f"message {quote(one.message_id)} of " if one.message_id else ""
    detail = f": {escape(one.detail)}" if one.detail else ""
    return f"{one.kind}: {what}conversation {quote(one.session_id)}{detail}"


def _problems(report: CompareReport) -> list[Problem]:
    problems = []
    if report.differences:
        problems.append(ZOOM_DIFFERS(count=plural(len(report.differences), "difference")))
    if report.unread:
        problems.append(NOT_COMPARED(count=len(report.unread)))
    return problems


COMMAND = Command(
    summary="Compare archived conversations with Zoom, using other requests than a run uses",
    group="Evidence",
    add_arguments=_add_arguments,
    run=_run,
)

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace
from pathlib import Path

from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.archive import Archive, NotAnArchiveError, RunReport
from swagger_client.cli import sandbox
from swagger_client.cli.account import connected
from swagger_client.cli.all_profiles import add_all_profiles, run_for_profiles
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import (
    FILES_NOT_ARCHIVED,
    check_folder,
    outage,
    problems_of_archive,
)
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import CLOCK_UNCONFIRMED
from swagger_client.cli.console import Console
from swagger_client.cli.options import add_zoom
from swagger_client.cli.problems import problem_of_outage, without_class_names
from swagger_client.cli.progress import mirror_progress, showing_progress
from swagger_client.cli.text import escape, plural, quote

_SESSION_TYPES = next(p for p in ACCOUNT_SMS_SESSION.parameters if p.name == "session_type").one_of


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="since", metavar="DATE",
        help="the first day to archive (UTC); required for the first run")  # fmt: skip
    add("--attachments", metavar="DIR",
        help="download files to this folder; later runs use the same folder")  # fmt: skip
    add(
        "--session-type",
        choices=_SESSION_TYPES,
        default="all",
        help="the type of conversations to archive (default: all)",
    )
    add(
        "--reread-days",
        metavar="DAYS",
        default="7",
        help="read again this many days before the last run, or 'all', to find late messages and "
        "changed delivery statuses (default: 7)",
    )
    failures = parser.add_mutually_exclusive_group()
    failures.add_argument(
        "--retry",
        choices=("failed",),
        help="try all conversations, files and webhook events again that failed in earlier runs",
    )
    failures.add_argument(
        "--accept",
        choices=("failed",),
        help="accept the loss of the conversations, files and messages of webhook events that "
        "failed in earlier runs; the archive then counts as complete",
    )
    add_all_profiles(parser, "archive the accounts of all profiles")
    add_zoom(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    return run_for_profiles("archive", _archive, options, console)


def _archive(options: Namespace, console: Console) -> tuple[dict[str, object], list[Problem]]:
    reread = None if options.reread_days == "all" else _days(options.reread_days)
    since = options.since
    if options.sandbox:
        if since is None and not Path(options.database).exists():
            since = sandbox.history_begins(Path(options.database))
        console.note("--sandbox archives a made-up account. Nothing is sent to Zoom.")
    if missing := _check_folder(options):
        return {}, missing
    with (
        Archive(options.database) as archive,
        connected(options) as api,
        showing_progress(console) as show,
    ):
        report = archive.mirror(
            api,
            since=since,
            session_type=options.session_type,
            attachments=options.attachments,
            reread_days=reread,
            failed="retry" if options.retry else "accept" if options.accept else None,
            progress=mirror_progress(show),
        )
        coverage = archive.coverage()
        problems = problems_of_archive(archive, coverage=coverage, with_files=True)
        problems += [problem_of_outage(one) for one in report.outages] or outage(archive, coverage)
        if not report.clock_confirmed:
            problems.append(CLOCK_UNCONFIRMED(ended_at=report.span_to))
        files_left = 0 if archive.attachments is not None else archive.count(has_files=True)
    for line in _describe(report, problems, files_left):
        console.print(line)
    if not report.account_confirmed:
        console.note(
            "The account of the access token could not be checked: the token has no account id, "
            "and Zoom lists no conversation. Make sure that it is the archive's account."
        )
    result = {**report._asdict(), "outages": [one._asdict() for one in report.outages]}
    return {**result, "messages_without_their_files": files_left}, problems


def _days(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise ValueError(f"--reread-days is {given!r}; pass a number or 'all'") from None


def _check_folder(options: Namespace) -> list[Problem]:
    if not Path(options.database).exists():
        return []
    # If the disk was full when an archive run created the file, the file contains no archive.
    with Archive(options.database) as archive, contextlib.suppress(NotAnArchiveError):
        return check_folder(archive, options.attachments)
    return []


def _describe(report: RunReport, problems: list[Problem], files_left: int) -> list[str]:
    lines = []
    if report.resumed:
        lines.append(
            "An interrupted run was finished. The next archive run fetches newer messages."
        )
    lines.append(
        f"Archived {plural(report.new_messages, 'new message')} and "
        f"{plural(report.new_sessions, 'new conversation')} from {report.span_from} to "
        f"{report.span_to}."
    )
    if report.changed_messages:
        what = "; ".join(f"{escape(name)} ({count:,})" for name, count in report.changes.items())
        lines.append(f"Changed: {plural(report.changed_messages, 'message')}: {what}.")
    if report.erased_messages:
        count = plural(report.erased_messages, "message")
        lines.append(f"Not stored again, because they were erased earlier: {count}.")
    if report.collisions:
        lines.append(
            f"Messages or files with an id that Zoom used before: {report.collisions:,}. All are "
            "stored."
        )
    if report.files_done or report.files_failed:
        failed = f", {report.files_failed:,} failed" if report.files_failed else ""
        lines.append(f"Files: {report.files_done:,} fetched{failed}.")
    if files_left:
        lines.append(f"{plural(files_left, 'message')} with files: {FILES_NOT_ARCHIVED}.")
    for session_id, reason in report.refused:
        why = escape(without_class_names(reason))
        lines.append(f"Conversation {quote(session_id)} could not be read ({why}).")
    if not problems:
        lines.append(f"The archive is complete from {report.covered_from} to {report.span_to}.")
    lines.append(
        f"Digest: {report.digest} (store it elsewhere; `zoom-sms verify --digest` checks it)"
    )
    return lines


COMMAND = Command(
    summary="Archive new and changed messages",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="Messages archived so far are kept.",
)

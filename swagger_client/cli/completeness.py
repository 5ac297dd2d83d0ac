from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from swagger_client.archive import Archive, Coverage, Run
from swagger_client.archive.periods import parse_utc, period
from swagger_client.cli.conditions import Problem, events, results
from swagger_client.cli.options import filters
from swagger_client.cli.text import plural

#: An outage is likely if 10 or more conversations failed, and these are at least half of all.
_LEAST_OUTAGE, _OUTAGE_SHARE = 10, 0.5
#: Printed if the user chose not to archive files.
FILES_NOT_ARCHIVED = "the files are not archived (--attachments DIR fetches them)"


def problems_of_archive(
    archive: Archive,
    *,
    coverage: Coverage | None = None,
    session_ids: Sequence[str] | None = None,
    with_files: bool = False,
) -> list[Problem]:
    """Return one problem for each kind of data that the archive lacks; files if ``with_files``."""
    if coverage is None:
        coverage = archive.coverage(details=with_files)
    problems = _unfinished(coverage)
    conversations = {gap.session_id for gap in coverage.gaps if gap.state != "accepted"}
    files = [
        file
        for file in coverage.missing_files
        # The next archive run finishes the interrupted run and downloads its pending files.
        if file.state == "failed" or (file.state == "pending" and not coverage.interrupted)
    ]
    if session_ids is not None:
        conversations.intersection_update(session_ids)
        files = [file for file in files if file.session_id in session_ids]
    if conversations:
        count = plural(len(conversations), "conversation")
        problems.append(results.CONVERSATIONS_FAILED(count=count))
    if with_files:
        if coverage.missing_folder is not None:
            problems.append(results.FOLDER_MISSING(message=coverage.missing_folder.text))
        if files:
            problems.append(results.FILES_FAILED(count=plural(len(files), "file")))
        problems += _changed_files(coverage, session_ids)
    failed = archive.event_status(session_id=session_ids).failed
    if failed:
        problems.append(events.EVENTS_FAILED(count=plural(len(failed), "event")))
    return [*problems, *_holes(coverage)]


def _changed_files(coverage: Coverage, session_ids: Sequence[str] | None) -> list[Problem]:
    states = [
        file.state
        for file in coverage.missing_files
        if session_ids is None or file.session_id in session_ids
    ]
    conditions = {"missing": results.FILES_REMOVED, "altered": results.FILES_ALTERED}
    return [
        condition(count=plural(states.count(state), "file"))
        for state, condition in conditions.items()
        if state in states
    ]


def problems_without_run(archive: Archive) -> list[Problem]:
    """Return a problem if no archive run of the whole account has finished."""
    return [] if finished_runs(archive.runs()) else _unfinished(archive.coverage(details=False))


def _unfinished(coverage: Coverage) -> list[Problem]:
    if coverage.interrupted is not None:
        return [results.RUN_INTERRUPTED(started_at=coverage.interrupted.started_at)]
    return [] if coverage.covered else [results.NO_RUN_FINISHED()]


def _holes(coverage: Coverage) -> list[Problem]:
    """Return problems for the time spans whose messages may be missing in the archive."""
    problems = [
        results.HOLE(
            session_type=hole.session_type, archived_from=hole.first, archived_to=hole.last
        )
        for hole in coverage.holes
    ]
    problems += [
        results.RETENTION_RISK(
            archived_from=risk.first, archived_to=risk.last, days=f"{risk.days:.0f}"
        )
        for risk in coverage.risks
    ]
    return problems


def outage(archive: Archive, coverage: Coverage) -> list[Problem]:
    """Return a problem if so many conversations failed that an outage is likely."""
    failed = {gap.session_id for gap in coverage.gaps if gap.state != "accepted"}
    total = sum(1 for _ in archive.conversations())
    if len(failed) < _LEAST_OUTAGE or len(failed) < total * _OUTAGE_SHARE:
        return []
    counts = {"failed": len(failed), "total": total, "kind": "conversations"}
    return [results.OUTAGE(**counts, reason="")]


def problems_of_selection(
    archive: Archive, options: Namespace, *, with_files: bool = False
) -> list[Problem]:
    """Return the reasons why the selected messages may be incomplete, as problems."""
    problems = problems_of_archive(archive, session_ids=options.session_id, with_files=with_files)
    if options.since is None and options.until is None:
        return problems
    problems += _check_period(archive.runs(), options)
    count = archive.undated(**filters(options))
    if count:
        verb = "is" if count == 1 else "are"
        problems.append(results.UNDATED_MESSAGES(count=f"{plural(count, 'message')} {verb}"))
    return problems


def finished_runs(runs: list[Run]) -> list[Run]:
    """Return the finished archive runs that covered the account, not single conversations."""
    return [run for run in runs if run.finished_at is not None and run.kind == "account"]


def check_folder(archive: Archive, given: str | None) -> list[Problem]:
    """Return a problem if the folder of files is missing, unless ``given`` names another one."""
    missing = archive.coverage().missing_folder
    if missing is None or (given is not None and str(Path(given).resolve()) != missing.folder):
        return []
    return [results.FOLDER_MISSING(message=missing.text)]


def _check_period(runs: list[Run], options: Namespace) -> list[Problem]:
    finished = finished_runs(runs)
    if not finished:
        return []
    begins = min(run.covered_from for run in finished)
    ends = max(run.span_to for run in finished)
    problems = []
    selected = filters(options)
    since, until = selected.get("since"), selected.get("until")
    if since is not None and (first := period("since", since)[0]) < parse_utc(begins):
        asked = f"{first:%Y-%m-%dT%H:%M:%SZ}" if isinstance(since, datetime) else since
        problems.append(results.NOT_ARCHIVED_BEFORE(archived_from=begins, asked_from=asked))
    if until is not None and period("until", until)[1] > parse_utc(ends):
        problems.append(results.NOT_ARCHIVED_AFTER(archived_to=ends))
    return problems

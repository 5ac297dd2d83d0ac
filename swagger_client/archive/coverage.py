"""Reports for which time spans an archive is complete, and what it lacks.

An archive run covers a time span if it has fetched all messages that were sent in that time span.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import runs
from swagger_client.archive.event_queue import read_status
from swagger_client.archive.file_folder import MissingFolder, find_change, find_missing_folder
from swagger_client.archive.plan import from_stamp
from swagger_client.archive.runs import Run

#: The name of the setting that says after how many days Zoom deletes messages.
RETENTION = "retention_days"


class MonthCoverage(NamedTuple):
    """How many messages of a month the archive contains, for one type of conversation.

    :ivar str | None month: the month, such as 2026-01; None for messages without a valid time.
    :ivar str | None session_type: the type of conversation, such as "user"; None if unknown.
    :ivar int messages: the number of messages in this month.
    :ivar int conversations: the number of conversations with messages in this month.
    """

    month: str | None
    session_type: str | None
    messages: int
    conversations: int


class Span(NamedTuple):
    """A time span whose messages were fetched, or a time span whose messages are missing.

    :ivar str session_type: the type of conversation; "all" for every type.
    :ivar str first: the start of the time span, in UTC.
    :ivar str last: the end of the time span, in UTC.
    """

    session_type: str
    first: str
    last: str


class Gap(NamedTuple):
    """A time span of a conversation whose messages could not be fetched.

    :ivar str window_from: the start of the time span, in UTC.
    :ivar str window_to: the end of the time span, in UTC.
    :ivar str state: "failed", "failed transiently", "pending" (a user requested another attempt),
        or "accepted" (a user accepted the loss).
    :ivar int attempts: how many failed attempts were counted. Transient failures are not counted.
    :ivar str | None reason: the last error.
    """

    session_id: str
    window_from: str
    window_to: str
    state: str
    attempts: int
    reason: str | None


class MissingFile(NamedTuple):
    """An attachment whose file is missing in the folder of files, or has another size.

    :ivar str state: "pending", "failed" or "accepted" if the file was never downloaded; "missing"
        if it was deleted from the folder; "altered" if its size has changed.
    """

    session_id: str
    message_id: str
    attachment_id: str
    name: str | None
    state: str
    attempts: int
    reason: str | None


class RetentionRisk(NamedTuple):
    """Two consecutive runs between which Zoom may have deleted messages that no run has fetched.

    The time between the two runs is longer than the time after which Zoom deletes messages.

    :ivar str first: the end of the time span that the first run fetched.
    :ivar str last: the start of the second run.
    :ivar float days: the number of days between `first` and `last`.
    """

    first: str
    last: str
    days: float


class Coverage(NamedTuple):
    """What an archive contains and lacks.

    :ivar list months: how many messages of each month the archive contains.
    :ivar list covered: the time spans whose messages finished archive runs have fetched.
    :ivar list holes: the time spans between the covered ones, which no run has fetched.
    :ivar list gaps: the time spans of single conversations whose messages could not be fetched.
    :ivar list missing_files: the attachments whose files are missing or have another size.
    :ivar Run | None interrupted: the run that was started but has not finished.
    :ivar int erased: the number of erased records.
    :ivar int | None retention_days: after how many days Zoom deletes messages; None if unknown.
    :ivar list risks: pairs of runs between which Zoom may have deleted messages.
    :ivar MissingFolder | None missing_folder: the folder of files, if it is missing or contains
        none of the archived files; otherwise None.
    :ivar int failed_events: the number of webhook events whose message Zoom does not return,
        without those whose failure a user accepted.
    """

    months: list[MonthCoverage]
    covered: list[Span]
    holes: list[Span]
    gaps: list[Gap]
    missing_files: list[MissingFile]
    interrupted: Run | None
    erased: int
    retention_days: int | None
    risks: list[RetentionRisk]
    missing_folder: MissingFolder | None = None
    failed_events: int = 0

    @property
    def complete(self) -> bool:
        """Whether an archive run has finished and nothing is missing, except accepted losses."""
        return bool(self.covered) and not (
            self.holes
            or self.interrupted
            or self.risks
            or self.missing_folder
            or self.failed_events
            or any(one.state != "accepted" for one in self.gaps)
            or any(one.state != "accepted" for one in self.missing_files)
        )


_MONTHS = """
SELECT strftime('%Y-%m', m.sent_at, 'unixepoch'), s.session_type, count(*),
    count(DISTINCT m.session_id)
FROM messages m JOIN sessions s USING (session_id) GROUP BY 1, 2 ORDER BY 1, 2
"""
_FILES = """
SELECT m.session_id, m.message_id, a.attachment_id, a.name, a.state, a.attempts, a.reason
FROM attachments a JOIN messages m USING (message)
WHERE a.state IN ('pending', 'failed', 'accepted') ORDER BY 1, m.seq, a.position
"""
_STORED_FILES = """
SELECT m.session_id, m.message_id, a.attachment_id, a.name, a.state, a.attempts, a.reason,
    a.path, a.bytes
FROM attachments a JOIN messages m USING (message) WHERE a.state = 'done'
"""


def read_coverage(
    connection: sqlite3.Connection, folder: Path | None, *, details: bool = True
) -> Coverage:
    """Report what an archive contains and lacks.

    :param folder: the folder of files; None if no archive run has stored files.
    :param details: whether to count the messages of each month and check the files: it may be slow.
    """
    account = [run for run in runs.read_runs(connection) if run.kind == runs.ACCOUNT]
    covered = _join_spans([run for run in account if run.finished_at is not None])
    retention = connection.execute(
        "SELECT value FROM settings WHERE name = ?", (RETENTION,)
    ).fetchone()
    days = None if retention is None else int(retention[0])
    folder = folder if details else None
    missing_folder = find_missing_folder(connection, folder)
    changed = [] if folder is None or missing_folder else _changed_files(connection, folder)
    (erased,) = connection.execute("SELECT count(*) FROM records WHERE content IS NULL").fetchone()
    return Coverage(
        months=[MonthCoverage._make(row) for row in connection.execute(_MONTHS)] if details else [],
        covered=covered,
        holes=_find_holes(covered),
        gaps=[
            Gap._make(row)
            for row in connection.execute(
                f"SELECT {', '.join(Gap._fields)} FROM gaps ORDER BY session_id, window_from"
            )
        ],
        missing_files=[]
        if folder is None
        else [*(MissingFile._make(row) for row in connection.execute(_FILES)), *changed],
        interrupted=next((run for run in account if run.finished_at is None), None),
        erased=erased,
        retention_days=days,
        risks=_find_risks(account, days),
        missing_folder=missing_folder,
        failed_events=len(read_status(connection).failed),
    )


def _changed_files(connection: sqlite3.Connection, folder: Path) -> list[MissingFile]:
    """Return the downloaded files that were deleted from the folder or have another size."""
    return [
        MissingFile._make(row)._replace(state=change)
        for *row, path, size in connection.execute(_STORED_FILES)
        if (change := find_change(folder, str(path), size)) is not None
    ]


def _join_spans(finished: list[Run]) -> list[Span]:
    spans: dict[str, list[tuple[str, str]]] = {}
    for run in finished:
        read = runs.parse_spans(run)
        if read is None:  # a run of archive format 1 has no list of spans
            read = [(run.covered_from, run.span_to)]
        spans.setdefault(run.session_type, []).extend(read)
    found: list[Span] = []
    for session_type, parts in sorted(spans.items()):
        joined: list[tuple[str, str]] = []
        for first, last in sorted(parts):
            if joined and first <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(last, joined[-1][1])
            else:
                joined.append((first, last))
        found += [Span(session_type, first, last) for first, last in joined]
    return found


def _find_holes(covered: list[Span]) -> list[Span]:
    return [
        Span(one.session_type, one.last, other.first)
        for one, other in pairwise(covered)
        if one.session_type == other.session_type
    ]


def _find_risks(account: list[Run], days: int | None) -> list[RetentionRisk]:
    if days is None:
        return []
    found = []
    for one, other in pairwise(account):
        apart = from_stamp(other.started_at) - from_stamp(one.span_to)
        if apart > timedelta(days=days):
            found.append(RetentionRisk(one.span_to, other.started_at, apart / timedelta(days=1)))
    return found

"""Reports which spans an archive covers, and which it lacks."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import runs
from swagger_client.archive.file_folder import MissingFolder, find_change, find_missing_folder
from swagger_client.archive.runs import Run

#: The setting with the days after which Zoom deletes messages.
RETENTION = "retention_days"


class MonthCoverage(NamedTuple):
    """The messages of a month, of one kind of conversation.

    :ivar str | None month: as 2026-01; None for messages whose time cannot be read.
    """

    month: str | None
    session_type: str | None
    messages: int
    conversations: int


class Span(NamedTuple):
    """A span of one kind of conversation ("all": every kind), read or not."""

    session_type: str
    first: str
    last: str


class Gap(NamedTuple):
    """A window of a conversation that could not be read.

    :ivar str state: "failed", "failed transiently", "pending" (a person asks for it again), or
        "accepted" (a person accepted the loss).
    """

    session_id: str
    window_from: str
    window_to: str
    state: str
    attempts: int
    reason: str | None


class MissingFile(NamedTuple):
    """A file that is not in the folder of files as it should be.

    :ivar str state: "pending", "failed" or "accepted" when it was not fetched; "missing" when it
        was removed from the folder; "altered" when it has another size than the fetched file.
    """

    session_id: str
    message_id: str
    attachment_id: str
    name: str | None
    state: str
    attempts: int
    reason: str | None


class RetentionRisk(NamedTuple):
    """Two runs further apart than Zoom's retention period."""

    first: str
    last: str
    days: float


class Coverage(NamedTuple):
    """The coverage of an archive.

    :ivar list covered: the spans that finished runs have read; empty while none has finished.
    :ivar list holes: the spans between them that no run has read.
    :ivar Run | None interrupted: the run that has not ended.
    :ivar int | None retention_days: after how many days Zoom deletes, where that was configured.
    :ivar list risks: intervals between runs that are longer than that.
    :ivar MissingFolder | None missing_folder: the folder of files, if it is not in its place.
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

    @property
    def complete(self) -> bool:
        """Whether a run has finished and nothing is missing, apart from accepted losses."""
        return bool(self.covered) and not (
            self.holes
            or self.interrupted
            or self.risks
            or self.missing_folder
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


def read_coverage(connection: sqlite3.Connection) -> Coverage:
    """Return the coverage of an archive."""
    account = [run for run in runs.read_runs(connection) if run.kind == runs.ACCOUNT]
    covered = _covered([run for run in account if run.finished_at is not None])
    retention = connection.execute(
        "SELECT value FROM settings WHERE name = ?", (RETENTION,)
    ).fetchone()
    days = None if retention is None else int(retention[0])
    folder = connection.execute("SELECT value FROM settings WHERE name = 'attachments'").fetchone()
    place = None if folder is None else Path(str(folder[0]))
    missing_folder = find_missing_folder(connection, place)
    changed = [] if place is None or missing_folder else _changed_files(connection, place)
    (erased,) = connection.execute("SELECT count(*) FROM records WHERE content IS NULL").fetchone()
    return Coverage(
        months=[MonthCoverage._make(row) for row in connection.execute(_MONTHS)],
        covered=covered,
        holes=_holes(covered),
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
        risks=_risks(account, days),
        missing_folder=missing_folder,
    )


def _changed_files(connection: sqlite3.Connection, folder: Path) -> list[MissingFile]:
    """Return the stored files that were removed from their folder, or have another size."""
    return [
        MissingFile._make(row)._replace(state=change)
        for *row, path, size in connection.execute(_STORED_FILES)
        if (change := find_change(folder, str(path), size)) is not None
    ]


def _covered(finished: list[Run]) -> list[Span]:
    """The spans that runs have read, those that meet joined, by kind of conversation."""
    spans: dict[str, list[tuple[str, str]]] = {}
    for run in finished:
        read = runs.spans_of(run)
        if read is None:  # archive format 1: the row says since when all is covered
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


def _holes(covered: list[Span]) -> list[Span]:
    return [
        Span(one.session_type, one.last, other.first)
        for one, other in pairwise(covered)
        if one.session_type == other.session_type
    ]


def _risks(account: list[Run], days: int | None) -> list[RetentionRisk]:
    """Find pairs of runs between which Zoom may have deleted messages."""
    if days is None:
        return []
    found = []
    for one, other in pairwise(account):
        apart = _time(other.started_at) - _time(one.span_to)
        if apart > timedelta(days=days):
            found.append(RetentionRisk(one.span_to, other.started_at, apart / timedelta(days=1)))
    return found


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)

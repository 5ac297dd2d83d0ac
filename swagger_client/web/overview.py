from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from swagger_client.archive import Archive, Coverage, Run
from swagger_client.archive.coverage import read_coverage
from swagger_client.archive.reading import Snapshot
from swagger_client.export.source import QUARTER, count_days

#: How many runs the start page lists.
_RUNS = 10


class Listed(NamedTuple):
    session_id: str
    messages: int
    failed: int
    first: int | None
    last: int | None


class Counts(NamedTuple):
    """The message counts on the start page and the conversation list, reused for many requests."""

    messages: int
    statuses: list[tuple[str | None, int]]
    files: dict[str, int]
    days: list[tuple[str, int]]
    coverage: Coverage
    runs: Sequence[Run]
    conversations: Sequence[Listed]


class Overview:
    """Stores the message counts of an archive. After a change, a thread counts them again."""

    def __init__(self, path: Path, attachments: Path | None, zone: ZoneInfo | None) -> None:
        self._path = path
        self._attachments = attachments
        self._zone = zone
        self._lock = threading.Lock()
        self._is_counting = False
        self._file_state: object = None
        self._counts: Counts | None = None

    def counts(self) -> Counts:
        """Return the message counts; the previous ones while a thread counts the messages again."""
        with self._lock:
            counts = self._counts
        if counts is None:
            return self._count()
        with self._lock:
            outdated = not self._is_counting and self._file_state != _file_state(self._path)
            self._is_counting = self._is_counting or outdated
        if outdated:
            threading.Thread(target=self._count_and_release, daemon=True).start()
        return counts

    def _count_and_release(self) -> None:
        try:
            self._count()
        finally:
            with self._lock:
                self._is_counting = False

    def _count(self) -> Counts:
        state = _file_state(self._path)
        with (
            Archive(self._path, attachments=self._attachments) as archive,
            archive.snapshot() as snapshot,
        ):
            counts = _read_counts(snapshot, self._zone)
        with self._lock:
            self._file_state, self._counts = state, counts
        return counts


def _file_state(path: Path) -> object:
    """Return a value that changes with every write to the archive."""
    found: list[tuple[int, int] | None] = []
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            status = name.stat()
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append(None)
    return found


def _read_counts(snapshot: Snapshot, zone: ZoneInfo | None) -> Counts:
    execute = snapshot.connection.execute
    ((messages,),) = execute("SELECT count(*) FROM messages")
    statuses = execute("SELECT delivery_status, count(*) FROM messages GROUP BY 1 ORDER BY 2 DESC")
    files = execute("SELECT state, count(*) FROM attachments GROUP BY 1")
    quarters = execute(
        f"SELECT {QUARTER}, count(*) FROM messages m WHERE m.sent_at IS NOT NULL"
        " GROUP BY 1 ORDER BY 1"
    )
    conversations = execute(
        "SELECT session_id, count(*), sum(delivery_status IN ('failed_to_send',"
        " 'failed_to_deliver')), min(sent_at), max(sent_at) FROM messages"
        " GROUP BY session_id ORDER BY 5 DESC, 1"
    )
    return Counts(
        messages,
        statuses.fetchall(),
        dict(files.fetchall()),
        count_days(quarters, zone),
        read_coverage(snapshot.connection, snapshot.attachments),
        snapshot.runs()[-_RUNS:][::-1],
        [Listed(*row) for row in conversations],
    )

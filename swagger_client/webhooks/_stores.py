from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol, runtime_checkable

#: `new`: the caller must handle the event; `busy`: another thread or process is handling it;
#: `done`: it was already handled.
Claim = Literal["new", "busy", "done"]

#: Held while a file is created, so that no other thread connects to it before it is closed.
_creating = Lock()


@runtime_checkable
class EventStore(Protocol):
    """The interface of an object that stores which events were handled.

    A `Receiver` uses it to drop duplicate events. The methods must be thread-safe.
    """

    def claim(self, key: str) -> Claim:
        """Claim an event for handling, unless another caller has claimed or handled it.

        :param key: the `key` of the event.
        :returns: "new" if the caller must handle the event, "busy" if another caller is handling
            it, "done" if it was already handled.
        """
        ...

    def complete(self, key: str) -> None:
        """Record an event as handled. The caller must have claimed it before."""
        ...

    def release(self, key: str) -> None:
        """Remove the claim on an event, so that it is handled when Zoom sends it again."""
        ...


class MemoryEventStore:
    """Stores which events were handled, in memory until the process ends.

    :param capacity: how many events to store. If more were handled, the oldest ones are forgotten,
        and would be handled again if Zoom sent them again.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"`capacity` must be at least 1, not {capacity}.")
        self._capacity = capacity
        self._lock = Lock()
        self._handled: OrderedDict[str, None] = OrderedDict()
        self._claimed: set[str] = set()

    def claim(self, key: str) -> Claim:
        """Claim an event for handling; see `EventStore.claim`."""
        with self._lock:
            if key in self._handled:
                return "done"
            if key in self._claimed:
                return "busy"
            self._claimed.add(key)
            return "new"

    def complete(self, key: str) -> None:
        """Record an event as handled. The caller must have claimed it before."""
        with self._lock:
            self._claimed.discard(key)
            self._handled[key] = None
            if len(self._handled) > self._capacity:
                self._handled.popitem(last=False)

    def release(self, key: str) -> None:
        """Remove the claim on an event, so that it is handled when Zoom sends it again."""
        with self._lock:
            self._claimed.discard(key)


def _make_private_file(path: Path) -> None:
    """Create a file, if it is missing, with access for its owner only.

    An existing file is not opened: when a process closes it, the process loses the locks of all of
    its connections to it, and another process can damage the database.
    """
    with _creating, contextlib.suppress(FileExistsError):
        os.close(os.open(path.resolve(), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


class SQLiteEventStore:
    """Stores which events were handled, in an SQLite file that several processes can share.

    :param path: the path of the file. The first use creates it, with access for its owner only.
    :param keep: how long to store that an event was handled.
    :param lease: for how long an event counts as being handled after the handler was called. If the
        process is killed meanwhile, another process can handle the event after this time.
    :param clock: a function that returns the time in Unix seconds.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        keep: timedelta = timedelta(days=7),
        lease: timedelta = timedelta(minutes=1),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        self._keep = keep.total_seconds()
        self._lease = lease.total_seconds()
        self._clock = clock
        self._created = False

    def claim(self, key: str) -> Claim:
        """Claim an event for handling; see `EventStore.claim`."""
        now = self._clock()
        with self._transaction() as database:
            database.execute("DELETE FROM webhook_events WHERE at < ?", (now - self._keep,))
            found = database.execute(
                "SELECT done, at FROM webhook_events WHERE key = ?", (key,)
            ).fetchone()
            if found is not None and found[0]:
                return "done"
            if found is not None and found[1] > now - self._lease:
                return "busy"
            database.execute("INSERT OR REPLACE INTO webhook_events VALUES (?, 0, ?)", (key, now))
            return "new"

    def complete(self, key: str) -> None:
        """Record an event as handled. The caller must have claimed it before."""
        with self._transaction() as database:
            row = (key, self._clock())
            database.execute("INSERT OR REPLACE INTO webhook_events VALUES (?, 1, ?)", row)

    def release(self, key: str) -> None:
        """Remove the claim on an event, so that it is handled when Zoom sends it again."""
        with self._transaction() as database:
            database.execute("DELETE FROM webhook_events WHERE key = ? AND NOT done", (key,))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # Each transaction has its own connection, because threads cannot share one.
        if not self._created:
            _make_private_file(self._path)
        with contextlib.closing(
            sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
        ) as database:
            if not self._created:
                names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
                is_foreign = bool(names) and "webhook_events" not in names
                if is_foreign or database.execute("PRAGMA application_id").fetchone() != (0,):
                    raise ValueError(
                        f"{self._path} is a database of another program, such as an archive. Name "
                        "a new file"
                    )
                # If this fails, another process is setting the mode at the same time.
                with contextlib.suppress(sqlite3.OperationalError):
                    database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")
            try:
                if not self._created:
                    database.execute(
                        "CREATE TABLE IF NOT EXISTS webhook_events"
                        " (key TEXT PRIMARY KEY, done INTEGER NOT NULL, at REAL NOT NULL)"
                    )
                    database.execute(
                        "CREATE INDEX IF NOT EXISTS webhook_events_by_time ON webhook_events (at)"
                    )
                yield database
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
            self._created = True

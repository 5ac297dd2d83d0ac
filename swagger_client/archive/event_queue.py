"""Stores received webhook events durably until they are archived.

Events are stored by a connection of their own, also while a run holds the archive's lock.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import database
from swagger_client.archive.canonical import JsonObject, as_object
from swagger_client.archive.credentials import without_credentials
from swagger_client.archive.plan import stamp
from swagger_client.webhooks import SmsEvent, UrlValidationEvent, WebhookEvent

#: Settings of the archive: when an event was last received, and when Zoom last validated the URL.
RECEIVED_AT, VALIDATED_AT = "event_received_at", "webhook_validated_at"
#: Zoom validates a URL at least so often, and after six failures sends no more events.
VALIDATION_INTERVAL = timedelta(hours=72)

Submission = tuple[WebhookEvent, str, "Future[None]"]


class ReceivedEvent(NamedTuple):
    """A row of ``received_events``.

    :ivar str key: what events are deduplicated by.
    :ivar str received_at: when it was received, in UTC.
    :ivar str body: the event as JSON, without credentials; empty once it is archived.
    :ivar str | None session_id: the conversation, if it is about one.
    :ivar str state: "pending", "done" or "failed".
    :ivar int attempts: how often its conversation was read without finding it.
    :ivar str | None reason: why it failed.
    """

    number: int
    key: str
    received_at: str
    body: str
    session_id: str | None
    state: str
    attempts: int
    reason: str | None

    @property
    def event(self) -> JsonObject:
        """The event; empty once it is archived."""
        return as_object(safe_json.loads(self.body)) if self.body else {}


class EventStatus(NamedTuple):
    """The state of the webhook events in an archive.

    :ivar str | None received_at: when an event was last received.
    :ivar str | None validated_at: when Zoom last validated the URL.
    :ivar int pending: events that are still to be archived.
    :ivar list failed: events whose conversation or message Zoom did not show.
    """

    received_at: str | None
    validated_at: str | None
    pending: int
    failed: list[ReceivedEvent]

    def may_be_off(self, now: datetime) -> bool:
        """Return whether Zoom may have disabled the subscription: validations stopped."""
        known = max(filter(None, (self.received_at, self.validated_at)), default=None)
        if known is None:
            return False
        last = datetime.fromisoformat(known.replace("Z", "+00:00"))
        return now - last > VALIDATION_INTERVAL


_COLUMNS = ", ".join(ReceivedEvent._fields)


def read_events(
    connection: sqlite3.Connection, states: Sequence[str], limit: int = -1
) -> list[ReceivedEvent]:
    """Return the events in some states, oldest first."""
    marks = ", ".join("?" * len(states))
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM received_events WHERE state IN ({marks}) ORDER BY number LIMIT ?",
        (*states, limit),
    )
    return [ReceivedEvent._make(row) for row in found]


def read_status(connection: sqlite3.Connection) -> EventStatus:
    """Return the state of the webhook events in an archive."""
    settings = dict(
        connection.execute(
            "SELECT name, value FROM settings WHERE name IN (?, ?)", (RECEIVED_AT, VALIDATED_AT)
        ).fetchall()
    )
    (pending,) = connection.execute(
        "SELECT count(*) FROM received_events WHERE state = 'pending'"
    ).fetchone()
    return EventStatus(
        settings.get(RECEIVED_AT),
        settings.get(VALIDATED_AT),
        pending,
        read_events(connection, ["failed"]),
    )


def set_state(
    connection: sqlite3.Connection,
    events: Sequence[ReceivedEvent],
    state: str,
    *,
    reason: str | None = None,
    attempted: bool = True,
) -> None:
    """Set the state of events, within the caller's transaction.

    :param attempted: whether this counts as an attempt.
    """
    kept = "body = '', " if state == "done" else ""
    connection.executemany(
        f"UPDATE received_events SET {kept}state = ?, reason = ?, attempts = attempts + ? "
        "WHERE number = ?",
        [(state, reason, int(attempted), one.number) for one in events],
    )


class EventQueue:
    """Stores events in an existing archive, in a background thread.

    Events that come together are committed together. Of a URL validation, the time is stored.

    :param path: the archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: Set whenever events were stored.
        self.stored = threading.Event()
        self._submitted: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()

    @contextlib.contextmanager
    def running(self) -> Iterator[EventQueue]:
        """Store what is submitted, while the block runs.

        :raises ArchiveError: when the archive cannot be opened.
        """
        thread = threading.Thread(target=self._run, name="event-queue", daemon=True)
        database.connect_for_writing(self.path).close()
        thread.start()
        try:
            yield self
        finally:
            self._submitted.put(None)
            thread.join()

    def submit(self, event: WebhookEvent) -> Future[None]:
        """Store an event; the future is done once it is committed.

        An event whose key is known is not stored again.
        """
        future: Future[None] = Future()
        self._submitted.put((event, _now(), future))
        return future

    def _run(self) -> None:
        connection = database.connect_for_writing(self.path)
        with contextlib.closing(connection):
            while True:
                batch = self._next_batch()
                if not batch:
                    return
                self._store(connection, batch)

    def _next_batch(self) -> list[Submission]:
        """Wait for submitted events; return all of them, or none after :meth:`close`."""
        batch: list[Submission] = []
        submission = self._submitted.get()
        while submission is not None:
            batch.append(submission)
            try:
                submission = self._submitted.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._submitted.put(None)  # closed: the next call returns nothing
        return batch

    def _store(self, connection: sqlite3.Connection, batch: list[Submission]) -> None:
        try:
            with database.transaction(connection, self.path):
                for event, received_at, _ in batch:
                    _insert(connection, event, received_at)
        except Exception as error:
            for *_, future in batch:
                future.set_exception(error)
            return
        for *_, future in batch:
            future.set_result(None)
        self.stored.set()


def _insert(connection: sqlite3.Connection, event: WebhookEvent, received_at: str) -> None:
    if isinstance(event, UrlValidationEvent):
        _set(connection, VALIDATED_AT, received_at)
        return
    session_id = event.session_id if isinstance(event, SmsEvent) else None
    body = safe_json.dumps(without_credentials(dict(event.raw)))
    connection.execute(
        "INSERT OR IGNORE INTO received_events (key, received_at, body, session_id) "
        "VALUES (?, ?, ?, ?)",
        (_storable(event.key), received_at, body, _storable(session_id)),
    )
    _set(connection, RECEIVED_AT, received_at)


def _storable(value: object) -> str | None:
    """Return text that UTF-8 can hold; None for any other value."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "backslashreplace").decode()


def _set(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))


def _now() -> str:
    return stamp(datetime.now(timezone.utc))

"""Stores received webhook events in the archive's database until they are processed.

Events are stored even while an archive run holds the archive's lock, over a database connection of
their own. For each event, a record is appended to the audit log (see
:mod:`swagger_client.archive.account_log`). The record contains a salted hash of the event's body,
so that an altered event is noticed.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import account_log, database
from swagger_client.archive.canonical import JsonObject, as_list, as_object
from swagger_client.archive.credentials import without_credentials
from swagger_client.archive.hashing import commit, new_salt
from swagger_client.webhooks import SmsEvent, UrlValidationEvent, WebhookEvent

#: Kinds of records in the audit log: an event was received; events were archived or discarded; Zoom
#: validated the webhook's URL.
RECEIVED, ARCHIVED, VALIDATED = "event received", "events archived", "webhook validated"
#: A person accepted the loss of messages that only failed events show, or withdrew that decision.
ACCEPTED, RETRIED = "events accepted", "events retried"
#: The states of events that are not archived.
WAITING = ("pending", "failed")
#: Zoom validates a URL at least this often. After six failures, Zoom sends no more events.
VALIDATION_INTERVAL = timedelta(hours=72)

Submission = tuple[WebhookEvent, str, "Future[None]"]


class ReceivedEvent(NamedTuple):
    """A received webhook event: a row of the table ``received_events``.

    :ivar int number: the number of the row.
    :ivar str key: the key by which duplicate events are recognised.
    :ivar str received_at: the time at which the event was received, in UTC.
    :ivar str body: the event as JSON, without credentials; empty after the event was archived.
    :ivar str | None session_id: the id of the conversation; None if the event has none.
    :ivar bytes | None salt: the salt of the body's hash; None after the event was archived.
    :ivar int account_seq: the number of the audit log's record with the body's hash.
    :ivar str state: "pending", "done" (archived or discarded) or "failed".
    :ivar int attempts: how often archiving the event was tried.
    :ivar str | None reason: why archiving the event failed, or why the event was discarded.
    """

    number: int
    key: str
    received_at: str
    body: str
    session_id: str | None
    salt: bytes | None
    account_seq: int
    state: str
    attempts: int
    reason: str | None

    @property
    def event(self) -> JsonObject:
        """The content of the event; empty after the event was archived."""
        return as_object(safe_json.loads(self.body)) if self.body else {}


class EventStatus(NamedTuple):
    """How many webhook events wait to be archived, and when Zoom last sent something.

    :ivar str | None received_at: the time at which the last event was received, in UTC.
    :ivar str | None validated_at: the time at which Zoom last validated the webhook's URL, in UTC.
    :ivar int pending: the number of events that are not archived yet.
    :ivar list failed: the events whose conversation or message Zoom did not return.
    :ivar accepted: the failed events whose failure a user accepted. `failed` does not contain them.
        Their bodies stay stored.
    """

    received_at: str | None
    validated_at: str | None
    pending: int
    failed: list[ReceivedEvent]
    accepted: Sequence[ReceivedEvent] = ()

    def may_be_off(self, now: datetime) -> bool:
        """Return whether Zoom may have disabled the webhook.

        Zoom validates the URL of an enabled webhook at least every 72 hours. The result is True if
        Zoom has sent neither an event nor a validation for more than 72 hours.
        """
        known = max(filter(None, (self.received_at, self.validated_at)), default=None)
        if known is None:
            return False
        last = datetime.fromisoformat(known.replace("Z", "+00:00"))
        return now - last > VALIDATION_INTERVAL


_COLUMNS = ", ".join(ReceivedEvent._fields)


def read_events(
    connection: sqlite3.Connection, states: Sequence[str], limit: int = -1
) -> list[ReceivedEvent]:
    marks = ", ".join("?" * len(states))
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM received_events WHERE state IN ({marks}) ORDER BY number LIMIT ?",
        (*states, limit),
    )
    return [ReceivedEvent._make(row) for row in found]


def read_status(connection: sqlite3.Connection) -> EventStatus:
    (pending,) = connection.execute(
        "SELECT count(*) FROM received_events WHERE state = 'pending'"
    ).fetchone()
    failed, accepted = read_events(connection, ["failed"]), read_accepted(connection)
    return EventStatus(
        account_log.last_time(connection, RECEIVED),
        account_log.last_time(connection, VALIDATED),
        pending,
        [one for one in failed if one.account_seq not in accepted],
        [one for one in failed if one.account_seq in accepted],
    )


def read_accepted(connection: sqlite3.Connection) -> set[int]:
    """Return the `account_seq` of each failed event that a user accepted as lost.

    Only the audit log stores this decision. A record of it with a wrong hash is ignored.
    """
    accepted: set[int] = set()
    for record in account_log.read_log(connection, ACCEPTED, RETRIED):
        if account_log.read_record(connection, record.seq) is not None:
            add_decision(accepted, record)
    return accepted


def add_decision(accepted: set[int], record: account_log.AccountRecord) -> None:
    """Update a set of accepted events (`account_seq`) by a record :data:`ACCEPTED` or RETRIED."""
    events = {int(str(one)) for one in as_list(record.fields.get("events"))}
    if record.kind == ACCEPTED:
        accepted |= events
    else:
        accepted -= events


def record_decision(connection: sqlite3.Connection, kind: Literal["accept", "retry"]) -> None:
    """Record that a user accepts the failure of all failed events, or wants them retried.

    Archive runs retry failed events anyway, except the accepted ones.
    """
    status = read_status(connection)
    events = status.failed if kind == "accept" else status.accepted
    if events:
        account_log.append(
            connection,
            kind=ACCEPTED if kind == "accept" else RETRIED,
            fields={"events": [one.account_seq for one in events], **account_log.actor()},
        )


def find_problem(connection: sqlite3.Connection, event: ReceivedEvent) -> str | None:
    """Compare an event with its record in the audit log; return what is wrong, if anything."""
    record = account_log.read_record(connection, event.account_seq)
    if record is None or record.kind != RECEIVED:
        return "has no record in the audit log"
    claimed = record.fields
    body = None if event.salt is None else commit(event.salt, event.body).hex()
    if event.state == "done":
        is_same = not event.body and event.salt is None
    else:
        is_same = claimed.get("commitment") == body
    known = claimed.get("key"), record.at, claimed.get("session_id")
    if not is_same or known != (event.key, event.received_at, event.session_id):
        return "differs from its record in the audit log"
    return None


def finish_events(
    connection: sqlite3.Connection, events: Sequence[ReceivedEvent], *, reason: str | None = None
) -> None:
    """Mark events as archived, or as discarded for a ``reason``, and delete their bodies."""
    if not events:
        return
    account_log.append(
        connection,
        kind=ARCHIVED,
        fields={"events": [one.account_seq for one in events], "reason": reason},
    )
    connection.executemany(
        "UPDATE received_events SET body = '', salt = NULL, state = 'done', reason = ?, "
        "attempts = attempts + 1 WHERE number = ?",
        [(reason, one.number) for one in events],
    )


def set_state(
    connection: sqlite3.Connection,
    events: Sequence[ReceivedEvent],
    state: Literal["pending", "failed"],
    *,
    reason: str | None = None,
) -> None:
    """Set the state of events that could not be archived, and add 1 to their ``attempts``."""
    connection.executemany(
        "UPDATE received_events SET state = ?, reason = ?, attempts = attempts + 1 "
        "WHERE number = ?",
        [(state, reason, one.number) for one in events],
    )


class EventQueue:
    """Stores webhook events in an existing archive, in a background thread.

    All events that are waiting are stored in one transaction. For an event by which Zoom validates
    the webhook's URL, only the time is stored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: Set whenever events were stored.
        self.stored = threading.Event()
        self._submitted: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()

    @contextlib.contextmanager
    def running(self) -> Iterator[EventQueue]:
        """Run the thread that stores submitted events until the ``with`` block ends."""
        thread = threading.Thread(target=self._run, name="event-queue", daemon=True)
        database.connect_for_writing(self.path).close()
        thread.start()
        try:
            yield self
        finally:
            self._submitted.put(None)
            thread.join()

    def submit(self, event: WebhookEvent) -> Future[None]:
        """Queue an event; the returned future completes when the event is stored."""
        future: Future[None] = Future()
        self._submitted.put((event, account_log.timestamp(), future))
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
        """Wait for submitted events and return them; an empty list tells the thread to end."""
        batch: list[Submission] = []
        submission = self._submitted.get()
        while submission is not None:
            batch.append(submission)
            try:
                submission = self._submitted.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._submitted.put(None)  # the next call returns an empty list
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
        account_log.append(connection, kind=VALIDATED, at=received_at, fields={})
        return
    key = _encodable_text(event.key)
    if connection.execute("SELECT 1 FROM received_events WHERE key = ?", (key,)).fetchone():
        return
    session_id = _encodable_text(event.session_id if isinstance(event, SmsEvent) else None)
    body = safe_json.dumps(without_credentials(dict(event.raw)))
    salt = new_salt()
    claimed: JsonObject = {
        "key": key,
        "session_id": session_id,
        "commitment": commit(salt, body).hex(),
    }
    seq = account_log.append(connection, kind=RECEIVED, at=received_at, fields=claimed).seq
    connection.execute(
        "INSERT INTO received_events (key, received_at, body, session_id, salt, account_seq) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (key, received_at, body, session_id, salt, seq),
    )


def _encodable_text(value: object) -> str | None:
    """Escape the lone surrogates in a text; return None if `value` is not a str."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "backslashreplace").decode()

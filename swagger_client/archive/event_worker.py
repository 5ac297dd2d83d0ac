"""Archives the messages that webhook events announce.

An event only shows that a message exists. The message itself is fetched from the API, by the same
code as in an archive run. If the API lacks the message, the request is repeated for two minutes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client.archive import account_log
from swagger_client.archive.account_check import check_account
from swagger_client.archive.canonical import JsonObject, as_object, identifier
from swagger_client.archive.errors import ArchiveDamagedError, ArchiveError
from swagger_client.archive.event_queue import (
    WAITING,
    ReceivedEvent,
    find_problem,
    finish_events,
    read_accepted,
    read_events,
    set_state,
)
from swagger_client.archive.folder_owner import choose_folder
from swagger_client.archive.recorder import has_record
from swagger_client.archive.rows import message_item
from swagger_client.archive.session_run import run_session
from swagger_client.archive.store import Store
from swagger_client.exceptions import ApiException, NotFoundException

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

logger = logging.getLogger("swagger_client.archive")

#: The delays, in seconds, after which a message is requested again if the API does not return it.
#: After the last delay, the event has failed. The next archive run tries it again.
RETRY_DELAYS = (0.5, 1, 2, 4, 8, 15, 30, 60)
#: The longest pause after an error of Zoom or the network, in seconds.
_LONGEST_PAUSE = 60.0
#: How many conversations are archived before other processes may get the archive's lock.
_SESSIONS_PER_LOCK = 20
#: For how many seconds the worker leaves the lock to other processes.
_RELEASED = 0.1
#: Messages are fetched from this long before the announced message, to find messages close to it.
_OVERLAP = timedelta(hours=1)

#: How long an archived event is stored, to recognise duplicates of it.
_REMEMBERED = timedelta(days=30)

OpenStore = Callable[[], AbstractContextManager[Store]]


class EventWorker:
    """Archives the messages that queued events announce. Call :meth:`run` in a thread.

    :param stored: a ``threading.Event``, set by the :class:`EventQueue` after it stored events.
    """

    def __init__(self, open_store: OpenStore, client: ApiClient, stored: threading.Event) -> None:
        self._open_store = open_store
        self._client = client
        self._stored = stored
        self._stopped = threading.Event()
        #: The times at which failed events are tried again, by event number.
        self._due: dict[int, float] = {}

    def stop(self) -> None:
        """Make :meth:`run` return as soon as it has archived the current conversation."""
        self._stopped.set()
        self._stored.set()

    def run(self) -> None:
        """Archive events until :meth:`stop` is called. After an error, log it and retry later."""
        pause: float | None = 0
        failures = 0
        while not self._stopped.is_set():
            self._stored.wait(pause)
            self._stored.clear()
            try:
                pause = self._archive_due()
                failures = 0
            except Exception as error:  # the receiver continues to store events
                failures += 1
                wait = min(0.5 * 2**failures, _LONGEST_PAUSE)
                known = isinstance(error, (ArchiveError, ApiException, OSError))
                logger.warning(
                    "Events could not be archived; the next attempt is in %.0f s: %s",
                    wait,
                    error,
                    exc_info=not known,
                )
                self._stopped.wait(wait)
                pause = 0

    def _archive_due(self) -> float | None:
        """Archive the events whose time has come; return the seconds until the next attempt."""
        now = self._now()
        with self._open_store() as store:
            check_account(store, self._client)
            folder = choose_folder(store, None)
            events = discard_foreign_events(store, read_waiting_events(store, ["pending"]))
            record_account_events(store, [one for one in events if one.session_id is None])
            waiting = group_by_session(events)
            due = [
                session_id
                for session_id, found in waiting.items()
                if any(self._is_due(one, now) for one in found)
            ]
            for session_id in due[:_SESSIONS_PER_LOCK]:
                if self._stopped.is_set():
                    break
                self._archive(store, session_id, waiting[session_id], folder, now)
        numbers = {one.number for one in events}
        self._due = {one: at for one, at in self._due.items() if one in numbers}
        self._stopped.wait(_RELEASED)
        if len(due) > _SESSIONS_PER_LOCK:
            return 0
        return max(0.0, min(self._due.values()) - self._now()) if self._due else None

    def _archive(
        self,
        store: Store,
        session_id: str,
        events: list[ReceivedEvent],
        folder: Path | None,
        now: float,
    ) -> None:
        """Archive a conversation; plan another attempt for messages that Zoom did not return."""
        missing = archive_events(store, self._client, session_id, events, folder)
        for one in events:
            if one not in missing:
                self._due.pop(one.number, None)
        tried = [one for one in missing if self._is_due(one, now)]
        given_up = [one for one in tried if one.attempts >= len(RETRY_DELAYS)]
        again = [one for one in tried if one.attempts < len(RETRY_DELAYS)]
        with store.transaction():
            set_state(store.connection, given_up, "failed", reason=_NOT_SHOWN)
            set_state(store.connection, again, "pending")
        for one in again:
            self._due[one.number] = self._now() + RETRY_DELAYS[one.attempts]
        for one in given_up:
            self._due.pop(one.number, None)
            logger.error("Zoom does not return the message of the event %s", one.key)

    def _is_due(self, event: ReceivedEvent, now: float) -> bool:
        return self._due.get(event.number, now) <= now

    def _now(self) -> float:
        return time.monotonic()  # the clock of `threading.Event.wait`


_NOT_SHOWN = "Zoom does not return the message or its conversation"


def retry_events(store: Store, client: ApiClient, folder: Path | None) -> None:
    """Try once to archive each pending or failed event, at the end of an archive run.

    An accepted event is tried only if a run has archived its message since.
    """
    delete_old_events(store)
    events = discard_foreign_events(store, read_waiting_events(store))
    record_account_events(store, [one for one in events if one.session_id is None])
    accepted = read_accepted(store.connection)
    waiting = [
        one
        for one in events
        if one.account_seq not in accepted or _has_message(store, str(one.session_id), one.event)
    ]
    for session_id, found in group_by_session(waiting).items():
        reason = _NOT_SHOWN
        try:
            missing = archive_events(store, client, session_id, found, folder)
        except ApiException as error:
            missing, reason = found, str(error)
        with store.transaction():
            set_state(store.connection, missing, "failed", reason=reason)


def read_waiting_events(store: Store, states: Sequence[str] = WAITING) -> list[ReceivedEvent]:
    """Return the events that are not archived yet; raise an error if one was altered."""
    events = read_events(store.connection, states)
    for one in events:
        problem = find_problem(store.connection, one)
        if problem is not None:
            raise ArchiveDamagedError(
                f"{store.path} is damaged: received event {one.number} {problem}. No event was "
                "archived: run `zoom-sms verify`."
            )
    return events


def discard_foreign_events(store: Store, events: Sequence[ReceivedEvent]) -> list[ReceivedEvent]:
    """Mark the events of other accounts as discarded, and return all other events."""
    account = store.setting("account")
    if account is None:
        return list(events)
    foreign = [
        one
        for one in events
        if as_object(one.event.get("payload")).get("account_id") not in (None, account)
    ]
    if foreign:
        logger.warning(
            "%d events belong to another account than %s and are not archived",
            len(foreign),
            account,
        )
        with store.transaction():
            finish_events(store.connection, foreign, reason="of another account")
    return [one for one in events if one not in foreign]


def delete_old_events(store: Store) -> None:
    """Delete finished events after 30 days. Until then, they serve to recognise duplicates."""
    before = account_log.timestamp(datetime.now(timezone.utc) - _REMEMBERED)
    with store.transaction():
        store.connection.execute(
            "DELETE FROM received_events WHERE state = 'done' AND received_at < ?", (before,)
        )


def group_by_session(events: Sequence[ReceivedEvent]) -> dict[str, list[ReceivedEvent]]:
    found: dict[str, list[ReceivedEvent]] = {}
    for one in events:
        if one.session_id is not None:
            found.setdefault(one.session_id, []).append(one)
    return found


def archive_events(
    store: Store,
    client: ApiClient,
    session_id: str,
    events: Sequence[ReceivedEvent],
    folder: Path | None,
) -> list[ReceivedEvent]:
    """Archive the messages of events; return the events whose message was not found."""
    own = [(one.key, one.event) for one in events if has_event_only_fields(one.event)]
    try:
        run_session(store, client, session_id, since=_since(events), folder=folder, events=own)
    except (NotFoundException, ValueError) as error:
        logger.info("The conversation of an event cannot be read yet: %s", error)
        return list(events)
    missing = [one for one in events if not _has_message(store, session_id, one.event)]
    with store.transaction():
        shown = [one for one in events if one not in missing]
        finish_events(store.connection, shown)
    return missing


def has_event_only_fields(event: Mapping[str, object]) -> bool:
    """Return whether an event contains facts about a message that the API does not return."""
    content = _content(event)
    return bool(
        event.get("event") == "phone.sms_sent_failed"
        or content.get("failure_reason")
        or content.get("phone_number_campaign_opt_statuses")
    )


def record_account_events(store: Store, events: Sequence[ReceivedEvent]) -> None:
    """Archive events that are not about a conversation: append them to the audit log."""
    for one in events:
        with store.transaction():
            account_log.append(
                store.connection,
                kind="event",
                at=one.received_at,
                fields={"key": one.key, "event": one.event},
            )
            finish_events(store.connection, [one])


def _has_message(store: Store, session_id: str, event: JsonObject) -> bool:
    message_id = _content(event).get("message_id")
    if not isinstance(message_id, str):
        return True
    # The record of a message remains when its content is erased.
    item = message_item(identifier(message_id), 0)
    return has_record(store.connection, identifier(session_id), "message", item)


def _since(events: Sequence[ReceivedEvent]) -> datetime | None:
    """Return from which time on to fetch the events' messages; None if an event has no time."""
    times = [_time_of(one.event) for one in events]
    known = [at for at in times if at is not None]
    return min(known) - _OVERLAP if len(known) == len(times) else None


def _time_of(event: JsonObject) -> datetime | None:
    sent = _content(event).get("date_time")
    try:
        at = datetime.fromisoformat(str(sent).replace("Z", "+00:00"))
    except ValueError:
        return None
    return None if at.tzinfo is None else at.astimezone(timezone.utc)


def _content(event: Mapping[str, object]) -> JsonObject:
    return as_object(as_object(event.get("payload")).get("object"))

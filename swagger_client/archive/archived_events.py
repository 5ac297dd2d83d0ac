from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive.account_log import read_log
from swagger_client.archive.canonical import (
    JsonObject,
    as_integer,
    as_list,
    as_object,
    as_text,
    canonical,
)
from swagger_client.archive.columns import ArchivedAttachment, ArchivedMessage, Party
from swagger_client.archive.earlier_versions import event_involves
from swagger_client.archive.event_queue import ReceivedEvent
from swagger_client.archive.periods import span_of
from swagger_client.archive.rows import message_id_of
from swagger_client.archive.selection import Filters, values_of


class ArchivedEvent(NamedTuple):
    """A webhook event in the archive.

    :ivar str | None session_id: the id of the conversation; None for an event about the account.
    :ivar str | None event: the event's name, for example ``phone.sms_campaign_number_opt_out``.
    :ivar str | None message_id: the id of the message that the event is about, if any.
    :ivar dict content: the event as Zoom sent it, without credentials.
    """

    session_id: str | None
    event: str | None
    message_id: str | None
    content: JsonObject


def read_archived_events(
    connection: sqlite3.Connection, session_id: str | None
) -> Iterator[ArchivedEvent]:
    """Yield the webhook events of a conversation; without an id, all archived events."""
    values: tuple[str, ...] = ()
    condition = "1"
    if session_id is not None:
        condition, values = "session_id = ?", (session_id,)
    found = connection.execute(
        "SELECT session_id, content FROM records WHERE kind = 'event' AND content IS NOT NULL "
        f"AND {condition} ORDER BY record",
        values,
    )
    for session, content in found:
        yield _event(session, as_object(safe_json.loads(content)))
    if session_id is None:
        for record in read_log(connection, "event"):
            if record.fields:
                yield _event(None, as_object(record.fields.get("event")))


def message_in(received: ReceivedEvent) -> ArchivedMessage:
    """Return the message in an event that is not archived, as if it were archived.

    No record contains it, so `run`, `seq`, `first_seq` and `hash` are 0 or empty.
    """
    about = as_object(as_object(received.event.get("payload")).get("object"))
    return ArchivedMessage(
        received.session_id or "", None, message_id_of(about), as_text(about.get("date_time")),
        as_text(about.get("direction")), as_integer(about.get("message_type")), None,
        _party(about.get("sender")), tuple(map(_party, as_list(about.get("to_members")))),
        as_text(about.get("message")), tuple(map(_file, as_list(about.get("attachments")))),
        raw=canonical(about), run=0, seq=0, hash="", first_seq=0, copy=0,
    )  # fmt: skip


def selects_event(
    connection: sqlite3.Connection, filters: Filters, received: ReceivedEvent
) -> bool:
    """Return whether filters select the message in an event that is not archived.

    Only the filters ``session_id``, ``number``, ``user_id``, ``since`` and ``until`` are applied.
    """
    session_ids = values_of("session_id", filters.get("session_id"))
    if session_ids is not None and received.session_id not in session_ids:
        return False
    for name, given in (("number", filters.get("number")), ("user_id", filters.get("user_id"))):
        values = values_of(name, given)
        if values and not any(event_involves(connection, received, {name: v}) for v in values):
            return False
    first, last = span_of(filters.get("since"), filters.get("until"))
    when = message_in(received).when
    return when is None or first <= when.replace(microsecond=0) <= last


def _party(sent: object) -> Party:
    """Return a sender or recipient in an event, which Zoom sends without an object `owner`."""
    names = ("phone_number", "display_name", "type", "id")
    return Party(*map(as_text, map(as_object(sent).get, names)))


def _file(sent: object) -> ArchivedAttachment:
    attachment_id, name, kind = map(as_text, map(as_object(sent).get, ("id", "name", "type")))
    size, reason = as_integer(as_object(sent).get("size")), "only a webhook event mentions it"
    return ArchivedAttachment(attachment_id or "", name, kind, size, "pending", reason, None, None)


def _event(session_id: str | None, content: JsonObject) -> ArchivedEvent:
    about = as_object(as_object(content.get("payload")).get("object"))
    return ArchivedEvent(
        session_id, as_text(content.get("event")), as_text(about.get("message_id")), content
    )

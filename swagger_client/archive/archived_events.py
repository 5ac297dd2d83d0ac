"""Reads archived webhook events, which contain facts that the API does not return."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive.account_log import read_log
from swagger_client.archive.canonical import JsonObject, as_object, as_text


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


def _event(session_id: str | None, content: JsonObject) -> ArchivedEvent:
    about = as_object(as_object(content.get("payload")).get("object"))
    return ArchivedEvent(
        session_id, as_text(content.get("event")), as_text(about.get("message_id")), content
    )

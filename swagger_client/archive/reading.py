"""Reads an archive: messages with all that belongs to them, selected, searched, by conversation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import NamedTuple

from swagger_client.archive import shapes
from swagger_client.archive.words import match_expression
from swagger_client.history import _spans

Moment = str | date

_EPOCH = datetime(1, 1, 1, tzinfo=timezone.utc)
_MOST_ROWS = (1 << 63) - 1
_END = datetime(9999, 12, 31, tzinfo=timezone.utc)


class Party(NamedTuple):
    """A sender, recipient or participant; what Zoom did not tell is None."""

    phone_number: str | None
    display_name: str | None
    owner_type: str | None
    owner_id: str | None

    @property
    def label(self) -> str:
        """What people call it: the name, else the number."""
        return self.display_name or self.phone_number or self.owner_id or "unknown"


class ArchivedAttachment(NamedTuple):
    """A file of a message.

    :ivar int | None size: the size that Zoom told, in bytes.
    :ivar str state: "pending", "done" or "failed".
    :ivar str | None reason: why it failed.
    :ivar str | None sha256: the hash of the file, in hexadecimal.
    :ivar str | None path: where it is, below the archive's folder of files.
    """

    attachment_id: str
    name: str | None
    type: str | None
    size: int | None
    state: str
    reason: str | None
    sha256: str | None
    path: str | None


class ArchivedMessage(NamedTuple):
    """A message as the archive holds it, in its latest version.

    :ivar str | None date_time: the time as Zoom sent it.
    :ivar str raw: the JSON object as Zoom sent it, but for download URLs, in canonical form.
    """

    session_id: str
    session_type: str | None
    message_id: str
    date_time: str | None
    direction: str | None
    message_type: int | None
    delivery_status: str | None
    text: str | None
    sender: Party
    recipients: tuple[Party, ...]
    attachments: tuple[ArchivedAttachment, ...]
    raw: str

    @property
    def when(self) -> datetime | None:
        """The time as an aware datetime; None where Zoom's text is no time."""
        seconds = shapes.unix_time(self.date_time)
        return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)


class Conversation(NamedTuple):
    """A conversation and its messages, the oldest first."""

    session_id: str
    session_type: str | None
    participants: tuple[Party, ...]
    messages: list[ArchivedMessage]


class Change(NamedTuple):
    """A message that came another time with other content.

    :ivar dict fields: what changed: each field's value (as JSON has it) before and after.
    """

    session_id: str
    message_id: str
    run: int
    fields: dict[str, tuple[object, object]]


class Selection(NamedTuple):
    """Which messages are meant; what is None does not limit.

    :ivar since: the first moment.
    :ivar until: the last moment; a date with its whole day.
    :ivar str | None number: a phone number of sender, recipients or participants, in any writing.
    :ivar str | None session_id: the conversation.
    :ivar str | None user_id: the Zoom id of a user (or queue, ...) that takes part.
    """

    since: Moment | None = None
    until: Moment | None = None
    number: str | None = None
    session_id: str | None = None
    user_id: str | None = None

    def condition(self) -> tuple[str, list[object]]:
        """The SQL condition on ``m``, and its values.

        :raises ValueError: for a time that is none, or a number without digits.
        """
        parts: list[str] = []
        values: list[object] = []
        if self.since is not None or self.until is not None:
            until = _END if self.until is None else self.until
            since = _EPOCH if self.since is None else self.since
            span = _spans.parse_span(since, until, _END, names=("since", "until"))
            parts.append("m.sent_at BETWEEN ? AND ?")
            values += [int(moment.timestamp()) for moment in span]
        if self.session_id is not None:
            parts.append("m.session_id = ?")
            values.append(shapes.plain_text(self.session_id))
        if self.number is not None:
            digits = shapes.digits(self.number)
            if digits is None:
                raise ValueError(f"there is no digit in the phone number {self.number!r}")
            parts.append(_TAKES_PART.format(column="digits"))
            values += [digits] * 3
        if self.user_id is not None:
            parts.append(_TAKES_PART.format(column="owner_id"))
            values += [shapes.plain_text(self.user_id)] * 3
        return " AND ".join(parts) or "1", values


_TAKES_PART = (
    "(m.sender_{column} = ?"
    " OR EXISTS (SELECT 1 FROM recipients r WHERE r.session_id = m.session_id"
    " AND r.message_id = m.message_id AND r.{column} = ?)"
    " OR EXISTS (SELECT 1 FROM participants p WHERE p.session_id = m.session_id"
    " AND p.{column} = ?))"
)
#: Orders the messages of a second: no fraction comes before any. Then they are as they came.
_FRACTION = "rtrim(m.date_time, 'Z')"
_PARTY = "phone_number, display_name, owner_type, owner_id"
_MESSAGE = (
    "SELECT m.session_id, s.session_type, m.message_id, m.date_time, m.direction, m.message_type,"
    " m.delivery_status, m.text, m.sender_phone_number, m.sender_display_name,"
    " m.sender_owner_type, m.sender_owner_id, c.content"
    " FROM messages m JOIN sessions s USING (session_id)"
    " JOIN records c ON c.session_id = m.session_id AND c.seq = m.seq"
)


def messages(connection: sqlite3.Connection, selection: Selection) -> Iterator[ArchivedMessage]:
    """The messages that are meant, the oldest first."""
    condition, values = selection.condition()
    found = connection.execute(
        f"{_MESSAGE} WHERE {condition} ORDER BY m.sent_at, {_FRACTION}, m.session_id, m.message",
        values,
    )
    return (_complete(connection, row) for row in found)


def undated(connection: sqlite3.Connection, selection: Selection) -> int:
    """How many of the messages that are meant have no time that can be read."""
    condition, values = selection.condition()
    counted = f"SELECT count(*) FROM messages m WHERE m.sent_at IS NULL AND {condition}"
    (count,) = connection.execute(counted, values).fetchone()
    return int(count)


def search(
    connection: sqlite3.Connection, query: str, selection: Selection, limit: int | None
) -> Iterator[ArchivedMessage]:
    """The messages that hold every word of ``query``, the newest first.

    :raises ValueError: when there is no word in it, or for a limit below 0.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"the limit is {limit}, and must be at least 0")
    condition, values = selection.condition()
    found = connection.execute(
        f"{_MESSAGE} JOIN message_words w ON w.rowid = m.message"
        f" WHERE message_words MATCH ? AND {condition}"
        f" ORDER BY m.sent_at DESC, {_FRACTION} DESC, m.session_id, m.message DESC LIMIT ?",
        [match_expression(query), *values, -1 if limit is None else min(limit, _MOST_ROWS)],
    )
    return (_complete(connection, row) for row in found)


def conversation(connection: sqlite3.Connection, session_id: str) -> Conversation | None:
    """A conversation; None when the archive has none of that id."""
    row = connection.execute(
        "SELECT session_id, session_type FROM sessions WHERE session_id = ?",
        (shapes.plain_text(session_id),),
    ).fetchone()
    if row is None:
        return None
    session_id = row[0]
    people = connection.execute(
        f"SELECT {_PARTY} FROM participants WHERE session_id = ? ORDER BY position", (session_id,)
    )
    participants = tuple(map(Party._make, people))
    selected = messages(connection, Selection(session_id=session_id))
    return Conversation._make([*row, participants, list(selected)])


def changes(connection: sqlite3.Connection, run: int) -> Iterator[Change]:
    """The messages known before that a run received with other content."""
    found = connection.execute(
        "SELECT r.session_id, r.item, r.run, r.content, (SELECT e.content FROM records e"
        " INDEXED BY records_by_item"
        " WHERE e.session_id = r.session_id AND e.kind = 'message' AND e.item = r.item"
        " AND e.seq < r.seq ORDER BY e.seq DESC LIMIT 1) AS earlier"
        " FROM records r WHERE r.run = ? AND r.kind = 'message' AND earlier IS NOT NULL"
        " ORDER BY r.session_id, r.seq",
        (run,),
    )
    for session_id, message_id, number, content, earlier in found:
        before = shapes.as_object(json.loads(earlier))
        after = shapes.as_object(json.loads(content))
        fields = {
            name: (before.get(name), after.get(name))
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        }
        yield Change(session_id, message_id, number, fields)


def _complete(connection: sqlite3.Connection, row: tuple[object, ...]) -> ArchivedMessage:
    session_id, message_id = row[0], row[2]
    recipients = connection.execute(
        f"SELECT {_PARTY} FROM recipients WHERE session_id = ? AND message_id = ?"
        " ORDER BY position",
        (session_id, message_id),
    )
    attachments = connection.execute(
        f"SELECT {', '.join(ArchivedAttachment._fields)} FROM attachments"
        " WHERE session_id = ? AND message_id = ? ORDER BY position",
        (session_id, message_id),
    )
    return ArchivedMessage._make(
        [
            *row[:8],
            Party._make(row[8:12]),
            tuple(map(Party._make, recipients)),
            tuple(map(ArchivedAttachment._make, attachments)),
            row[12],
        ]
    )

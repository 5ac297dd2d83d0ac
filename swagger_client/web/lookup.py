from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from swagger_client.archive import ArchivedMessage, Party, Run, reader
from swagger_client.archive.derived_rows import placeholders
from swagger_client.archive.hashing import Record, link_hash
from swagger_client.archive.runs import read_runs
from swagger_client.archive.selection import Selection
from swagger_client.export.pages import Page
from swagger_client.export.source import ExportedMessage


class Proof(NamedTuple):
    """The result of checking the hash of a message's record.

    :ivar before: the hash of the previous record in the conversation's hash chain.
    :ivar stored: the hash that the archive stores for the record.
    :ivar computed: the hash computed from the record's content now; None if it was erased.
    """

    before: str
    stored: str
    computed: str | None
    run: Run | None

    @property
    def is_valid(self) -> bool:
        return self.computed == self.stored

    @property
    def verdict(self) -> str:
        if self.is_valid:
            return "The record is unchanged since it was stored: its hash matches."
        if self.computed is None:
            return "The hash cannot be computed, because the record was erased."
        return "The record was altered: its hash does not match."


class Head(NamedTuple):
    """The data that the viewer shows about a conversation, except its messages."""

    session_id: str
    participants: tuple[Party, ...]
    messages: int
    records: int
    hash: str
    erased: int


def read_head(connection: sqlite3.Connection, session_id: str) -> Head | None:
    row = connection.execute(
        "SELECT s.records, s.head,"
        " (SELECT count(*) FROM messages m WHERE m.session_id = s.session_id),"
        " (SELECT count(*) FROM records r WHERE r.session_id = s.session_id AND r.content IS NULL)"
        " FROM sessions s WHERE s.session_id = ?",
        (session_id,),
    ).fetchone()
    if row is None:
        return None
    records, head, messages, erased = row
    people = reader.read_participants(connection, session_id)
    return Head(session_id, people, messages, records, head, erased)


def read_page(connection: sqlite3.Connection, session_id: str, page: Page) -> list[ExportedMessage]:
    numbers = connection.execute(
        "SELECT message FROM messages WHERE session_id = ? ORDER BY sent_at, fraction, first_seq"
        " LIMIT ? OFFSET ?",
        (session_id, page.messages, page.first - 1),
    )
    return read_messages(connection, [number for (number,) in numbers])


def read_message(
    connection: sqlite3.Connection, session_id: str, message_id: str, copy: int
) -> ExportedMessage | None:
    numbers = connection.execute(
        "SELECT message FROM messages WHERE session_id = ? AND message_id = ? AND copy = ?",
        (session_id, message_id, copy),
    )
    found = read_messages(connection, [number for (number,) in numbers])
    return found[0] if found else None


def read_position(connection: sqlite3.Connection, message: ArchivedMessage) -> int:
    """Return the position of a message in its conversation, from 1."""
    ((number,),) = connection.execute(
        "SELECT 1 + count(*) FROM messages m, messages o WHERE o.session_id = ? AND"
        " o.message_id = ? AND o.copy = ? AND m.session_id = o.session_id"
        " AND (coalesce(m.sent_at, -1 << 60), coalesce(m.fraction, ''), m.first_seq)"
        " < (coalesce(o.sent_at, -1 << 60), coalesce(o.fraction, ''), o.first_seq)",
        (message.session_id, message.message_id, message.copy),
    )
    return int(number)


def read_messages(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[ExportedMessage]:
    if not numbers:
        return []
    selection = Selection([f"m.message IN ({placeholders(numbers)})"], [*numbers])
    return list(map(ExportedMessage, reader.messages(connection, selection)))


def read_proof(connection: sqlite3.Connection, message: ArchivedMessage) -> Proof:
    """Read the record of a message, and compute its hash again."""
    row = connection.execute(
        f"SELECT {', '.join(Record._fields)} FROM records WHERE session_id = ? AND seq = ?",
        (message.session_id, message.seq),
    ).fetchone()
    before = connection.execute(
        "SELECT hash FROM records WHERE session_id = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
        (message.session_id, message.seq),
    ).fetchone()
    record = Record._make(row)
    earlier = before[0] if before else ""
    run = next((run for run in read_runs(connection) if run.run == record.run), None)
    return Proof(earlier, record.hash, link_hash(earlier, record), run)

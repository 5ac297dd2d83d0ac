"""Queries for archived messages, conversations, versions and erased records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive.canonical import as_object, stored_id
from swagger_client.archive.columns import (
    ArchivedAttachment,
    ArchivedMessage,
    Party,
    declared,
    scalars,
)
from swagger_client.archive.derived_rows import placeholders
from swagger_client.archive.errors import ArchiveDamagedError, UnknownValueError
from swagger_client.archive.rows import message_item
from swagger_client.archive.search_text import word_condition
from swagger_client.archive.selection import Selection, check_int, check_session

#: How many messages are read together with their recipients and files, and how many characters of
#: JSON. While a batch is read, the inner pages of a large archive's indexes stay in the processor's
#: cache, so that small batches take longer. The characters limit the memory that a batch needs.
_BATCH, _BATCH_CHARACTERS = 500, 500_000
_MAX_ROWS = (1 << 63) - 1


class Conversation(NamedTuple):
    """A conversation with its messages, oldest first.

    :ivar int erased: how many records of the conversation were erased.
    """

    session_id: str
    session_type: str | None
    participants: tuple[Party, ...]
    messages: list[ArchivedMessage]
    erased: int = 0


class ConversationSummary(NamedTuple):
    """A conversation without its messages.

    :ivar int messages: the number of messages in the conversation.
    :ivar str | None first: the time of the first message, as Zoom sent it.
    :ivar str | None last: the time of the last message, as Zoom sent it.
    :ivar int records: the number of records in the conversation's hash chain.
    :ivar str head: the hash of the last record.
    """

    session_id: str
    session_type: str | None
    participants: tuple[Party, ...]
    messages: int
    first: str | None
    last: str | None
    records: int
    head: str


class MessageVersion(NamedTuple):
    """A version of a message.

    :ivar int seq: the number of the version's record in the conversation's hash chain.
    :ivar int run: the number of the archive run that stored the version.
    :ivar str started_at: the start of that run, in UTC.
    :ivar str | None raw: the JSON that Zoom sent, without credentials; None after it was erased.
    :ivar str hash: the hash of the record.
    """

    seq: int
    run: int
    started_at: str
    raw: str | None
    hash: str


class Change(NamedTuple):
    """A message that Zoom returned again with different content.

    :ivar int run: the number of the archive run that received the new content.
    :ivar dict fields: for each changed field, the old and the new JSON value, for example
        ``{"delivery_status": ("sent", "delivered")}``.
    """

    session_id: str
    message_id: str
    run: int
    fields: dict[str, tuple[object, object]]


class Tombstone(NamedTuple):
    """A record whose content was erased.

    :ivar int seq: the number of the record in the conversation's hash chain.
    :ivar str kind: "session" (a conversation), "message", "attachment" or "event".
    :ivar str item: the id of the message or conversation.
    :ivar int run: the number of the archive run that stored the record.
    """

    session_id: str
    seq: int
    kind: str
    item: str
    run: int


_PARTY = ", ".join(Party._fields)
_FILE = ", ".join(f"{name}" for name in ArchivedAttachment._fields)
#: Types of values that an archive never stores, with the words for an error.
_PLANTED = {bytes: "bytes instead of text", float: "a float instead of an integer"}
_SCALARS = [one.name for one in scalars(ArchivedMessage)]
_TABLE_OF = {"session_type": "s.session_type", "raw": "c.content", "hash": "c.hash"}
_MESSAGE = ", ".join(_TABLE_OF.get(name, f"m.{name}") for name in _SCALARS)
_SENDER = ", ".join(f"m.sender_{name}" for name in Party._fields)
_RAW_AT = 1 + len(Party._fields) + _SCALARS.index("raw")
#: The positions in ``ArchivedMessage`` of the fields that are not columns of ``messages``.
_NAMES = [one.name for one in declared(ArchivedMessage)]
_SENDER_AT, _TEXT_AT = _NAMES.index("sender"), _NAMES.index("text")
assert _NAMES[_SENDER_AT : _TEXT_AT + 2] == ["sender", "recipients", "text", "attachments"]

_ORDER = "m.sent_at, m.fraction, m.session_id, m.first_seq"
_NEWEST = "m.sent_at DESC, m.fraction DESC, m.session_id, m.first_seq DESC"


def _select(tables: str) -> str:
    return (
        f"SELECT m.message, {_SENDER}, {_MESSAGE} FROM {tables}"
        " JOIN sessions s ON s.session_id = m.session_id"
        " JOIN records c ON c.record = m.record"
    )


def messages(connection: sqlite3.Connection, selection: Selection) -> Iterator[ArchivedMessage]:
    found = connection.execute(
        f"{_select(selection.tables)} WHERE {selection.condition} ORDER BY {_ORDER}",
        selection.all_values,
    )
    return _add_people_and_files(connection, found)


def search(
    connection: sqlite3.Connection, query: str | None, selection: Selection, limit: int | None
) -> Iterator[ArchivedMessage]:
    if limit is not None:
        check_int("limit", limit)
    if limit is not None and limit < 0:
        raise ValueError(f"`limit` is {limit}, but must be at least 0")
    tables, condition, values = _with_words(connection, query, selection)
    found = connection.execute(
        f"{_select(tables)} WHERE {condition} ORDER BY {_NEWEST} LIMIT ?",
        [*values, -1 if limit is None else min(limit, _MAX_ROWS)],
    )
    return _add_people_and_files(connection, found)


def _with_words(
    connection: sqlite3.Connection, query: str | None, selection: Selection
) -> tuple[str, str, list[object]]:
    """Return the FROM clause, WHERE clause and values to select messages with all query words."""
    tables, condition, values = selection.tables, selection.condition, selection.all_values
    if query is None:
        return tables, condition, values
    join, has_words, value = word_condition(connection, query)
    return f"{tables} {join}", f"{condition} AND {has_words}", [*values, value]


def count(connection: sqlite3.Connection, query: str | None, selection: Selection) -> int:
    tables, condition, values = _with_words(connection, query, selection)
    (found,) = connection.execute(
        f"SELECT count(*) FROM {tables} WHERE {condition}", values
    ).fetchone()
    return int(found)


def undated(connection: sqlite3.Connection, selection: Selection) -> int:
    (found,) = connection.execute(
        f"SELECT count(*) FROM {selection.tables} WHERE m.sent_at IS NULL "
        f"AND {selection.condition}",
        selection.all_values,
    ).fetchone()
    return int(found)


def _add_people_and_files(
    connection: sqlite3.Connection, found: sqlite3.Cursor
) -> Iterator[ArchivedMessage]:
    """Read the rows of ``found`` in batches; yield messages with recipients and files."""
    sender_end = 1 + len(Party._fields)
    text_at = sender_end + _SENDER_AT
    while batch := _read_batch(found):
        _check_types("messages", batch)
        numbers = [row[0] for row in batch]
        recipients = _read_by_message(connection, "recipients", _PARTY, numbers, Party)
        files = _read_by_message(connection, "attachments", _FILE, numbers, ArchivedAttachment)
        for row in batch:
            number = row[0]
            yield ArchivedMessage._make(
                (
                    *row[sender_end:text_at],
                    Party._make(row[1:sender_end]),
                    recipients.get(number, ()),
                    row[text_at],
                    files.get(number, ()),
                    *row[text_at + 1 :],
                )
            )


def _read_batch(found: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    """Read the next rows of messages; return an empty list after the last row."""
    batch, characters = [], 0
    for row in found:
        batch.append(row)
        characters += len(row[_RAW_AT] or "")
        if len(batch) == _BATCH or characters >= _BATCH_CHARACTERS:
            break
    return batch


def _check_types(table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Raise an error if a row contains bytes or a float, which an archive never stores."""
    if _PLANTED.keys().isdisjoint(map(type, chain.from_iterable(rows))):
        return
    row, kind = next((row[0], type(one)) for row in rows for one in row if type(one) in _PLANTED)
    raise ArchiveDamagedError(
        f"The archive is damaged: a row of {table} ({row!r}) contains {_PLANTED[kind]}. Run "
        "`zoom-sms verify`, and restore a backup."
    )


def _read_by_message(
    connection: sqlite3.Connection,
    table: str,
    columns: str,
    numbers: Sequence[int],
    of: type[Party] | type[ArchivedAttachment],
) -> dict[int, tuple[NamedTuple, ...]]:
    """Read the rows of ``table`` that belong to the messages; return them by message number."""
    rows = connection.execute(
        f"SELECT message, {columns} FROM {table} WHERE message IN ({placeholders(numbers)})"
        " ORDER BY message, position",
        numbers,
    ).fetchall()
    _check_types(table, rows)
    found: dict[int, tuple[NamedTuple, ...]] = {}
    for row in rows:
        known = found.get(row[0], ())
        found[row[0]] = (*known, of._make(row[1:]))
    return found


def conversation(
    connection: sqlite3.Connection, session_id: str, selection: Selection
) -> Conversation:
    check_session(connection, session_id)
    session_id = stored_id(session_id)
    ((session_type,),) = connection.execute(
        "SELECT session_type FROM sessions WHERE session_id = ?", (session_id,)
    )
    (erased,) = connection.execute(
        "SELECT count(*) FROM records WHERE session_id = ? AND content IS NULL", (session_id,)
    ).fetchone()
    return Conversation(
        session_id,
        session_type,
        read_participants(connection, session_id),
        list(messages(connection, selection)),
        erased,
    )


def read_participants(connection: sqlite3.Connection, session_id: str) -> tuple[Party, ...]:
    found = connection.execute(
        f"SELECT session_id, {_PARTY} FROM participants WHERE session_id = ? ORDER BY position",
        (session_id,),
    ).fetchall()
    _check_types("participants", found)
    return tuple(Party._make(row[1:]) for row in found)


_SUMMARY = """
SELECT s.session_id, s.session_type, count(m.message), s.records, s.head,
    (SELECT date_time FROM messages WHERE session_id = s.session_id AND sent_at NOT NULL
        ORDER BY sent_at, fraction, first_seq LIMIT 1),
    (SELECT date_time FROM messages WHERE session_id = s.session_id
        ORDER BY sent_at DESC, fraction DESC, first_seq DESC LIMIT 1) AS last
FROM sessions s LEFT JOIN messages m ON m.session_id = s.session_id {condition}
GROUP BY s.session_id ORDER BY last DESC, s.session_id
"""


def conversations(
    connection: sqlite3.Connection, selection: Selection
) -> Iterator[ConversationSummary]:
    """Yield the conversations that contain a selected message, most recent conversation first."""
    condition = ""
    if selection != Selection():
        condition = (
            "WHERE s.session_id IN (SELECT m.session_id FROM "
            f"{selection.tables} WHERE {selection.condition})"
        )
    found = connection.execute(_SUMMARY.format(condition=condition), selection.all_values)
    for row in found:
        _check_types("sessions or messages", [row])
        session_id, session_type, messages_, records, head, first, last = row
        people = read_participants(connection, session_id)
        yield ConversationSummary(
            session_id, session_type, people, messages_, first, last, records, head
        )


def versions(
    connection: sqlite3.Connection, session_id: str, message_id: str, copy: int
) -> list[MessageVersion]:
    check_session(connection, session_id)
    found = connection.execute(
        "SELECT r.seq, r.run, u.started_at, r.content, r.hash"
        " FROM records r JOIN runs u USING (run)"
        " WHERE r.session_id = ? AND r.kind = 'message' AND r.item = ? ORDER BY r.seq",
        (stored_id(session_id), message_item(stored_id(message_id), copy)),
    )
    made = [MessageVersion._make(row) for row in found]
    if not made:
        which = f", copy {copy}," if copy else ""
        raise UnknownValueError(
            f"the archive has no message {message_id!r}{which} in conversation {session_id!r}"
        )
    return made


def tombstones(
    connection: sqlite3.Connection, session_id: str | None = None
) -> Iterator[Tombstone]:
    condition, values = ("", ()) if session_id is None else ("AND session_id = ?", (session_id,))
    found = connection.execute(
        "SELECT session_id, seq, kind, item, run FROM records "
        f"WHERE content IS NULL {condition} ORDER BY session_id, seq",
        values,
    )
    return map(Tombstone._make, found)


def changes(connection: sqlite3.Connection, run: int) -> Iterator[Change]:
    found = connection.execute(
        "SELECT r.session_id, r.item, r.run, r.content, (SELECT e.content FROM records e"
        " INDEXED BY records_by_item"
        " WHERE e.session_id = r.session_id AND e.kind = 'message' AND e.item = r.item"
        " AND e.seq < r.seq ORDER BY e.seq DESC LIMIT 1) AS earlier"
        " FROM records r WHERE r.run = ? AND r.kind = 'message' AND earlier IS NOT NULL"
        " AND r.content IS NOT NULL ORDER BY r.session_id, r.seq",
        (run,),
    )
    for session_id, message_id, number, content, earlier in found:
        yield Change(session_id, message_id, number, changed_fields(earlier, content))


def changed_fields(before: str | None, after: str | None) -> dict[str, tuple[object, object]]:
    """Return each field that differs between two JSON objects, with both values."""
    old, new = (as_object(one and safe_json.loads(one)) for one in (before, after))
    return {
        name: (old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }

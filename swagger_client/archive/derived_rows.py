"""Computes and writes the rows of tables such as ``messages``, and the search index.

A record holds the JSON that Zoom sent. The computed ("derived") rows hold single fields of that
JSON, for queries. ``verify`` computes the rows again and compares them with the stored rows. A
migration that adds a column replaces the stored rows by newly computed rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import starmap, zip_longest

from swagger_client._security import safe_json
from swagger_client.archive.canonical import JsonObject, as_integer, as_object, as_text
from swagger_client.archive.hashing import Record
from swagger_client.archive.rows import (
    ATTACHMENTS,
    DERIVED,
    EVENTS,
    GAPS,
    MESSAGES,
    PARTICIPANTS,
    RECIPIENTS,
    SESSIONS,
    FileKey,
    FileResult,
    Place,
    Row,
    Table,
    event_row,
    files_of,
    message_row,
    parse_message_item,
    participant_rows,
    recipient_rows,
    session_row,
)
from swagger_client.archive.search_text import indexed_text

Rows = dict[Table, dict[Row, Row]]
TEXT = MESSAGES.columns.index("text")


def derive_rows(session_id: str, records: Iterable[Record]) -> Rows:
    """Compute a conversation's rows of the derived tables, by table and key."""
    derivation = _Derivation(session_id)
    for record in records:
        derivation.add(record)
    return derivation.rows()


class _Derivation:
    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._session: tuple[int, object] | None = None
        self._messages: dict[str, tuple[Place, object]] = {}
        self._first: dict[str, int] = {}
        self._files: dict[FileKey, Row] = {}
        self._attempts: dict[FileKey, int] = {}
        self._results: dict[FileKey, tuple[int, FileResult]] = {}
        self._gaps: dict[str, Row] = {}
        self._events: list[Row] = []

    def add(self, record: Record) -> None:
        if record.kind == "session":
            content = None if record.content is None else safe_json.loads(record.content)
            self._session = record.seq, content
        elif record.kind == "message":
            self._add_message(record)
        elif record.content is None:
            return
        elif record.kind == "attachment":
            result = FileResult.of(safe_json.loads(record.content))
            attempts = self._attempts.get(result.key, 0) + (result.state != "accepted")
            # A person's request to retry the file starts the count again.
            self._attempts[result.key] = 0 if result.state == "pending" else attempts
            self._results[result.key] = record.seq, result
        elif record.kind == "gap":
            self._add_gap(record.seq, as_object(safe_json.loads(record.content)))
        elif record.kind == "event":
            row = event_row(self._session_id, record.seq, safe_json.loads(record.content))
            self._events.append(row)

    def _add_message(self, record: Record) -> None:
        first = self._first.setdefault(record.item, record.seq)
        self._messages.pop(record.item, None)
        if record.content is None:
            return
        content = safe_json.loads(record.content)
        key = parse_message_item(record.item)
        place = Place(self._session_id, *key, record.seq, first, record.run, record.record)
        self._messages[record.item] = place, content
        if as_object(content).get("attachments"):
            self._files.update(files_of(self._session_id, *key, content))

    def _add_gap(self, seq: int, gap: JsonObject) -> None:
        row = gap_row(self._session_id, seq, gap)
        self._gaps.pop(str(row[1]), None)
        if row[3] != "read":
            self._gaps[str(row[1])] = row

    def rows(self) -> Rows:
        messages = self._messages.values()
        sessions: list[Row] = []
        participants: Iterable[Row] = ()
        if self._session is not None:
            seq, content = self._session
            sessions.append(session_row(self._session_id, seq, content))
            participants = participant_rows(self._session_id, content)
        return {
            SESSIONS: _by_key(SESSIONS, sessions),
            PARTICIPANTS: _by_key(PARTICIPANTS, participants),
            MESSAGES: _by_key(MESSAGES, starmap(message_row, messages)),
            RECIPIENTS: _by_key(
                RECIPIENTS,
                (row for place, one in messages for row in recipient_rows(*place[:3], one)),
            ),
            ATTACHMENTS: _by_key(ATTACHMENTS, self._file_rows()),
            GAPS: _by_key(GAPS, self._gaps.values()),
            EVENTS: _by_key(EVENTS, self._events),
        }

    def _file_rows(self) -> Iterator[Row]:
        if not self._files:
            return
        known = {place[:3] for place, _ in self._messages.values()}
        for key, described in self._files.items():
            if key[:3] in known:
                yield (*key, *described, *self._result(key))

    def _result(self, key: FileKey) -> Row:
        if key not in self._results:
            return ("pending", 0, None, None, None, None, None)
        seq, result = self._results[key]
        return (result.state, self._attempts[key], seq, *result.row)


def _by_key(table: Table, rows: Iterable[Row]) -> dict[Row, Row]:
    key = table.key
    return {row[:key]: row for row in rows}


def gap_row(session_id: str, seq: int, gap: JsonObject) -> Row:
    return (
        session_id,
        as_text(gap.get("from")),
        as_text(gap.get("to")),
        as_text(gap.get("state")),
        as_integer(gap.get("attempts")),
        as_text(gap.get("reason")),
        seq,
    )


#: The id is bound as bytes, because the id in a damaged archive may not be valid UTF-8.
OF_SESSION = "WHERE session_id = CAST(? AS TEXT)"
_RECORDS = f"SELECT {', '.join(Record._fields)} FROM records {OF_SESSION} ORDER BY seq"


def _select_rows(table: Table) -> str:
    if not table.by_message:
        return f"SELECT {', '.join(table.columns)} FROM {table.name} {OF_SESSION}"
    columns = [f"m.{name}" for name in table.columns[:3]]
    columns += [f"t.{name}" for name in table.columns[3:]]
    return (
        f"SELECT {', '.join(columns)} FROM {table.name} t "
        "JOIN messages m ON m.message = t.message WHERE m.session_id = CAST(? AS TEXT)"
    )


_ROWS = {table.name: _select_rows(table) for table in DERIVED}


def bind(session_id: str) -> tuple[bytes]:
    """Return the SQL parameters of :data:`OF_SESSION`, which selects a conversation's rows."""
    if not isinstance(session_id, str):  # a damaged row
        raise TypeError(f"the id of a conversation is {session_id!r}, which is not text")
    return (session_id.encode("utf-8", "surrogateescape"),)


def read_records(connection: sqlite3.Connection, session_id: str) -> list[Record]:
    return list(map(Record._make, connection.execute(_RECORDS, bind(session_id))))


def read_rows(connection: sqlite3.Connection, table: Table, session_id: str) -> dict[Row, Row]:
    """Return the rows of ``table`` for one conversation; the dict's keys are the key columns."""
    key = table.key
    return {row[:key]: row for row in connection.execute(_ROWS[table.name], bind(session_id))}


def find_differences(
    table: Table, expected: dict[Row, Row], found: dict[Row, Row]
) -> Iterator[str]:
    """Yield a problem text for each row that is missing, unexpected or has other values."""
    # Equal values have the same type: the columns convert them, and `verify` finds planted floats.
    if expected == found:
        return
    for key in expected.keys() | found.keys():
        name = f"{table.name} {'/'.join(str(part) for part in key)}"
        if key not in found:
            yield f"{name} is missing"
        elif key not in expected:
            yield f"{name} is not in any record"
        else:
            columns = [
                column
                for column, a, b in zip_longest(table.columns, expected[key], found[key])
                if a != b or type(a) is not type(b)
            ]
            if columns:
                yield f"{name} is altered in {', '.join(columns)}"


def upsert(
    connection: sqlite3.Connection, table: Table, row: Row, message: int | None = None
) -> int | None:
    """Insert a row, or update the one with its primary key; return an inserted row's number."""
    values = (message, *row[3:]) if table.by_message else row
    return connection.execute(_upsert_sql(table), values).lastrowid


def add_to_search_index(connection: sqlite3.Connection, message: int | None, text: object) -> None:
    connection.execute(
        "INSERT INTO message_words (rowid, words) VALUES (?, ?)",
        (message, indexed_text(str(text or ""))),
    )


def remove_from_search_index(connection: sqlite3.Connection, message: int, text: object) -> None:
    """Remove a message from the search index. ``text`` must be exactly the indexed text."""
    connection.execute(
        "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
        (message, indexed_text(str(text or ""))),
    )


@lru_cache
def _upsert_sql(table: Table) -> str:
    columns = table.stored
    key = columns[: table.key - 2 if table.by_message else table.key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[len(key) :])
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({placeholders(columns)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


def upsert_file(
    connection: sqlite3.Connection,
    message: int | None,
    key: FileKey,
    described: Sequence[object],
) -> None:
    """Store Zoom's fields of an attachment in its row, and keep the state of its download."""
    connection.execute(_upsert_file_sql(), (message, *key[3:], *described))


@lru_cache
def _upsert_file_sql() -> str:
    described = ATTACHMENTS.columns[5 : ATTACHMENTS.columns.index("state")]
    columns = ("message", "attachment_id", "attachment_copy", *described)
    changed = ", ".join(f"{name} = excluded.{name}" for name in described)
    return (
        f"INSERT INTO attachments ({', '.join(columns)}, state, attempts) "
        f"VALUES ({placeholders(columns)}, 'pending', 0) "
        f"ON CONFLICT (message, attachment_id, attachment_copy) DO UPDATE SET {changed}"
    )


def placeholders(values: Sequence[object]) -> str:
    """Return one SQL placeholder for each value, for example "?, ?, ?"."""
    return ", ".join("?" * len(values))


def store_rows(connection: sqlite3.Connection, derived: Rows) -> None:
    """Insert all derived rows of a conversation, and index its messages for search."""
    numbers: dict[Row, int | None] = {}
    for table in DERIVED:
        for row in derived[table].values():
            message = numbers[row[:3]] if table.by_message else None
            number = upsert(connection, table, row, message)
            if table is MESSAGES:
                numbers[row[:3]] = number
                add_to_search_index(connection, number, row[TEXT])

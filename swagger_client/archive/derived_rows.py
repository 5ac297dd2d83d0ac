"""Writes the derived rows (fields of archived JSON, for queries) and the search index."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from swagger_client.archive import rows
from swagger_client.archive.derivation import Rows
from swagger_client.archive.rows import FileKey, Row, Table
from swagger_client.archive.search_text import indexed_text

TEXT = rows.MESSAGES.columns.index("text")


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
    described = rows.ATTACHMENTS.columns[5 : rows.ATTACHMENTS.columns.index("state")]
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
    for table in rows.DERIVED:
        for row in derived[table].values():
            message = numbers[row[:3]] if table.by_message else None
            number = upsert(connection, table, row, message)
            if table is rows.MESSAGES:
                numbers[row[:3]] = number
                add_to_search_index(connection, number, row[TEXT])

"""Compares the stored derived rows of a conversation with the rows computed from its records.

Records hold the JSON that Zoom sent. Derived rows hold single fields of that JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import zip_longest

from swagger_client.archive import rows
from swagger_client.archive.hashing import Record
from swagger_client.archive.rows import Row, Table

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


_ROWS = {table.name: _select_rows(table) for table in rows.DERIVED}


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

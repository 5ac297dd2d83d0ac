"""The tables of an archive's database.

The tables ``records`` and ``account_records`` contain the archived content. Their rows are never
deleted. The derived tables, such as ``messages``, hold single fields of that content, for queries;
they can be computed again. Their columns are declared in the modules ``columns`` and ``rows``. The
other tables say what archive runs have done and what they still have to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from typing import NamedTuple

from swagger_client.archive.columns import ArchivedAttachment, ArchivedMessage, from_json
from swagger_client.archive.rows import DERIVED, PARTY

#: "zsms": the `PRAGMA application_id` of an archive.
APPLICATION_ID = 0x7A736D73
#: The archive format that this code writes. Each format has a migration from the previous one.
VERSION = 2

_PARTY = ", ".join(f"{name} TEXT" for name in PARTY)
_SENDER = ", ".join(f"sender_{name} TEXT" for name in PARTY)
_MESSAGE = ", ".join(one.sql for one in from_json(ArchivedMessage))
_FILE = ", ".join(one.sql for one in from_json(ArchivedAttachment))

#: The search index. Its tokenizer treats all characters outside ASCII as parts of words, because
#: ``search_text`` has already divided the text into words.
SEARCH_INDEX = "message_words"
_SEARCH = (
    f"CREATE VIRTUAL TABLE {SEARCH_INDEX} USING fts5 (words, content = '', tokenize = 'ascii')"
)

_TABLES = {
    "runs": """
        run INTEGER PRIMARY KEY,
        session_type TEXT NOT NULL,
        span_from TEXT NOT NULL,
        span_to TEXT NOT NULL,
        covered_from TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        digest TEXT,
        kind TEXT NOT NULL DEFAULT 'account',
        spans TEXT,
        account_seq INTEGER""",
    "sessions": """
        session_id TEXT PRIMARY KEY,
        session_type TEXT,
        last_access_time TEXT,
        seq INTEGER NOT NULL,
        records INTEGER NOT NULL DEFAULT 0,
        head TEXT NOT NULL DEFAULT ''""",
    "records": """
        record INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        item TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs,
        content TEXT,
        salt BLOB,
        commitment BLOB,
        hash TEXT NOT NULL,
        UNIQUE (session_id, seq)""",
    "account_records": """
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        content TEXT,
        salt BLOB,
        commitment BLOB,
        hash TEXT NOT NULL""",
    "participants": f"""
        session_id TEXT NOT NULL REFERENCES sessions,
        position INTEGER NOT NULL,
        {_PARTY},
        is_session_owner INTEGER,
        extension_status TEXT,
        extension_deleted_time TEXT,
        PRIMARY KEY (session_id, position)""",
    "messages": f"""
        message INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions,
        message_id TEXT NOT NULL,
        copy INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        run INTEGER NOT NULL,
        record INTEGER NOT NULL,
        sent_at INTEGER,
        fraction TEXT,
        {_MESSAGE},
        {_SENDER},
        UNIQUE (session_id, message_id, copy),
        FOREIGN KEY (session_id, seq) REFERENCES records (session_id, seq)""",
    "recipients": f"""
        message INTEGER NOT NULL REFERENCES messages,
        position INTEGER NOT NULL,
        {_PARTY},
        PRIMARY KEY (message, position)""",
    "attachments": f"""
        message INTEGER NOT NULL REFERENCES messages,
        attachment_id TEXT NOT NULL,
        attachment_copy INTEGER NOT NULL,
        position INTEGER NOT NULL,
        {_FILE},
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        seq INTEGER,
        reason TEXT,
        bytes INTEGER,
        sha256 TEXT,
        path TEXT,
        PRIMARY KEY (message, attachment_id, attachment_copy)""",
    "gaps": """
        session_id TEXT NOT NULL REFERENCES sessions,
        window_from TEXT NOT NULL,
        window_to TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        reason TEXT,
        seq INTEGER NOT NULL,
        PRIMARY KEY (session_id, window_from)""",
    "events": """
        session_id TEXT NOT NULL REFERENCES sessions,
        seq INTEGER NOT NULL,
        event TEXT,
        event_ts INTEGER,
        message_id TEXT,
        PRIMARY KEY (session_id, seq)""",
    "settings": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "listings": """
        run INTEGER NOT NULL REFERENCES runs,
        window_from TEXT NOT NULL,
        window_to TEXT NOT NULL,
        filter_type TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, window_from, filter_type)""",
    "readings": """
        session_id TEXT NOT NULL REFERENCES sessions,
        window_from TEXT NOT NULL,
        window_to TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
        proof TEXT,
        PRIMARY KEY (session_id, window_from)""",
    "received_events": """
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        received_at TEXT NOT NULL,
        body TEXT NOT NULL,
        session_id TEXT,
        salt BLOB,
        account_seq INTEGER NOT NULL UNIQUE,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0,
        reason TEXT""",
    "erased_numbers": """
        session_id TEXT NOT NULL REFERENCES sessions,
        salt BLOB NOT NULL,
        hash BLOB NOT NULL,
        run INTEGER NOT NULL REFERENCES runs,
        PRIMARY KEY (session_id, hash)""",
}

#: Tables that SQLite stores in the order of their keys, which makes look-ups faster.
_ORDERED_BY_KEY = {"recipients", "attachments"}

#: Tables of which ``verify`` hashes or computes each value. It notices a float in them, unless the
#: float is equal to an expected integer.
_COMPARED = {"records", *(table.name for table in DERIVED)}

_INDEXES = {
    "messages_by_time": "messages (sent_at, fraction, session_id, first_seq)",
    "messages_by_session": "messages (session_id, sent_at, fraction, first_seq)",
    "messages_by_digits": "messages (sender_digits)",
    "messages_by_owner": "messages (sender_owner_id)",
    "records_by_run": "records (run)",
    "records_by_item": "records (session_id, kind, item, seq)",
    "records_erased": "records (session_id, kind) WHERE content IS NULL",
    "account_records_by_kind": "account_records (kind)",
    "recipients_by_digits": "recipients (digits)",
    "recipients_by_owner": "recipients (owner_id)",
    "participants_by_digits": "participants (digits)",
    "participants_by_owner": "participants (owner_id)",
    "messages_by_run": "messages (run)",
    "attachments_by_state": "attachments (state)",
    "readings_by_state": "readings (state)",
    "received_events_by_state": "received_events (state)",
}

_VIEWS = {
    # The latest version of each message as Zoom sent it, and all versions of each message.
    "message_contents": """SELECT m.*, r.content AS raw
        FROM messages m JOIN records r USING (record)""",
    "message_versions": """SELECT r.session_id, r.item AS message_id, r.seq, r.run, u.started_at,
        r.content AS raw FROM records r JOIN runs u USING (run) WHERE r.kind = 'message'""",
}


def statements() -> Iterator[str]:
    """Yield the SQL statements that create the tables of an empty archive."""
    for name, columns in _TABLES.items():
        order = " WITHOUT ROWID" if name in _ORDERED_BY_KEY else ""
        yield f"CREATE TABLE {name} ({columns}){order}"
    for name, on in _INDEXES.items():
        yield f"CREATE INDEX {name} ON {on}"
    for name, select in _VIEWS.items():
        yield f"CREATE VIEW {name} AS {select}"
    yield _SEARCH


def tables_and_views() -> list[str]:
    """Return the names of the tables and views that users may query themselves."""
    return [*_TABLES, *_VIEWS, SEARCH_INDEX]


def create(connection: sqlite3.Connection) -> None:
    for statement in statements():
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


class SchemaRow(NamedTuple):
    """A row of ``sqlite_master``: a table, index, view or trigger."""

    kind: str
    name: str
    table: str
    sql: str | None

    @property
    def is_statistics(self) -> bool:
        """Whether this is one of the tables that ANALYZE creates, with exactly SQLite's SQL."""
        return _STATISTICS.get(self.name) == self.sql and self.kind == "table"


#: The tables that ANALYZE creates, with their exact SQL. They do not change the results of queries.
_STATISTICS: dict[str, str | None] = {
    "sqlite_stat1": "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "sqlite_stat4": "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
#: The tables of the search index. SQLite creates them, and their SQL depends on its version.
_INDEX_PARTS = {f"{SEARCH_INDEX}_{part}" for part in ("data", "idx", "docsize", "config")}


def find_alterations(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text for each table, index, trigger or view that was altered."""
    return _compare(_read_schema(connection), _build_schema(with_search=True))


def find_foreign_objects(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text for each alteration of the tables that could cause wrong results.

    The tables of the search index are not checked. The check works in an SQLite without FTS5.
    """
    try:
        expected = _build_schema(with_search=True)
    except sqlite3.OperationalError:
        expected = _build_schema(with_search=False)
        parts = {*_INDEX_PARTS, SEARCH_INDEX}
    else:
        parts = _INDEX_PARTS

    def is_part(row: SchemaRow) -> bool:
        return row.kind == "table" and row.name in parts

    found = [row for row in _read_schema(connection) if not is_part(row)]
    return _compare(found, [row for row in expected if not is_part(row)])


def find_triggers(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text for each trigger in a database. An archive has no triggers."""
    for row in _read_schema(connection):
        if row.kind == "trigger":
            yield f"trigger {row.name} does not belong to an archive"


def find_floats(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text for each column with a float. An archive never stores floats."""
    for table in _TABLES:
        columns = [
            name
            for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
            if kind == "INTEGER" or table not in _COMPARED
        ]
        checks = [f"typeof({name}) = 'real'" for name in columns]
        # A whole table without floats is the usual case, and is checked twice as fast at once.
        any_float = f"SELECT 1 FROM {table} WHERE {' OR '.join(checks)} LIMIT 1"
        if connection.execute(any_float).fetchone() is None:
            continue
        for name, check in zip(columns, checks, strict=True):
            if connection.execute(f"SELECT 1 FROM {table} WHERE {check} LIMIT 1").fetchone():
                yield f"{table} is altered in {name}: a row has a float instead of an integer"


def _compare(found: Sequence[SchemaRow], expected: Sequence[SchemaRow]) -> Iterator[str]:
    ours, theirs = {row[:2]: row for row in expected}, {row[:2]: row for row in found}
    for kind, name in sorted(ours.keys() - theirs.keys()):
        yield f"{kind} {name} is missing"
    for row in found:
        known = ours.get(row[:2])
        if known is None:
            yield f"{row.kind} {row.name} does not belong to an archive"
        elif row != known:
            yield f"{row.kind} {row.name} is altered"
    if len(theirs) < len(found):
        yield "two objects of the same kind have the same name"


def _read_schema(connection: sqlite3.Connection) -> list[SchemaRow]:
    """Read the rows of a database's schema, except those of the tables that ANALYZE creates.

    Other tables with names that begin with "sqlite_" are included: an attacker may have added them.
    """
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    rows = (SchemaRow(str(kind), str(name), str(table), sql) for kind, name, table, sql in found)
    return [row for row in rows if not row.is_statistics]


@lru_cache
def _build_schema(*, with_search: bool) -> list[SchemaRow]:
    """Return the schema rows of a new archive, with or without its search index."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in statements():
            if with_search or statement != _SEARCH:
                connection.execute(statement)
        return _read_schema(connection)

"""The tables of an archive, and how its file is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from swagger_client.archive.errors import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveLockedError,
    ArchiveStorageError,
    NotAnArchiveError,
)

#: "zsms": what `PRAGMA application_id` of an archive says.
APPLICATION_ID = 0x7A736D73
VERSION = 1
_BUSY_SECONDS = 5.0

_PARTY = "phone_number TEXT, digits TEXT, display_name TEXT, owner_type TEXT, owner_id TEXT"

#: What is kept. ``records`` is the truth and only grows; the five tables after it are derived from
#: it; the rest says what was done and what is left to do.
_TABLES = (
    """runs (
        run INTEGER PRIMARY KEY,
        session_type TEXT NOT NULL,
        span_from TEXT NOT NULL,
        span_to TEXT NOT NULL,
        covered_from TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        digest TEXT
    )""",
    """records (
        record INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('session', 'message', 'attachment')),
        item TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs,
        content TEXT NOT NULL,
        hash TEXT NOT NULL,
        UNIQUE (session_id, seq)
    )""",
    """sessions (
        session_id TEXT PRIMARY KEY,
        session_type TEXT,
        last_access_time TEXT,
        seq INTEGER NOT NULL,
        records INTEGER NOT NULL DEFAULT 0,
        head TEXT NOT NULL DEFAULT ''
    )""",
    f"""participants (
        session_id TEXT NOT NULL REFERENCES sessions,
        position INTEGER NOT NULL,
        {_PARTY},
        is_session_owner INTEGER,
        extension_status TEXT,
        extension_deleted_time TEXT,
        PRIMARY KEY (session_id, position)
    )""",
    f"""messages (
        message INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions,
        message_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        date_time TEXT,
        sent_at INTEGER,
        direction TEXT,
        text TEXT,
        message_type INTEGER,
        delivery_status TEXT,
        {", ".join(f"sender_{column.strip()}" for column in _PARTY.split(","))},
        UNIQUE (session_id, message_id),
        FOREIGN KEY (session_id, seq) REFERENCES records (session_id, seq)
    )""",
    f"""recipients (
        session_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        {_PARTY},
        PRIMARY KEY (session_id, message_id, position),
        FOREIGN KEY (session_id, message_id) REFERENCES messages (session_id, message_id)
    )""",
    """attachments (
        session_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        attachment_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        name TEXT,
        type TEXT,
        size INTEGER,
        state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
        attempts INTEGER NOT NULL,
        seq INTEGER,
        reason TEXT,
        bytes INTEGER,
        sha256 TEXT,
        path TEXT,
        PRIMARY KEY (session_id, message_id, attachment_id),
        FOREIGN KEY (session_id, message_id) REFERENCES messages (session_id, message_id)
    )""",
    "settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """listings (
        run INTEGER NOT NULL REFERENCES runs,
        window_from TEXT NOT NULL,
        window_to TEXT NOT NULL,
        filter_type TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, window_from, filter_type)
    )""",
    """readings (
        session_id TEXT NOT NULL REFERENCES sessions,
        window_from TEXT NOT NULL,
        window_to TEXT NOT NULL,
        resume_from TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'done', 'refused', 'given up')),
        refusals INTEGER NOT NULL DEFAULT 0,
        reason TEXT,
        PRIMARY KEY (session_id, window_from)
    )""",
)

_REST = (
    "CREATE INDEX messages_by_time ON messages (sent_at)",
    "CREATE INDEX records_by_run ON records (run)",
    "CREATE INDEX records_by_item ON records (session_id, kind, item, seq)",
    "CREATE INDEX recipients_by_number ON recipients (digits)",
    "CREATE INDEX attachments_by_state ON attachments (state)",
    "CREATE INDEX readings_by_state ON readings (state)",
    # Each message's current version as Zoom sent it, and all versions it ever had.
    """CREATE VIEW message_contents AS
        SELECT m.*, r.run, r.content AS raw FROM messages m JOIN records r USING (session_id, seq)
    """,
    """CREATE VIEW message_versions AS
        SELECT r.session_id, r.item AS message_id, r.seq, r.run, u.started_at, r.content AS raw
        FROM records r JOIN runs u USING (run) WHERE r.kind = 'message'
    """,
    # The words alone: the texts themselves are in `messages`.
    """CREATE VIRTUAL TABLE message_words USING fts5 (
        words, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
    )""",
)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open an archive, or make one where there is none yet.

    :raises ArchiveError: when the file is something else, damaged, locked, or cannot be written.
    """
    with explained(path):
        _make_for_owner_alone(path)
        # Absolute: SQLite takes ":memory:" and "" for no files.
        connection = sqlite3.connect(path.absolute(), timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            new = _is_new(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if new:
                _create(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an archive that exists, without being able to change it.

    :raises ArchiveError: when there is none, or it is damaged.
    """
    if not path.is_file():
        raise NotAnArchiveError(
            f"There is no archive at {path}: check the path, or make one with `zoom-sms archive`."
        )
    with explained(path):
        try:
            connection = _connected_for_reading(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # Where it cannot write, SQLite cannot make the index of its log. Without a log there
            # is nothing to index.
            real = path.resolve()
            logs = [real.with_name(real.name + suffix) for suffix in ("-wal", "-journal")]
            if "locked" in str(error) or any(log.exists() for log in logs):
                raise
            connection = _connected_for_reading(path, "immutable=1")
    return connection


def _connected_for_reading(path: Path, option: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?{option}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        if _is_new(connection, path):
            raise NotAnArchiveError(f"{path} is empty: no run has begun to fill it.")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_for_owner_alone(path: Path) -> None:
    """Make the file, if there is none, readable by nobody else; SQLite's others take its mode."""
    with contextlib.suppress(OSError):  # SQLite tells what stands in the way
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file holds nothing at all.

    :raises NotAnArchiveError: when what it holds is not an archive that this version reads.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id == APPLICATION_ID:
        if version != VERSION:
            raise NotAnArchiveError(
                f"{path} is an archive of form {version}; this version of the package reads form "
                f"{VERSION}. It was left as it is."
            )
        return False
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables or application_id or version:
        raise NotAnArchiveError(
            f"{path} is a database of something else. It was left as it is: name another file."
        )
    return True


def _create(connection: sqlite3.Connection) -> None:
    strict = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in _TABLES:
            connection.execute(f"CREATE TABLE {table}{strict}")
        for statement in _REST:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Give up the open transaction; SQLite may have done so already."""
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into an archive's own."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.NotSupportedError):
        raise  # a mistake of this program
    except sqlite3.DatabaseError as error:
        raise explanation(path, error) from error


def explanation(path: Path, error: sqlite3.DatabaseError) -> ArchiveError:
    """What an error of SQLite means, and what to do about it."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return ArchiveLockedError(f"Another program is writing to {path}: try again when it ended.")
    if "full" in text or "disk I/O" in text or "unable to open" in text or "readonly" in text:
        return ArchiveStorageError(
            f"{path} could not be read or written ({text}). What was committed is safe: check the "
            "disk and the folder's permissions, then run again."
        )
    return ArchiveDamagedError(
        f"{path} is damaged or no archive ({text}). Nothing was changed: restore it from a backup, "
        "or move it away and archive anew."
    )

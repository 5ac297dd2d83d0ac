"""Migrates an archive of an older format to the current format.

First, the file is copied. Then the migration is done in one transaction. If the process is killed,
the archive is unchanged, and the next attempt starts from the beginning.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from swagger_client._security.disk import sync_directory, sync_path
from swagger_client._security.regular_file import copy_access
from swagger_client.archive import account_log, rows, runs, schema
from swagger_client.archive.account_claims import record_old_settings, store_setting
from swagger_client.archive.database import (
    check_objects,
    read_format,
    transaction,
    translate_sqlite_errors,
)
from swagger_client.archive.derived_rows import add_to_search_index, derive_rows, store_rows
from swagger_client.archive.errors import ArchiveStorageError, damaged
from swagger_client.archive.hashing import Record
from swagger_client.archive.recorder import Recorder
from swagger_client.archive.search_text import RULES, has_current_index

Migration = Callable[[sqlite3.Connection, Path], None]

#: A migration needs free space of three times the file's size: for the copy, the new tables, and
#: SQLite's write-ahead log.
_SPACE = 3


class MigrationReport(NamedTuple):
    """The result of a migration.

    :ivar int from_form: the archive format before; equal to ``to_form`` if no migration was needed.
    :ivar int to_form: the current archive format.
    :ivar Path | None copy: the path of the copy of the old file; None if nothing was migrated.
    """

    from_form: int
    to_form: int
    copy: Path | None


def migrate(connection: sqlite3.Connection, path: Path) -> int:
    """Create the tables of a new archive, or migrate those of an archive of an older format.

    :returns: the archive format before the migration; 0 for a new archive.
    """
    form = read_format(connection, path)
    if form == 0:
        with transaction(connection, path):
            schema.create(connection)
            store_setting(connection, "search_rules", RULES)
    elif form < schema.VERSION:
        _copy(connection, path, form)
        # While tables are renamed and dropped, foreign keys must keep the names they refer to.
        with _without_foreign_keys(connection), transaction(connection, path):
            for version in range(form + 1, schema.VERSION + 1):
                MIGRATIONS[version](connection, path)
            connection.execute(f"PRAGMA user_version = {schema.VERSION}")
            account_log.append(
                connection,
                kind="migration",
                fields={
                    "from": form,
                    "to": schema.VERSION,
                    "last_run": runs.next_number(connection) - 1,
                    **account_log.actor(),
                },
            )
            record_old_settings(connection)
            check_objects(connection, path, schema.VERSION)
    elif not has_current_index(connection):
        with transaction(connection, path):
            connection.execute("INSERT INTO message_words (message_words) VALUES ('delete-all')")
            for number, text in connection.execute("SELECT message, text FROM messages"):
                add_to_search_index(connection, number, text)
            store_setting(connection, "search_rules", RULES)
    return form


def copy_path(path: Path, form: int) -> Path:
    """Return where a migration saves a copy of an archive in the old format `form`."""
    real = path.resolve()
    return real.with_name(f"{real.name}.form{form}")


def _copy(connection: sqlite3.Connection, path: Path, form: int) -> None:
    """Copy the database to :func:`copy_path`; its name ends with .part until it is complete."""
    target = copy_path(path, form)
    size = path.stat().st_size
    free = shutil.disk_usage(target.parent).free
    if free < _SPACE * size:
        raise ArchiveStorageError(
            f"Migrating {path} needs {_SPACE * size:,} bytes of free space, but only {free:,} are "
            "free. Nothing was changed. Free some space, then run again."
        )
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        copy_access(descriptor, path, owner_only=True)
        os.close(descriptor)
        with translate_sqlite_errors(path), contextlib.closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
        sync_path(part)
        os.replace(part, target)
        sync_directory(target.parent)
    except OSError as error:
        raise ArchiveStorageError(
            f"{target} could not be written ({error.strerror}). Nothing was changed. Check free "
            "space and permissions, then run again."
        ) from error


@contextlib.contextmanager
def _without_foreign_keys(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA legacy_alter_table = ON")
    try:
        yield
    finally:
        connection.execute("PRAGMA legacy_alter_table = OFF")
        connection.execute("PRAGMA foreign_keys = ON")


def _from_form_1(connection: sqlite3.Connection, path: Path) -> None:
    """Migrate to format 2: typed columns, salted hashes, the audit log, and gap records."""
    if "refusals" not in _columns(connection, "readings"):
        raise damaged(path, "it is marked as archive format 1, but its tables have another format")
    gaps = connection.execute(
        "SELECT session_id, window_from, window_to, refusals, reason, state FROM readings "
        "WHERE reason IS NOT NULL AND state <> 'done' ORDER BY session_id, window_from"
    ).fetchall()
    connection.execute("DELETE FROM readings WHERE state IN ('refused', 'given up')")
    # Format 1 has no proofs that a time window was read, so all windows are read again.
    connection.execute("UPDATE readings SET state = 'pending'")
    _recreate(connection)
    rebuild_derived_tables(connection, path)
    if gaps:
        _record_gaps(connection, path, gaps)


def _recreate(connection: sqlite3.Connection) -> None:
    """Create the tables of the current format, and copy all rows except derived rows to them."""
    names = [
        (kind, name)
        for kind, name in connection.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view', 'index') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'message_words\\_%' "
            "ESCAPE '\\' ORDER BY type = 'table'"
        ).fetchall()
    ]
    old: list[str] = []
    for kind, name in names:
        if kind != "table" or name == schema.SEARCH_INDEX:
            connection.execute(f"DROP {kind} {name}")
        else:
            connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
            old.append(name)
    schema.create(connection)
    derived = {table.name for table in rows.DERIVED} - {"sessions"}
    for name in old:
        if name not in derived:
            ours = _columns(connection, name)
            shared = [column for column in _columns(connection, f"old_{name}") if column in ours]
            listed = ", ".join(shared)
            connection.execute(f"INSERT INTO {name} ({listed}) SELECT {listed} FROM old_{name}")
        connection.execute(f"DROP TABLE old_{name}")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]


def rebuild_derived_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Fill the derived tables and the search index again, from the table ``records``."""
    for table in reversed(rows.DERIVED):
        if table is not rows.SESSIONS:
            connection.execute(f"DELETE FROM {table.name}")
    connection.execute("INSERT INTO message_words (message_words) VALUES ('delete-all')")
    sessions = connection.execute("SELECT session_id FROM sessions ORDER BY session_id").fetchall()
    columns = ", ".join(Record._fields)
    for (session_id,) in sessions:
        records = connection.execute(
            f"SELECT {columns} FROM records WHERE session_id = ? ORDER BY seq", (session_id,)
        )
        try:
            store_rows(connection, derive_rows(session_id, map(Record._make, records)))
        except (ValueError, TypeError, RecursionError):
            raise damaged(
                path, f"a record of conversation {session_id} is not valid JSON"
            ) from None
    connection.execute("INSERT OR REPLACE INTO settings VALUES ('search_rules', ?)", (RULES,))


def _record_gaps(
    connection: sqlite3.Connection, path: Path, gaps: list[tuple[str, str, str, int, str, str]]
) -> None:
    """Record a gap for each time span whose messages a run of format 1 failed to fetch."""
    run = next(runs.read_runs(connection, "finished_at IS NULL"), None)
    interrupted = run is not None
    now = account_log.timestamp()
    if run is None:
        number = runs.next_number(connection)
        run = runs.Run(number, "", "", "", "", now, None, None, runs.MIGRATION)
        runs.begin_run(connection, run)
    recorder = Recorder(connection, path)
    for session_id, window_from, window_to, attempts, reason, _ in gaps:
        window = window_from, window_to
        for _ in range(max(attempts, 1)):
            recorder.add_gap(run.run, session_id, window, state="failed", reason=reason)
    if not interrupted:
        runs.finish_run(connection, run, now, {"gaps": len(gaps)})


def _rebuild(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables of the current format, and fill the derived tables from the records."""
    _recreate(connection)
    rebuild_derived_tables(connection, path)


#: The migration to each format. If a format only adds a column, use ``_rebuild``.
MIGRATIONS: dict[int, Migration] = {2: _from_form_1}

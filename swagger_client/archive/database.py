"""Opens an archive's database, and translates SQLite's errors to archive errors."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from swagger_client._security.disk import TOO_MANY_FILES
from swagger_client.archive import schema
from swagger_client.archive.errors import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveLockedError,
    ArchiveOutdatedError,
    ArchiveStorageError,
    NotAnArchiveError,
    UnsupportedSqliteError,
)

#: If these tables are empty, the archive is empty. A new archive already contains settings.
_RECORDED = ("runs", "records", "account_records WHERE kind <> 'setting'", "received_events")
_BUSY_SECONDS = 5.0
#: The largest size of a read connection's page cache, in KiB. With SQLite's default of 2,000, the
#: inner pages of a large archive's indexes are read again for each message.
_READ_CACHE = 8_000
#: Archive format 1 has STRICT tables, which an older SQLite cannot read.
_SQLITE_FOR_FORM_1 = (3, 37)
#: FTS5 reports an inconsistent index with the code SQLITE_ROW.
_ROW = 100
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, _ROW}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_STORAGE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}


class _Closable(Protocol):
    def close(self) -> None: ...


@contextlib.contextmanager
def close_on_error(opened: _Closable) -> Iterator[None]:
    """Close a connection or a snapshot if the ``with`` block raises."""
    try:
        yield
    except BaseException:
        opened.close()
        raise


def connect_for_writing(path: Path) -> sqlite3.Connection:
    """Open an archive of any format for writing. Create the file if it is missing."""
    with translate_sqlite_errors(path):
        _make_private_file(path)
        # An absolute path, because SQLite gives ":memory:" and "" special meanings.
        connection = sqlite3.connect(path.absolute(), timeout=_BUSY_SECONDS, isolation_level=None)
        with close_on_error(connection):
            _restrict(connection)
            check_objects(connection, path, read_format(connection, path))
            # EXTRA also syncs the folder: a deleted journal that reappears would undo a commit.
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
    return connection


def open_for_reading(path: Path, *, check_schema: bool = True) -> sqlite3.Connection:
    """Open an existing archive of the current format read-only.

    :param check_schema: whether to raise an error if the database has triggers, views or tables
        that do not belong to an archive. ``verify`` passes False, to report them as problems.
    """
    connection = connect_for_reading(path)
    with close_on_error(connection):
        with translate_sqlite_errors(path):
            form = read_format(connection, path)
        if form == 0:
            raise NotAnArchiveError(f"{path} is an empty file: run `zoom-sms archive` first.")
        if form < schema.VERSION:
            raise ArchiveOutdatedError(
                f"{path} has archive format {form}, but this version reads format "
                f"{schema.VERSION}. Run `zoom-sms migrate`, which needs write access and keeps a "
                "copy."
            )
        if check_schema:
            with translate_sqlite_errors(path):
                check_objects(connection, path, form)
    return connection


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """Open an existing archive of any format read-only."""
    if not path.is_file():
        raise NotAnArchiveError(
            f"There is no archive at {path}: check the path, or create one with `zoom-sms archive`."
        )
    with translate_sqlite_errors(path):
        try:
            return _connect_read_only(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # In a read-only folder, SQLite cannot create the index of its write-ahead log. If
            # there is no log either, the file can be opened as immutable.
            real = path.resolve()
            logs = [real.with_name(real.name + suffix) for suffix in ("-wal", "-journal")]
            used = [log for log in logs if log.exists() and log.stat().st_size]
            if error_code(error) == sqlite3.SQLITE_CANTOPEN and used:
                reason = _log_reason(used[0])
                raise ArchiveStorageError(f"{path} cannot be read: {reason}.") from OSError(
                    errno.EROFS, reason, str(path)
                )
            if error_code(error) in _LOCKED or used:
                raise
            return _connect_read_only(path, "immutable=1")


def _log_reason(log: Path) -> str:
    return (
        f"the folder is read-only, but {log.name} contains changes that SQLite can only read in a "
        "writable folder. Copy both files to one, or make the copy with `zoom-sms backup`"
    )


def _connect_read_only(path: Path, option: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?{option}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    with close_on_error(connection):
        _restrict(connection)
        connection.execute("PRAGMA user_version").fetchone()
        if read_format(connection, path):
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute(f"PRAGMA cache_size = -{_READ_CACHE}")
    return connection


def _restrict(connection: sqlite3.Connection) -> None:
    """Restrict what triggers and views of a manipulated database can do."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)


def check_objects(connection: sqlite3.Connection, path: Path, form: int) -> None:
    """Raise ArchiveDamagedError if another program has added a trigger, view or table."""
    if form == schema.VERSION:
        found = next(schema.find_foreign_objects(connection), None)
    else:
        found = next(schema.find_triggers(connection), None)
    if found is not None:
        text = found.encode("ascii", "backslashreplace").decode()
        raise ArchiveDamagedError(
            f"{path} is damaged: its schema was altered ({text}). Nothing was read or changed: run "
            "`zoom-sms verify`, and restore a backup."
        )


def _make_private_file(path: Path) -> None:
    """Create the file if it is missing, with access for its owner only."""
    # SQLite gives its log files the same mode.
    with contextlib.suppress(OSError):  # SQLite reports the reason when it opens the file
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def remove_if_empty(path: Path) -> bool:
    """Delete a database without archived data; return whether it was deleted."""
    if path.exists() and (not path.is_file() or (path.stat().st_size and _has_records(path))):
        return False
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    return not path.exists()


def _has_records(path: Path) -> bool:
    """Return whether a database contains archived data; True if it cannot be read."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(connection):
            for table in _RECORDED:
                if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
                    return True
    except sqlite3.Error:
        return True
    return False


def read_format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the archive format of a database: 1, 2 or, for an empty file, 0."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id == schema.APPLICATION_ID:
        if version > schema.VERSION:
            raise NotAnArchiveError(
                f"{path} has archive format {version}, written by a newer version of this package. "
                f"This version reads format {schema.VERSION}: upgrade the package. Nothing was "
                "changed."
            )
        if version < 2 and sqlite3.sqlite_version_info < _SQLITE_FOR_FORM_1:
            raise UnsupportedSqliteError(
                f"{path} has archive format 1, which needs SQLite 3.37 or newer; this Python uses "
                f"SQLite {sqlite3.sqlite_version}. Run `zoom-sms migrate` on another machine."
            )
        return int(version)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables or application_id or version:
        raise NotAnArchiveError(
            f"{path} is a database of another application. Nothing was changed: name another file."
        )
    return 0


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Run the ``with`` block in a transaction, which is rolled back if the block raises."""
    with translate_sqlite_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def translate_sqlite_errors(path: Path) -> Iterator[None]:
    """Convert SQLite's errors in the ``with`` block to :class:`ArchiveError`."""
    try:
        yield
    except sqlite3.ProgrammingError as error:
        if "closed database" not in str(error):
            raise
        raise ArchiveError(f"{path} was closed before all of its rows were read.") from None
    except (sqlite3.NotSupportedError, ArchiveError):
        raise
    except (sqlite3.Error, UnicodeError) as error:
        raise archive_error(path, error) from _find_file_limit(error) or error


def _find_file_limit(error: Exception) -> OSError | None:
    """Return an OSError if SQLite failed because too many files are open; otherwise None.

    SQLite's error does not say so. This function therefore tries to open some files itself.
    """
    if error_code(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}:
        return None
    with contextlib.ExitStack() as stack:
        try:
            for _ in range(6):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as limit:
            return limit if limit.errno in TOO_MANY_FILES else None
    return None


def archive_error(path: Path, error: sqlite3.Error | UnicodeError) -> ArchiveError:
    code, text = error_code(error), str(error)
    # An archive stores text as UTF-8 only. Other bytes mean that the file was changed.
    if code in DAMAGED or isinstance(error, UnicodeError) or "decode to UTF-8" in text:
        text = "its text is not UTF-8" if isinstance(error, UnicodeError) else text
        text = text.encode("ascii", "backslashreplace").decode()
        if code == sqlite3.SQLITE_NOTADB:
            return ArchiveDamagedError(
                f"{path} is not an SQLite database: it is another kind of file, or its first bytes "
                "are damaged. Nothing was changed. If it is not the archive, name the archive."
            )
        return ArchiveDamagedError(
            f"{path} is damaged ({text}). Nothing was changed: run `zoom-sms verify`, then restore "
            "a backup, or move the file away and archive again."
        )
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK:
        journal = path.with_name(path.name + "-journal")
        return ArchiveDamagedError(
            f"SQLite would use the journal {journal} to undo writes to {path.name}, but an archive "
            "has no such journal. Nothing was read: move it away, then run `zoom-sms verify`."
        )
    if code in _LOCKED:
        return ArchiveLockedError(f"Another program is writing to {path}: try again later.")
    if code in _STORAGE:
        return ArchiveStorageError(
            f"{path} could not be read or written ({text}). Data stored earlier is safe: check "
            "free space and the folder's permissions, then run the command again."
        )
    if "no such module: fts5" in text:
        return UnsupportedSqliteError(
            f"The SQLite of this Python ({sqlite3.sqlite_version}) has no FTS5, which search "
            "needs. The archive is not damaged: use another Python."
        )
    return ArchiveError(f"SQLite reports for {path}: {text}. Run `zoom-sms verify`.")


def error_code(error: Exception) -> int:
    """Return the primary SQLite result code of an exception."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


class _Connection:
    """A thread's connection. When the thread ends, Python deletes this object, which closes it."""

    def __init__(self, path: Path) -> None:
        self.opened = open_for_reading(path)

    def __del__(self) -> None:
        opened = getattr(self, "opened", None)
        if opened is not None:
            opened.close()


class ReadConnections:
    """Opens one connection for reading for each thread of each process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        #: Connections of the parent process, after a fork. They are neither used nor closed.
        self._inherited: list[object] = []

    def get(self) -> sqlite3.Connection:
        """Return the connection of the calling thread; open it on the first call."""
        if self._process != os.getpid():
            self._inherited += [self._local, *self._open]
            self._lock, self._local = threading.Lock(), threading.local()
            self._open = weakref.WeakSet()
            self._process = os.getpid()
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = _Connection(self._path)
            with self._lock:
                self._open.add(found)
        return found.opened

    def close(self) -> None:
        """Close the connections of all threads. A later :meth:`get` opens a new one."""
        if self._process != os.getpid():
            return
        with self._lock:
            found = list(self._open)
            self._open, self._local = weakref.WeakSet(), threading.local()
        for one in found:
            one.opened.close()

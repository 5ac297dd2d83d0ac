"""Copies an archive's database, also while an archive run is writing, and verifies the copy."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from swagger_client._security.disk import sync_path
from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client.archive import database
from swagger_client.archive.errors import (
    ArchiveDamagedError,
    ArchiveLockedError,
    ArchiveStorageError,
)
from swagger_client.archive.verify import VerifyReport, verify_archive


class BackupReport(NamedTuple):
    """The result of a backup.

    :ivar Path path: the path of the copy.
    :ivar int bytes: the size of the copy.
    :ivar VerifyReport verified: the result of verifying the copy. Attachments are not copied, so
        those in the folder of the original archive were verified.
    """

    path: Path
    bytes: int
    verified: VerifyReport


def back_up(source: Path, target: Path, folder: Path | None) -> BackupReport:
    """Copy an archive's database to a new file, and verify the copy and the attachments."""
    if target.exists():
        raise FileExistsError(f"{target} exists: name a new file for the backup")
    part = _temporary_path(target)
    try:
        with _reserved(part, target):
            _copy(source, part, target)
            report = _verify(part, folder)
            if report.problems:  # a missing folder is none, because the copy does not include it
                raise ArchiveDamagedError(
                    f"The verification of the copy failed: {report.problems[0]}. No backup was "
                    f"made: run `zoom-sms verify` on {source}."
                )
            size = part.stat().st_size
            os.link(part, target)  # fails if the file was created meanwhile
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        raise ArchiveStorageError(
            f"The backup {target} cannot be written ({error.strerror}): check free space and "
            "permissions."
        ) from OSError(error.errno, error.strerror, str(target))
    return BackupReport(target, size, report)


@contextlib.contextmanager
def _reserved(part: Path, target: Path) -> Iterator[None]:
    """Lock the temporary path of a backup. Delete what lies there before and after the block."""
    lock = part.with_name(f"{part.name}.lock")
    busy = f"Another backup to {target} is running. Wait until it has ended, or name another file."
    try:
        locked = lock_file(lock)
    except BlockingIOError:
        raise ArchiveLockedError(busy) from None
    try:
        if not lock.exists() or not os.path.samestat(os.fstat(locked.fileno()), lock.stat()):
            raise ArchiveLockedError(busy)  # it has just ended, and has deleted the lock file
        _remove(part)
        try:
            yield
        finally:
            _remove(part)
            with contextlib.suppress(OSError):
                lock.unlink()
    finally:
        unlock_file(locked)


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _temporary_path(target: Path) -> Path:
    """Return the path that a backup has until it is complete.

    The path contains a hash of the target's name. So backups to ``A`` and ``a`` have different
    temporary paths, even on a file system that ignores case.
    """
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()
    return target.with_name(f".{target.name}.{digest[:8]}.part")


def _copy(source: Path, part: Path, target: Path) -> None:
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        database.translate_sqlite_errors(source),
        contextlib.closing(database.open_for_reading(source)) as opened,
        contextlib.closing(sqlite3.connect(part)) as copy,
    ):
        # One step reads one snapshot: an archive run can write meanwhile.
        try:
            opened.backup(copy, pages=-1)
        except sqlite3.OperationalError as error:
            if database.error_code(error) != sqlite3.SQLITE_FULL:
                raise
            # Only the copy is written, so it is not the archive's disk that is full.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        copy.execute("PRAGMA journal_mode = DELETE")
    sync_path(part)


def _verify(part: Path, folder: Path | None) -> VerifyReport:
    with contextlib.closing(database.open_for_reading(part, check_schema=False)) as connection:
        connection.execute("BEGIN")
        return verify_archive(connection, folder, None)

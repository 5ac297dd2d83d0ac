"""Locks an archive, so that one process at a time writes to it, and one receives events."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client.archive.errors import ArchiveLockedError, ArchiveStorageError, NotAnArchiveError

#: For how many seconds an archive run waits until `zoom-sms listen` releases the lock.
_PATIENCE = 60.0
_WRITER, _LISTENER = "lock", "listen.lock"


@contextlib.contextmanager
def writing(path: Path, *, wait_for_listener: bool = True) -> Iterator[None]:
    """Hold an archive's write lock during the ``with`` block.

    :param wait_for_listener: whether to wait up to a minute if `zoom-sms listen` holds the lock.
    :raises ArchiveLockedError: if another process holds the lock.
    """
    deadline = time.monotonic() + (_PATIENCE if wait_for_listener else 0)
    while True:
        try:
            locked = lock_writer(path)
            break
        except ArchiveLockedError:
            if time.monotonic() >= deadline or not _has_listener(path):
                raise
            time.sleep(0.05)
    try:
        yield
    finally:
        unlock_file(locked)


@contextlib.contextmanager
def listening(path: Path) -> Iterator[None]:
    """Hold an archive's lock for webhook events during the ``with`` block."""
    try:
        locked = _lock(path, _LISTENER)
    except BlockingIOError:
        raise ArchiveLockedError(
            f"Another process already archives events in {path}: only one can do so at a time."
        ) from None
    try:
        yield
    finally:
        unlock_file(locked)


def lock_writer(path: Path) -> IO[bytes]:
    """Lock an archive for writing. Release the lock with ``unlock_file``."""
    try:
        return _lock(path, _WRITER)
    except BlockingIOError:
        raise ArchiveLockedError(
            f"Another process is writing to {path}, and only one can write at a time. Wait until "
            "that process has ended."
        ) from None


def remove_locks(path: Path) -> None:
    """Delete the lock files of a deleted archive. The caller must hold both locks."""
    for suffix in (_WRITER, _LISTENER):
        with contextlib.suppress(OSError):
            _lock_path(path, suffix).unlink(missing_ok=True)


def _has_listener(path: Path) -> bool:
    if not _lock_path(path, _LISTENER).exists():
        return False
    try:
        unlock_file(_lock(path, _LISTENER))
    except BlockingIOError:
        return True
    return False


def _lock(path: Path, suffix: str) -> IO[bytes]:
    lock = _lock_path(path, suffix)
    try:
        while True:
            locked = lock_file(lock, model=path)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(locked.fileno()), lock.stat()):
                    return locked
            unlock_file(locked)  # the previous holder has deleted the file
    except BlockingIOError:
        raise
    except OSError as error:
        if not lock.parent.is_dir():
            missing = FileNotFoundError(errno.ENOENT, "No such folder", str(lock.parent))
            raise ArchiveStorageError(f"The folder {lock.parent} does not exist.") from missing
        raise NotAnArchiveError(
            f"The lock file {lock} cannot be created ({error.strerror}). Runs, holds and erasures "
            "write to an archive: use the original archive, not a read-only copy."
        ) from None


def _lock_path(path: Path, suffix: str) -> Path:
    real = path.resolve()
    return real.with_name(f"{real.name}.{suffix}")

"""Locks of an archive: only one process writes, and only one archives events."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client.archive.errors import ArchiveLockedError, NotAnArchiveError

#: How long a run waits for a listener to release the archive, in seconds.
_PATIENCE = 60.0
_WRITER, _LISTENER = "lock", "listen.lock"


@contextlib.contextmanager
def writing(path: Path, *, patient: bool = True) -> Iterator[None]:
    """Hold the lock for writing to an archive.

    :param patient: wait while `zoom-sms listen` writes, which is never long.
    :raises ArchiveLockedError: when another process writes to it.
    """
    deadline = time.monotonic() + (_PATIENCE if patient else 0)
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
    """Hold the lock for archiving events.

    :raises ArchiveLockedError: when another process does.
    """
    try:
        locked = _lock(path, _LISTENER)
    except BlockingIOError:
        raise ArchiveLockedError(
            f"Another process listens for the events of {path}. One is enough."
        ) from None
    try:
        yield
    finally:
        unlock_file(locked)


def lock_writer(path: Path) -> IO[bytes]:
    """Lock an archive for writing; unlock it with ``unlock_file``.

    :raises ArchiveLockedError: when another process writes to it.
    """
    try:
        return _lock(path, _WRITER)
    except BlockingIOError:
        raise ArchiveLockedError(
            f"Another run is writing to {path}: wait until it has ended. Only one run at a time "
            "can write to an archive."
        ) from None


def remove_locks(path: Path) -> None:
    """Remove the lock files of an archive that is gone; the caller has both locks."""
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
            locked = lock_file(lock)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(locked.fileno()), lock.stat()):
                    return locked
            unlock_file(locked)  # who had it has removed the file
    except BlockingIOError:
        raise
    except OSError as error:
        raise NotAnArchiveError(f"{lock} cannot be made: {error.strerror}.") from None


def _lock_path(path: Path, suffix: str) -> Path:
    real = path.resolve()
    return real.with_name(f"{real.name}.{suffix}")

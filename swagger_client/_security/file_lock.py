from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from swagger_client._security.regular_file import copy_access

#: How often a locked file is tried again, in seconds.
_POLL = 0.002


def lock_file(path: str | os.PathLike[str], *, model: Path | None = None) -> IO[bytes]:
    """Open a file, create it if it is missing, and lock it.

    :param model: a file whose owner and permissions a new file gets.
    :raises BlockingIOError: if another process has locked the file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.fdopen(os.open(path, flags | os.O_EXCL, 0o600), "r+b")
    except FileExistsError:
        file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    else:
        if model is not None:
            copy_access(file.fileno(), model)
    try:
        _lock(file)
    except BaseException:
        file.close()
        raise
    return file


def unlock_file(file: IO[bytes]) -> None:
    """Unlock and close a file. It is unlocked even if a forked process has it open too."""
    with file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def locked_file(path: str | os.PathLike[str], longest: float = 1.0) -> Iterator[IO[bytes]]:
    """Lock a file for the ``with`` block. Another process has ``longest`` s to release it before.

    :raises BlockingIOError: if the other process does not release the lock in that time.
    """
    end = monotonic() + longest
    while True:
        try:
            file = lock_file(path)
            break
        except BlockingIOError:
            if monotonic() > end:
                raise
            sleep(_POLL)
    try:
        yield file
    finally:
        unlock_file(file)


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

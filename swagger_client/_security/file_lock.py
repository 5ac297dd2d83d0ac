"""A lock file, held by one process until it unlocks the file or ends."""

from __future__ import annotations

import os
import sys
from typing import IO


def lock_file(path: str | os.PathLike[str], *, wait: bool = False) -> IO[bytes]:
    """Open a file, which is created if missing, and lock it until :func:`unlock_file` is called.

    :param path: the file; it is never written to, and stays when it is unlocked.
    :param wait: block until it can be locked.
    :returns: the open file.
    :raises BlockingIOError: when another process or open file holds the lock.
    :raises OSError: when it cannot be opened, or is a link or not a regular file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    try:
        _lock(file, wait)
    except BaseException:
        file.close()
        raise
    return file


def unlock_file(file: IO[bytes]) -> None:
    """Unlock and close a file, also when a forked process has it open, too."""
    with file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_UN)


def _lock(file: IO[bytes], wait: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

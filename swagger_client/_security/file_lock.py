"""A file locked for one process, until it is unlocked or the process ends, however that comes."""

from __future__ import annotations

import os
import sys
from typing import IO


def lock_file(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a file, made when there is none, and lock it until :func:`unlock_file` is called.

    :param path: the file; it is never written to and stays when the lock is given back.
    :returns: the open file.
    :raises BlockingIOError: when somebody else has locked it.
    :raises OSError: when it cannot be opened.
    """
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        _lock(file)
    except BaseException:
        file.close()
        raise
    return file


def unlock_file(file: IO[bytes]) -> None:
    """Unlock and close a file, also where a forked process holds it open, too."""
    with file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_UN)


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

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from swagger_client._security.owner import set_owner


def lock_file(
    path: str | os.PathLike[str], *, wait: bool = False, model: Path | None = None
) -> IO[bytes]:
    """Open a file, create it if it is missing, and lock it.

    :param wait: whether to wait until no other process has locked the file.
    :param model: if root creates the file, the owner of this other file becomes its owner.
    :raises BlockingIOError: if another process has locked the file, and ``wait`` is False.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.fdopen(os.open(path, flags | os.O_EXCL, 0o600), "r+b")
    except FileExistsError:
        file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    else:
        if model is not None:
            set_owner(file.fileno(), model)
    try:
        _lock(file, wait)
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

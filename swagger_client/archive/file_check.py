"""Opens and checks the files of messages, which anybody may have replaced by something else."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20
#: What the system may not have.
_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular_file(path: Path) -> BinaryIO:
    """Open a file of a message for reading; a link is not followed, and a pipe not waited for.

    :raises OSError: when it cannot be read, or is something else than a regular file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NOT_FOLLOWED | _NOT_BLOCKING)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def check_file(folder: Path, path: str, size: object, sha256: object) -> str | None:
    """Return the problem of a file; None if its content is as archived.

    No more is read than it must have.
    """
    if not path or ".." in Path(path).parts or Path(path).is_absolute():
        return "has a path that leads out of the folder of files"
    try:
        opened = open_regular_file(folder / path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    with opened as file:
        found = os.fstat(file.fileno()).st_size
        if found != size:
            return f"has {found} bytes, not {size}"
        hashed, left = hashlib.sha256(), found
        try:
            while left and (block := file.read(min(_BLOCK, left))):
                hashed.update(block)
                left -= len(block)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
    if left:
        return f"has {found - left} bytes, not {size}"
    return None if hashed.hexdigest() == sha256 else "is altered"

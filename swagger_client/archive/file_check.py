"""Compares a file of a message with its hash."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

_BLOCK = 1 << 20
#: What the system may not have.
_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def check_file(folder: Path, path: str, size: object, sha256: object) -> str | None:
    """Return what is wrong with a file, None when nothing is.

    Only a regular file is read, no link is followed, and no more is read than it must have.
    """
    if not path or ".." in Path(path).parts or Path(path).is_absolute():
        return "has a path that leads out of the folder of files"
    try:
        descriptor = os.open(folder / path, os.O_RDONLY | _NOT_FOLLOWED | _NOT_BLOCKING)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        return "is not a regular file"
    with os.fdopen(descriptor, "rb") as file:
        if found.st_size != size:
            return f"has {found.st_size} bytes, not {size}"
        hashed, left = hashlib.sha256(), found.st_size
        try:
            while left and (block := file.read(min(_BLOCK, left))):
                hashed.update(block)
                left -= len(block)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
    if left:
        return f"has {found.st_size - left} bytes, not {size}"
    return None if hashed.hexdigest() == sha256 else "is altered"

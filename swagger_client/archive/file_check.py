from __future__ import annotations

import hashlib
import os
from pathlib import Path

from swagger_client._security.disk import TOO_MANY_FILES
from swagger_client._security.regular_file import open_regular_file

_BLOCK = 1 << 20


def check_file(folder: Path, path: str, size: object, sha256: object) -> str | None:
    """Check that a file has the archived size and hash; return the problem, if any.

    The file is read only if it has the archived size. Bytes appended meanwhile are ignored.
    """
    if not path or ".." in Path(path).parts or Path(path).is_absolute():
        return "has a path outside the folder of files"
    try:
        opened = open_regular_file(folder / path)
    except OSError as error:
        if error.errno in TOO_MANY_FILES:  # this says nothing about the file
            raise
        return f"cannot be read: {error.strerror}"
    with opened as file:
        found = os.fstat(file.fileno()).st_size
        if found != size:
            return f"has {found} bytes instead of {size}"
        hashed, left = hashlib.sha256(), found
        try:
            while left and (block := file.read(min(_BLOCK, left))):
                hashed.update(block)
                left -= len(block)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
    if left:
        return f"has {found - left} bytes instead of {size}"
    return None if hashed.hexdigest() == sha256 else "is altered"

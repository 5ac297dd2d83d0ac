"""Checks the folder of downloaded files, and the files in it.

If the folder is missing or empty, the reason is often a disk that is not mounted.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from pathlib import Path
from typing import NamedTuple

from swagger_client._security.disk import TOO_MANY_FILES
from swagger_client._security.regular_file import open_regular_file

#: How many archived files are looked up first. If none of them exists, the whole folder is listed.
_LOOKED_FOR = 5
#: The setting with the path of a folder whose files a user has declared lost.
LOST_FILES = "lost_files"
_BLOCK = 1 << 20
_STORED = "SELECT path FROM attachments WHERE state = 'done' ORDER BY message DESC"


class MissingFolder(NamedTuple):
    """A folder of files that is missing, or contains none of the archived files.

    :ivar str folder: the path of the folder.
    :ivar int files: how many files were stored in it.
    :ivar str reason: the problem, to follow "The folder of files …" in a sentence.
    """

    folder: str
    files: int
    reason: str

    @property
    def text(self) -> str:
        return f"The folder of files {self.folder} {self.reason}."


def find_missing_folder(
    connection: sqlite3.Connection, folder: Path | None
) -> MissingFolder | None:
    """Describe what is wrong if the folder of files is missing or contains no archived file."""
    if folder is None:
        return None
    few = connection.execute(f"{_STORED} LIMIT ?", (_LOOKED_FOR,)).fetchall()
    try:
        if folder.is_dir() and (not few or any(os.path.exists(folder / path) for (path,) in few)):
            return None
        names = set(os.listdir(folder))
        reason = ""
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in TOO_MANY_FILES:
            raise
        names, reason = set(), _describe(error)
    stored = [str(path) for (path,) in connection.execute(_STORED)]
    is_lost = connection.execute(
        "SELECT 1 FROM settings WHERE name = ? AND value = ?", (LOST_FILES, str(folder))
    ).fetchone()
    if not reason and (is_lost or not names.isdisjoint(stored)):
        return None
    count = f"{len(stored):,} file{'' if len(stored) == 1 else 's'}"
    return MissingFolder(
        str(folder), len(stored), reason or f"contains none of the {count} that were stored in it"
    )


def find_change(folder: Path, path: str, size: int | None) -> str | None:
    """Return "missing" or "altered" if a downloaded file is missing or has another size."""
    try:
        found = os.lstat(folder / path)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except (OSError, ValueError):
        return "altered"
    return None if stat.S_ISREG(found.st_mode) and found.st_size == size else "altered"


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


def _describe(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    if isinstance(error, NotADirectoryError):
        return "is a file"
    return f"cannot be read ({error.strerror if isinstance(error, OSError) else error})"

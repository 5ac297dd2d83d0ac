"""Let files that root creates belong to the user whose archive they are part of."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def set_owner(descriptor: int, model: Path) -> None:
    """Give a file to the owner of another one, if this process runs as root.

    SQLite does the same with its log files. Otherwise, a command that root runs once would leave
    files that the archive's user cannot open.

    :param descriptor: an open file that this process has just created.
    :param model: the file or folder whose owner becomes the owner; may be missing.
    """
    if sys.platform != "win32" and os.geteuid() == 0:
        with contextlib.suppress(OSError):
            found = model.stat()
            os.fchown(descriptor, found.st_uid, found.st_gid)

"""Flushes directories to the disk, so that a renamed file survives a power loss."""

from __future__ import annotations

import errno
import os
from pathlib import Path

#: Errors of file systems that cannot flush a directory: CIFS, 9p and others. That makes a file
#: less durable, not missing.
_UNSUPPORTED = {
    errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EACCES,
    errno.EPERM,
}  # fmt: skip


def sync_directory(path: Path) -> None:
    """Flush a directory to the disk, where its file system can.

    :raises OSError: when the disk fails.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise

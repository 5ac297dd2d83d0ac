"""Flush files and directories to the disk, so that their content survives a power loss."""

from __future__ import annotations

import errno
import os
from pathlib import Path

#: Errors of the operating system whose cause is a path, not the disk.
PATH_ERRORS = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENOTEMPTY,
        errno.EPERM,
        errno.EROFS,
        errno.ETXTBSY,
    }
)
#: Errors of the operating system for a full disk or a used-up quota.
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
#: Errors of the operating system for too many open files, of the process or of the machine.
TOO_MANY_FILES = frozenset({errno.EMFILE, errno.ENFILE})
#: The error of the operating system for a file larger than `ulimit -f` or the file system allows.
FILE_TOO_LARGE = frozenset({errno.EFBIG})

#: Errors of file systems that cannot flush files, such as CIFS, 9p and FUSE; they are ignored.
_UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
#: Errors of file systems that cannot flush directories; they are ignored.
_UNSUPPORTED_DIRECTORY = _UNSUPPORTED | {errno.EBADF, errno.EACCES, errno.EPERM}


def is_storage_failure(error: OSError) -> bool:
    """Return whether an error was caused by the disk, not by a wrong path or a closed pipe."""
    return error.errno is not None and error.errno not in (*PATH_ERRORS, errno.EPIPE)


def sync_file(descriptor: int) -> None:
    """Flush an open file to the disk, if the file system supports it."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def sync_path(path: Path) -> None:
    """Flush a file to the disk, if the file system supports it."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Flush a directory to the disk, if the file system supports it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED_DIRECTORY:
            raise

"""Open or replace a file only if it is a regular file, not a pipe or a device."""

from __future__ import annotations

import contextlib
import errno
import glob
import math
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from swagger_client._security.disk import sync_directory, sync_file

#: Temporary files older than this (seconds) were left by a killed process.
_LEFT_AFTER = 3600

#: Flags of os.open, which are 0 if the operating system does not have them.
_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular_file(path: str | Path, *, follow_links: bool = False) -> BinaryIO:
    """Open a file for reading. Raise an OSError if it is a pipe, a device or a directory.

    Opening a pipe could block forever. A link raises too, unless ``follow_links`` is True.
    """
    flags = os.O_RDONLY | _NOT_BLOCKING | (0 if follow_links else _NOT_FOLLOWED)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and not follow_links:
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def replace_regular_file(new: str | Path, path: str | Path) -> None:
    """Rename the file `new` to `path`. Raise an OSError if `path` is a pipe or a device.

    Renaming would replace the device itself: `/dev/null` would become a file.
    """
    check_replaceable(path)
    os.replace(new, path)


def write_private_file(path: Path, text: str, *, model: Path | None = None) -> None:
    """Write a file that only its owner can read, completely or not at all.

    A process that is killed leaves a temporary file with a part of the text, which may be secret.
    The next call deletes the temporary file, if it is older than an hour.

    Call :func:`check_content` first if a user chose the path.

    :param model: a file whose owner and permissions the file gets: see :func:`copy_access`.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        remove_temporary_files(path, before=os.fstat(descriptor).st_mtime - _LEFT_AFTER)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if model is not None:
                copy_access(descriptor, model)
            file.write(text)
            file.flush()
            sync_file(descriptor)
        replace_regular_file(name, path)
        sync_directory(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read_head(path: str | Path) -> bytes:
    """Return the beginning of a file; empty if the file is missing or cannot be read."""
    with contextlib.suppress(OSError), open_regular_file(path) as file:
        return file.read(999)
    return b""


def check_content(path: Path, content: bytes, *beginnings: bytes) -> None:
    """Raise an OSError if the content of a file has another beginning: overwriting would lose it.

    A file that is empty, truncated or filled with zeros is accepted.
    """
    content = content.strip(b"\0 \r\n")
    if not any(one.startswith(content[: len(one)]) for one in beginnings):
        raise OSError(errno.EEXIST, "it has other content: name a new file", str(path))


def remove_temporary_files(path: Path, *, before: float = math.inf) -> None:
    """Delete the temporary files that :func:`write_private_file` left when it was killed.

    :param before: the Unix time before which a file must have been changed to be deleted. Another
        process may still be writing a newer file.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):  # another user's, or deleted meanwhile
            if left.lstat().st_mtime < before:
                left.unlink()


def check_replaceable(path: str | Path) -> None:
    """Raise an OSError if a path is a pipe, a device or a socket."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def copy_access(descriptor: int, model: Path, *, owner_only: bool = False) -> None:
    """Give a file the permissions of another one and, if this process runs as root, its owner.

    SQLite does the same with its log files. Otherwise, a command that root runs once would leave
    files that the archive's user cannot open.

    :param descriptor: an open file that this process has just created.
    :param model: the other file, such as an archive's database; may be missing.
    :param owner_only: whether to keep the file's permissions.
    """
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            found = model.stat()
            if os.geteuid() == 0:
                os.fchown(descriptor, found.st_uid, found.st_gid)
            if not owner_only:
                os.fchmod(descriptor, found.st_mode & 0o666)

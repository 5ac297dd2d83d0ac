"""Write files and folders that get their names only when they are complete."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from swagger_client._security.disk import sync_directory, sync_file, sync_path
from swagger_client.archive.folder_owner import OWNER_FILE

#: The suffixes of an archive's files: the database, SQLite's files beside it, and the lock.
_BESIDE_ARCHIVE = ("", "-wal", "-shm", "-journal", ".lock")
_LONGEST_NAME = 100
#: The names of files of messages: see `archive.files`.
_ARCHIVED_FILE = re.compile(r"[0-9a-f]{40}\.\w+", re.IGNORECASE)


@contextlib.contextmanager
def complete_file(path: Path) -> Iterator[Path]:
    """Create a temporary file, yield its path, and rename the file to `path` at the end.

    If the ``with`` block raises an exception, the file is deleted instead. If `path` is a link, the
    file to which it links is replaced.
    """
    path = path.resolve()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    _remove_abandoned(path)
    part = _temporary_path(path)
    with _add_path_to_errors(path):
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with _closing(descriptor):
            _lock(descriptor)
            yield part
            sync_file(descriptor)
        os.replace(part, path)
        sync_directory(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def complete_folder(path: Path) -> Iterator[Path]:
    """Create a temporary folder; see :func:`complete_file`. `path` must be new or empty."""
    check_folder(path)
    path = path.resolve()
    _remove_abandoned(path)
    part = _temporary_path(path)
    with _add_path_to_errors(path):
        part.mkdir(mode=0o700)
    try:
        with _locked_folder(part):
            yield part
            _sync_tree(part)
        if path.exists():
            path.rmdir()
        os.rename(part, path)
        sync_directory(path.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def check_folder(path: Path) -> None:
    """Raise ValueError if a path exists and is not an empty folder, or is a mount point."""
    if not path.exists():
        return
    if not path.is_dir():
        raise ValueError(f"{path} is a file: name a new folder")
    if any(path.iterdir()):
        raise ValueError(f"{path} is not empty: name a new or empty folder")
    if path.is_mount():
        raise ValueError(f"{path} is a mount point: name a new folder in it")


def check_not_archive(database: Path, output: Path) -> None:
    """Raise ValueError if the output is, or links to, a file of the archive."""
    for base in (database, database.resolve()):
        for suffix in _BESIDE_ARCHIVE:
            own = base.with_name(base.name + suffix)
            same = own.exists() and output.exists() and own.samefile(output)
            # macOS and Windows do not distinguish upper and lower case.
            if same or _folded(own) == _folded(output):
                raise ValueError(f"{output} is a file of the archive: name another output")


def check_not_archived_file(folder: Path | None, output: Path) -> None:
    """Raise ValueError if the output would replace a file in the archive's folder of files."""
    path = output.resolve()
    if (
        folder is not None
        and path.parent == folder.resolve()
        and (path.name == OWNER_FILE or _ARCHIVED_FILE.fullmatch(path.name))
    ):
        raise ValueError(f"{output} is a file of the archive: name another output")


def _temporary_path(path: Path) -> Path:
    return path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.part")


def _remove_abandoned(path: Path) -> None:
    """Delete temporary files for `path` that no running export has locked."""
    if sys.platform == "win32":
        return
    prefix = f".{path.name[:_LONGEST_NAME]}."
    with contextlib.suppress(OSError):
        for part in path.parent.iterdir():
            middle = part.name.removeprefix(prefix).removesuffix(".part")
            if part.name == f"{prefix}{middle}.part" and len(middle) == 12:
                _remove_if_unlocked(part)


def _remove_if_unlocked(part: Path) -> None:
    with contextlib.suppress(OSError), _closing(os.open(part, os.O_RDONLY)) as descriptor:
        _lock(descriptor)
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _add_path_to_errors(path: Path) -> Iterator[None]:
    """Let an OSError in the ``with`` block name `path` instead of the temporary path."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
    else:
        with _closing(os.open(folder, os.O_RDONLY)) as descriptor:
            _lock(descriptor)
            yield


def _lock(descriptor: int) -> None:
    """Lock a file or folder while it is written; the lock ends with the process."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_path(Path(parent, name))
        sync_directory(Path(parent))


def _folded(path: Path) -> str:
    return str(path.resolve()).casefold()

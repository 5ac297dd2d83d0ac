"""Chooses the folder of the attachments, and records in it which archive owns this folder.

A copy of an archive refers to the folder of the original. Without an owner, an erasure in the copy
would delete files of the original, even files under a legal hold there. So a small JSON file in the
folder, the owner file, names the archive and its database file. No other database file may store or
delete files in the folder, until ``zoom-sms take-over`` makes it the owner.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swagger_client._security.regular_file import (
    open_regular_file,
    remove_temporary_files,
    write_private_file,
)
from swagger_client.archive import runs
from swagger_client.archive.errors import FolderMissingError, ForeignFolderError
from swagger_client.archive.file_folder import LOST_FILES, find_missing_folder
from swagger_client.archive.files import make_folder, storage_error

if TYPE_CHECKING:
    from swagger_client.archive.store import Store

#: The name of the owner file. Names of stored files never begin with a dot.
OWNER_FILE = ".zoom-sms-archive.json"
_MOST_BYTES = 1 << 16


class FolderOwner(NamedTuple):
    """The content of the owner file, which says which archive owns a folder of files.

    :ivar str archive: the random id of the archive.
    :ivar str database: the absolute path of the database file.
    :ivar int device: the number of the file system that contains the database file.
    :ivar int inode: the number of the database file in its file system.
    :ivar int run: the number of the last archive run when the owner file was written.
    """

    archive: str
    database: str
    device: int
    inode: int
    run: int


def check_owner(store: Store, folder: Path, *, to_delete: bool = False) -> None:
    """Raise an error unless an archive may store or delete files in a folder.

    :param to_delete: True before files are deleted. Then the folder must have an owner file, and
        the inode in the owner file must be that of the database file.
    """
    missing = find_missing_folder(store.connection, folder)
    if missing is not None:
        raise FolderMissingError(
            f"{missing.text} Mount its disk. If the folder was moved, run `zoom-sms take-over DIR` "
            "with the new path."
        )
    owner = read_owner(folder)
    if owner is None:
        if to_delete:
            raise ForeignFolderError(
                f"No file in {folder} was deleted, because the folder has no file {OWNER_FILE}, "
                "which says which archive owns the folder. Run `zoom-sms archive` with the archive "
                "that stored the files: the run writes that file. If that archive no longer "
                f"exists, make this one the owner: `zoom-sms take-over {folder}`."
            )
        return
    reason = _find_difference(store, owner, is_strict=to_delete)
    if reason is not None:
        raise ForeignFolderError(
            f"The folder of files {folder} belongs to {owner.database}, and {reason}. No file in "
            "it was stored or deleted. If this archive replaces that one, run "
            f"`zoom-sms take-over {folder}`."
        )


def claim_folder(store: Store, folder: Path) -> None:
    """Make an archive the owner of a folder of files, unless another archive owns it."""
    check_owner(store, folder)
    write_owner(store, folder)


def write_owner(store: Store, folder: Path) -> None:
    """Make an archive the owner of a folder of files, even if another archive owned it before."""
    owner = _owner(store, store.identity())
    with contextlib.suppress(ForeignFolderError):  # replace a malformed owner file
        if owner == read_owner(folder):
            return
    remove_temporary_files(folder / OWNER_FILE)  # the archive's lock excludes other writers
    try:
        content = json.dumps(owner._asdict(), indent=1)
        write_private_file(folder / OWNER_FILE, content, model=store.path)
    except OSError as error:
        raise storage_error(error) from error


def read_owner(folder: Path) -> FolderOwner | None:
    """Read the file that names the owner of a folder; return None if there is no such file."""
    try:
        with open_regular_file(folder / OWNER_FILE) as file:
            content = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error) from error
    try:
        found = json.loads(content)
        owner = FolderOwner(*(found[name] for name in FolderOwner._fields))
        if list(map(type, owner)) != [str, str, int, int, int]:
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ForeignFolderError(
            f"The file {folder / OWNER_FILE}, which says which archive owns the folder, is "
            "malformed. No file in the folder was stored or deleted. Run `zoom-sms take-over "
            f"{folder}`."
        ) from None
    return owner


def _owner(store: Store, archive_id: str) -> FolderOwner:
    path = store.path.resolve()
    found = path.stat()
    last_run = runs.next_number(store.connection) - 1
    return FolderOwner(archive_id, str(path), found.st_dev, found.st_ino, last_run)


def _find_difference(store: Store, owner: FolderOwner, *, is_strict: bool) -> str | None:
    """Return how an archive differs from the folder's owner, or None if it does not."""
    this = _owner(store, store.setting("identity") or "")
    if this.archive != owner.archive:
        return f"{this.database} is another archive"
    is_same_file = this.inode == owner.inode
    is_moved = this.database != owner.database
    if is_moved and not (is_same_file and this.device == owner.device):
        return f"{this.database} is a copy of it, or was moved or restored"
    if this.run < owner.run:
        return (
            f"its run {owner.run} used the folder, but {this.database} ends with run {this.run}: "
            "it is an older copy, or was restored from a backup"
        )
    if is_strict and not is_same_file:
        return "the file at this path is another one than the file that stored the files last"
    return None


@contextlib.contextmanager
def remove_new_folder_on_error(folder: Path | None, database: Path) -> Iterator[None]:
    """If the block fails before `database` exists, delete `folder` if the block has created it."""
    is_new = folder is not None and not folder.exists()
    try:
        yield
    except BaseException:
        if folder is not None and is_new and not database.exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def choose_folder(store: Store, attachments: str | Path | None) -> Path | None:
    """Return the folder for a run's files. If it is a new one, create it and record its path.

    :param attachments: the folder; None for the folder whose path the archive stores.
    :returns: the folder; None if the archive stores no path either.
    """
    known = store.setting("attachments")
    folder = None if attachments is None else Path(attachments).resolve()
    if known is not None and (folder is None or str(folder) == known):
        check_owner(store, Path(known))  # a new folder would hide lost files
        return Path(known)
    if folder is not None:
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"`attachments` must be a folder, but {folder} is a file")
        if store.has_files() and find_missing_folder(store.connection, folder):
            raise ValueError(
                f"the files of this archive are in {known}. Move them to {folder} first, or leave "
                "out `attachments`"
            )
        make_folder(folder)
        check_owner(store, folder)
        with store.transaction():
            store.set_setting("attachments", str(folder))
    return folder


def take_over(store: Store, folder: Path, *, files_lost: bool = False) -> None:
    """Make an archive the owner of a folder of files, whoever owned it before.

    :param files_lost: whether the folder may lack all files. The next run downloads them again.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise FolderMissingError(
            f"There is no folder {folder}. Mount its disk, or correct the path."
        )
    missing = find_missing_folder(store.connection, folder)
    if missing is not None and not files_lost:
        raise ValueError(
            f"{missing.text} Copy the files of this archive to the folder first. If they are lost "
            f"for good: `zoom-sms take-over {folder} --files-lost`"
        )
    write_owner(store, folder)
    with store.transaction():
        store.set_setting("attachments", str(folder))
        store.set_setting(LOST_FILES, str(folder) if files_lost else None)

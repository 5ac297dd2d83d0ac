"""Choose the folder in which a run stores attachments, and record its path in the archive."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from swagger_client.archive.errors import FolderMissingError
from swagger_client.archive.file_folder import LOST_FILES, find_missing_folder
from swagger_client.archive.files import make_folder
from swagger_client.archive.folder_owner import check_owner, write_owner
from swagger_client.archive.store import Store


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

"""Locks an archive and opens it for writing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from swagger_client.archive import database, erasure, locks
from swagger_client.archive.errors import ArchiveLockedError, NotAnArchiveError
from swagger_client.archive.store import Store


@contextlib.contextmanager
def open_store(
    path: Path, *, wait_for_listener: bool = True, finish_erasure: bool = True
) -> Iterator[Store]:
    """Lock an archive, and open it for writing.

    :param wait_for_listener: whether to wait up to a minute if `zoom-sms listen` holds the lock.
    :param finish_erasure: whether to finish an interrupted erasure first.
    """
    if path.is_dir():
        raise NotAnArchiveError(f"{path} is a folder: give the path of a file.")
    with locks.writing(path, wait_for_listener=wait_for_listener):
        is_new = not path.exists()
        try:
            with contextlib.closing(Store(path)) as store:
                if finish_erasure:
                    erasure.finish_pending(store)
                yield store
        except BaseException:
            if is_new:
                _remove_if_empty(path)
            raise


def _remove_if_empty(path: Path) -> None:
    """Delete the database file if it is still empty and `zoom-sms listen` does not use it."""
    with contextlib.suppress(ArchiveLockedError), locks.listening(path):
        if database.remove_if_empty(path):
            locks.remove_locks(path)

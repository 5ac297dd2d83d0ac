"""The exceptions that an archive raises.

The exceptions for failed API calls are in ``swagger_client.exceptions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ArchiveError(Exception):
    """The base class of archive errors. The message says what happened and what to do."""


class NotAnArchiveError(ArchiveError):
    """The file does not exist, or is not an archive. It was not changed."""


class ArchiveOutdatedError(NotAnArchiveError):
    """The archive has an older format. `zoom-sms migrate` or the next archive run migrates it."""


class UnsupportedSqliteError(ArchiveError):
    """The SQLite of this Python is too old or lacks FTS5. The archive is not damaged."""


class ArchiveLockedError(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveDamagedError(ArchiveError):
    """The archive's file is corrupt, or its rows contradict each other.

    The call that raised this error has changed nothing.
    """


class ArchiveStorageError(ArchiveError):
    """The disk is full or failed. Data that was stored earlier is safe."""


class FolderMissingError(ArchiveStorageError):
    """The folder of files is missing, or none of the stored files is in it."""


class ForeignFolderError(ArchiveError):
    """The folder of files belongs to another archive, or to another copy of this archive.

    No file in it was stored or deleted. :meth:`Archive.take_over_folder` changes the owner.
    """


class OtherAccountError(ArchiveError):
    """The archive belongs to another account than the credentials."""


class ArchiveHeldError(ArchiveError):
    """The target of an erasure is under a legal hold. Nothing was erased."""


class UnknownValueError(ValueError):
    """An argument names a number, id or other value that the archive does not contain.

    If the archive contains a similar value, the message suggests it.
    """


def damaged(path: Path, problem: str) -> ArchiveDamagedError:
    return ArchiveDamagedError(
        f"{path} is damaged: {problem}. Nothing was changed: run `zoom-sms verify`, and restore a "
        "backup."
    )

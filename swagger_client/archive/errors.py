"""Exceptions of archives; ``swagger_client.exceptions`` has those of API calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ArchiveError(Exception):
    """An archive cannot do what was requested; the text says what to do."""


class NotAnArchiveError(ArchiveError):
    """The file is missing, or is something other than an archive; it was not changed."""


class ArchiveOutdatedError(NotAnArchiveError):
    """The archive has an older format; `zoom-sms migrate` or the next run migrates it."""


class UnsupportedSqliteError(ArchiveError):
    """The SQLite of this Python is too old, or lacks FTS5; the archive is intact."""


class ArchiveLockedError(ArchiveError):
    """Another run, or another program, is writing to the archive."""


class ArchiveDamagedError(ArchiveError):
    """The archive's file is corrupt, or its rows contradict each other; nothing was changed."""


class ArchiveStorageError(ArchiveError):
    """The disk is full or failed. What was committed is safe; free some space and run again."""


class FolderMissingError(ArchiveStorageError):
    """The folder of files is not there, or has none of the files that were stored in it."""


class OtherAccountError(ArchiveError):
    """The archive holds the messages of another account."""


class ArchiveHeldError(ArchiveError):
    """The target of an erasure is under a legal hold; nothing was erased."""


class UnknownValueError(ValueError):
    """A filter names what the archive has never seen; the text has the nearest known value."""


def damaged(path: Path, problem: str) -> ArchiveDamagedError:
    """Make the error for damage that is noticed before anything is changed."""
    return ArchiveDamagedError(
        f"{path} is damaged: {problem}. Nothing was changed: run `zoom-sms verify`, and restore a "
        "backup."
    )

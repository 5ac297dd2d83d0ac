"""What can be wrong with an archive; calls have their own in ``swagger_client.exceptions``."""

from __future__ import annotations


class ArchiveError(Exception):
    """An archive cannot do what was asked; the text says what to do."""


class NotAnArchiveError(ArchiveError):
    """The file is missing, or is something else than an archive; it was left as it is."""


class ArchiveLockedError(ArchiveError):
    """Another run, or another program, is writing to the archive."""


class ArchiveDamagedError(ArchiveError):
    """The archive's file is corrupt, or its rows contradict each other; nothing was changed."""


class ArchiveStorageError(ArchiveError):
    """The disk is full or failed. What was committed is safe; make room and run again."""


class OtherAccountError(ArchiveError):
    """The archive holds the messages of another account."""

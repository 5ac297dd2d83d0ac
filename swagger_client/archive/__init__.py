"""An account's messages on disk: complete, provable, resumable.

from swagger_client.archive import Archive

with Archive("sms.sqlite3") as archive:
    archive.mirror(api, since="2021-01-01", attachments="files")
    for message in archive.search("invoice"):
        print(message.when, message.sender.label, message.text)
"""

from swagger_client.archive.archive import Archive, RunReport
from swagger_client.archive.errors import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveLockedError,
    ArchiveStorageError,
    NotAnArchiveError,
    OtherAccountError,
)
from swagger_client.archive.mirror import Progress
from swagger_client.archive.reading import (
    ArchivedAttachment,
    ArchivedMessage,
    Change,
    Conversation,
    Party,
)
from swagger_client.archive.store import Run
from swagger_client.archive.verify import VerifyReport

__all__ = [
    "Archive",
    "ArchiveDamagedError",
    "ArchiveError",
    "ArchiveLockedError",
    "ArchiveStorageError",
    "ArchivedAttachment",
    "ArchivedMessage",
    "Change",
    "Conversation",
    "NotAnArchiveError",
    "OtherAccountError",
    "Party",
    "Progress",
    "Run",
    "RunReport",
    "VerifyReport",
]

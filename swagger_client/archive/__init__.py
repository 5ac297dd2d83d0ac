"""Archives an account's messages in SQLite, and proves that they are unchanged.

    from swagger_client.archive import Archive

    with Archive("sms.sqlite3") as archive:
        archive.mirror(api, since="2021-01-01", attachments="files")
        for message in archive.search("invoice"):
            print(message.when, message.sender.label, message.text)

These words have a special meaning in this package:

- A run is one call of ``Archive.mirror``: it fetches from Zoom what the archive lacks.
- The time spans of a run are those whose messages the run fetches.
- A record is the stored JSON of a conversation, message, file or event, with a hash. The records of
  a conversation form a hash chain: each hash also covers the hash of the record before it.
- The audit log contains records that belong to no conversation, such as runs and legal holds.
- A digest is a hash over everything that was archived up to the end of a run.
- A tombstone is a record whose content was erased.
- A gap is a time span of a conversation whose messages could not be fetched.
"""

from swagger_client.archive.account_run import RunReport
from swagger_client.archive.archive import Archive
from swagger_client.archive.archived_events import ArchivedEvent
from swagger_client.archive.audit import AuditEntry
from swagger_client.archive.backup import BackupReport
from swagger_client.archive.columns import ArchivedAttachment, ArchivedMessage, Party
from swagger_client.archive.compare import CompareReport, Difference, compare
from swagger_client.archive.coverage import (
    Coverage,
    Gap,
    MissingFile,
    MonthCoverage,
    RetentionRisk,
    Span,
)
from swagger_client.archive.erasure import ErasureReport
from swagger_client.archive.errors import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveHeldError,
    ArchiveLockedError,
    ArchiveOutdatedError,
    ArchiveStorageError,
    FolderMissingError,
    ForeignFolderError,
    NotAnArchiveError,
    OtherAccountError,
    UnknownValueError,
    UnsupportedSqliteError,
)
from swagger_client.archive.event_queue import EventStatus, ReceivedEvent
from swagger_client.archive.file_folder import MissingFolder
from swagger_client.archive.holds import Hold
from swagger_client.archive.migrations import MigrationReport
from swagger_client.archive.mirror import Progress
from swagger_client.archive.outages import Outage, OutageException
from swagger_client.archive.people import Person
from swagger_client.archive.reader import (
    Change,
    Conversation,
    ConversationSummary,
    MessageVersion,
    Tombstone,
)
from swagger_client.archive.reading import Snapshot
from swagger_client.archive.runs import FoundDigest, Run
from swagger_client.archive.selection import Filters
from swagger_client.archive.session_run import SessionReport
from swagger_client.archive.verify import InterruptedRun, VerifyReport

__all__ = [
    "Archive",
    "ArchiveDamagedError",
    "ArchiveError",
    "ArchiveHeldError",
    "ArchiveLockedError",
    "ArchiveOutdatedError",
    "ArchiveStorageError",
    "ArchivedAttachment",
    "ArchivedEvent",
    "ArchivedMessage",
    "AuditEntry",
    "BackupReport",
    "Change",
    "CompareReport",
    "Conversation",
    "ConversationSummary",
    "Coverage",
    "Difference",
    "ErasureReport",
    "EventStatus",
    "Filters",
    "FolderMissingError",
    "ForeignFolderError",
    "FoundDigest",
    "Gap",
    "Hold",
    "InterruptedRun",
    "MessageVersion",
    "MigrationReport",
    "MissingFile",
    "MissingFolder",
    "MonthCoverage",
    "NotAnArchiveError",
    "OtherAccountError",
    "Outage",
    "OutageException",
    "Party",
    "Person",
    "Progress",
    "ReceivedEvent",
    "RetentionRisk",
    "Run",
    "RunReport",
    "SessionReport",
    "Snapshot",
    "Span",
    "Tombstone",
    "UnknownValueError",
    "UnsupportedSqliteError",
    "VerifyReport",
    "compare",
]

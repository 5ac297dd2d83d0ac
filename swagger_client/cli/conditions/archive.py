"""Conditions of the archive."""

from __future__ import annotations

from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

_INVALID = ExitStatus.INVALID
_DAMAGED = ExitStatus.DAMAGED
_UNFINISHED = ExitStatus.UNFINISHED

NO_ARCHIVE = Condition(
    "no-archive",
    _INVALID,
    "There is no archive at {path}.",
    "The path is wrong, or nothing was archived yet.",
    "{suggestion}Name the file with --database, or make one: `zoom-sms archive --from DATE`.",
)
NOT_AN_ARCHIVE = Condition(
    "not-an-archive",
    _INVALID,
    "{message}",
    "",
    "Name an archive, or a new file, with --database.",
)
ARCHIVE_OUTDATED = Condition(
    "archive-outdated",
    _INVALID,
    "{message}",
    "",
    "`zoom-sms migrate` migrates it and keeps a copy.",
)
UNSUPPORTED_SQLITE = Condition(
    "unsupported-sqlite",
    _INVALID,
    "{message}",
    "The archive is not at fault.",
    "Use another Python, or another SQLite library.",
)
HELD = Condition(
    "held",
    _INVALID,
    "{message}",
    "A legal hold covers it.",
    "`zoom-sms hold --list` shows the holds.",
)
ARCHIVE_LOCKED = Condition(
    "archive-locked",
    _UNFINISHED,
    "{message}",
    "One process at a time writes to an archive.",
    "Run the command again when the other one has ended.",
)
STORAGE_FAILED = Condition(
    "storage-failed",
    _UNFINISHED,
    "{message}",
    "The disk is full or failing, or a quota is used up.",
    "Free some space, then run the command again. What was committed is safe.",
)
DISK_FULL = Condition(
    "disk-full",
    _UNFINISHED,
    "There is no space left on the device of {path}.",
    "",
    "Free some space, then run the command again.",
)
ARCHIVE_DAMAGED = Condition(
    "archive-damaged",
    _DAMAGED,
    "{message}",
    "The disk failed, or somebody changed the file.",
    "Copy the file before anything else. `zoom-sms verify` says what is damaged; what a backup or "
    "Zoom still has can then be archived into a new file.",
)
VERIFY_FAILED = Condition(
    "verify-failed",
    _DAMAGED,
    "The archive is damaged: {count} found.",
    "The disk failed, or somebody changed the database or the files.",
    "Keep the archive as it is, compare it with a backup, and archive the account into a new file: "
    "`zoom-sms archive --from {archived_from} --database NEW.sqlite3`.",
)
INTERRUPTED = Condition(
    "interrupted",
    _UNFINISHED,
    "Interrupted. {effect}",
    "",
    "Run the same command again.",
)
OUTPUT_FAILED = Condition(
    "output-failed",
    _UNFINISHED,
    "Standard output: {reason}.",
    "",
    "Free some space, or write to another place, then run the command again.",
)

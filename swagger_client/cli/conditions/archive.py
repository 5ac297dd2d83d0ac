from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

NO_ARCHIVE = Condition(
    "no-archive",
    ExitStatus.INVALID,
    "There is no archive at {path}.",
    "{suggestion}Name the file with --database, or create one: `zoom-sms archive --from DATE`.",
    "The path is wrong, or nothing was archived yet.",
)
NOT_AN_ARCHIVE = Condition(
    "not-an-archive",
    ExitStatus.INVALID,
    "{message}",
    "Name another archive or a new file with --database.",
)
ARCHIVE_OUTDATED = Condition(
    "archive-outdated",
    ExitStatus.INVALID,
    "{message}",
    "Run `zoom-sms migrate`. It migrates the archive and keeps a copy of the old file.",
)
UNSUPPORTED_SQLITE = Condition(
    "unsupported-sqlite",
    ExitStatus.INVALID,
    "{message}",
    "Use another Python, or another SQLite library.",
    "The archive itself is not damaged.",
)
HELD = Condition(
    "held",
    ExitStatus.INVALID,
    "{message}",
    "`zoom-sms hold --list` shows the holds.",
    "Messages under a legal hold cannot be erased.",
)
FOREIGN_FOLDER = Condition(
    "files-of-other-archive",
    ExitStatus.INVALID,
    "{message}",
    "If it is a copy, use the original, or copy the folder too and run `zoom-sms take-over COPY` "
    "for the copied folder.",
    "The archive is a copy, or was moved or restored. A copy records the folder of the original.",
)
ARCHIVE_LOCKED = Condition(
    "archive-locked",
    ExitStatus.UNFINISHED,
    "{message}",
    "Run the command again after the other process has ended.",
    "Only one process at a time can write to an archive.",
)
ARCHIVE_READ_ONLY = Condition(
    "archive-read-only",
    ExitStatus.INVALID,
    "{message}",
    "Use the original archive, or correct the permissions of its folder.",
    "This command writes to the archive, but the folder or its file system is read-only.",
)
STORAGE_FAILED = Condition(
    "storage-failed",
    ExitStatus.UNFINISHED,
    "{message}",
    "Check the disk and its free space, then run the command again. Messages archived so far are "
    "kept.",
    "The disk is full or failing, or a network file system is no longer available.",
)
TOO_MANY_FILES = Condition(
    "too-many-open-files",
    ExitStatus.UNFINISHED,
    "No further file or connection could be opened: {message}.",
    "Raise the limit with `ulimit -n 1024`, or end programs that have many files open. Then run "
    "the command again.",
    "This process, or the whole machine, has reached its limit of open files.",
)
FILE_TOO_LARGE = Condition(
    "file-too-large",
    ExitStatus.UNFINISHED,
    "{path} would exceed the largest size that is allowed for a file.",
    "Raise the limit with `ulimit -f unlimited`, or use another file system. Then run the command "
    "again.",
    "The limit of this process or of the file system is reached. The disk need not be full.",
)
DISK_FULL = Condition(
    "disk-full",
    ExitStatus.UNFINISHED,
    "The disk of {path} is full, or your quota on it is used up.",
    "Free some space, then run the command again.",
)
ARCHIVE_DAMAGED = Condition(
    "archive-damaged",
    ExitStatus.DAMAGED,
    "{message}",
    "First copy the file. `zoom-sms verify` lists the damage. Then restore a backup, or archive "
    "the account into a new file.",
    "The disk failed, or somebody changed the file.",
)
VERIFY_FAILED = Condition(
    "verify-failed",
    ExitStatus.DAMAGED,
    "The archive is damaged: {count} found.",
    "Do not change the archive. Compare it with a backup, and archive the account into a new file: "
    "`zoom-sms archive --from {archived_from} --database NEW.sqlite3`.",
    "The disk failed, or somebody changed the database or the files.",
)
DIGEST_NOT_FOUND = Condition(
    "digest-not-found",
    ExitStatus.DAMAGED,
    "{count} not in this archive. The archive itself verifies.",
    "Compare all digits of the digest. Compare its date with the runs that `zoom-sms runs` lists. "
    "If both are right, keep the archive as it is, and verify a backup with the same digest.",
    "The digest is mistyped, belongs to another archive, or belongs to a run after this copy was "
    "made. Otherwise, somebody removed runs from the archive, or made the archive again.",
)
INTERRUPTED = Condition(
    "interrupted",
    ExitStatus.UNFINISHED,
    "Interrupted. {effect}",
    "Run the same command again.",
)
OUTPUT_FAILED = Condition(
    "output-failed",
    ExitStatus.UNFINISHED,
    "Standard output could not be written: {reason}.",
    "Free some space or write to another disk, then run the command again.",
)

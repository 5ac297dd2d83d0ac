from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

NO_RUN_FINISHED = Condition(
    "no-run-finished",
    ExitStatus.INCOMPLETE,
    "No run of `zoom-sms archive` has finished yet, so messages are missing.",
    "Archive the account: `zoom-sms archive --from DATE`.",
)
STALE = Condition(
    "stale",
    ExitStatus.INCOMPLETE,
    "The last complete archive run ended at {finished_at}, more than {max_age} ago.",
    "Run `zoom-sms archive`, and check the schedule and its last exit status.",
    "The schedule no longer starts archive runs, or they fail.",
)
RUN_INTERRUPTED = Condition(
    "run-interrupted",
    ExitStatus.INCOMPLETE,
    "The archive run that began at {started_at} has not finished, so messages may be missing.",
    "If it is no longer active, finish it: `zoom-sms archive`.",
    "The run was interrupted, or is still active.",
)
CONVERSATIONS_FAILED = Condition(
    "conversations-failed",
    ExitStatus.INCOMPLETE,
    "{count} could not be read, so messages may be missing.",
    "Try them again: `zoom-sms archive --retry failed`. `--accept failed` accepts the loss.",
    "Zoom lists them, but rejects the requests for their messages.",
)
OUTAGE = Condition(
    "outage",
    ExitStatus.UNFINISHED,
    "{failed} of {total} {kind} could not be read: this is an outage{reason}.",
    "Run the command again later. If the error persists, check the proxy (`zoom-sms doctor`). If "
    "Zoom really lacks the {kind}, `zoom-sms archive --accept failed` accepts the loss.",
    "Zoom failed, or a proxy or gateway blocks requests.",
)
FILES_FAILED = Condition(
    "files-failed",
    ExitStatus.INCOMPLETE,
    "{count} could not be downloaded.",
    "Try them again: `zoom-sms archive --retry failed`. `--accept failed` accepts the loss.",
    "Zoom rejects the downloads, or a proxy blocks them.",
)
FILES_REMOVED = Condition(
    "files-removed",
    ExitStatus.INCOMPLETE,
    "{count} downloaded earlier cannot be found in the folder of files.",
    "Restore them from a backup. Or run `zoom-sms archive`, which downloads them again if Zoom "
    "still has them.",
    "Somebody removed the files.",
)
FILES_ALTERED = Condition(
    "files-altered",
    ExitStatus.INCOMPLETE,
    "{count} in the folder of files changed in size since the download.",
    "List them: `zoom-sms verify`. Restore them from a backup. Or move them elsewhere and run "
    "`zoom-sms archive`, which downloads them again if Zoom still has them.",
    "Somebody altered the files, or a disk failed. The changed files were not overwritten.",
)
CLOCK_UNCONFIRMED = Condition(
    "clock-unconfirmed",
    ExitStatus.INCOMPLETE,
    "Zoom's clock could not be read, so the archive run ended at this machine's time: {ended_at}.",
    "Check this machine's clock (NTP), and whether a proxy changes the Date header. Then run "
    "`zoom-sms archive` again. If the clock was wrong, add --reread-days all once.",
    "Zoom's response had no date, or one that differs from this machine's clock by days.",
)
FOLDER_MISSING = Condition(
    "folder-missing",
    ExitStatus.INVALID,
    "{message}",
    "Mount the disk, or restore the files from a backup. If the folder was moved, run `zoom-sms "
    "take-over DIR`, which records the new path. If the files are lost for good, add --files-lost. "
    "To read a copy, add --attachments DIR to the command.",
    "The disk of the folder is not mounted, or the folder was moved or emptied.",
)
NOT_ARCHIVED_BEFORE = Condition(
    "not-archived-before",
    ExitStatus.INCOMPLETE,
    "The archive begins at {archived_from}, so earlier messages are missing from the result.",
    "Archive the earlier messages: `zoom-sms archive --from {asked_from}`.",
)
NOT_ARCHIVED_AFTER = Condition(
    "not-archived-after",
    ExitStatus.INCOMPLETE,
    "The archive ends at {archived_to}, so later messages are missing from the result.",
    "Archive the later messages: `zoom-sms archive`.",
)
UNDATED_MESSAGES = Condition(
    "undated-messages",
    ExitStatus.INCOMPLETE,
    "{count} missing from the result, because Zoom sent an invalid time.",
    "To include these messages, omit --from and --to.",
)
MISSING_FILES = Condition(
    "missing-files",
    ExitStatus.INCOMPLETE,
    "{count} missing from the export. The export lists each with the reason.",
    "Download the files that Zoom still has: `zoom-sms archive --attachments DIR`. Then export "
    "again.",
    "The files were not downloaded, Zoom did not provide them, or the archive's folder changed.",
)
NOT_VERIFIED = Condition(
    "not-verified",
    ExitStatus.INCOMPLETE,
    "A part of the archive was not checked: {notices}.",
    "Bring the archive up to date (`zoom-sms archive`), or use another Python, then verify again.",
)
ZOOM_DIFFERS = Condition(
    "zoom-differs",
    ExitStatus.INCOMPLETE,
    "The archive and Zoom differ: {count}.",
    "Read everything again: `zoom-sms archive --reread-days all`. Then compare again.",
    "Zoom listed messages late, changed them, or shows them in only one of its lists.",
)
NOT_COMPARED = Condition(
    "not-compared",
    ExitStatus.INCOMPLETE,
    "{count} conversations or users were not compared, because Zoom's data could not be read.",
    "Run the command again later.",
    "Zoom rejects the requests for them.",
)
NOT_CONFIRMED = Condition(
    "not-confirmed",
    ExitStatus.INVALID,
    "Nothing was erased.",
    "Add --yes to erase. This cannot be undone.",
    "Without --yes, the command only shows what it would erase.",
)
HOLE = Condition(
    "not-archived-between",
    ExitStatus.INCOMPLETE,
    "{session_type} conversations from {archived_from} to {archived_to} were not archived.",
    "Archive these conversations: `zoom-sms archive --from {archived_from}`.",
)
RETENTION_RISK = Condition(
    "retention-risk",
    ExitStatus.INCOMPLETE,
    "No archive run was made from {archived_from} to {archived_to} ({days} days). Zoom keeps "
    "messages for a shorter time, so some may be lost.",
    "Run `zoom-sms archive` more often.",
)
LIMIT_REACHED = Condition(
    "limit-reached",
    ExitStatus.INCOMPLETE,
    "{shown} of {total} {kind} are shown.",
    "To show all, use --limit {all}.",
)

"""Conditions of results that are not complete."""

from __future__ import annotations

from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

_INVALID = ExitStatus.INVALID
_INCOMPLETE = ExitStatus.INCOMPLETE
_UNFINISHED = ExitStatus.UNFINISHED

NO_RUN_FINISHED = Condition(
    "no-run-finished",
    _INCOMPLETE,
    "No run over the account has finished yet: messages are missing.",
    "",
    "Archive the account: `zoom-sms archive --from DATE`.",
)
STALE = Condition(
    "stale",
    _INCOMPLETE,
    "The last complete run ended at {finished_at}, more than {max_age} ago.",
    "The schedule no longer starts runs, or they fail.",
    "Run `zoom-sms archive`, and check the schedule and its last exit status.",
)
RUN_INTERRUPTED = Condition(
    "run-interrupted",
    _INCOMPLETE,
    "The run that began at {started_at} was interrupted: messages may be missing.",
    "",
    "Finish it: `zoom-sms archive`.",
)
CONVERSATIONS_FAILED = Condition(
    "conversations-failed",
    _INCOMPLETE,
    "{count} could not be read, so messages may be missing.",
    "Zoom lists them, but rejects the requests for their messages.",
    "Try them again: `zoom-sms archive --retry failed`. `--accept failed` accepts the loss.",
)
OUTAGE = Condition(
    "outage",
    _UNFINISHED,
    "{failed} of {total} {kind} could not be read: this is an outage{reason}.",
    "Zoom failed, or a proxy or gateway blocks requests.",
    "Run the command again later. If it lasts, check the proxy (`zoom-sms doctor`).",
)
FILES_FAILED = Condition(
    "files-failed",
    _INCOMPLETE,
    "{count} could not be fetched.",
    "Zoom rejects the downloads, or a proxy blocks them.",
    "Try them again: `zoom-sms archive --retry failed`. `--accept failed` accepts the loss.",
)
FILES_REMOVED = Condition(
    "files-removed",
    _INCOMPLETE,
    "{count} that had been fetched cannot be found in the folder of files.",
    "Somebody removed them.",
    "Restore them from a backup, or fetch what Zoom still has: `zoom-sms archive`.",
)
FILES_ALTERED = Condition(
    "files-altered",
    _INCOMPLETE,
    "{count} in the folder of files changed in size since it was fetched.",
    "Somebody altered them, or a disk failed. Nothing was overwritten.",
    "List them: `zoom-sms verify`. Restore them from a backup, or move them elsewhere and run "
    "`zoom-sms archive`, which fetches what Zoom still has.",
)
FOLDER_MISSING = Condition(
    "folder-missing",
    _INVALID,
    "{message}",
    "Its disk is not mounted, or it was moved or emptied.",
    "Mount it, or restore its files from a backup; if it was moved, name the new folder: "
    "`zoom-sms archive --attachments DIR`.",
)
NOT_ARCHIVED_BEFORE = Condition(
    "not-archived-before",
    _INCOMPLETE,
    "The archive begins at {archived_from}: earlier messages are missing from the result.",
    "",
    "Archive them: `zoom-sms archive --from {asked_from}`.",
)
NOT_ARCHIVED_AFTER = Condition(
    "not-archived-after",
    _INCOMPLETE,
    "The archive ends at {archived_to}: later messages are missing from the result.",
    "",
    "Bring it up to date: `zoom-sms archive`.",
)
UNDATED_MESSAGES = Condition(
    "undated-messages",
    _INCOMPLETE,
    "{count} missing from the result, because the time that Zoom sent cannot be read.",
    "",
    "Without --from and --to they are included.",
)
MISSING_FILES = Condition(
    "missing-files",
    _INCOMPLETE,
    "{count} missing from the export, which names each with the reason.",
    "They were not fetched, Zoom did not provide them, or the archive's folder of files changed.",
    "Fetch what Zoom still has: `zoom-sms archive --attachments DIR`, then export again.",
)
NOT_VERIFIED = Condition(
    "not-verified",
    _INCOMPLETE,
    "A part of the archive was not checked: {notices}.",
    "",
    "Bring the archive up to date (`zoom-sms archive`), or use another Python, then verify again.",
)
ZOOM_DIFFERS = Condition(
    "zoom-differs",
    _INCOMPLETE,
    "The archive and Zoom differ: {count}.",
    "Messages were listed late or changed, or Zoom shows them in one of its lists only.",
    "Read everything again: `zoom-sms archive --reread-days all`. Then compare again.",
)
NOT_COMPARED = Condition(
    "not-compared",
    _INCOMPLETE,
    "{count} conversations or users could not be read, and were not compared.",
    "Zoom rejects the requests for them.",
    "Run the command again later.",
)
NOT_CONFIRMED = Condition(
    "not-confirmed",
    _INVALID,
    "Nothing was erased.",
    "What would be erased is only shown.",
    "Add --yes to erase it. It cannot be undone.",
)
HOLE = Condition(
    "not-archived-between",
    _INCOMPLETE,
    "{session_type} conversations from {archived_from} to {archived_to} were not archived.",
    "",
    "Archive them: `zoom-sms archive --from {archived_from}`.",
)
RETENTION_RISK = Condition(
    "retention-risk",
    _INCOMPLETE,
    "From {archived_from} to {archived_to} no run was made for {days} days, longer than Zoom keeps "
    "messages: some may be lost.",
    "",
    "Run `zoom-sms archive` more often.",
)
LIMIT_REACHED = Condition(
    "limit-reached",
    _INCOMPLETE,
    "{shown} of {total} {kind} are shown.",
    "",
    "--limit {total} shows all.",
)

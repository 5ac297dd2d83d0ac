"""The table of conditions: what can go wrong, why, what to do about it, and the exit status.

Texts, ``--json`` and exit statuses of all commands are made from this table, and so is the page of
the documentation that lists them.
"""

from __future__ import annotations

from typing import NamedTuple

from swagger_client.cli.exit_status import ExitStatus

_INVALID, _INCOMPLETE = ExitStatus.INVALID, ExitStatus.INCOMPLETE
_DAMAGED, _UNFINISHED = ExitStatus.DAMAGED, ExitStatus.UNFINISHED


class Condition(NamedTuple):
    """A row of the table. ``{fields}`` in its texts are filled in when it occurs.

    :ivar str name: stands for it in JSON; never changes.
    :ivar ExitStatus status: the exit status of a command that ends with it.
    :ivar str what: what happened.
    :ivar str cause: the usual cause; empty where ``what`` says it.
    :ivar str cure: what to do.
    """

    name: str
    status: ExitStatus
    what: str
    cause: str
    cure: str

    def __call__(self, **values: object) -> Problem:
        """Return an occurrence of this condition.

        :param values: the fields of its texts.
        """
        return Problem(self, {name: str(value) for name, value in values.items()})


class Problem(NamedTuple):
    """A condition that has occurred.

    :ivar dict values: the values that its texts mention.
    :ivar str | None profile: the profile that it is about, where a command is about several.
    """

    condition: Condition
    values: dict[str, str]
    profile: str | None = None

    @property
    def status(self) -> ExitStatus:
        """The exit status of the condition."""
        return self.condition.status

    @property
    def what(self) -> str:
        """What happened."""
        return self.condition.what.format_map(self.values)

    @property
    def cause(self) -> str:
        """The usual cause."""
        return self.condition.cause.format_map(self.values)

    @property
    def cure(self) -> str:
        """What to do."""
        return self.condition.cure.format_map(self.values)

    def as_object(self) -> dict[str, object]:
        """Return it as a JSON object."""
        about = {} if self.profile is None else {"profile": self.profile}
        return {
            **about,
            "condition": self.condition.name,
            "status": int(self.status),
            "what": self.what,
            "cause": self.cause,
            "cure": self.cure,
        }


# Arguments and settings.

INVALID_ARGUMENT = Condition(
    "invalid-argument",
    _INVALID,
    "{message}",
    "",
    "Correct the argument. `zoom-sms {command} --help` shows what it accepts.",
)
UNKNOWN_COMMAND = Condition(
    "unknown-command",
    _INVALID,
    "There is no command {name}.",
    "",
    "{suggestion}`zoom-sms --help` lists the commands.",
)
UNKNOWN_VALUE = Condition(
    "unknown-value",
    _INVALID,
    "{message}, so nothing can be found.",
    "The value is mistyped, or belongs to an account or a time that is not archived.",
    "Correct it. `zoom-sms sessions` and `zoom-sms people` list what is archived, and "
    "`zoom-sms status` its time.",
)
MISSING_PACKAGE = Condition(
    "missing-package",
    _INVALID,
    "{message}",
    "An optional package is not installed.",
    "Install it, then run the command again.",
)
UNUSABLE_PATH = Condition(
    "unusable-path",
    _INVALID,
    "{path}: {reason}.",
    "The path is wrong, or this user may not use it.",
    "Correct the path or its permissions.",
)

# Credentials and configuration.

NO_CREDENTIALS = Condition(
    "no-credentials",
    _INVALID,
    "There are no credentials.",
    "Neither a profile, nor --credentials-file, nor the environment provides them.",
    "Set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET of a server-to-server OAuth app, "
    "or ZOOM_ACCESS_TOKEN; or put such lines into a file and name it with --credentials-file. "
    "--sandbox works without an account.",
)
UNUSABLE_CREDENTIALS = Condition(
    "unusable-credentials",
    _INVALID,
    "The credentials cannot be used: {message}",
    "",
    "Correct them where they are set.",
)
UNUSABLE_CONFIGURATION = Condition(
    "unusable-configuration",
    _INVALID,
    "The configuration file {path} cannot be used: {reason}.",
    "",
    "Correct the file, or name another one with --config.",
)
NO_CONFIGURATION = Condition(
    "no-configuration",
    _INVALID,
    "There is no configuration file, so there is no profile {name}.",
    "The working directory is never searched for one.",
    "Name the file with --config, or put zoom-sms.toml into your configuration folder "
    "(~/.config/zoom-sms).",
)
OTHER_ACCOUNT = Condition(
    "other-account",
    _INVALID,
    "{message}",
    "An archive holds one account.",
    "Name another file with --database, or use the credentials of the archive's account.",
)

NO_FTS5 = Condition(
    "no-fts5",
    _INVALID,
    "SQLite was built without FTS5, which `zoom-sms search` needs.",
    "",
    "Use another Python, or another SQLite library.",
)
LITTLE_SPACE = Condition(
    "little-space",
    _UNFINISHED,
    "Less than 1 GiB is free in {path}.",
    "",
    "Make room: a run that fills the disk stops.",
)
CLOCK_WRONG = Condition(
    "clock-wrong",
    _INVALID,
    "This machine's clock is {difference}.",
    "",
    "Set the clock (NTP). With a wrong clock, tokens and links expire too early or too late.",
)

# Responses of Zoom.

CREDENTIALS_REJECTED = Condition(
    "credentials-rejected",
    _INVALID,
    "Zoom rejected the credentials: {message}",
    "The account id, client id or client secret is wrong, the app is deactivated, or the access "
    "token has expired.",
    "Compare them with the app's page in Zoom's marketplace, or get a new access token.",
)
MISSING_SCOPES = Condition(
    "missing-scopes",
    _INVALID,
    "The app lacks scopes: {message}",
    "",
    "Add to the app in Zoom's marketplace: {scopes}. Then run the command again.",
)
PHONE_NOT_ENABLED = Condition(
    "phone-not-enabled",
    _INVALID,
    "Zoom Phone is not enabled for this account or user: {message}",
    "",
    "Have an administrator assign a Zoom Phone plan.",
)
FORBIDDEN = Condition(
    "forbidden",
    _INVALID,
    "Access was denied: {message}",
    "The app's owner may not read text messages, or a proxy blocks the request.",
    "Check the owner's role in Zoom, and whether a proxy is in between (`zoom-sms doctor`).",
)
NOT_FOUND = Condition(
    "not-found",
    _INVALID,
    "Zoom does not know what was requested: {message}",
    "The host is not Zoom's API, or the item was deleted.",
    "Check the host (`zoom-sms doctor`).",
)
BAD_REQUEST = Condition(
    "bad-request",
    _INVALID,
    "Zoom rejected the request: {message}",
    "An argument is outside of what Zoom accepts.",
    "Correct what Zoom's message names. Repeating the request has no effect.",
)
REDIRECTED = Condition(
    "redirected",
    _INVALID,
    "The request was redirected, and the redirect was not followed: {message}",
    "Zoom's API does not redirect. A proxy or a login portal does.",
    "Check the host and the proxy (`zoom-sms doctor`).",
)
RESPONSE_TOO_LARGE = Condition(
    "response-too-large",
    _INVALID,
    "A response is larger than is accepted: {message}",
    "The host is not Zoom's API, or a proxy is in between.",
    "Check the host and the proxy (`zoom-sms doctor`).",
)
UNREADABLE_RESPONSE = Condition(
    "unreadable-response",
    _UNFINISHED,
    "A response could not be read: {message}",
    "A proxy or a login portal may have answered instead of Zoom.",
    "Run the command again. If that does not help, check the host and the proxy "
    "(`zoom-sms doctor`).",
)
TLS_FAILED = Condition(
    "tls-failed",
    _INVALID,
    "No trusted connection to {host}: {message}",
    "Usually a company's proxy that inspects TLS, whose CA is not trusted here. Else a wrong host "
    "name or clock.",
    "Have Python trust the CA of the proxy: set SSL_CERT_FILE to its file. Check the clock.",
)
HOST_NOT_FOUND = Condition(
    "host-not-found",
    _UNFINISHED,
    "The name {host} cannot be resolved: {message}",
    "There is no network or no name service, the host is mistyped, or a proxy is needed.",
    "Check the network and the host, then run the command again.",
)
NETWORK_FAILED = Condition(
    "network-failed",
    _UNFINISHED,
    "No complete response from {host}: {message}",
    "The network, a proxy or Zoom interrupted the connection.",
    "Run the command again. If that does not help, check network and proxy.",
)
TIMED_OUT = Condition(
    "timed-out",
    _UNFINISHED,
    "No complete response from {host} in time: {message}",
    "The network or Zoom is slow, or a firewall drops the packets.",
    "Run the command again. If that does not help, check network, firewall and proxy.",
)
RATE_LIMITED = Condition(
    "rate-limited",
    _UNFINISHED,
    "Zoom's rate limit is reached: {message}",
    "This run, or another app of the account, sent more requests than the plan permits.",
    "Run the command again {when}; --plan keeps requests within the plan's rate.",
)
DAILY_LIMIT = Condition(
    "daily-limit",
    _UNFINISHED,
    "Zoom's limit of requests for this day is reached: {message}",
    "All apps of the account share one limit.",
    "Run the command again {when}.",
)
ZOOM_FAILED = Condition(
    "zoom-failed",
    _UNFINISHED,
    "Zoom failed: {message}",
    "An error in Zoom's service.",
    "Run the command again later. If it lasts, look at https://www.zoomstatus.com.",
)
REQUEST_FAILED = Condition(
    "request-failed",
    _UNFINISHED,
    "A request failed: {message}",
    "",
    "Run the command again. If it lasts, give Zoom's support the tracking id.",
)

# The archive.

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
    "Make room, then run the command again. What was committed is safe.",
)
DISK_FULL = Condition(
    "disk-full",
    _UNFINISHED,
    "There is no space left on the device of {path}.",
    "",
    "Make room, then run the command again.",
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
    "Make room, or write to another place, then run the command again.",
)

# Results that are not complete.

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
    "Try them again: `zoom-sms archive --retry failed`.",
)
OUTAGE = Condition(
    "outage",
    _UNFINISHED,
    "{failed} of {total} conversations could not be read: this is an outage.",
    "Zoom failed, or a proxy blocks requests.",
    "Run the command again later. If it lasts, check the proxy (`zoom-sms doctor`).",
)
FILES_FAILED = Condition(
    "files-failed",
    _INCOMPLETE,
    "{count} could not be fetched.",
    "Zoom rejects the downloads, or a proxy blocks them.",
    "Try them again: `zoom-sms archive --retry failed`.",
)
FOLDER_MISSING = Condition(
    "folder-missing",
    _INVALID,
    "The folder of files {folder} does not exist.",
    "It was moved, or its disk is not mounted.",
    "Mount it; or, if it was moved, name the new folder with --attachments.",
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
    "They were not fetched, Zoom did not give them, or the archive's folder of files has changed.",
    "Fetch what Zoom still has: `zoom-sms archive --attachments DIR`, then export again.",
)
LIMIT_REACHED = Condition(
    "limit-reached",
    _INCOMPLETE,
    "{shown} of {total} {kind} are shown.",
    "",
    "--limit {total} shows all.",
)

#: The whole table, in the order of the documentation.
CONDITIONS: tuple[Condition, ...] = tuple(
    value for value in dict(globals()).values() if isinstance(value, Condition)
)

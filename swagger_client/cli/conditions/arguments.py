"""Conditions of arguments, credentials, configuration and the machine."""

from __future__ import annotations

from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

_INVALID = ExitStatus.INVALID
_UNFINISHED = ExitStatus.UNFINISHED

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
    "`zoom-sms status` shows the archived time range.",
)
MISSING_PACKAGE = Condition(
    "missing-package",
    _INVALID,
    "{message}",
    "",
    "Install it, then run the command again.",
)
UNUSABLE_PATH = Condition(
    "unusable-path",
    _INVALID,
    "{path}: {reason}.",
    "The path is wrong, or this user may not use it.",
    "Correct the path or its permissions.",
)

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
PLAIN_HTTP = Condition(
    "plain-http",
    _INVALID,
    "{setting} is plain http:// to {host}.",
    "The credentials and the messages would be sent unencrypted.",
    "Use https://. Plain http:// is accepted only for this machine (localhost, 127.0.0.1).",
)
NO_APP = Condition(
    "no-app",
    _INVALID,
    "There is no client id to log in with.",
    "",
    "Set ZOOM_CLIENT_ID, and ZOOM_CLIENT_SECRET if the app has one, of an OAuth app for users.",
)
LOGIN_FAILED = Condition(
    "login-failed",
    _INVALID,
    "Zoom did not authorize the app: {reason}.",
    "Consent was denied, or the app's redirect URL is another one.",
    "Run `zoom-sms login` again.",
)
LOGIN_TIMED_OUT = Condition(
    "login-timed-out",
    _UNFINISHED,
    "Nobody consented within {seconds} seconds.",
    "",
    "Run `zoom-sms login` again, and consent in the browser.",
)
UNUSABLE_CONNECTION = Condition(
    "unusable-connection",
    _INVALID,
    "{message}",
    "",
    "Correct the proxy or the certificate authorities that the environment or the profile names.",
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
    "Free some space: a run that fills the disk stops.",
)
CLOCK_WRONG = Condition(
    "clock-wrong",
    _INVALID,
    "This machine's clock is {difference}.",
    "",
    "Set the clock (NTP). With a wrong clock, tokens and links expire too early or too late.",
)

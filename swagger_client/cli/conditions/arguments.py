from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

INVALID_ARGUMENT = Condition(
    "invalid-argument",
    ExitStatus.INVALID,
    "{message}",
    "Correct the argument. `zoom-sms {command} --help` shows what it accepts.",
)
UNKNOWN_COMMAND = Condition(
    "unknown-command",
    ExitStatus.INVALID,
    "There is no command {name}.",
    "{suggestion}`zoom-sms --help` lists the commands.",
)
UNKNOWN_VALUE = Condition(
    "unknown-value",
    ExitStatus.INVALID,
    "{message}.",
    "Correct the value. `zoom-sms sessions` and `zoom-sms people` list conversations, names and "
    "numbers. `zoom-sms status` shows the archived time span.",
    "Nothing can be found: the value is mistyped, was erased, or belongs to an account or a time "
    "that is not archived.",
)
MISSING_PACKAGE = Condition(
    "missing-package",
    ExitStatus.INVALID,
    "{message}",
    "Install the package, then run the command again.",
)
UNUSABLE_PATH = Condition(
    "unusable-path",
    ExitStatus.INVALID,
    "{path}: {reason}.",
    "Correct the path or its permissions.",
    "The path is wrong, you have no permission for it, or its file system is read-only.",
)

NO_CREDENTIALS = Condition(
    "no-credentials",
    ExitStatus.INVALID,
    "There are no credentials.",
    "Set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET of a server-to-server OAuth app, "
    "or ZOOM_ACCESS_TOKEN. You can also write these variables into a file and name the file with "
    "--credentials-file. With --sandbox, no credentials are needed.",
    "No profile, credentials file or environment variable provides credentials.",
)
UNUSABLE_CREDENTIALS = Condition(
    "unusable-credentials",
    ExitStatus.INVALID,
    "The credentials cannot be used: {message}",
    "Correct the profile, file or environment variable that sets them.",
)
PLAIN_HTTP = Condition(
    "plain-http",
    ExitStatus.INVALID,
    "{setting} is an unencrypted http:// URL of {host}.",
    "Use https://. An http:// URL is accepted only for this machine (localhost, 127.0.0.1).",
    "The credentials and the messages would be sent unencrypted.",
)
NO_APP = Condition(
    "no-app",
    ExitStatus.INVALID,
    "The login needs a client id, but ZOOM_CLIENT_ID is not set.",
    "Set ZOOM_CLIENT_ID to the client id of a user-managed OAuth app. If the app has a client "
    "secret, also set ZOOM_CLIENT_SECRET.",
)
LOGIN_FAILED = Condition(
    "login-failed",
    ExitStatus.INVALID,
    "Zoom did not authorize the app: {reason}.",
    "Run `zoom-sms login` again.",
    "The user denied consent, or the redirect URL is not registered for the app.",
)
LOGIN_TIMED_OUT = Condition(
    "login-timed-out",
    ExitStatus.UNFINISHED,
    "No user gave consent within {seconds} seconds.",
    "Run `zoom-sms login` again, and give consent in the browser.",
)
UNUSABLE_CONNECTION = Condition(
    "unusable-connection",
    ExitStatus.INVALID,
    "{message}",
    "Correct the proxy or the CA file in the option, the profile or the environment.",
)
UNUSABLE_CONFIGURATION = Condition(
    "unusable-configuration",
    ExitStatus.INVALID,
    "The configuration file {path} cannot be used: {reason}.",
    "Correct the file, or name another one with --config.",
)
UNKNOWN_PROFILE = Condition(
    "unknown-profile",
    ExitStatus.INVALID,
    "The configuration file {path} has no profile {name}.",
    "{suggestion}Its profiles: {known}. Name one with --profile, or another file with --config.",
)
NO_CONFIGURATION = Condition(
    "no-configuration",
    ExitStatus.INVALID,
    "{option} needs a configuration file, but there is none.",
    "Name the file with --config, or put zoom-sms.toml into your configuration folder "
    "(~/.config/zoom-sms).",
    "A zoom-sms.toml in the working directory is not read.",
)
OTHER_ACCOUNT = Condition(
    "other-account",
    ExitStatus.INVALID,
    "{message}",
    "Name another file with --database, or use the credentials of the archive's account.",
    "An archive can hold one account only.",
)

NO_FTS5 = Condition(
    "no-fts5",
    ExitStatus.INVALID,
    "SQLite was built without FTS5, which `zoom-sms search` needs.",
    "Use another Python, or another SQLite library.",
)
LITTLE_SPACE = Condition(
    "little-space",
    ExitStatus.UNFINISHED,
    "Less than 1 GiB is free in {path}.",
    "Free some space. A run stops when the disk is full.",
)
CLOCK_WRONG = Condition(
    "clock-wrong",
    ExitStatus.INVALID,
    "This machine's clock is {difference}.",
    "Set the clock (NTP). A wrong clock makes tokens and links expire too early or too late.",
)

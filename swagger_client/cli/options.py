from __future__ import annotations

import contextlib
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace, _ArgumentGroup
from pathlib import Path
from typing import cast

from swagger_client.archive import Filters
from swagger_client.archive.selection import DIRECTIONS, in_zone
from swagger_client.cli import profiles
from swagger_client.cli.conditions.arguments import NO_CONFIGURATION
from swagger_client.cli.problems import ProblemError
from swagger_client.cli.profiles import PLANS, ConfigurationFile, Profile
from swagger_client.export.job import load_zone

DATABASE, SANDBOX_DATABASE = "sms.sqlite3", "sandbox.sqlite3"
#: The end of the help of options that can be repeated.
SEVERAL = "repeat the option to match any of several"
#: Settings of a profile for which there is no option.
_PROFILE_ONLY = (
    "credentials_command", "token_url", "token_cache", "rate_file", "redis", "deadline",
    "login_file",
)  # fmt: skip
#: Options that every command has, and their defaults. Users can write them before the command too.
#: ``attachments`` is included because a profile can set it for commands without --attachments.
_COMMON: dict[str, object] = {
    "config": None,
    "profile": None,
    "database": None,
    "attachments": None,
    "sandbox": False,
    "json": False,
    "quiet": False,
    "verbose": 0,
    "log_file": None,
}


def add_common(parser: ArgumentParser) -> None:
    # Options that the user does not pass are missing in the namespace, until resolve() sets them.
    group = parser.add_argument_group("options of every command", argument_default=SUPPRESS)
    add = group.add_argument
    add("--database", metavar="FILE", type=file_name, help="the archive file")
    add("--profile", metavar="NAME", help="a profile of the configuration file")
    add(
        "--config",
        metavar="FILE",
        type=file_name,
        help="the configuration file (default: zoom-sms.toml in your configuration folder)",
    )
    add(
        "--sandbox",
        action="store_true",
        help="use a made-up account instead of Zoom; its archive is sandbox.sqlite3",
    )
    add("--json", action="store_true", help="print JSON")
    add("-q", "--quiet", action="store_true", help="print no progress and no notes")
    add(
        "-v",
        "--verbose",
        action="count",
        help="log retries to standard error; -vv logs every request",
    )
    add("--log-file", metavar="FILE", type=file_name, help="write the log to a file")


def resolve(options: Namespace) -> Namespace:
    """Fill in the options that the user left out: from the profile, or else the default values."""
    for name, value in _COMMON.items():
        if not hasattr(options, name):
            setattr(options, name, value)
    profile = None if options.sandbox else _profile(options)
    if profile is not None:
        options.profile = profile.name
        use_profile(options, profile)
    if options.database is None:
        options.database = SANDBOX_DATABASE if options.sandbox else DATABASE
    return options


def use_profile(options: Namespace, profile: Profile) -> None:
    """Set options that are missing on the command line to the values of a profile."""
    options.from_profile = set()
    settings = dict(profile.settings)
    if getattr(options, "credentials_file", None) is not None:
        settings.pop("credentials_command", None)
    for name, value in settings.items():
        if getattr(options, name, "unused") is None:
            setattr(options, name, value)
            options.from_profile.add(name)


def setting_name(options: Namespace, option: str) -> str:
    """Name an option in a message: "--ca-file", or if a profile sets it, "ca-file of profile a"."""
    name = option.replace("_", "-")
    if option in getattr(options, "from_profile", ()):
        return f"{name} of profile {options.profile}"
    return f"--{name}"


def read_configuration_file(options: Namespace) -> ConfigurationFile | None:
    path = profiles.find(options.config)
    return None if path is None else profiles.read(path)


def _profile(options: Namespace) -> Profile | None:
    file = read_configuration_file(options)
    if file is None:
        if options.profile is not None:
            raise ProblemError(NO_CONFIGURATION(option=f"--profile {options.profile}"))
        return None
    if getattr(options, "all_profiles", False):
        return None
    # With --database and several profiles without a default, use no profile.
    if options.database is not None and options.profile is None and file.default_name is None:
        return None
    return file.profile(options.profile)


def add_zoom(parser: ArgumentParser) -> None:
    """Add the options of commands that send requests to Zoom."""
    parser.set_defaults(**dict.fromkeys(_PROFILE_ONLY))
    group = parser.add_argument_group("connection to Zoom")
    add = group.add_argument
    add(
        "--credentials-file",
        metavar="FILE",
        help="a file with lines like ZOOM_CLIENT_ID=...; only you may have permission to read it",
    )
    add("--plan", choices=PLANS, help="stay within the request rate of this plan")
    add("--host", metavar="URL", help="the base URL of the API (default: https://api.zoom.us/v2)")
    add("--proxy", metavar="URL", help="an HTTP proxy (default: HTTPS_PROXY of the environment)")
    add("--ca-file", metavar="FILE", help="a PEM file with the certificate authorities to trust")
    add("--timeout", metavar="SECONDS", type=positive_seconds,
        help="longest wait for a connection, and for each part of a response")  # fmt: skip


def add_attachments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--attachments",
        metavar="DIR",
        help="the folder of files, if it was moved or belongs to a copy of the archive",
    )


def add_people(group: _ArgumentGroup) -> None:
    add = group.add_argument
    add("--number", action="append", help=f"a phone number in the conversation; {SEVERAL}")
    add("--session", dest="session_id", metavar="ID", action="append",
        help=f"the id of a conversation; {SEVERAL}")  # fmt: skip
    add("--user", dest="user_id", metavar="ID", action="append",
        help=f"the Zoom id of a user in the conversation; {SEVERAL}")  # fmt: skip


def add_timezone(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help="the time zone of dates and printed times, such as Europe/Berlin (default: UTC)",
    )


def add_selection(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("which messages")
    add = group.add_argument
    add(
        "--from",
        dest="since",
        metavar="DATE",
        help="the first day (2026-01-31), month (2026-01) or time, in --timezone",
    )
    add("--to", dest="until", metavar="DATE", help="the last day, month or time, in --timezone")
    add_timezone(parser)
    add_people(group)
    add(
        "--sender",
        metavar="WHO",
        action="append",
        help=f"the number, name or Zoom id of the sender; {SEVERAL}",
    )
    add("--direction", choices=DIRECTIONS, type=direction, help="In: received; Out: sent")
    add("--status", action="append", help=f"a delivery status, such as delivered; {SEVERAL}")
    add("--has-files", action="store_true", default=None, help="only messages with files")


def direction(given: str) -> str:
    """Return a direction as Zoom spells it; return any other text unchanged."""
    return next((one for one in DIRECTIONS if one.casefold() == given.casefold()), given)


def positive_seconds(given: str) -> float:
    with contextlib.suppress(ValueError):
        number = float(given)
        if 0 < number < float("inf"):
            return number
    raise ArgumentTypeError(f"pass a number of seconds above 0, not {given!r}")


def filters(options: Namespace) -> Filters:
    """Return the options that select messages, as arguments for methods of ``Archive``."""
    given = {name: getattr(options, name, None) for name in Filters.__annotations__}
    chosen = cast(Filters, {name: value for name, value in given.items() if value is not None})
    return in_zone(chosen, load_zone(getattr(options, "timezone", None)))


def file_name(given: str) -> str:
    if not given.strip():
        raise ArgumentTypeError("the file name is empty")
    if not Path(given).name:
        raise ArgumentTypeError(f"{given} is a folder; pass the name of a file")
    return given


def positive(given: str) -> int:
    with contextlib.suppress(ValueError):
        number = int(given)
        if number >= 1:
            return number
    raise ArgumentTypeError(f"pass a whole number of 1 or more, not {given!r}")


def port_number(given: str) -> int:
    """Parse a port number; 0 selects a free port."""
    with contextlib.suppress(ValueError):
        number = int(given)
        if 0 <= number < 1 << 16:
            return number
    raise ArgumentTypeError(f"pass a port number from 0 to 65535, not {given!r}")

"""Options that several commands share."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TypedDict

#: The options of every command, and their values where they are not given. They may be given
#: before the command too.
_COMMON: dict[str, object] = {
    "database": None,
    "sandbox": False,
    "json": False,
    "quiet": False,
    "verbose": 0,
    "log_file": None,
}


def add_common(parser: ArgumentParser) -> None:
    """Add the options of every command."""
    group = parser.add_argument_group("options of every command")
    add = group.add_argument
    add("--database", metavar="FILE", type=file_name, default=SUPPRESS, help="the archive")
    add(
        "--sandbox",
        action="store_true",
        default=SUPPRESS,
        help="work on an invented account that this program serves on this machine, with its own "
        "archive (sandbox.sqlite3); nothing is sent to Zoom",
    )
    add("--json", action="store_true", default=SUPPRESS, help="print JSON")
    add("-q", "--quiet", action="store_true", default=SUPPRESS, help="no progress, no notes")
    add(
        "-v",
        "--verbose",
        action="count",
        default=SUPPRESS,
        help="log requests to standard error; -vv logs more",
    )
    add("--log-file", metavar="FILE", type=file_name, default=SUPPRESS, help="log to a file")


def apply_defaults(options: Namespace) -> Namespace:
    """Set the common options that were not given."""
    for name, value in _COMMON.items():
        if not hasattr(options, name):
            setattr(options, name, value)
    if options.database is None:
        options.database = "sandbox.sqlite3" if options.sandbox else "sms.sqlite3"
    return options


def add_zoom(parser: ArgumentParser) -> None:
    """Add the options of commands that send requests to Zoom."""
    group = parser.add_argument_group("how to reach Zoom")
    add = group.add_argument
    add(
        "--credentials-file",
        metavar="FILE",
        help="a file of lines like ZOOM_CLIENT_ID=..., readable by you alone",
    )
    add("--plan", choices=("pro", "business"), help="stay within the request rate of this plan")


def add_selection(parser: ArgumentParser) -> None:
    """Add the options that select messages."""
    group = parser.add_argument_group("which messages")
    add = group.add_argument
    add("--from", dest="since", metavar="DATE", help="the first day or time, in UTC")
    add("--to", dest="until", metavar="DATE", help="the last day or time, in UTC")
    add("--number", help="a phone number that takes part")
    add("--session", dest="session_id", metavar="ID", help="a conversation")
    add("--user", dest="user_id", metavar="ID", help="the Zoom id of a user that takes part")


class Participants(TypedDict):
    """Keyword arguments of ``Archive`` that select messages by who takes part."""

    number: str | None
    session_id: str | None
    user_id: str | None


class Selection(Participants):
    """Keyword arguments of ``Archive`` that select messages."""

    since: str | None
    until: str | None


def participants(options: Namespace) -> Participants:
    """Return the options that select messages by who takes part."""
    return {
        "number": options.number,
        "session_id": options.session_id,
        "user_id": options.user_id,
    }


def selection(options: Namespace) -> Selection:
    """Return the options that select messages."""
    return {**participants(options), "since": options.since, "until": options.until}


def file_name(given: str) -> str:
    """Check the name of a file."""
    if not given:
        raise ArgumentTypeError("name a file")
    if not Path(given).name:
        raise ArgumentTypeError(f"{given} is a folder: name a file")
    return given


def positive(given: str) -> int:
    """Read a whole number, at least 1."""
    number = int(given)
    if number < 1:
        raise ArgumentTypeError("it must be at least 1")
    return number

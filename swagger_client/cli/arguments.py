"""The command line: commands, and what each of them takes."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

from swagger_client._version import __version__
from swagger_client.api.operations import ACCOUNT_SMS_SESSION
from swagger_client.cli import commands
from swagger_client.export import FORMATS

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    _Parsers = _SubParsersAction[ArgumentParser]

_DESCRIPTION = "Keep the text messages of a Zoom Phone account: archive, prove, export, search."
_EPILOG = """\
Credentials come from the environment (ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, or
ZOOM_ACCESS_TOKEN) or from a file of such lines (--credentials-file), never from an argument.
exit status: 0 done; 2 something has to be corrected first; 65 the archive is damaged;
75 not finished, run the same command again"""

_SESSION_TYPES = next(p for p in ACCOUNT_SMS_SESSION.parameters if p.name == "session_type").one_of


def parser() -> ArgumentParser:
    """The parser of the command line."""
    parser = ArgumentParser(
        prog="zoom-sms",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_archive, _verify, _export, _search, _show, _doctor):
        add(subparsers)
    return parser


def _every() -> ArgumentParser:
    """What every command takes."""
    parser = ArgumentParser(add_help=False)
    add = parser.add_argument
    add("--database", metavar="FILE", type=file, help="the archive (sms.sqlite3)")
    add("--sandbox", action="store_true", help="work on an invented account (in sandbox.sqlite3)")
    add("--json", action="store_true", help="print JSON")
    return parser


def _zoom() -> ArgumentParser:
    """What a command takes that talks to Zoom."""
    parser = ArgumentParser(add_help=False)
    add = parser.add_argument
    add("--credentials-file", metavar="FILE", help="lines like ZOOM_CLIENT_ID=…, yours alone")
    add("--plan", choices=("pro", "business"), help="keep to the request rate of this plan")
    return parser


def _chosen() -> ArgumentParser:
    """What chooses messages."""
    parser = ArgumentParser(add_help=False)
    add = parser.add_argument
    add("--from", dest="since", metavar="DATE", help="the first day or time, in UTC")
    add("--to", dest="until", metavar="DATE", help="the last day or time, in UTC")
    add("--number", help="a phone number that takes part")
    add("--session", dest="session_id", metavar="ID", help="a conversation")
    add("--user", dest="user_id", metavar="ID", help="the Zoom id of a user that takes part")
    return parser


def _archive(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser(
        "archive",
        parents=[_every(), _zoom()],
        help="bring the archive up to date",
        allow_abbrev=False,
    )
    parser.set_defaults(command=commands.archive)
    add = parser.add_argument
    add("--from", dest="since", metavar="DATE", help="since when; needed by the first run")
    add("--attachments", metavar="DIR", help="fetch files too; later runs remember the folder")
    add("--session-type", choices=_SESSION_TYPES, default="all", help="whose conversations (all)")
    add(
        "--reread-days",
        metavar="DAYS",
        default="7",
        help="read so many days before the last run again, for late messages and delivery "
        "statuses (7), or 'all'",
    )


def _verify(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser(
        "verify", parents=[_every()], help="check every row and file against its hash"
    )
    parser.set_defaults(command=commands.verify)
    parser.add_argument("--attachments", metavar="DIR", help="the folder of files, if it was moved")


def _export(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser(
        "export", parents=[_every(), _chosen()], help="write messages to a file"
    )
    parser.set_defaults(command=commands.export)
    add = parser.add_argument
    add("--format", choices=FORMATS, default="jsonl", help="(jsonl)")
    add("--output", "-o", metavar="FILE", type=file, default="-", help="(standard output)")


def _search(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser(
        "search", parents=[_every(), _chosen()], help="find messages by their words"
    )
    parser.set_defaults(command=commands.search)
    add = parser.add_argument
    add("words", nargs="+", help="all must be there; a word* may go on")
    add("--limit", type=count, default=50, help="the most to show, newest first (50)")


def _show(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser("show", parents=[_every()], help="print a conversation")
    parser.set_defaults(command=commands.show)
    parser.add_argument("session_id", metavar="SESSION", help="its id")


def _doctor(subparsers: _Parsers) -> None:
    parser = subparsers.add_parser(
        "doctor", parents=[_every(), _zoom()], help="check what a run needs, and say what to fix"
    )
    parser.set_defaults(command=commands.doctor)


def file(path: str) -> str:
    """The name of a file."""
    if not path:
        raise ArgumentTypeError("name a file")
    return path


def count(given: str) -> int:
    """A whole number, at least 1."""
    number = int(given)
    if number < 1:
        raise ArgumentTypeError("it must be at least 1")
    return number

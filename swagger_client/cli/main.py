"""Reads the command line, runs a command, turns what went wrong into words and an exit status."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from swagger_client._version import __version__
from swagger_client.api.operations import ACCOUNT_SMS_SESSION
from swagger_client.archive import (
    ArchiveDamagedError,
    ArchiveLockedError,
    ArchiveStorageError,
    NotAnArchiveError,
    OtherAccountError,
)
from swagger_client.archive.export import FORMATS
from swagger_client.cli import commands
from swagger_client.cli.output import outlets
from swagger_client.cli.status import DAMAGED, DONE, MISUSE, RESUMABLE
from swagger_client.cli.text import failure, safe
from swagger_client.exceptions import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    RedirectException,
    TLSException,
    UnauthorizedException,
)

_DESCRIPTION = "Keep the text messages of a Zoom Phone account: archive, prove, export, search."
_EPILOG = """\
Credentials come from the environment (ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, or
ZOOM_ACCESS_TOKEN) or from a file of such lines (--credentials-file), never from an argument.
exit status: 0 done; 2 something has to be corrected first; 65 the archive is damaged;
75 not finished, run the same command again"""

_SESSION_TYPES = next(p for p in ACCOUNT_SMS_SESSION.parameters if p.name == "session_type").one_of
#: What repeating does not cure.
_TO_BE_CORRECTED = (
    ForbiddenException,
    NotFoundException,
    RedirectException,
    TLSException,
    UnauthorizedException,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    :param arguments: the command line without the program's name; the process's own if None.
    :returns: the exit status.
    """
    with outlets() as output:
        try:
            status = _carried_out(_parser().parse_args(arguments))
        except SystemExit as told:  # argparse has printed help, or what is wrong
            status = int(told.code or DONE)
        output.flush()
        if output.failure is None:
            return status
        return _say(f"Standard output: {output.failure}", status or RESUMABLE)


def _carried_out(options: Namespace) -> int:
    """Carry a command out: its exit status, and on standard error what went wrong."""
    if options.database is None:
        options.database = "sandbox.sqlite3" if options.sandbox else "sms.sqlite3"
    try:
        status: int = options.command(options)
        return status
    except KeyboardInterrupt:
        return _say("Interrupted. What was committed is safe: the same command goes on.", RESUMABLE)
    except ApiException as error:
        wrong = isinstance(error, _TO_BE_CORRECTED) or bool(error.missing_scopes)
        again = "" if wrong else "\nWhat was committed is safe: the same command goes on later."
        said = f"{failure(error)}\n{safe(error.next_step)}{again}"
        return _say(said, MISUSE if wrong else RESUMABLE)
    except ArchiveDamagedError as error:
        return _say(str(error), DAMAGED)
    except (ArchiveLockedError, ArchiveStorageError) as error:
        return _say(str(error), RESUMABLE)
    except (NotAnArchiveError, OtherAccountError, ValueError, ImportError) as error:
        return _say(str(error), MISUSE)
    except OSError as error:
        return _say(f"{error}. Check the disk and the permissions, then run again.", RESUMABLE)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="zoom-sms",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    every = ArgumentParser(add_help=False, allow_abbrev=False)
    add = every.add_argument
    add("--database", metavar="FILE", help="the archive (sms.sqlite3)")
    add("--sandbox", action="store_true", help="work on an invented account (in sandbox.sqlite3)")
    add("--json", action="store_true", help="print JSON")
    zoom = ArgumentParser(add_help=False, allow_abbrev=False)
    add = zoom.add_argument
    add("--credentials-file", metavar="FILE", help="lines like ZOOM_CLIENT_ID=…, yours alone")
    add("--plan", choices=("pro", "business"), help="keep to the request rate of this plan")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    archive = subparsers.add_parser(
        "archive", parents=[every, zoom], help="bring the archive up to date", allow_abbrev=False
    )
    archive.set_defaults(command=commands.archive)
    add = archive.add_argument
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

    verify = subparsers.add_parser(
        "verify", parents=[every], help="check every row and file against its hash"
    )
    verify.set_defaults(command=commands.verify)
    verify.add_argument("--attachments", metavar="DIR", help="the folder of files, if it was moved")

    chosen = ArgumentParser(add_help=False, allow_abbrev=False)
    add = chosen.add_argument
    add("--from", dest="since", metavar="DATE", help="the first day or time, in UTC")
    add("--to", dest="until", metavar="DATE", help="the last day or time, in UTC")
    add("--number", help="a phone number that takes part")
    add("--session", dest="session_id", metavar="ID", help="a conversation")
    add("--user", dest="user_id", metavar="ID", help="the Zoom id of a user that takes part")

    export = subparsers.add_parser(
        "export", parents=[every, chosen], help="write messages to a file"
    )
    export.set_defaults(command=commands.export)
    export.add_argument("--format", choices=FORMATS, default="jsonl", help="(jsonl)")
    export.add_argument("--output", "-o", metavar="FILE", default="-", help="(standard output)")

    search = subparsers.add_parser(
        "search", parents=[every, chosen], help="find messages by their words"
    )
    search.set_defaults(command=commands.search)
    search.add_argument("words", nargs="+", help="all must be there; a word* may go on")
    search.add_argument("--limit", type=int, default=50, help="the most to show, newest first (50)")

    show = subparsers.add_parser("show", parents=[every], help="print a conversation")
    show.set_defaults(command=commands.show)
    show.add_argument("session_id", metavar="SESSION", help="its id")

    doctor = subparsers.add_parser(
        "doctor", parents=[every, zoom], help="check what a run needs, and say what to fix"
    )
    doctor.set_defaults(command=commands.doctor)
    return parser

"""Runs a command, and turns what went wrong into words and an exit status."""

from __future__ import annotations

import errno
import sys
from argparse import Namespace
from collections.abc import Sequence

from swagger_client.archive import (
    ArchiveDamagedError,
    ArchiveLockedError,
    ArchiveStorageError,
    NotAnArchiveError,
    OtherAccountError,
)
from swagger_client.cli.arguments import parser
from swagger_client.cli.output import outlets
from swagger_client.cli.status import DAMAGED, DONE, MISUSE, RESUMABLE
from swagger_client.cli.text import failure, safe
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    RedirectException,
    ResponseTooLargeException,
    TLSException,
    UnauthorizedException,
)

#: What repeating does not cure.
_TO_BE_CORRECTED = (
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    RedirectException,
    ResponseTooLargeException,
    TLSException,
    UnauthorizedException,
)
#: Errors of a path that was named.
_OF_A_PATH = {
    errno.EACCES,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    :param arguments: the command line without the program's name; the process's own if None.
    :returns: the exit status.
    """
    with outlets() as output:
        try:
            status = _carried_out(parser().parse_args(arguments))
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
        status = MISUSE if error.errno in _OF_A_PATH else RESUMABLE
        return _say(f"{error}. Check the path and the disk, then run again.", status)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status

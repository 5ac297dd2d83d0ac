from __future__ import annotations

import errno
import socket
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client.archive import Archive
from swagger_client.cli import sandbox
from swagger_client.cli.conditions.archive import NO_ARCHIVE
from swagger_client.cli.conditions.events import ADDRESS_UNUSABLE
from swagger_client.cli.console import Console
from swagger_client.cli.options import SANDBOX_DATABASE
from swagger_client.cli.problems import ProblemError
from swagger_client.cli.text import escape

if TYPE_CHECKING:
    from swagger_client.export.names import Names


def record_access(
    archive: Archive,
    console: Console,
    action: str,
    selection: Mapping[str, object],
    **counts: int,
) -> None:
    """Record in the audit log that a command read messages; print a note if that fails."""
    given = {name: value for name, value in selection.items() if value is not None}
    if not archive.record_access(action, selection=given, counts=counts):
        console.note(
            "The archive is read-only, or another program locks it, so this command is missing "
            "from its audit log."
        )


def opened(options: Namespace, console: Console) -> Archive:
    """Return the archive ``options.database``; with ``--sandbox``, create it if missing."""
    folder = options.attachments
    # The profile's folder may be on a disk that is not mounted. The command reports that later.
    is_option = "attachments" not in getattr(options, "from_profile", ())
    if folder is not None and is_option and not Path(folder).is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder", folder)
    path = Path(options.database)
    if options.sandbox and sandbox.archive_if_missing(path):
        console.note(f"{path} did not exist. The sandbox's made-up account was archived into it.")
    if not path.exists():
        suggestion = ""
        if not options.sandbox and Path(SANDBOX_DATABASE).exists():
            suggestion = f"To use the sandbox's archive {SANDBOX_DATABASE}, add --sandbox. "
        raise ProblemError(NO_ARCHIVE(path=path, suggestion=suggestion))
    return Archive(path, attachments=options.attachments)


def note_unmatched(archive: Archive, names: Names, console: Console) -> None:
    """Print a note if the address book has entries, but none for a number in the archive."""
    if not names:
        return
    numbers = [one.number for one in archive.people() if one.number]
    if not numbers or any(names.name_of(number) for number in numbers):
        return
    console.note(
        escape(
            f"The address book names no number of this archive. Numbers in the archive look like "
            f"{numbers[0]}, numbers in the address book like {names.example}. Check that it is the "
            "right file, and that its numbers are complete."
        )
    )


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Listen at an address; if it cannot be opened, name the option that sets another one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise address_problem(f"{host}:{port}", error, option) from None


def address_problem(address: str, error: OSError, option: str) -> ProblemError:
    # The error of `create_server` repeats the address.
    reason = str(error.strerror or error).split(" (while ", maxsplit=1)[0]
    return ProblemError(ADDRESS_UNUSABLE(address=address, reason=reason, option=option))

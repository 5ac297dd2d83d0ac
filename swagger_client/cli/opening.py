"""Opens the archive that a command reads."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from swagger_client.archive import Archive
from swagger_client.cli import sandbox
from swagger_client.cli.conditions.archive import NO_ARCHIVE
from swagger_client.cli.console import Console
from swagger_client.cli.options import SANDBOX_DATABASE
from swagger_client.cli.problems import ProblemError


def record_access(
    archive: Archive,
    console: Console,
    action: str,
    selection: Mapping[str, object],
    **counts: int,
) -> None:
    """Record a command in the audit log of an archive.

    :param selection: the filters of the command; None values are left out.
    """
    given = {name: value for name, value in selection.items() if value is not None}
    if not archive.record_access(action, selection=given, counts=counts):
        console.note("The archive cannot be written, so its audit log does not have this.")


def opened(options: Namespace, console: Console) -> Archive:
    """Open the archive; create the sandbox's archive if missing.

    :raises ProblemError: when there is no archive.
    """
    path = Path(options.database)
    if options.sandbox and sandbox.archive_if_missing(path):
        console.note(f"{path} did not exist: the sandbox's made-up account was archived into it.")
    if not path.exists():
        suggestion = ""
        if not options.sandbox and Path(SANDBOX_DATABASE).exists():
            suggestion = f"{SANDBOX_DATABASE} is the sandbox's: add --sandbox to use it. "
        raise ProblemError(NO_ARCHIVE(path=path, suggestion=suggestion))
    return Archive(path)

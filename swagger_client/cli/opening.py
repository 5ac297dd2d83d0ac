"""Opens the archive that a command reads."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from swagger_client.archive import Archive
from swagger_client.cli import sandbox
from swagger_client.cli.conditions.archive import NO_ARCHIVE
from swagger_client.cli.console import Console
from swagger_client.cli.options import SANDBOX_DATABASE
from swagger_client.cli.problems import ProblemError


def opened(options: Namespace, console: Console) -> Archive:
    """Open the archive; make the sandbox's if there is none.

    :raises ProblemError: when there is no archive.
    """
    path = Path(options.database)
    if options.sandbox and sandbox.archive_if_missing(path):
        console.note(f"{path} did not exist: the sandbox's invented account was archived into it.")
    if not path.exists():
        suggestion = ""
        if not options.sandbox and Path(SANDBOX_DATABASE).exists():
            suggestion = f"{SANDBOX_DATABASE} is the sandbox's: add --sandbox to use it. "
        raise ProblemError(NO_ARCHIVE(path=path, suggestion=suggestion))
    return Archive(path)

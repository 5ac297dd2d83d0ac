from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="the folder with the files of the archive")
    parser.add_argument(
        "--files-lost",
        action="store_true",
        help="the files are lost for good: the next run downloads those that Zoom still has",
    )


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        archive.take_over_folder(options.folder, files_lost=options.files_lost)
        folder = str(archive.attachments)
    console.result({"files": folder, "database": options.database})
    console.print(
        f"The folder of files {escape(folder)} belongs to {escape(options.database)} now."
    )
    return []


COMMAND = Command(
    summary="Make a moved, restored or copied archive the owner of its folder of files",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="The folder may belong to this archive already.",
)

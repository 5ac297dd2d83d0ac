from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import check_folder, problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.options import file_name
from swagger_client.cli.text import escape, plural


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="FILE", type=file_name, help="the file to create")


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        problems = problems_of_archive(archive)  # before a run adds messages
        report = archive.back_up(options.target)
        problems += check_folder(archive, None)
    verified = report.verified
    console.result({
        "target": str(report.path),
        "bytes": report.bytes,
        "messages": verified.messages,
        "digest": verified.digest,
    })  # fmt: skip
    console.print(
        f"The copy {escape(str(report.path))} has {plural(verified.messages, 'message')} and is "
        "verified. It does not include the folder of files."
    )
    if verified.digest is not None:
        console.print(f"Digest of the last finished run: {verified.digest}")
    return problems


COMMAND = Command(
    summary="Copy the archive to a new file and verify the copy; also possible during a run",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="No backup was made.",
)

from __future__ import annotations

from argparse import Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        report = archive.migrate()
    copy = None if report.copy is None else str(report.copy)
    console.result({**report._asdict(), "copy": copy})
    if copy is None:
        console.print(f"{escape(options.database)} already has archive format {report.to_form}.")
    else:
        console.print(
            f"Migrated from archive format {report.from_form} to {report.to_form}. "
            f"A copy of the old archive is in {escape(copy)}."
        )
    return []


COMMAND = Command(
    summary="Migrate an archive to the current archive format",
    group="Archive",
    add_arguments=lambda parser: None,
    run=_run,
    on_interrupt="The archive was not changed.",
)

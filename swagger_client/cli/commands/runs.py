from __future__ import annotations

from argparse import Namespace
from functools import partial

from swagger_client.archive import Run
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape, run_title, wrap


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        incomplete = problems_of_archive(archive)  # before a run adds messages
        found = archive.runs()[::-1]
        render = partial(_render, width=console.width)
        return print_list(found, len(found), render, "run", options, console) + incomplete


def _render(run: Run, width: int | None) -> tuple[dict[str, object], str]:
    finished = f"finished {run.finished_at}" if run.finished_at else "NOT FINISHED"
    digest = run.digest or "(no digest yet)"
    line = escape(f"{run_title(run)}: began {run.started_at}, {finished}")
    return run._asdict(), f"{wrap(line, width, following='    ')}\n       {digest}"


COMMAND = Command(
    summary="List the runs of the archive and their digests",
    group="Evidence",
    add_arguments=add_limit,
    run=_run,
    prints_rows=True,
)

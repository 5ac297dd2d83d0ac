"""``zoom-sms verify``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import VerifyReport
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import finished_runs, missing_folder, problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.archive import VERIFY_FAILED
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.progress import State, showing_progress
from swagger_client.cli.text import escape, plural


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--attachments", metavar="DIR", help="the folder of files, if it was moved")


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive, showing_progress(console) as show:
        report = archive.verify(
            attachments=options.attachments,
            progress=lambda done, total: show(State("Verifying conversations", done, total, "")),
        )
        problems = problems_of_archive(archive, with_files=True)
        if report.sound:
            record_access(archive, console, "verify", {}, messages=report.messages)
        problems += missing_folder(archive, options.attachments)
        finished = finished_runs(archive.runs())
        begins = finished[-1].covered_from[:10] if finished else "DATE"
    result = report._asdict()
    damage = result.pop("problems")
    console.result({**result, "sound": report.sound, "damage": damage})
    for problem in report.problems:
        console.print(escape(problem))
    console.print(_verdict(report))
    if report.digest:
        console.print(f"Digest of the last run: {report.digest}")
    if report.sound:
        return problems
    count = plural(len(report.problems), "problem")
    return [VERIFY_FAILED(count=count, archived_from=begins), *problems]


def _verdict(report: VerifyReport) -> str:
    read = (
        f"{plural(report.messages, 'message')} in {plural(report.sessions, 'conversation')}, "
        f"{plural(report.records, 'record')} and {plural(report.files, 'file')} were read."
    )
    verdict = "Nothing is missing or altered" if report.sound else "THE ARCHIVE IS DAMAGED"
    return f"{verdict}: {read}"


COMMAND = Command(
    summary="Check every record and file of the archive against its hash",
    group="Evidence",
    add_arguments=_add_arguments,
    run=_run,
)

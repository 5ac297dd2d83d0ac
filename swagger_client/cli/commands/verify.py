from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, ArchiveError, FoundDigest, Run, VerifyReport
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import finished_runs, problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.archive import DIGEST_NOT_FOUND, VERIFY_FAILED
from swagger_client.cli.conditions.results import FOLDER_MISSING, NOT_VERIFIED
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.options import add_attachments
from swagger_client.cli.progress import State, showing_progress
from swagger_client.cli.text import escape, plural, run_title


def _add_arguments(parser: ArgumentParser) -> None:
    add_attachments(parser)
    parser.add_argument(
        "--digest",
        action="append",
        metavar="DIGEST",
        help="check that the archive still has this digest of a run or of the audit log; "
        "repeat the option for several",
    )


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive, showing_progress(console) as show:
        report = archive.verify(
            digest=options.digest,
            progress=lambda done, total: show(State("Verifying conversations", done, total, "")),
        )
        problems = _problems(archive, report)
        runs = [] if report.problems else archive.runs()
        found = [] if report.problems else report.found_digests
        owners = {one.digest: _describe_digest_owner(one, runs) for one in found}
        if not report.problems:
            record_access(archive, console, "verify", {}, messages=report.messages)
            # The digest now includes the log entry of this command.
            report = report._replace(account_digest=archive.account_digest())
    result = report._asdict()
    damage = result.pop("problems")
    result["found_digests"] = owners
    console.result({**result, "sound": report.sound, "damage": damage})
    for line in _describe(report, runs):
        console.print(line)
    for digest, owner in owners.items():
        console.print(f"{owner} has the digest {digest}: it still verifies.")
    return problems


def _problems(archive: Archive, report: VerifyReport) -> list[Problem]:
    if report.problems and len(report.missing_digests) == len(report.problems):
        missing = len(report.missing_digests)
        count = "The digest is" if missing == 1 else f"{missing} digests are"
        return [DIGEST_NOT_FOUND(count=count)]
    if report.problems:
        count = plural(len(report.problems), "problem")
        problems = [VERIFY_FAILED(count=count, archived_from=_first_day(archive))]
        if report.missing_folder is not None:
            message = (
                f"The folder of files {report.missing_folder} has none of the archive's files."
            )
            problems.append(FOLDER_MISSING(message=message))
        return problems
    problems = problems_of_archive(archive, with_files=True)
    if report.notices:
        problems.append(NOT_VERIFIED(notices="; ".join(report.notices)))
    return problems


def _first_day(archive: Archive) -> str:
    """Return the first archived day, to show in a command; "DATE" if it is unknown."""
    with contextlib.suppress(ArchiveError):
        finished = finished_runs(archive.runs())
        if finished:
            return finished[-1].covered_from[:10]
    return "DATE"


def _describe_digest_owner(found: FoundDigest, runs: list[Run]) -> str:
    for run in runs:
        if run.run == found.run:
            return (
                f"{run_title(run)}, {'began' if run.finished_at is None else 'ended'} {found.at},"
            )
    return f"Entry {found.account_seq} of the audit log, made {found.at},"


def _describe_digests(report: VerifyReport, runs: list[Run]) -> list[str]:
    ended = [run for run in runs if run.digest]
    if not ended:  # the archive is damaged
        return [f"Digest of the last run: {report.digest}"] if report.digest else []
    chosen = {run.run: run for run in (*finished_runs(ended)[-1:], ended[-1])}
    return [f"Digest of {run_title(run)[:1].lower()}{run_title(run)[1:]}: {run.digest}"
            for run in chosen.values()]  # fmt: skip


def _describe(report: VerifyReport, runs: list[Run]) -> list[str]:
    read = (
        f"{plural(report.messages, 'message')} in {plural(report.sessions, 'conversation')}, "
        f"{plural(report.records, 'record')} and {plural(report.files, 'file')} were read."
    )
    verdict = "THE ARCHIVE IS DAMAGED" if report.problems else "Nothing is missing or altered"
    if report.problems and len(report.missing_digests) == len(report.problems):
        verdict = "A DIGEST IS NOT IN THE ARCHIVE, and everything else verifies"
    if not report.problems and report.missing_folder is not None:
        verdict = "The database is unaltered, but the files were not checked"
    lines = [*map(escape, report.problems), *map(escape, report.notices), f"{verdict}: {read}"]
    if report.erased:
        lines.append(f"Erased: {plural(report.erased, 'record')}.")
    if report.interrupted is not None:
        run = report.interrupted
        records = plural(run.records, "record")
        lines.append(f"Run {run.run} has not ended. Digest of its {records}: {run.digest}")
    lines += _describe_digests(report, runs)
    if report.account_digest:
        lines.append(f"Digest of the audit log: {report.account_digest}")
    if report.digest and not report.problems:
        lines.append("Store the digests elsewhere. `zoom-sms verify --digest DIGEST` checks them.")
    return lines


COMMAND = Command(
    summary="Check every record and file of the archive against its hash",
    group="Evidence",
    add_arguments=_add_arguments,
    run=_run,
)

from __future__ import annotations

import json
import os
import re
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import IO

from swagger_client.archive import Archive, UnknownValueError
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_selection
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import MISSING_FILES
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import describe_omissions, erased_since
from swagger_client.cli.opening import note_unmatched, opened, record_access
from swagger_client.cli.options import add_attachments, add_selection, file_name, filters, positive
from swagger_client.cli.streams import output_for_file
from swagger_client.cli.text import escape, plural
from swagger_client.export import FORMATS
from swagger_client.export.formats import FolderFormat, TextFormat, load
from swagger_client.export.manifest import MANIFEST
from swagger_client.export.names import read_names

_DIGEST = re.compile("[0-9a-fA-F]{64}")


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--output",
        "-o",
        metavar="PATH",
        type=file_name,
        default="-",
        help="the file to write; for html, eml and rsmf a new folder (default: standard output)",
    )
    add(
        "--format",
        choices=FORMATS,
        help="default: from the suffix of PATH; jsonl on standard output",
    )
    add("--plain", action="store_true",
        help="CSV for programs: values are not guarded against spreadsheet formulas")  # fmt: skip
    add("--names", metavar="FILE", help="an address book: CSV with number,name or vCard")
    add_attachments(parser)
    add_selection(parser)
    help_text = "only messages that are new or changed since this run: its number or its digest"
    add("--since-run", metavar="RUN", type=_run_name, help=help_text)


def _run_name(given: str) -> int | str:
    return given.lower() if _DIGEST.fullmatch(given) else positive(given)


def _run(options: Namespace, console: Console) -> list[Problem]:
    name = _choose_format(options.format, options.output)
    form = load(name)
    to_stdout = options.output == "-"
    if to_stdout and isinstance(form, FolderFormat):
        raise ValueError(f"{name} writes a folder; name a new folder with --output")
    if not isinstance(form, FolderFormat) and options.output.endswith(("/", os.sep)):
        raise ValueError(
            f"{options.output} is a folder, but the format {name} writes one file; name a file"
        )
    with opened(options, console) as archive:
        # Read before the export: messages of later archive runs belong to the next export.
        last = max((one for one in archive.runs() if one.finished_at is not None), default=None)
        options.since_run = _find_run(archive, options.since_run)
        # Before, because a run that finishes meanwhile adds messages that the export lacks.
        problems = problems_of_selection(archive, options, with_files=True)
        written = None  # stays None if the reader closes the pipe
        if to_stdout:
            has_mark = isinstance(form, TextFormat) and form.byte_order_mark(plain=options.plain)
            with output_for_file("utf-8-sig" if has_mark else "utf-8") as output:
                written = _export(archive, output, name, options)
        else:
            written = _export(archive, Path(options.output), name, options)
        _record(archive, console, name, options, written)
        for line in describe_omissions(archive, options):
            console.note(line)
        if options.names is not None:
            note_unmatched(archive, read_names(options.names), console)
        erased = _report_erased(archive, console, options)
    if to_stdout or written is None:
        return problems
    result = {"messages": written, "output": options.output, "format": name}
    following = None if last is None else {"run": last.run, "digest": last.digest}
    console.result({**result, **erased, "next_since_run": following})
    console.print(f"{plural(written, 'message')} written to {escape(options.output)}.")
    if options.since_run is not None and last is not None:
        console.print(f"For the next export: --since-run {last.digest}")
    missing = _missing_files(Path(options.output)) if isinstance(form, FolderFormat) else []
    return [*problems, *missing]


def _find_run(archive: Archive, given: int | str | None) -> int | None:
    """Return the number of a finished archive run, given by its number or its digest."""
    if given is None:
        return None
    found = [one for one in archive.runs() if given in (one.run, one.digest)]
    if not found:
        if not isinstance(given, str):
            return given  # the filter rejects this number
        raise UnknownValueError(
            f"the archive has no run with the digest {given}. If the archive was restored from a "
            "backup, export everything once, without --since-run"
        )
    if found[0].finished_at is None:
        raise ValueError(
            f"run {found[0].run} has not finished, so it still adds messages; pass the run of the "
            "last export, which must have finished"
        )
    return found[0].run


def _record(
    archive: Archive, console: Console, name: str, options: Namespace, written: int | None
) -> None:
    selected = {
        "format": name,
        "output": options.output,
        "timezone": options.timezone,
        **filters(options),
    }
    counts = {} if written is None else {"messages": written}
    record_access(archive, console, "export", selected, **counts)


def _report_erased(
    archive: Archive, console: Console, options: Namespace
) -> dict[str, list[dict[str, str]]]:
    """With ``--since-run``, note how many messages were erased since; return their ids."""
    if options.since_run is None:
        return {}
    erased = erased_since(archive, options.since_run)
    if erased:
        verb = "was" if len(erased) == 1 else "were"
        console.note(
            f"{plural(len(erased), 'message')} of run {options.since_run} or before {verb} erased "
            "since: delete the rows. With --output FILE, --json lists them as `erased`."
        )
    listed = [{"session_id": one, "message_id": other} for one, other in erased]
    return {"erased": listed}


def _export(archive: Archive, output: Path | IO[str], name: str, options: Namespace) -> int:
    return archive.export(
        output,
        name,
        timezone=options.timezone,
        names=options.names,
        plain=options.plain,
        **filters(options),
    )


def _choose_format(given: str | None, output: str) -> str:
    """Return the format from ``--format`` or else from the suffix of the output."""
    # The prefix makes Path accept a name such as ".csv" as a suffix.
    suffix = Path(f"x{Path(output).name}").suffix.lower().removeprefix(".")
    known = {**{name: name for name in FORMATS}, "ndjson": "jsonl"}
    if given is not None:
        if known.get(suffix, given) != given:
            raise ValueError(
                f"the suffix of {output} contradicts --format {given}; change the suffix or the "
                "option"
            )
        return given
    if output == "-":
        return "jsonl"
    if suffix not in known:
        fault = "suffix is unknown" if suffix else "name has no suffix"
        raise ValueError(f"{output}: the {fault}; pass --format, one of {', '.join(FORMATS)}")
    return known[suffix]


def _missing_files(folder: Path) -> list[Problem]:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    count = manifest["missing_files"]
    verb = "is" if count == 1 else "are"
    return [MISSING_FILES(count=f"{plural(count, 'file')} of messages {verb}")] if count else []


COMMAND = Command(
    summary="Write messages to a file or folder",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="Nothing was written.",
)

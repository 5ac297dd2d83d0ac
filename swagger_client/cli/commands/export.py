"""``zoom-sms export``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from swagger_client.archive import Archive
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import UNDATED_MESSAGES, Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_selection, file_name, participants, selection
from swagger_client.cli.streams import output_for_file
from swagger_client.cli.text import escape, plural
from swagger_client.export import FORMATS


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--output", "-o", metavar="FILE", type=file_name, default="-", help="(standard output)")
    add("--format", choices=FORMATS, help="default: the suffix of FILE, else jsonl")
    add_selection(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    form = _format(options.format, options.output)
    with opened(options, console) as archive:
        if options.output == "-":
            with output_for_file("utf-8-sig" if form == "csv" else "utf-8") as output:
                archive.export(output, form, **selection(options))
        else:
            written = archive.export(Path(options.output), form, **selection(options))
            console.result({"messages": written, "output": options.output})
            console.print(f"{plural(written, 'message')} written to {escape(options.output)}.")
        return _undated(archive, options)


def _format(given: str | None, output: str) -> str:
    """Return the format: the given one, else that of the output's suffix, else jsonl.

    :raises ValueError: when they contradict each other, or the suffix is of no format.
    """
    suffix = Path(output).suffix.lower().removeprefix(".") if output != "-" else ""
    known = {**{name: name for name in FORMATS}, "ndjson": "jsonl"}
    if given is not None:
        if known.get(suffix, given) != given:
            raise ValueError(f"the suffix of {output} contradicts --format {given}")
        return given
    if suffix and suffix not in known:
        raise ValueError(
            f"the suffix of {output} is of no format: give --format, one of {', '.join(FORMATS)}"
        )
    return known.get(suffix, "jsonl")


def _undated(archive: Archive, options: Namespace) -> list[Problem]:
    """Count the messages that a span leaves out because their time cannot be read."""
    if options.since is None and options.until is None:
        return []
    count = archive.undated(**participants(options))
    verb = "is" if count == 1 else "are"
    return [UNDATED_MESSAGES(count=f"{plural(count, 'message')} {verb}")] if count else []


COMMAND = Command(
    summary="Write messages to a file",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="The file was not written.",
)

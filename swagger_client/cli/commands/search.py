"""``zoom-sms search``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.objects import message_object
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_selection, positive, selection
from swagger_client.cli.text import render_message


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("words", nargs="+", help="words that a message must all hold; word* finds beginnings")
    add("--limit", type=positive, default=50, help="the most to show, newest first (default: 50)")
    add_selection(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    count = 0
    with opened(options, console) as archive:
        found = archive.search(" ".join(options.words), limit=options.limit, **selection(options))
        for message in found:
            console.row(message_object(message), render_message(message))
            count += 1
    console.print(_summary(count, options.limit))
    return []


def _summary(count: int, limit: int) -> str:
    if count == limit:
        return f"The {count} newest are shown; --limit shows more."
    return f"{count} found." if count else "Nothing found: all words must be in one message."


COMMAND = Command(
    summary="Find messages",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

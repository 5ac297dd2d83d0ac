from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import ArchivedMessage
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_selection
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import describe_omissions
from swagger_client.cli.hints import hint_at_people
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.objects import message_object
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.options import add_selection, filters
from swagger_client.cli.text import render_message
from swagger_client.export.job import load_zone


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        help="words to find: a message must contain all of them. word* finds all words with this "
        "beginning. Without words, the options alone select messages",
    )
    add_limit(parser)
    add_selection(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    selected = filters(options)
    query = " ".join(options.words) if options.words else None
    width, zone = console.width, load_zone(options.timezone)

    def render(message: ArchivedMessage) -> tuple[dict[str, object], str]:
        return message_object(message), render_message(message, width, zone)

    with opened(options, console) as archive:
        incomplete = problems_of_selection(archive, options)  # before a run adds messages
        total = archive.count(query, **selected)
        found = archive.search(query, **selected)
        problems = print_list(found, total, render, "message", options, console)
        if query is not None and total == 0:
            hint = hint_at_people(archive, query)
            if hint is not None:
                console.note(hint)
        for line in describe_omissions(archive, options):
            console.note(line)
        record_access(archive, console, "search", {"query": query, **selected}, messages=total)
        return problems + incomplete


COMMAND = Command(
    summary="Find messages by words, people, time, status or files",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import find_erasures
from swagger_client.cli.objects import message_object
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.options import add_timezone
from swagger_client.cli.text import render_conversation
from swagger_client.export.job import load_zone


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session_id", metavar="SESSION", help="the id of a conversation")
    add_timezone(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    zone = load_zone(options.timezone)
    with opened(options, console) as archive:
        conversation = archive.conversation(options.session_id)
        erased = find_erasures(archive, conversation.session_id) if conversation.erased else []
        problems = problems_of_archive(archive, session_ids=[conversation.session_id])
        selected = {"session_id": conversation.session_id}
        record_access(archive, console, "show", selected, messages=len(conversation.messages))
    if console.as_json:
        for message in conversation.messages:
            console.row(message_object(message), "")
        for one in erased:
            console.note(one.text)
    else:
        console.print_block(render_conversation(conversation, console.width, zone))
        for one in erased:
            console.print(one.text)
    return problems


COMMAND = Command(
    summary="Print a conversation",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

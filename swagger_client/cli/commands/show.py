"""``zoom-sms show``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import UnknownValueError
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import UNKNOWN_VALUE, Problem
from swagger_client.cli.console import Console
from swagger_client.cli.objects import message_object
from swagger_client.cli.opening import opened
from swagger_client.cli.problems import ProblemError
from swagger_client.cli.text import render_conversation


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session_id", metavar="SESSION", help="the id of a conversation")


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        try:
            conversation = archive.conversation(options.session_id)
        except UnknownValueError:
            problem = UNKNOWN_VALUE(
                kind="conversation",
                value=options.session_id,
                suggestion="`zoom-sms search` shows ids in brackets.",
            )
            raise ProblemError(problem) from None
    if console.as_json:
        for message in conversation.messages:
            console.row(message_object(message), "")
    else:
        console.print(render_conversation(conversation))
    return []


COMMAND = Command(
    summary="Print a conversation",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

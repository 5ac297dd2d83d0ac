from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, Conversation, ReceivedEvent, UnknownValueError
from swagger_client.archive.archived_events import message_in
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import find_erasures
from swagger_client.cli.listing import message_object
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.options import add_timezone
from swagger_client.cli.text import render_conversation, render_message
from swagger_client.export.job import load_zone


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session_id", metavar="SESSION", help="the id of a conversation")
    add_timezone(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    zone = load_zone(options.timezone)
    with opened(options, console) as archive:
        # Before, because a run that finishes meanwhile adds messages.
        problems = problems_of_archive(archive, session_ids=[options.session_id])
        events = _find_events(archive, options.session_id)
        try:
            conversation = archive.conversation(options.session_id)
        except UnknownValueError:
            if not events:
                raise
            conversation = Conversation(options.session_id, None, (), [])
        erased = find_erasures(archive, conversation.session_id) if conversation.erased else []
        selected = {"session_id": conversation.session_id}
        count = len(conversation.messages) + len(events)
        record_access(archive, console, "show", selected, messages=count)
    if console.as_json:
        for message in conversation.messages:
            console.row(message_object(message), "")
        for event, state in events:
            about = {"event": event.event.get("event"), "state": state, "reason": event.reason}
            console.row({**message_object(message_in(event)), "webhook_event": about}, "")
        for one in erased:
            console.note(one.text)
    else:
        console.print_block(render_conversation(conversation, console.width, zone))
        if events:
            console.print("\nOnly in webhook events, because Zoom's API does not return them:")
        for event, _ in events:
            console.print_block(render_message(message_in(event), console.width, zone))
        for one in erased:
            console.print(one.text)
    return problems


def _find_events(archive: Archive, session_id: str) -> list[tuple[ReceivedEvent, str]]:
    """Return the events about messages that Zoom does not return: "failed" or "accepted" ones."""
    status = archive.event_status()
    return [
        (one, state)
        for state, found in (("failed", status.failed), ("accepted", status.accepted))
        for one in found
        if one.session_id == session_id
    ]


COMMAND = Command(
    summary="Print a conversation",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

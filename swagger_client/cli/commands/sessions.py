from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from zoneinfo import ZoneInfo

from swagger_client.archive import ConversationSummary
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_selection
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import describe_omissions
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_selection, filters
from swagger_client.cli.text import plural, quote, time_as_sent
from swagger_client.export.job import load_zone

#: Column widths, enough for "12,345 messages" and for the longest conversation type.
_COUNT, _KIND = 15, 17


def _add_arguments(parser: ArgumentParser) -> None:
    add_limit(parser)
    add_selection(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        incomplete = problems_of_selection(archive, options)  # before a run adds messages
        found = list(archive.conversations(**filters(options)))
        render = partial(_render, zone=load_zone(options.timezone))
        problems = print_list(found, len(found), render, "conversation", options, console)
        for line in describe_omissions(archive, options):
            console.note(line)
        return problems + incomplete


def _render(one: ConversationSummary, zone: ZoneInfo | None) -> tuple[dict[str, object], str]:
    people = ", ".join(quote(party.label) for party in one.participants) or "(nobody)"
    last = time_as_sent(one.last, zone)
    kind = quote(one.session_type or "unknown")
    count = f"{plural(one.messages, 'message'):>{_COUNT}}"
    line = f"{last}  {count}  {kind:<{_KIND}}  {people}  [{quote(one.session_id)}]"
    participants = [party._asdict() for party in one.participants]
    return {**one._asdict(), "participants": participants}, line


COMMAND = Command(
    summary="List conversations, newest first",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

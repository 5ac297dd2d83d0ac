from __future__ import annotations

from argparse import Namespace

from swagger_client.archive import Person
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_archive
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.opening import opened
from swagger_client.cli.text import plural, quote


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        incomplete = problems_of_archive(archive)  # before a run adds messages
        found = archive.people()
        return print_list(found, len(found), _render, "person", options, console) + incomplete


def _render(one: Person) -> tuple[dict[str, object], str]:
    number = quote(one.number) if one.number else "(no number)"
    names = ", ".join(map(quote, one.names)) or "(no name)"
    owners = "".join(f"  [{quote(owner)}]" for owner in one.owners)
    counts = f"{one.sent:,} sent, {one.received:,} received, "
    counts += plural(one.conversations, "conversation")
    return one._asdict(), f"{number:<15}  {names}  {counts}{owners}"


COMMAND = Command(
    summary="List the people and phone numbers in conversations",
    group="Read",
    add_arguments=add_limit,
    run=_run,
    prints_rows=True,
)

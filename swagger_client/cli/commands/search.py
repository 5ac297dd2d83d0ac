from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, ArchivedMessage, UnknownValueError
from swagger_client.archive.canonical import typed_digits
from swagger_client.archive.search_text import words
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import problems_of_selection
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.erasures import describe_omissions
from swagger_client.cli.listing import add_limit, message_object, print_list
from swagger_client.cli.opening import opened, record_access
from swagger_client.cli.options import add_selection, filters
from swagger_client.cli.text import escape, render_message
from swagger_client.export.job import load_zone

#: Fewer digits than this are not taken for a phone number.
_LEAST_DIGITS = 7


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
            hint = _hint_at_people(archive, query)
            if hint is not None:
                console.note(hint)
        for line in describe_omissions(archive, options):
            console.note(line)
        record_access(archive, console, "search", {"query": query, **selected}, messages=total)
        return problems + incomplete


def _hint_at_people(archive: Archive, query: str) -> str | None:
    return _hint_at_number(archive, query) or _hint_at_name(archive, query)


def _hint_at_number(archive: Archive, query: str) -> str | None:
    if any(one.isalpha() for one in query) or len(typed_digits(query) or "") < _LEAST_DIGITS:
        return None
    try:
        number = f"+{max(archive.match_number(query), key=len)}"
    except UnknownValueError:
        return None
    except ValueError:
        number = query
    return (
        f"{escape(query)} is a participant's phone number. Words are looked for in texts only: "
        f"--number '{escape(number)}' finds the messages of the number."
    )


def _hint_at_name(archive: Archive, query: str) -> str | None:
    wanted = set(words(query))
    for person in archive.people() if wanted else ():
        for name in person.names:
            if wanted <= set(words(name)):
                hint = (
                    f"{escape(name)} is a participant's name. Words are looked for in texts only: "
                    f"--sender '{escape(name)}' finds the messages that they sent"
                )
                if person.number is not None:
                    hint += f"; --number '{escape(person.number)}' also finds those they received"
                return f"{hint}."
    return None


COMMAND = Command(
    summary="Find messages by words, people, time, status or files",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
    prints_rows=True,
)

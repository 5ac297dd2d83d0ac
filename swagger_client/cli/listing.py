from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TypeVar

from swagger_client._security import safe_json
from swagger_client.archive import ArchivedMessage
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import LIMIT_REACHED
from swagger_client.cli.console import Console
from swagger_client.cli.options import positive
from swagger_client.cli.text import plural, plural_form, wrap

T = TypeVar("T")

_LIMIT = 50


def add_limit(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        type=positive,
        metavar="N",
        help=f"print at most N (default: {_LIMIT}; with --json everything)",
    )


def print_list(
    found: Iterable[T],
    total: int,
    render: Callable[[T], tuple[Mapping[str, object], str]],
    noun: str,
    options: Namespace,
    console: Console,
) -> list[Problem]:
    """Print at most ``--limit`` rows and the total; return a problem if some are not printed."""
    limit: int | None = options.limit
    if limit is None and not console.as_json:
        limit = _LIMIT
    shown = 0
    for one in islice(found, limit if limit is None else min(limit, total)):
        value, line = render(one)
        if "\n" not in line:
            line = wrap(line, console.width, following="    ", break_words=True)
        console.row(value, line)
        shown += 1
    if shown < total:
        return [LIMIT_REACHED(shown=f"{shown:,}", total=f"{total:,}", all=total,
                              kind=plural_form(noun))]  # fmt: skip
    console.print(f"{plural(total, noun)} found." if total else f"No {noun} matches.")
    return []


def message_object(message: ArchivedMessage) -> dict[str, object]:
    return {
        **message._asdict(),
        "sender": message.sender._asdict(),
        "recipients": [party._asdict() for party in message.recipients],
        "attachments": [file._asdict() for file in message.attachments],
        "raw": safe_json.loads(message.raw),
    }

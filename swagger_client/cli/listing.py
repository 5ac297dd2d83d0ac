"""Prints lists of results, and says when a limit cuts them off."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TypeVar

from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.results import LIMIT_REACHED
from swagger_client.cli.console import Console
from swagger_client.cli.options import positive
from swagger_client.cli.text import plural, plural_form, wrap

T = TypeVar("T")

_LIMIT = 50


def add_limit(parser: ArgumentParser) -> None:
    """Add the option that limits a list."""
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
    """Print results up to the limit, then how many there are.

    :param found: the results.
    :param total: how many there are without a limit.
    :param render: returns a result as a JSON object and as text.
    :param noun: the name of a result, in the singular.
    :returns: a problem if not all of them were printed.
    """
    limit: int | None = options.limit
    if limit is None and not console.as_json:
        limit = _LIMIT
    shown = 0
    for one in islice(found, limit if limit is None else min(limit, total)):
        value, line = render(one)
        console.row(value, line if "\n" in line else wrap(line, console.width, following="    "))
        shown += 1
    if shown < total:
        return [LIMIT_REACHED(shown=f"{shown:,}", total=total, kind=plural_form(noun))]
    console.print(f"{plural(total, noun)} found." if total else f"No {noun} matches.")
    return []

"""The table of conditions: what went wrong, its cause, its cure and the exit status.

Texts, ``--json`` and exit statuses of all commands are made from this table, and so is the page of
the documentation that lists them.
"""

from __future__ import annotations

from swagger_client.cli.conditions import archive, arguments, events, requests, results
from swagger_client.cli.conditions.model import Condition, Problem

__all__ = ["CONDITIONS", "Condition", "Problem"]

#: The whole table, in the order of the documentation.
CONDITIONS: tuple[Condition, ...] = tuple(
    row
    for module in (arguments, requests, archive, events, results)
    for row in vars(module).values()
    if isinstance(row, Condition)
)

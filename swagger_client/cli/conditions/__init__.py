"""All errors and warnings of the command line, as a table of conditions.

Error messages, JSON output and a page of the documentation are made from this table.
"""

from __future__ import annotations

from swagger_client.cli.conditions import archive, arguments, events, requests, results
from swagger_client.cli.conditions.model import Condition, Problem

__all__ = ["CONDITIONS", "Condition", "Problem"]

#: All conditions, in the order of the documentation.
CONDITIONS: tuple[Condition, ...] = tuple(
    row
    for module in (arguments, requests, archive, events, results)
    for row in vars(module).values()
    if isinstance(row, Condition)
)

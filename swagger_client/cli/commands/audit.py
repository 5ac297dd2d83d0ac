from __future__ import annotations

import contextlib
import json
from argparse import Namespace

from swagger_client.archive import AuditEntry
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape

#: Lists with more items than this are shortened in text output.
_LONGEST_LIST = 3


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        found = archive.audit_log()[::-1]
    return print_list(found, len(found), _render, "entry", options, console)


def _render(entry: AuditEntry) -> tuple[dict[str, object], str]:
    fields: dict[str, object] = dict(entry.fields)
    if isinstance(fields.get("spans"), str):  # JSON within JSON
        with contextlib.suppress(ValueError):
            fields["spans"] = json.loads(str(fields["spans"]))
    said = ", ".join(f"{name} {_format_field(value)}" for name, value in fields.items())
    line = escape(f"{entry.seq}  {entry.at}  {entry.kind}: {said}")
    return {**entry._asdict(), "fields": fields}, line


def _format_field(value: object) -> str:
    """Return a field of an audit log entry as JSON text; shorten a long list."""
    if isinstance(value, list) and value and all(map(_is_span, value[: _LONGEST_LIST + 1])):
        spans = ", ".join(f"{first} to {last}" for first, last in value[:_LONGEST_LIST])
        more = len(value) - _LONGEST_LIST
        return f"{spans} and {more} more" if more > 0 else spans
    if isinstance(value, list) and len(value) > _LONGEST_LIST:
        return f"[{len(value):,} items; --json prints them]"
    return json.dumps(value)


def _is_span(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)
    )


COMMAND = Command(
    summary="List the commands that changed, read or exported the archive",
    group="Evidence",
    add_arguments=add_limit,
    run=_run,
    prints_rows=True,
)

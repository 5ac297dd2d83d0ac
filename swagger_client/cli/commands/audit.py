"""``zoom-sms audit``: list the entries of the audit log."""

from __future__ import annotations

import json
from argparse import Namespace

from swagger_client.archive import AuditEntry
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.listing import add_limit, print_list
from swagger_client.cli.opening import opened
from swagger_client.cli.text import escape

#: A longer list is not printed as text.
_LISTED = 3


def _run(options: Namespace, console: Console) -> list[Problem]:
    with opened(options, console) as archive:
        found = archive.audit_log()[::-1]
    return print_list(found, len(found), _render, "entry", options, console)


def _render(entry: AuditEntry) -> tuple[dict[str, object], str]:
    said = ", ".join(f"{name} {_text(value)}" for name, value in entry.fields.items())
    return entry._asdict(), escape(f"{entry.seq}  {entry.at}  {entry.kind}: {said}")


def _text(value: object) -> str:
    """Return a value as JSON, or the length of a long list."""
    if isinstance(value, list) and len(value) > _LISTED:
        return f"[{len(value):,} items; --json prints them]"
    return json.dumps(value)


COMMAND = Command(
    summary="List the commands that changed, read or exported the archive",
    group="Evidence",
    add_arguments=add_limit,
    run=_run,
    prints_rows=True,
)

"""The columns of exports, the same in every format with rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from swagger_client.archive import columns as archive_columns
from swagger_client.export.job import Job
from swagger_client.export.source import ExportedMessage

Cell = str | int | datetime | None | list[str | None] | list[int | None]
Read = Callable[[ExportedMessage, Job], Cell]


class Column(NamedTuple):
    """A column of an export.

    :ivar kind: "text", "integer", "timestamp" (UTC), "texts" or "integers" (lists).
    """

    name: str
    kind: str
    doc: str


def _local_time(row: ExportedMessage, job: Job) -> str | None:
    local = job.local(row.sent_at) if job.zone is not None else None
    return None if local is None else local.isoformat()


def _sender_contact(row: ExportedMessage, job: Job) -> str | None:
    return job.names.name_of(row.message.sender.phone_number)


def _recipient_contacts(row: ExportedMessage, job: Job) -> Cell:
    return [job.names.name_of(one.phone_number) for one in row.message.recipients]


#: The columns that exports add: name, kind, description, and how to read the value.
#: New columns may come at the end; none moves or changes its kind.
_ADDED: tuple[tuple[str, str, str, Read], ...] = (
    ("sent_at", "timestamp", "`date_time` as a timestamp in UTC", lambda row, job: row.sent_at),
    ("local_time", "text", "time in the zone of `--timezone`", _local_time),
    ("sender_contact", "text", "name of the sender in `--names`", _sender_contact),
    ("to_contacts", "texts", "names of the recipients in `--names`", _recipient_contacts),
    (
        "selection",
        "text",
        "which messages the export was limited to",
        lambda row, job: job.statement.selection,
    ),
)

COLUMNS: tuple[Column, ...] = (
    *(Column(*column[:3]) for column in archive_columns.COLUMNS),
    *(Column(*added[:3]) for added in _ADDED),
)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)


def read_row(row: ExportedMessage, job: Job) -> list[Cell]:
    """Return the values of all columns of a message."""
    return [
        *archive_columns.read_cells(row.message),
        *[read(row, job) for _, _, _, read in _ADDED],
    ]

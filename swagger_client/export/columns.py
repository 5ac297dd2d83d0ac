"""The columns of exports. They are the same in every format with rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from swagger_client.archive import columns as archive_columns
from swagger_client.export.job import Job
from swagger_client.export.source import ExportedMessage

Cell = archive_columns.Cell | datetime | list[str | None] | list[int | None]
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
    return tuple([job.names.name_of(one.phone_number) for one in row.message.recipients])


#: The columns that only exports have: name, kind, description, and a function that reads the value.
#: Add new columns at the end. Never move a column or change its kind.
_ADDED: tuple[tuple[str, str, str, Read], ...] = (
    ("sent_at", "timestamp", "`date_time` as a timestamp in UTC", lambda row, job: row.sent_at),
    ("local_time", "text", "time in the zone of `--timezone`", _local_time),
    ("sender_contact", "text", "name of the sender in `--names`", _sender_contact),
    ("to_contacts", "texts", "names of the recipients in `--names`", _recipient_contacts),
    (
        "selection",
        "text",
        "the filters that selected the messages of the export",
        lambda row, job: job.statement.selection,
    ),
)

COLUMNS: tuple[Column, ...] = (
    *(Column(*column[:3]) for column in archive_columns.COLUMNS),
    *(Column(*added[:3]) for added in _ADDED),
)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
#: The columns whose values differ from message to message.
_DISTINCT = {"message_id", "date_time", "text", "raw", "record_hash", "sent_at", "local_time"}
_MOST_REMEMBERED = 1 << 14


def column_writers(write: Callable[[Cell], str]) -> list[Callable[[Cell], str]]:
    """Return, for each column, a function that converts its values to text.

    :param write: a function that converts a value. Its results are cached for columns with few
        different values.
    """
    remembered = lru_cache(_MOST_REMEMBERED)(write)
    writers: list[Callable[[Cell], str]] = []
    for name in NAMES:
        writers.append(write if name in _DISTINCT else remembered)  # type: ignore[arg-type]
    return writers


def read_row(row: ExportedMessage, job: Job) -> list[Cell]:
    """Return the values of all columns of a message."""
    return [
        *archive_columns.read_cells(row.message),
        *[read(row, job) for _, _, _, read in _ADDED],
    ]

"""The columns of exports, the same in the formats CSV, JSON lines and Parquet."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from swagger_client.archive import ArchivedMessage
from swagger_client.archive import columns as archive_columns
from swagger_client.export.job import Job
from swagger_client.export.source import ExportedMessage, parse_time, to_iso

#: A value of a column. A timestamp is an ISO 8601 text in UTC with ``Z``.
Cell = archive_columns.Cell | list[str | None] | list[int | None]
#: A function that converts a value of a column, or of a field with several columns, to text.
WriteCell = Callable[[Any], str]


class Column(NamedTuple):
    """A column of an export.

    :ivar kind: "text", "integer", "timestamp" (UTC), "texts" or "integers" (lists).
    """

    name: str
    kind: str
    doc: str


#: A function that returns the function that converts the cells of a column to text.
CellWriter = Callable[[Column], WriteCell]


class _ComputedColumn(NamedTuple):
    """An export column without a database column, computed from one field of a message."""

    column: Column
    field: str
    read: Callable[[Any, Job], Cell]


#: Matches Zoom's usual timestamps, which have the form of the column `sent_at`. Hour 24 is the next
#: day.
_USUAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ", re.ASCII)


def read_sent_at(date_time: str | None) -> str | None:
    """Return Zoom's timestamp in UTC as ISO 8601 with ``Z``; None if it is not valid."""
    at = parse_time(date_time)
    if at is None or date_time is None:
        return None
    return date_time if _USUAL_TIME.fullmatch(date_time) else to_iso(at)


def _local_time(date_time: str | None, job: Job) -> str | None:
    local = job.local(parse_time(date_time)) if job.zone is not None else None
    return None if local is None else local.isoformat()


#: The columns that only exports have. Add new columns at the end. Never move or change a column.
_COMPUTED: tuple[_ComputedColumn, ...] = (
    _ComputedColumn(
        Column("sent_at", "timestamp", "`date_time` as a timestamp in UTC"),
        "date_time",
        lambda date_time, job: read_sent_at(date_time),
    ),
    _ComputedColumn(
        Column("local_time", "text", "time in the zone of `--timezone`"), "date_time", _local_time
    ),
    _ComputedColumn(
        Column("sender_contact", "text", "name of the sender in `--names`"),
        "sender",
        lambda sender, job: job.names.name_of(sender.phone_number),
    ),
    _ComputedColumn(
        Column("to_contacts", "texts", "names of the recipients in `--names`"),
        "recipients",
        lambda recipients, job: tuple([job.names.name_of(one.phone_number) for one in recipients]),
    ),
    # The selection is the same for all messages, so any field can be named.
    _ComputedColumn(
        Column("selection", "text", "the filters that selected the messages of the export"),
        "copy",
        lambda copy, job: job.statement.selection,
    ),
)

COLUMNS: tuple[Column, ...] = (
    *(Column(*column) for column in archive_columns.COLUMNS),
    *(computed.column for computed in _COMPUTED),
)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
#: Fields whose values are not cached, because they differ from message to message.
_DISTINCT = {"message_id", "date_time", "text", "raw", "hash"}
#: How many values of each other field are cached. It limits the memory that an export needs.
_CACHED_VALUES = 1 << 10
#: Columns with few values, although their fields have many. Their cells are cached, too, so that a
#: person who is not in the cache of fields does not take long.
_REPEATED = {
    "sender_owner_type", "sender_owner_id", "to_owner_types", "to_owner_ids",
    "sender_contact", "to_contacts", "selection",
}  # fmt: skip
#: How many cells of each of these columns are cached.
_CACHED_CELLS = 1 << 8
_FIELDS = ArchivedMessage._fields


def row_writer(job: Job, cell_writer: CellWriter) -> Callable[[ExportedMessage], str]:
    """Return a function that writes a message as one row of cells, joined by commas."""

    def cached_writer(column: Column) -> WriteCell:
        write = cell_writer(column)
        return lru_cache(_CACHED_CELLS)(write) if column.name in _REPEATED else write

    writers = [
        _with_cache(name, _field_writer(field, cached_writer))
        for name, field in zip(_FIELDS, archive_columns.FIELDS, strict=True)
    ]
    computed = [
        (_FIELDS.index(one.field), _computed_writer(one, job, cached_writer)) for one in _COMPUTED
    ]

    def write_row(row: ExportedMessage) -> str:
        message = row.message
        cells = [write(value) for write, value in zip(writers, message, strict=True)]
        cells += [write(message[place]) for place, write in computed]
        return ",".join(cells)

    return write_row


def _field_writer(field: archive_columns.FieldColumns, cell_writer: CellWriter) -> WriteCell:
    writers = [cell_writer(Column(*column)) for column in field.columns]
    if len(writers) == 1:
        return writers[0]
    read = field.read
    return lambda value: ",".join(
        [write(cell) for write, cell in zip(writers, read(value), strict=True)]
    )


def _computed_writer(computed: _ComputedColumn, job: Job, cell_writer: CellWriter) -> WriteCell:
    write, read = cell_writer(computed.column), computed.read
    return lambda value: write(read(value, job))


def _with_cache(field: str, write: WriteCell) -> WriteCell:
    return write if field in _DISTINCT else lru_cache(_CACHED_VALUES)(write)


def read_row(row: ExportedMessage, job: Job) -> list[Cell]:
    message = row.message
    return [
        *archive_columns.read_cells(message),
        *[one.read(getattr(message, one.field), job) for one in _COMPUTED],
    ]

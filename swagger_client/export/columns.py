"""The columns of tables: the same in every format that has rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

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


def _field(name: str) -> Read:
    return lambda row, job: getattr(row.message, name)


def _sender(name: str) -> Read:
    return lambda row, job: getattr(row.message.sender, name)


def _recipients(name: str) -> Read:
    return lambda row, job: [getattr(one, name) for one in row.message.recipients]


def _attachments(name: str) -> Read:
    return lambda row, job: [getattr(one, name) for one in row.message.attachments]


def _local_time(row: ExportedMessage, job: Job) -> str | None:
    local = job.local(row.sent_at) if job.zone is not None else None
    return None if local is None else local.isoformat()


def _sender_contact(row: ExportedMessage, job: Job) -> str | None:
    return job.names.name_of(row.message.sender.phone_number)


def _recipient_contacts(row: ExportedMessage, job: Job) -> Cell:
    return [job.names.name_of(one.phone_number) for one in row.message.recipients]


#: Name, kind, description, and how to read the value.
#: New columns may come at the end; none moves or changes its kind.
_DECLARED: tuple[tuple[str, str, str, Read], ...] = (
    ("session_id", "text", "id of the conversation", _field("session_id")),
    ("session_type", "text", "kind of its owner: user, call_queue, …", _field("session_type")),
    ("message_id", "text", "id of the message", _field("message_id")),
    ("date_time", "text", "time in UTC as Zoom sent it", _field("date_time")),
    ("direction", "text", "In or Out", _field("direction")),
    ("message_type", "integer", "Zoom's number for the kind of message", _field("message_type")),
    ("delivery_status", "text", "last known delivery status", _field("delivery_status")),
    ("sender_number", "text", "phone number of the sender", _sender("phone_number")),
    ("sender_name", "text", "name of the sender at Zoom", _sender("display_name")),
    ("sender_owner_type", "text", "kind of the sender's extension", _sender("owner_type")),
    ("sender_owner_id", "text", "Zoom id of the sender's extension", _sender("owner_id")),
    ("to_numbers", "texts", "phone numbers of the recipients", _recipients("phone_number")),
    ("to_names", "texts", "names of the recipients at Zoom", _recipients("display_name")),
    ("to_owner_types", "texts", "kinds of the recipients' extensions", _recipients("owner_type")),
    ("to_owner_ids", "texts", "Zoom ids of the recipients' extensions", _recipients("owner_id")),
    ("text", "text", "text of the message", _field("text")),
    ("attachment_ids", "texts", "Zoom's ids of its files", _attachments("attachment_id")),
    ("attachment_names", "texts", "names of its files", _attachments("name")),
    ("attachment_types", "texts", "types of its files", _attachments("type")),
    ("attachment_sizes", "integers", "sizes in bytes that Zoom gave", _attachments("size")),
    ("attachment_states", "texts", "pending, done or failed", _attachments("state")),
    ("attachment_sha256", "texts", "SHA-256 of each fetched file", _attachments("sha256")),
    (
        "attachment_paths",
        "texts",
        "paths in the archive's folder of files",
        _attachments("path"),
    ),
    ("raw", "text", "the JSON object that Zoom sent", _field("raw")),
    ("sent_at", "timestamp", "`date_time` as a timestamp in UTC", lambda row, job: row.sent_at),
    ("local_time", "text", "time in the zone of `--timezone`", _local_time),
    ("sender_contact", "text", "name of the sender in `--names`", _sender_contact),
    ("to_contacts", "texts", "names of the recipients in `--names`", _recipient_contacts),
    ("run", "integer", "run that stored this version", lambda row, job: row.run),
    ("seq", "integer", "place in the conversation's chain", lambda row, job: row.seq),
    ("record_hash", "text", "hash of the record in the chain", lambda row, job: row.hash),
    (
        "selection",
        "text",
        "which messages the export was limited to",
        lambda row, job: job.statement.selection,
    ),
)

COLUMNS: tuple[Column, ...] = tuple(Column(*declared[:3]) for declared in _DECLARED)
#: How to read the value of each column.
READERS: tuple[Read, ...] = tuple(declared[3] for declared in _DECLARED)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)

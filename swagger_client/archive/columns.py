"""Declares the fields of archived messages, each in one place.

The tables of the database, the SQL statements, the columns of exports and the table in the
documentation are derived from these declarations. To store another field of Zoom's JSON, declare it
in a class such as ``ArchivedMessage``, and add a new version to the module ``migrations``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from operator import itemgetter
from typing import Annotated, Any, Literal, NamedTuple

from swagger_client.models._time import utc_if_valid

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

Kind = Literal["text", "integer", "texts", "integers"]
Cell = str | int | None | tuple[str | None, ...] | tuple[int | None, ...]


class Field(NamedTuple):
    """The description, JSON path and export column of a declared field.

    The field's name and type are those of the class attribute that this object annotates.

    :ivar str doc: the description, for the documentation.
    :ivar str json: the path of the value in Zoom's JSON, such as ``owner.id``; empty if none.
    :ivar str column: the name of the column in an export, if it differs from the name of the field.
        For a field of an attachment, the name is a plural, because one cell contains the values of
        all attachments of the message.
    """

    doc: str
    json: str = ""
    column: str = ""


class Party(NamedTuple):
    """A sender, recipient or participant. A field that Zoom did not send is None."""

    phone_number: Annotated[str | None, Field("phone number", "phone_number", "number")]
    display_name: Annotated[str | None, Field("name at Zoom", "display_name", "name")]
    owner_type: Annotated[str | None, Field("type of extension", "owner.type")]
    owner_id: Annotated[str | None, Field("Zoom id of the extension", "owner.id")]

    @property
    def label(self) -> str:
        """The name of the person; if Zoom sent none, the phone number, or else the Zoom id."""
        return self.display_name or self.phone_number or self.owner_id or "unknown"


class ArchivedAttachment(NamedTuple):
    """A file that was sent with a message.

    :ivar int | None size: the size in bytes that Zoom stated.
    :ivar str state: the state of the download: "pending", "done", "failed" or "accepted" (the
        download failed, and a user accepted the loss).
    :ivar str | None reason: why the download failed.
    :ivar str | None sha256: the SHA-256 hash of the downloaded file, in hexadecimal.
    :ivar str | None path: the path of the file, relative to the archive's folder of files.
    """

    attachment_id: Annotated[str, Field("Zoom's id", column="ids")]
    name: Annotated[str | None, Field("name", "name", "names")]
    type: Annotated[str | None, Field("type", "type", "types")]
    size: Annotated[int | None, Field("size in bytes, according to Zoom,", "size", "sizes")]
    state: Annotated[str, Field("state (pending, done, failed or accepted)", column="states")]
    reason: Annotated[str | None, Field("reason of the failure")]
    sha256: Annotated[str | None, Field("SHA-256 hash", column="sha256")]
    path: Annotated[str | None, Field("path (below the folder of files)", column="paths")]


class ArchivedMessage(NamedTuple):
    """The latest version of a message in the archive.

    Each version of a message is a record. The records of a conversation form a hash chain: the hash
    of each record covers the hash of the record before it.

    :ivar str | None date_time: the time as Zoom sent it.
    :ivar str raw: the JSON that Zoom sent, without credentials, in canonical form.
    :ivar int run: the number of the archive run that stored this version.
    :ivar int seq: the number of this version's record in the hash chain.
    :ivar str hash: the hash of this version's record.
    :ivar int first_seq: the number of the first version's record; ``seq`` if there is only one.
    :ivar int copy: 0, or 1, 2, … for further messages with the same id.
    """

    session_id: Annotated[str, Field("id of the conversation")]
    session_type: Annotated[str | None, Field("type of its owner: user, call_queue, …")]
    message_id: Annotated[str, Field("id of the message")]
    date_time: Annotated[str | None, Field("time in UTC as Zoom sent it", "date_time")]
    direction: Annotated[str | None, Field("In or Out", "direction")]
    message_type: Annotated[
        int | None, Field("Zoom's number for the kind of message", "message_type")
    ]
    delivery_status: Annotated[str | None, Field("last known delivery status", "delivery_status")]
    sender: Annotated[Party, Field("sender", "sender", "sender")]
    recipients: Annotated[tuple[Party, ...], Field("recipient", "to_members", "to")]
    text: Annotated[str | None, Field("text of the message", "message")]
    attachments: Annotated[
        tuple[ArchivedAttachment, ...], Field("file", "attachments", "attachment")
    ]
    raw: Annotated[str, Field("the JSON that Zoom sent, without credentials")]
    run: Annotated[int, Field("run that stored this version")]
    seq: Annotated[int, Field("number of its record in the conversation's hash chain")]
    hash: Annotated[str, Field("hash of its record", column="record_hash")]
    first_seq: Annotated[int, Field("number of the record of its first version")]
    copy: Annotated[int, Field("0; higher for another message with the same id")]

    @property
    def when(self) -> datetime | None:
        """The time of the message as an aware datetime; None if Zoom sent no valid time."""
        microseconds = unix_microseconds(self.date_time)
        return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def unix_microseconds(date_time: str | None) -> int | None:
    """Convert a timestamp from Zoom to microseconds since 1970; None if it is invalid."""
    found = utc_if_valid(date_time)
    return None if found is None else (found - _EPOCH) // _MICROSECOND


class Declared(NamedTuple):
    """A field of a class such as :class:`ArchivedMessage`: name, type and :class:`Field`."""

    name: str
    type: object
    field: Field

    @property
    def is_integer(self) -> bool:
        return self.type is int or int in typing.get_args(self.type)

    @property
    def sql(self) -> str:
        required = type(None) not in typing.get_args(self.type)
        return f"{self.name} {'INTEGER' if self.is_integer else 'TEXT'}" + (
            " NOT NULL" if required else ""
        )


def declared(of: type) -> tuple[Declared, ...]:
    """Return the fields that a class such as :class:`ArchivedMessage` declares, in their order."""
    hints = typing.get_type_hints(of, include_extras=True)
    return tuple(
        Declared(name, hint.__args__[0], hint.__metadata__[0])
        for name, hint in hints.items()
        if hasattr(hint, "__metadata__")
    )


def scalars(of: type) -> tuple[Declared, ...]:
    """Return those fields of a class that each need only one column of the database."""
    return tuple(one for one in declared(of) if _is_scalar(one.type))


def from_json(of: type) -> tuple[Declared, ...]:
    """Return the fields of a class that need only one column and are read from Zoom's JSON."""
    return tuple(one for one in scalars(of) if one.field.json)


def _is_scalar(kind: object) -> bool:
    return kind in (str, int) or isinstance(kind, types.UnionType)


class Column(NamedTuple):
    """A column of an export.

    :ivar kind: the type of the values: "text", "integer", "texts" (a list) or "integers" (a list).
    """

    name: str
    kind: Kind
    doc: str


class FieldColumns(NamedTuple):
    """The export columns of one field; `read` splits a field's value into one cell per column."""

    columns: tuple[Column, ...]
    read: Callable[[Any], Iterable[Cell]]


def _columns_of(one: Declared) -> Iterator[Column]:
    name, field = one.name, one.field
    if _is_scalar(one.type):
        kind: Kind = "integer" if one.is_integer else "text"
        yield Column(field.column or name, kind, field.doc)
    elif one.type is Party:
        for part in declared(Party):
            column = f"{field.column}_{part.field.column or part.name}"
            yield Column(column, "text", f"{part.field.doc} of the {field.doc}")
    else:
        for part in declared(_item_type(one)):
            column = _item_column(part, one)
            if column:
                yield Column(
                    f"{field.column}_{column}",
                    "integers" if part.is_integer else "texts",
                    f"{part.field.doc} of each {field.doc}",
                )


def _item_type(one: Declared) -> type:
    """Return the type ``T`` of a field whose type is ``tuple[T, ...]``."""
    (of, _) = typing.get_args(one.type)
    return typing.cast("type", of)


def _item_column(part: Declared, one: Declared) -> str:
    """Return the export column of a field, ``part``, of the items in list ``one``; "" if none."""
    if _item_type(one) is Party:
        return f"{part.field.column or part.name}s"
    return part.field.column


def _reader_of(one: Declared) -> Callable[[Any], Iterable[Cell]]:
    """Return a function that splits a value of the field ``one`` into a cell per export column."""
    if _is_scalar(one.type):
        return lambda value: (value,)
    if one.type is Party:
        return tuple
    parts = [at for at, part in enumerate(declared(_item_type(one))) if _item_column(part, one)]
    exported = itemgetter(*parts)
    empty: list[Cell] = [()] * len(parts)

    def read(items: Sequence[tuple[Any, ...]]) -> Iterable[Cell]:
        return exported(tuple(zip(*items))) if items else empty  # noqa: B905

    return read


#: The export columns of each field of a message, in the order of the fields.
FIELDS: tuple[FieldColumns, ...] = tuple(
    FieldColumns(tuple(_columns_of(one)), _reader_of(one)) for one in declared(ArchivedMessage)
)
#: The export columns of a message. Exports may have further columns after these.
COLUMNS: tuple[Column, ...] = tuple(column for field in FIELDS for column in field.columns)


def read_cells(message: ArchivedMessage) -> list[Cell]:
    """Return a message's value for each export column, in the order of :data:`COLUMNS`."""
    return [
        cell for field, value in zip(FIELDS, message, strict=True) for cell in field.read(value)
    ]

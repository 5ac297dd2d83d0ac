"""Declares the columns of archived messages, each once.

The tables, what is inserted and selected, the records that a reader gets, the columns of exports
and the table in the documentation are all derived from these declarations. A new field of Zoom's
is one line in its class, and a new version in ``migrations``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Kind = Literal["text", "integer", "texts", "integers"]
Read = Callable[["ArchivedMessage"], "Cell"]
Cell = str | int | None | list[str | None] | list[int | None]


class Field(NamedTuple):
    """The declaration of a field, besides its name and type.

    :ivar str doc: what it is, for the documentation.
    :ivar str json: where it stands in Zoom's JSON, as ``owner.id``; empty where it comes from
        elsewhere.
    :ivar str column: its column in an export, where that differs from the name; of a list's items
        the plural.
    """

    doc: str
    json: str = ""
    column: str = ""


class Party(NamedTuple):
    """A sender, recipient or participant; what Zoom left out is None."""

    phone_number: Annotated[str | None, Field("phone number", "phone_number", "number")]
    display_name: Annotated[str | None, Field("name at Zoom", "display_name", "name")]
    owner_type: Annotated[str | None, Field("kind of extension", "owner.type")]
    owner_id: Annotated[str | None, Field("Zoom id of the extension", "owner.id")]

    @property
    def label(self) -> str:
        """The name, else the number, else the Zoom id."""
        return self.display_name or self.phone_number or self.owner_id or "unknown"


class ArchivedAttachment(NamedTuple):
    """A file of a message.

    :ivar int | None size: the file's size in bytes, as Zoom sent it.
    :ivar str state: "pending", "done", "failed" or "accepted" (failed, and a person accepted it).
    :ivar str | None reason: why it failed.
    :ivar str | None sha256: the hash of the file, in hexadecimal.
    :ivar str | None path: where it is, below the archive's folder of files.
    """

    attachment_id: Annotated[str, Field("Zoom's id", column="ids")]
    name: Annotated[str | None, Field("name", "name", "names")]
    type: Annotated[str | None, Field("type", "type", "types")]
    size: Annotated[int | None, Field("size in bytes that Zoom gave", "size", "sizes")]
    state: Annotated[str, Field("pending, done, failed or accepted", column="states")]
    reason: Annotated[str | None, Field("why it failed")]
    sha256: Annotated[str | None, Field("SHA-256, once fetched", column="sha256")]
    path: Annotated[str | None, Field("path below the folder of files", column="paths")]


class ArchivedMessage(NamedTuple):
    """A message as the archive holds it, in its latest version.

    :ivar str | None date_time: the time as Zoom sent it.
    :ivar str raw: the JSON value as Zoom sent it, without credentials, in canonical form.
    :ivar int run: the run that brought this version.
    :ivar int seq: the place of its record in the chain of the conversation.
    :ivar str hash: the hash of that record.
    :ivar int first_seq: the place of its first version; another one than ``seq`` once it changed.
    :ivar int copy: 0; a higher number distinguishes messages to which Zoom gave one id.
    """

    session_id: Annotated[str, Field("id of the conversation")]
    session_type: Annotated[str | None, Field("kind of its owner: user, call_queue, …")]
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
    seq: Annotated[int, Field("place in the conversation's chain")]
    hash: Annotated[str, Field("hash of the record in the chain", column="record_hash")]
    first_seq: Annotated[int, Field("place of its first version")]
    copy: Annotated[int, Field("0; higher for another message with the same id")]

    @property
    def when(self) -> datetime | None:
        """The time as an aware datetime; None where Zoom's text is no time."""
        microseconds = unix_microseconds(self.date_time)
        return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def unix_microseconds(date_time: str | None) -> int | None:
    """Convert Zoom's timestamp to microseconds since 1970; None if it is invalid."""
    from swagger_client.models._time import utc

    try:
        found = utc(date_time or None)
    except ValueError:
        return None
    return None if found is None else (found - _EPOCH) // timedelta(microseconds=1)


class Declared(NamedTuple):
    """A field of one of these classes: its name, type and declaration."""

    name: str
    type: object
    field: Field

    @property
    def is_integer(self) -> bool:
        """Whether the column holds integers."""
        return self.type is int or int in typing.get_args(self.type)

    @property
    def sql(self) -> str:
        """The column's definition in SQL."""
        required = type(None) not in typing.get_args(self.type)
        return f"{self.name} {'INTEGER' if self.is_integer else 'TEXT'}" + (
            " NOT NULL" if required else ""
        )


def declared(of: type) -> tuple[Declared, ...]:
    """The declared fields of a class, in their order."""
    hints = typing.get_type_hints(of, include_extras=True)
    return tuple(
        Declared(name, hint.__args__[0], hint.__metadata__[0])
        for name, hint in hints.items()
        if hasattr(hint, "__metadata__")
    )


def scalars(of: type) -> tuple[Declared, ...]:
    """The declared fields that are a column each."""
    return tuple(one for one in declared(of) if _is_scalar(one.type))


def from_json(of: type) -> tuple[Declared, ...]:
    """The scalar fields that Zoom sends."""
    return tuple(one for one in scalars(of) if one.field.json)


def _is_scalar(kind: object) -> bool:
    return kind in (str, int) or isinstance(kind, types.UnionType)


class Column(NamedTuple):
    """A column of an export: ``kind`` is "text", "integer", or a list of one of them."""

    name: str
    kind: Kind
    doc: str
    read: Read


def _columns() -> Iterator[Column]:
    for one in declared(ArchivedMessage):
        name, field = one.name, one.field
        if _is_scalar(one.type):
            kind: Kind = "integer" if one.is_integer else "text"
            yield Column(field.column or name, kind, field.doc, _attribute(name))
        elif one.type is Party:
            for part in declared(Party):
                yield Column(
                    f"{field.column}_{part.field.column or part.name}",
                    "text",
                    f"{part.field.doc} of the {field.doc}",
                    _nested(name, part.name),
                )
        else:
            (of, _) = typing.get_args(one.type)
            for part in declared(of):
                plural = part.field.column if of is not Party else _plural(part)
                if plural:
                    yield Column(
                        f"{field.column}_{plural}",
                        "integers" if part.is_integer else "texts",
                        f"{part.field.doc} of each {field.doc}",
                        _each(name, part.name),
                    )


def _plural(part: Declared) -> str:
    return f"{part.field.column or part.name}s"


def _attribute(name: str) -> Read:
    return lambda message: typing.cast("Cell", getattr(message, name))


def _nested(name: str, inner: str) -> Read:
    return lambda message: typing.cast("Cell", getattr(getattr(message, name), inner))


def _each(name: str, inner: str) -> Read:
    return lambda message: [getattr(item, inner) for item in getattr(message, name)]


#: The columns of a message, in the order of its fields: exports begin with them.
COLUMNS: tuple[Column, ...] = tuple(_columns())


def _cells_reader() -> Callable[[ArchivedMessage], list[Cell]]:
    """Return a function that reads all columns of a message at once, for speed."""
    paths: list[str] = []
    lists: list[tuple[int, str, str]] = []
    for one in declared(ArchivedMessage):
        if _is_scalar(one.type):
            paths.append(one.name)
        elif one.type is Party:
            paths += [f"{one.name}.{part.name}" for part in declared(Party)]
        else:
            (of, _) = typing.get_args(one.type)
            for part in declared(of):
                if of is Party or part.field.column:
                    lists.append((len(paths) + len(lists), one.name, part.name))
    read = attrgetter(*paths)
    each = [(place, attrgetter(items), attrgetter(name)) for place, items, name in lists]

    def cells(message: ArchivedMessage) -> list[Cell]:
        found: list[Cell] = list(read(message))
        for place, items, value in each:
            found.insert(place, list(map(value, items(message))))
        return found

    return cells


#: Returns the values of :data:`COLUMNS` of a message.
read_cells = _cells_reader()

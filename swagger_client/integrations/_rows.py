from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from swagger_client.models import SmsMessage, SmsParticipant, SmsSession
from swagger_client.models._time import utc_if_valid

if TYPE_CHECKING:
    import pyarrow

    from swagger_client.history import AccountMessage

Row = dict[str, object]
DataType = Literal["bigint", "bool", "json", "text", "timestamp"]


class Table(NamedTuple):
    """A warehouse table.

    The column ``read_at`` is the time at which a row was read from Zoom or from the archive.

    :ivar columns: the names of the columns, with dlt's types.
    :ivar primary_key: the columns that identify a row.
    :ivar merge_key: a loaded row replaces all rows with the same values in these columns.
    """

    name: str
    columns: tuple[tuple[str, DataType], ...]
    primary_key: tuple[str, ...]
    merge_key: tuple[str, ...] = ()


#: The first columns of each table. The rows of this module have no account and no ``read_at``.
_COMMON: tuple[tuple[str, DataType], ...] = (
    ("account", "text"),
    ("read_at", "timestamp"),
    ("session_id", "text"),
)
SESSIONS = Table(
    "sessions",
    (
        *_COMMON,
        ("session_type", "text"),
        ("last_access_time", "timestamp"),
        ("record", "json"),
    ),
    ("account", "session_id"),
)
MESSAGES = Table(
    "messages",
    (
        *_COMMON,
        ("message_key", "text"),
        ("message_id", "text"),
        ("date_time", "timestamp"),
        ("direction", "text"),
        ("message", "text"),
        ("message_type", "bigint"),
        ("delivery_status", "text"),
        ("sender_phone_number", "text"),
        ("sender_display_name", "text"),
        ("sender_owner_type", "text"),
        ("sender_owner_id", "text"),
        ("to_members", "json"),
        ("record", "json"),
    ),
    ("account", "session_id", "message_key"),
)
PARTICIPANTS = Table(
    "participants",
    (
        *_COMMON,
        ("position", "bigint"),
        ("phone_number", "text"),
        ("display_name", "text"),
        ("owner_type", "text"),
        ("owner_id", "text"),
        ("is_session_owner", "bool"),
        ("extension_status", "text"),
        ("extension_deleted_time", "timestamp"),
    ),
    ("account", "session_id", "position"),
    merge_key=("account", "session_id"),
)
ATTACHMENTS = Table(
    "attachments",
    (
        *_COMMON,
        ("message_key", "text"),
        ("message_id", "text"),
        ("position", "bigint"),
        ("attachment_id", "text"),
        ("name", "text"),
        ("type", "text"),
        ("size", "bigint"),
    ),
    ("account", "session_id", "message_key", "position"),
    merge_key=("account", "session_id", "message_key"),
)
TABLES = (SESSIONS, MESSAGES, PARTICIPANTS, ATTACHMENTS)


Batch = Sequence["AccountMessage"]


def tables() -> dict[Table, Callable[[Batch], Iterator[Row]]]:
    """Return, for each warehouse table, a function that converts a batch of messages to rows.

    The rows of a conversation and its participants are yielded once, not for every batch.
    """
    listed, members = _NewSessions(), _NewSessions()

    def sessions(batch: Batch) -> Iterator[Row]:
        return (session_row(session) for session in listed.new_in(batch))

    def participants(batch: Batch) -> Iterator[Row]:
        for session in members.new_in(batch):
            yield from participant_rows(session)

    def messages(batch: Batch) -> Iterator[Row]:
        return (message_row(one.session, one.message) for one in batch)

    def attachments(batch: Batch) -> Iterator[Row]:
        for one in batch:
            yield from attachment_rows(one.session, one.message)

    return {
        SESSIONS: sessions,
        MESSAGES: messages,
        PARTICIPANTS: participants,
        ATTACHMENTS: attachments,
    }


class _NewSessions:
    """Yields the conversations of several batches, each conversation only once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def new_in(self, batch: Batch) -> Iterator[SmsSession]:
        for one in batch:
            if one.session.session_id not in self._seen:
                self._seen.add(one.session.session_id)
                yield one.session


def session_row(session: SmsSession) -> Row:
    return {
        "session_id": session.session_id,
        "session_type": session.session_type,
        "last_access_time": utc_if_valid(session.last_access_time),
        "record": session.to_dict(),
    }


def participant_rows(session: SmsSession) -> Iterator[Row]:
    for position, member in enumerate(session.participants or ()):
        yield {
            "session_id": session.session_id,
            "position": position,
            **_party(member),
            "is_session_owner": member.is_session_owner,
            "extension_status": member.extension_status,
            "extension_deleted_time": utc_if_valid(member.extension_deleted_time),
        }


def message_row(session: SmsSession, message: SmsMessage) -> Row:
    """Return a row of the table ``messages``.

    The column ``record`` has no download URLs, because they contain credentials.
    """
    record = _without_urls(message)
    sender = {f"sender_{name}": value for name, value in _party(message.sender).items()}
    return {
        "session_id": session.session_id,
        "message_key": message_key(message),
        "message_id": message.message_id,
        "date_time": utc_if_valid(message.date_time),
        "direction": message.direction,
        "message": message.message,
        "message_type": message.message_type,
        "delivery_status": message.delivery_status,
        **sender,
        "to_members": record.get("to_members"),
        "record": record,
    }


def attachment_rows(session: SmsSession, message: SmsMessage) -> Iterator[Row]:
    """Yield a row for each file of a message, without download URLs."""
    for position, attachment in enumerate(message.attachments or ()):
        yield {
            "session_id": session.session_id,
            "message_key": message_key(message),
            "message_id": message.message_id,
            "position": position,
            "attachment_id": attachment.id,
            "name": attachment.name,
            "type": attachment.type,
            "size": attachment.size,
        }


def message_key(message: SmsMessage) -> str:
    """Return a key that stays the same when the message's delivery status changes.

    Zoom may give several messages the same id, so the key is a hash of several fields.
    """
    files = [file.id for file in message.attachments or ()]
    content = [
        message.message_id,
        message.date_time,
        message.direction,
        message.sender.phone_number if message.sender is not None else None,
        message.message or files,
    ]
    text = json.dumps(content, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _party(party: SmsParticipant | None) -> Row:
    owner = party.owner if party is not None else None
    return {
        "phone_number": party.phone_number if party is not None else None,
        "display_name": party.display_name if party is not None else None,
        "owner_type": owner.type if owner is not None else None,
        "owner_id": owner.id if owner is not None else None,
    }


def _without_urls(message: SmsMessage) -> Row:
    record: Row = message.to_dict()
    attachments = record.get("attachments")
    if isinstance(attachments, list):
        record["attachments"] = [
            {name: value for name, value in one.items() if name != "download_url"}
            if isinstance(one, dict)
            else one
            for one in attachments
        ]
    return record


def to_arrow(table: Table, rows: Sequence[Row]) -> pyarrow.Table:
    """Convert rows to an Arrow table; of rows with the same primary key, use the last."""
    import pyarrow

    found = {tuple(row[name] for name in table.primary_key): row for row in rows}
    arrays = {
        name: _array(table, name, kind, [row.get(name) for row in found.values()])
        for name, kind in table.columns
    }
    fields = [
        pyarrow.field(name, array.type, nullable=name not in table.primary_key)
        for name, array in arrays.items()
    ]
    return pyarrow.table(arrays, pyarrow.schema(fields))


def _array(table: Table, name: str, kind: DataType, values: list[object]) -> pyarrow.Array:
    import pyarrow

    if kind == "json":
        values = [None if value is None else _to_json(value) for value in values]
    try:
        try:
            return pyarrow.array(values, _type(kind))
        except UnicodeEncodeError:
            return pyarrow.array([_without_surrogates(value) for value in values], _type(kind))
    except (pyarrow.ArrowException, OverflowError) as error:
        raise ValueError(
            f"Zoom sent a value that does not fit the column {table.name}.{name} ({kind}): "
            f"{error}. Nothing was loaded. To load the other tables, select them with "
            "`with_resources`, and report this error."
        ) from None


def _type(kind: DataType) -> pyarrow.DataType:
    import pyarrow

    return {
        "bigint": pyarrow.int64(),
        "bool": pyarrow.bool_(),
        "json": pyarrow.string(),
        "text": pyarrow.string(),
        "timestamp": pyarrow.timestamp("us", "UTC"),
    }[kind]


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _without_surrogates(value: object) -> object:
    """Replace lone surrogates, which no warehouse can store, if the value is text."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

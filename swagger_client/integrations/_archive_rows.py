from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import ArchivedMessage, ConversationSummary, Tombstone
from swagger_client.archive.rows import parse_message_item
from swagger_client.integrations import _rows
from swagger_client.integrations._rows import Row
from swagger_client.models._time import utc_if_valid

_MESSAGES = _rows.MESSAGES._replace(
    columns=(*_rows.MESSAGES.columns, ("run", "bigint"), ("deleted", "bool"))
)
_ATTACHMENTS = _rows.ATTACHMENTS._replace(columns=(*_rows.ATTACHMENTS.columns, ("deleted", "bool")))


class Content(NamedTuple):
    """What one batch loads from an archive: new content, and erased messages to delete."""

    messages: Sequence[ArchivedMessage] = ()
    conversations: Sequence[ConversationSummary] = ()
    erased: Sequence[Tombstone] = ()


def session_rows(content: Content) -> Iterator[Row]:
    for one in content.conversations:
        yield {
            "session_id": one.session_id,
            "session_type": one.session_type,
        }


def participant_rows(content: Content) -> Iterator[Row]:
    for one in content.conversations:
        for position, member in enumerate(one.participants):
            yield {
                "session_id": one.session_id,
                "position": position,
                **member._asdict(),
            }


def message_rows(content: Content) -> Iterator[Row]:
    """Yield a row for each message, and one with ``deleted=True`` for each erased message."""
    for one in content.messages:
        record = safe_json.loads(one.raw)
        yield {
            **_key(one),
            "date_time": utc_if_valid(one.date_time),
            "direction": one.direction,
            "message": one.text,
            "message_type": one.message_type,
            "delivery_status": one.delivery_status,
            **{f"sender_{name}": value for name, value in one.sender._asdict().items()},
            "to_members": record.get("to_members"),
            "record": record,
            "run": one.run,
            "deleted": False,
        }
    yield from _deletions(content)


def attachment_rows(content: Content) -> Iterator[Row]:
    """Yield a row for each attachment. For an erased message, yield one row ``deleted=True``."""
    for one in content.messages:
        for position, attachment in enumerate(one.attachments):
            yield {
                **_key(one),
                "position": position,
                "attachment_id": attachment.attachment_id,
                "name": attachment.name,
                "type": attachment.type,
                "size": attachment.size,
                "deleted": False,
            }
    for row in _deletions(content):
        yield {**row, "position": 0}


def _deletions(content: Content) -> Iterator[Row]:
    for one in content.erased:
        yield {
            "session_id": one.session_id,
            "message_key": _message_key(*parse_message_item(one.item)),
            "deleted": True,
        }


def _key(message: ArchivedMessage) -> Row:
    return {
        "session_id": message.session_id,
        "message_key": _message_key(message.message_id, message.copy),
        "message_id": message.message_id,
    }


def _message_key(message_id: str, copy: int) -> str:
    return message_id if copy == 0 else f"{message_id}#{copy}"


#: For each warehouse table, the function that converts archive content to rows.
TABLES = {
    _rows.SESSIONS: session_rows,
    _MESSAGES: message_rows,
    _rows.PARTICIPANTS: participant_rows,
    _ATTACHMENTS: attachment_rows,
}

"""Build the JSON objects of Zoom's responses from the content of the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .account_data import Conversation
from .clock import zulu
from .records import Attachment, Extension, Message, Party

__all__ = ["message", "session", "session_with_latest"]

JsonObject = dict[str, object]
LinkTo = Callable[[Attachment], str]


def party(who: Party) -> JsonObject:
    """Return the JSON of a participant, sender or receiver."""
    owner = who.owner and {"type": who.owner.type, "id": who.owner.id}
    shown: JsonObject = {
        "phone_number": who.phone_number,
        "display_name": who.display_name,
        "owner": owner,
    }
    return {name: value for name, value in shown.items() if name not in who.missing}


def message(record: Message, link_to: LinkTo, *, with_status: bool) -> JsonObject:
    """Return the JSON of a message.

    :param with_status: whether to include `delivery_status`, which only some endpoints return.
    """
    shown = _message(record)
    if with_status:
        shown["delivery_status"] = record.delivery_status
    if record.attachments:
        shown["attachments"] = [
            {
                "id": one.id,
                "name": one.name,
                "type": one.type,
                "size": one.size,
                "download_url": link_to(one),
            }
            for one in record.attachments
        ]
    return {**shown, **(record.extra or {})}


def session(
    conversation: Conversation, extensions: Mapping[str, Extension] | None = None
) -> JsonObject:
    """Return the JSON of a session for the account's list or a user's list.

    :param extensions: the account's extensions, whose status the account's list shows; None for a
        user's list.
    """
    owner = conversation.participants[0]
    people: list[JsonObject] = []
    for who in conversation.participants:
        shown = {**party(who), "is_session_owner": who is owner}
        if extensions is not None and who.owner is not None:
            shown.update(_status(extensions.get(who.owner.id)))
        people.append(shown)
    return {
        "session_id": conversation.session_id,
        "session_type": conversation.session_type,
        "last_access_time": zulu(conversation.last_ms),
        "participants": people,
    }


def legacy_session(conversation: Conversation) -> JsonObject:
    """Return the JSON of a session without `session_type` and `is_session_owner`.

    Zoom's older examples have this form.
    """
    shown = session(conversation)
    del shown["session_type"]
    shown["participants"] = [party(who) for who in conversation.participants]
    return shown


def session_with_latest(conversation: Conversation) -> JsonObject:
    """Return the JSON of a session with its latest message, as `get_sms_sessions` returns it.

    The attachments of the latest message have no download URL.
    """
    shown = session(conversation)
    shown["unread_message_count"] = conversation.unread
    latest = conversation.latest
    if latest is not None:
        body = _message(latest)
        if latest.attachments:
            body["attachments"] = [
                {"id": one.id, "type": "JPG/JPEG" if one.type == "JPG" else one.type}
                for one in latest.attachments
            ]
        shown["latest_message"] = {**body, **(latest.extra or {})}
    return shown


def _message(record: Message) -> JsonObject:
    return {
        "message_id": record.message_id,
        "date_time": record.date_time,
        "direction": record.direction,
        "message": record.text,
        "message_type": record.message_type,
        "sender": party(record.sender),
        "to_members": [party(who) for who in record.to_members],
    }


def _status(extension: Extension | None) -> JsonObject:
    if extension is None or extension.status is None:
        return {}
    if extension.deleted_at_ms is None:
        return {"extension_status": extension.status}
    return {
        "extension_status": extension.status,
        "extension_deleted_time": zulu(extension.deleted_at_ms),
    }

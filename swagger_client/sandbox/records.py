"""Immutable copies of an account's content, with which tests compare responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .clock import zulu

__all__ = ["Attachment", "Extension", "Message", "Owner", "Party", "Session"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The Zoom extension that has a participant's phone number.

    :ivar type: Zoom's type of the extension, such as `user` or `callQueue`.
    """

    id: str
    type: str = "user"


@dataclass(frozen=True, slots=True)
class Party:
    """A participant of a conversation, or the sender or a receiver of a message.

    :ivar owner: the Zoom extension that has the number; None for outside numbers.
    :ivar missing: the names of the JSON fields that responses omit for this participant.
    """

    phone_number: str | None
    display_name: str | None = None
    owner: Owner | None = None
    missing: tuple[str, ...] = ()

    @property
    def digits(self) -> str:
        """The digits of the phone number."""
        return only_digits(self.phone_number or "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message.

    :ivar content: the bytes of the file; None generates bytes from the id and size.
    """

    id: str
    name: str | None
    type: str
    size: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One text message.

    :ivar at_ms: the creation time in Unix milliseconds.
    :ivar extra: JSON fields that responses add to the message.
    """

    message_id: str
    session_id: str
    at_ms: int
    direction: str
    text: str | None
    sender: Party
    to_members: tuple[Party, ...]
    message_type: int
    delivery_status: str
    attachments: tuple[Attachment, ...] = ()
    extra: Mapping[str, object] | None = field(default=None, hash=False)

    @property
    def date_time(self) -> str:
        """The creation time in Zoom's format, such as 2026-05-01T09:30:00Z."""
        return zulu(self.at_ms)

    @property
    def key(self) -> tuple[int, str]:
        """The time and the id. Messages with the same time are sorted by id."""
        return self.at_ms, self.message_id


@dataclass(frozen=True, slots=True)
class Session:
    """A copy of a conversation's data, without messages. The first participant is the owner."""

    session_id: str
    session_type: str
    participants: tuple[Party, ...]
    last_access_ms: int
    message_count: int
    unread_message_count: int

    @property
    def last_access_time(self) -> str:
        """The time of the last message in Zoom's format, such as 2026-05-01T09:30:00Z."""
        return zulu(self.last_access_ms)


@dataclass(frozen=True, slots=True)
class Extension:
    """A user, queue, receptionist, line group or service endpoint of the account.

    :ivar members: the ids of the users whose lists of sessions contain the extension's
        conversations.
    :ivar status: `inactive` or `deleted`; None for an active extension.
    """

    id: str
    type: str
    name: str
    email: str | None
    phone_number: str
    members: tuple[str, ...] = ()
    status: str | None = None
    deleted_at_ms: int | None = None

    @property
    def party(self) -> Party:
        """This extension as a participant of a conversation."""
        return Party(self.phone_number, self.name, Owner(self.id, self.type))


def only_digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")

"""The content of a Zoom account, as plain values to compare responses with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .clock import zulu

__all__ = ["Attachment", "Extension", "Message", "Owner", "Party", "Session"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The Zoom extension behind a participant; `type` is one of Zoom's owner types."""

    id: str
    type: str = "user"


@dataclass(frozen=True, slots=True)
class Party:
    """A sender, receiver or participant. Fields named in `missing` are left out of responses."""

    phone_number: str | None
    display_name: str | None = None
    owner: Owner | None = None
    missing: tuple[str, ...] = ()

    @property
    def digits(self) -> str:
        """The phone number without a plus or any other punctuation."""
        return only_digits(self.phone_number or "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message. Without `content`, its bytes are generated from the id and size."""

    id: str
    name: str | None
    type: str
    size: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One text message; `at_ms` is its creation in unix milliseconds, `extra` unknown fields."""

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
        """The creation time as in responses: UTC, to the second, with Z."""
        return zulu(self.at_ms)

    @property
    def key(self) -> tuple[int, str]:
        """The sort key of this message, unique also among equal timestamps."""
        return self.at_ms, self.message_id


@dataclass(frozen=True, slots=True)
class Session:
    """A snapshot of a conversation; the first participant owns it."""

    session_id: str
    session_type: str
    participants: tuple[Party, ...]
    last_access_ms: int
    message_count: int
    unread_message_count: int

    @property
    def last_access_time(self) -> str:
        """The time of the last message as in responses."""
        return zulu(self.last_access_ms)


@dataclass(frozen=True, slots=True)
class Extension:
    """A user, queue, receptionist, line group or service endpoint of the account.

    `members` are the ids of the users who see its conversations; `status` is None, "inactive" or
    "deleted".
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
    """Return the ASCII digits of a phone number."""
    return "".join(c for c in text if c in "0123456789")

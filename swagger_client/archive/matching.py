"""Matches received messages with archived messages. All functions are pure.

An id is not enough: Zoom may give several messages the same id and the same second, on one page or
on several pages.
"""

from __future__ import annotations

from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import rows
from swagger_client.archive.canonical import as_object, as_text, canonical
from swagger_client.archive.credentials import without_credentials

#: The ids and copy numbers of archived messages that are already matched.
Taken = set[tuple[str, int]]


class Match(NamedTuple):
    """An archived or erased message that has the id of a received message."""

    copy: int
    message: int | None
    text: str | None
    date_time: str | None
    content: str | None
    first_seq: int | None = None
    is_erased: bool = False


class Received(NamedTuple):
    """A received message without credentials, with its id and its canonical text."""

    message_id: str
    message: object
    content: str

    @classmethod
    def of(cls, given: object) -> Received:
        message = without_credentials(given)
        return cls(rows.message_id_of(message), message, canonical(message))

    @property
    def has_id(self) -> bool:
        """Whether Zoom sent an id. If not, the id is a hash of the content."""
        return has_message_id(self.message)

    @property
    def date_time(self) -> str | None:
        return as_text(as_object(self.message).get("date_time"))


def has_message_id(message: object) -> bool:
    """Whether Zoom sent an id with a message."""
    found = as_object(message).get("message_id")
    return isinstance(found, str) and found != ""


def find_equal(received: Received, copies: list[Match], taken: Taken) -> Match | None:
    """Return an archived message that equals the received one, or None.

    An archived message that is not matched yet is preferred. If the received message has no id,
    only an archived message that is not matched yet can be its match.
    """
    if not received.has_id:  # its id is a hash of its content, so all copies are equal
        unmatched = (one for one in copies if (received.message_id, one.copy) not in taken)
        return next(unmatched, None)
    equal = [one for one in copies if one.content == received.content]
    free = [one for one in equal if (received.message_id, one.copy) not in taken]
    return next(iter(free or equal), None)


def find_version(received: Received, copies: list[Match], taken: Taken) -> Match:
    """Return the archived message that the received message is a new version of.

    This is the most similar one of the unmatched messages with the same id and time. If there is
    no such message, the result is a :class:`Match` for a new message.
    """
    free = [one for one in copies if (received.message_id, one.copy) not in taken]
    at = received.date_time
    versions = [one for one in free if not one.is_erased and one.date_time == at]
    erased = [one for one in free if one.is_erased]
    if versions:
        likest = min(versions, key=lambda one: _difference(received, one))
        if not erased or _difference(received, likest)[0] == 0:
            return likest
    if erased:
        return erased[0]
    return Match(len(copies), None, None, None, None)


def _difference(received: Received, known: Match) -> tuple[int, int]:
    """Return whether the texts of two messages differ, and the number of different fields."""
    one, other = as_object(received.message), as_object(safe_json.loads(known.content or "{}"))
    names = one.keys() | other.keys()
    differing = {name for name in names if one.get(name) != other.get(name)}
    return int("message" in differing), len(differing)

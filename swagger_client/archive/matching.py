"""Decides whether a received message is already archived, is a new version, or is new.

The id alone is not enough for this decision. Zoom may send several different messages with the same
id and the same time, on one page or on several pages.
"""

from __future__ import annotations

from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import rows
from swagger_client.archive.canonical import as_object, as_text, canonical
from swagger_client.archive.credentials import without_credentials

#: The ids and copy numbers of archived messages that are already matched with a received message.
Taken = set[tuple[str, int]]


class Match(NamedTuple):
    """An archived or erased message, or a new one, with which a received message is matched.

    :ivar int copy: the copy number, which distinguishes archived messages with the same id.
    :ivar int | None message: the row number; None if the message was erased or is new.
    """

    copy: int
    message: int | None
    text: str | None
    date_time: str | None
    content: str | None
    first_seq: int | None = None
    is_erased: bool = False


class Received(NamedTuple):
    """A received message: its JSON without credentials, and this JSON as canonical text."""

    message_id: str
    message: object
    content: str

    @classmethod
    def of(cls, given: object) -> Received:
        message = without_credentials(given)
        return cls(rows.message_id_of(message), message, canonical(message))

    @property
    def has_id(self) -> bool:
        """Whether Zoom sent an id; if not, ``message_id`` is a hash of the content."""
        return has_message_id(self.message)

    @property
    def date_time(self) -> str | None:
        return as_text(as_object(self.message).get("date_time"))


def has_message_id(message: object) -> bool:
    """Return whether a message has an id from Zoom."""
    found = as_object(message).get("message_id")
    return isinstance(found, str) and found != ""


def find_equal(received: Received, copies: list[Match], taken: Taken) -> Match | None:
    """Return an archived message that has the content of `received`; None if there is none.

    :param copies: the archived messages with the id of `received`.
    :param taken: archived messages that are already matched with another received message. One of
        them is returned only if no other has this content, and never for a message without an id.
    """
    if not received.has_id:  # the id is a hash of the content, so all copies are equal
        unmatched = (one for one in copies if (received.message_id, one.copy) not in taken)
        return next(unmatched, None)
    equal = [one for one in copies if one.content == received.content]
    free = [one for one in equal if (received.message_id, one.copy) not in taken]
    return next(iter(free or equal), None)


def find_version(received: Received, copies: list[Match], taken: Taken) -> Match:
    """Return the archived message of which a received message is a new version.

    A message with the same time and text is preferred, then an erased message, then the message
    with the same time that has the fewest different fields.

    :param copies: the archived and erased messages with the id of `received`.
    :param taken: archived messages to ignore, because other received messages are matched to them.
    :returns: a :class:`Match` for a new message if there is no such message.
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
    """Return a sort key: 1 if the message texts differ, else 0; then how many fields differ."""
    one, other = as_object(received.message), as_object(safe_json.loads(known.content or "{}"))
    names = one.keys() | other.keys()
    differing = {name for name in names if one.get(name) != other.get(name)}
    return int("message" in differing), len(differing)

"""Finds people who are named only in earlier versions of messages and conversations.

The derived tables contain the latest versions. If somebody leaves a group, Zoom removes the person
from the conversation, and perhaps from its messages, but the earlier versions stay archived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping

from swagger_client._security import safe_json
from swagger_client.archive.canonical import JsonObject, as_object, digits
from swagger_client.archive.event_queue import ReceivedEvent
from swagger_client.archive.people import is_same_number, notations_of
from swagger_client.archive.rows import message_item

#: Records are searched for the last digits of a number, which are adjacent in all notations.
_ENDING = 4


def find_numbers(connection: sqlite3.Connection, numbers: Iterable[str]) -> list[str]:
    """Return every form of the typed phone numbers that occurs in the records, as digits."""
    wanted = {one for number in numbers for one in notations_of(number)}
    return sorted({number for _, number in _occurrences(connection, wanted)})


def sessions_with(connection: sqlite3.Connection, numbers: Collection[str]) -> set[str]:
    """Return the ids of the conversations with a record that contains one of the numbers."""
    return {session_id for session_id, _ in _occurrences(connection, numbers)}


def sessions_with_user(connection: sqlite3.Connection, user_id: str) -> set[str]:
    """Return the ids of the conversations with a record that contains this user id."""
    return {
        session_id
        for session_id, person in _people_of(connection, [user_id])
        if _is(person, "user_id", user_id)
    }


def _occurrences(
    connection: sqlite3.Connection, numbers: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield (conversation id, phone number) for each record that contains one of ``numbers``."""
    for session_id, person in _people_of(connection, {one[-_ENDING:] for one in numbers}):
        number = digits(person.get("phone_number"))
        if number in numbers:
            yield session_id, str(number)


def _people_of(
    connection: sqlite3.Connection, texts: Collection[str]
) -> Iterator[tuple[str, JsonObject]]:
    """Yield (conversation id, person) for the people in records that contain one of `texts`."""
    condition = " OR ".join(["content LIKE ?"] * len(texts)) or "0"
    found = connection.execute(
        "SELECT session_id, content FROM records "
        f"WHERE kind IN ('message', 'session', 'event') AND ({condition})",
        [f"%{one}%" for one in texts],
    )
    for session_id, content in found:
        for person in people_in(safe_json.loads(content)):
            yield str(session_id), person


def people_in(value: object) -> Iterator[JsonObject]:
    """Yield the objects with a ``phone_number`` or an ``owner`` in a JSON value."""
    if isinstance(value, list):
        for one in value:
            yield from people_in(one)
    elif isinstance(value, dict):
        if "phone_number" in value or "owner" in value:
            yield value
        for one in value.values():
            yield from people_in(one)


def involves(connection: sqlite3.Connection, message: int, person: Mapping[str, str]) -> bool:
    """Return whether any version of a message, or of its conversation, names a person.

    :param message: the row number of the message.
    :param person: the person's ``number``, as the user typed it, or ``user_id``, or both.
    """
    session_id, message_id, copy = connection.execute(
        "SELECT session_id, message_id, copy FROM messages WHERE message = ?", (message,)
    ).fetchone()
    return _names(_versions(connection, session_id, message_item(message_id, copy)), person)


def event_involves(
    connection: sqlite3.Connection, event: ReceivedEvent, person: Mapping[str, str]
) -> bool:
    """Return whether a received event, or a record of its conversation, names the person."""
    return _names([event.event, *_versions(connection, event.session_id, "")], person)


def _versions(connection: sqlite3.Connection, session_id: str | None, item: str) -> list[object]:
    """Return all versions of a conversation, and of its message with this `item`."""
    found = connection.execute(
        "SELECT content FROM records WHERE session_id = ? AND content NOT NULL"
        " AND (kind = 'session' OR kind = 'message' AND item = ?)",
        (session_id, item),
    )
    return [safe_json.loads(content) for (content,) in found]


def _names(contents: list[object], person: Mapping[str, str]) -> bool:
    named = list(people_in(contents))
    return all(any(_is(one, name, value) for one in named) for name, value in person.items())


def _is(named: JsonObject, name: str, value: str) -> bool:
    if name == "number":
        number = digits(named.get("phone_number"))
        return number is not None and is_same_number(value, number)
    # In a webhook event, the id is not in an object `owner`.
    return value in (as_object(named.get("owner")).get("id"), named.get("id"))

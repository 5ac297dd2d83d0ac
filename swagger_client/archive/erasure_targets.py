"""Finds the rows and files that an erasure must erase."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive.canonical import as_list, as_object, digits, stored_id
from swagger_client.archive.earlier_versions import find_numbers, people_in, sessions_with
from swagger_client.archive.errors import UnknownValueError
from swagger_client.archive.hashing import Record
from swagger_client.archive.people import match_number, notations_of
from swagger_client.archive.rows import FileResult, parse_message_item
from swagger_client.archive.selection import check_session

_COLUMNS = ", ".join(Record._fields)
#: With how many known message ids an unknown id is compared, to suggest a similar one.
_COMPARED = 5_000


class Target(NamedTuple):
    """The conversation, message or phone number that an erasure must erase.

    :ivar str kind: "session", "message" or "number".
    :ivar str value: the id of the conversation or message, or the phone number.
    :ivar str | None session_id: for a message, the id of its conversation; or None to erase the
        messages that have the id ``value`` in any conversation. None for the other kinds.
    :ivar tuple digits: for a phone number, all forms in which the archive contains it, as digits.
    """

    kind: str
    value: str
    session_id: str | None = None
    digits: tuple[str, ...] = ()


class Targets(NamedTuple):
    """The messages, records, files and webhook events that an erasure must erase.

    :ivar list session_ids: the ids of the conversations that contain the records.
    :ivar dict messages: the texts of the messages, by row number.
    :ivar list files: the paths of the files, relative to the folder of files.
    :ivar list received: the numbers of received webhook events.
    """

    session_ids: list[str]
    messages: dict[int, str | None]
    records: list[Record]
    files: list[str]
    received: list[int]

    def texts(self) -> set[str]:
        contents = (
            as_object(safe_json.loads(record.content or "null"))
            for record in self.records
            if record.kind == "message"
        )
        return {text for one in contents if isinstance(text := one.get("message"), str)}


def find_target(
    connection: sqlite3.Connection,
    session_id: str | None,
    message_id: str | None,
    number: str | None,
) -> Target:
    """Return what an erasure with these arguments erases; raise ValueError if they are invalid."""
    if number is not None and session_id is None and message_id is None:
        return Target("number", number, None, tuple(_find_numbers(connection, number)))
    if number is not None or (session_id is None and message_id is None):
        raise ValueError(
            "name exactly one thing to erase: a conversation, a message, or a phone number"
        )
    if session_id is not None:
        session_id = stored_id(session_id)
        if not any(one == session_id for _, one, _ in _received_events(connection)):
            check_session(connection, session_id)
    if message_id is None:
        return Target("session", str(session_id))
    return Target("message", stored_id(message_id), session_id)


def _find_numbers(connection: sqlite3.Connection, number: str) -> list[str]:
    """Return the archived numbers that match a typed one, also in old versions and events."""
    try:
        known = match_number(connection, number)
    except UnknownValueError:
        others = [*find_numbers(connection, [number]), *_numbers_in_events(connection, [number])]
        if not others:
            raise
        return sorted({*others})
    others = [*find_numbers(connection, known), *_numbers_in_events(connection, known)]
    return list(dict.fromkeys([*known, *others]))


def find_targets(connection: sqlite3.Connection, target: Target) -> Targets:
    session_ids = _find_sessions(connection, target)
    records = [
        record
        for session_id in session_ids
        for record in _find_records(connection, session_id, target)
    ]
    keys = {
        (record.session_id, *parse_message_item(record.item))
        for record in records
        if record.kind == "message"
    }
    message_ids = {message_id for _, message_id, _ in keys}
    received = _find_received_events(connection, target, message_ids)
    if not records and not received:
        nearest = "" if target.kind != "message" else _nearest_message(connection, target)
        raise UnknownValueError(
            f"the archive has no records of {target.kind} {target.value!r}, or all of them are "
            f"erased{nearest}"
        )
    messages: dict[int, str | None] = {}
    for session_id, message_id, copy in sorted(keys):
        for number, text in connection.execute(
            "SELECT message, text FROM messages "
            "WHERE session_id = ? AND message_id = ? AND copy = ?",
            (session_id, message_id, copy),
        ):
            messages[number] = text
    files = sorted(
        {
            result.path
            for record in records
            if record.kind == "attachment"
            for result in (FileResult.of(safe_json.loads(record.content or "null")),)
            if result.path is not None
        }
    )
    return Targets(
        sorted({record.session_id for record in records}),
        messages,
        records,
        files,
        received,
    )


def names_of(connection: sqlite3.Connection, target: Target, records: list[Record]) -> set[str]:
    """Return the names and Zoom ids that occur in the archive only with the target's numbers.

    :param records: the records to erase. Names in older records may be in no other table.
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for record in records:
        for one in people_in(safe_json.loads(record.content or "null")):
            if digits(one.get("phone_number")) in target.digits:
                named = one.get("display_name"), as_object(one.get("owner")).get("id")
                found[True] |= {str(value) for value in named if value}
    for number, name, owner in connection.execute(_NAMES):
        found[number in target.digits] |= {one for one in (name, owner) if one}
    return found[True] - found[False]


_NAMES = """
SELECT sender_digits, sender_display_name, sender_owner_id FROM messages
UNION SELECT digits, display_name, owner_id FROM recipients
UNION SELECT digits, display_name, owner_id FROM participants
"""


def _nearest_message(connection: sqlite3.Connection, target: Target) -> str:
    """Return a hint that names the most similar message id; "" if there are no messages."""
    found = connection.execute(
        "SELECT DISTINCT message_id FROM messages WHERE session_id = coalesce(?, session_id) "
        "ORDER BY substr(message_id, 1, 4) = substr(?, 1, 4) DESC LIMIT ?",
        (target.session_id, target.value, _COMPARED),
    )
    known = [str(message_id) for (message_id,) in found]
    nearest = difflib.get_close_matches(target.value, known, n=1, cutoff=0.5) or known[:1]
    return f". The most similar id is {nearest[0]}" if nearest else ""


def _find_sessions(connection: sqlite3.Connection, target: Target) -> list[str]:
    """Return the ids of the conversations that may contain records of the target."""
    if target.kind == "session":
        return [target.value]
    if target.kind == "message":
        found = connection.execute(
            "SELECT DISTINCT session_id FROM messages WHERE message_id = ? "
            "AND session_id = coalesce(?, session_id)",
            (target.value, target.session_id),
        )
        return [str(one) for (one,) in found]
    marks = ", ".join("?" * len(target.digits))
    found = connection.execute(
        f"SELECT session_id FROM messages WHERE sender_digits IN ({marks}) "
        f"UNION SELECT m.session_id FROM recipients r JOIN messages m USING (message) "
        f"WHERE r.digits IN ({marks}) "
        f"UNION SELECT session_id FROM participants WHERE digits IN ({marks})",
        target.digits * 3,
    )
    return sorted({str(one) for (one,) in found} | sessions_with(connection, target.digits))


def _find_records(
    connection: sqlite3.Connection, session_id: str, target: Target
) -> Iterator[Record]:
    """Yield those records of a conversation that `target` selects.

    If a version of a message contains the target's phone number, every version is selected.
    """
    found = [
        Record._make(row)
        for row in connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE session_id = ? AND content IS NOT NULL "
            "AND kind <> 'gap' ORDER BY seq",
            (session_id,),
        )
    ]
    if target.kind == "session":
        yield from found
        return
    items = {
        record.item
        for record in found
        if record.kind == "message" and _is_message_of(record, target)
    }
    ids = {parse_message_item(item)[:1] for item in items}
    for record in found:
        content = safe_json.loads(record.content or "null")
        if record.kind == "message":
            is_part = record.item in items
        elif record.kind == "attachment":
            is_part = (str(as_object(content).get("message_id")),) in ids
        elif record.kind == "event":
            about = as_object(as_object(as_object(content).get("payload")).get("object"))
            is_part = (str(about.get("message_id")),) in ids or _contains_person(content, target)
        else:
            is_part = _contains_person(content, target)
        if is_part:
            yield record


def _is_message_of(record: Record, target: Target) -> bool:
    if target.kind == "message":
        return parse_message_item(record.item)[0] == target.value
    fields = as_object(safe_json.loads(record.content or "null"))
    parties = [fields.get("sender"), *as_list(fields.get("to_members"))]
    return any(digits(as_object(one).get("phone_number")) in target.digits for one in parties)


def _contains_person(value: object, target: Target) -> bool:
    """Return whether a JSON value contains one of the target's numbers as a ``phone_number``."""
    return any(digits(one.get("phone_number")) in target.digits for one in people_in(value))


def _find_received_events(
    connection: sqlite3.Connection, target: Target, message_ids: set[str]
) -> list[int]:
    found = []
    for number, session_id, content in _received_events(connection):
        about = as_object(as_object(as_object(content).get("payload")).get("object"))
        message_id = about.get("message_id")
        is_target = {
            "session": session_id == target.value,
            "message": message_id == target.value and target.session_id in (None, session_id),
            "number": _contains_person(content, target),
        }
        if is_target[target.kind] or message_id in message_ids:
            found.append(number)
    return found


def _numbers_in_events(connection: sqlite3.Connection, numbers: Iterable[str]) -> list[str]:
    """Return the forms of these typed phone numbers that occur in events, as digits."""
    wanted = {one for number in numbers for one in notations_of(number)}
    return [
        number
        for *_, content in _received_events(connection)
        for person in people_in(content)
        if (number := digits(person.get("phone_number"))) in wanted
    ]


def _received_events(connection: sqlite3.Connection) -> Iterator[tuple[int, str | None, object]]:
    """Yield the number, conversation id and content of each event that is not archived."""
    found = "SELECT number, session_id, body FROM received_events WHERE state <> 'done'"
    for number, session_id, body in connection.execute(found):
        try:
            content = safe_json.loads(body)
        except ValueError:
            continue
        yield number, session_id, content

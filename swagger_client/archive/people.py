"""Lists the people in an archive, and finds phone numbers that users type in any notation."""

from __future__ import annotations

import difflib
import sqlite3
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from swagger_client.archive.canonical import typed_digits, with_and_without_country_code
from swagger_client.archive.errors import UnknownValueError

#: The prefixes that people dial before a country code.
_INTERNATIONAL = ("00", "011")
#: A number is found by its last digits if at least this many are given.
_LOCAL = 7
#: A similar number is suggested if at most two digits differ and three quarters are equal.
_TYPOS, _CUTOFF = 2, 0.75
_NUMBERS = (
    ("messages", "sender_digits"),
    ("recipients", "digits"),
    ("participants", "digits"),
)


class Person(NamedTuple):
    """A phone number, or a Zoom user without one, that takes part in conversations.

    :ivar str | None number: the number in the notation of Zoom.
    :ivar str | None digits: the digits of the number.
    :ivar tuple names: the display names that Zoom sent with the number.
    :ivar tuple owners: the Zoom ids of the users, or other owners, to whom the number belongs.
    :ivar int sent: how many messages the person sent.
    :ivar int received: how many messages the person received.
    :ivar int conversations: how many conversations list the person as a participant.
    """

    number: str | None
    digits: str | None
    names: tuple[str, ...]
    owners: tuple[str, ...]
    sent: int
    received: int
    conversations: int


def match_number(connection: sqlite3.Connection, number: str) -> list[str]:
    """Return the phone numbers in the archive that match a typed number, as digits."""
    asked = check_number(number)
    same = dict.fromkeys(one for form in _forms(number, asked) for one in _notations(form))
    found = [one for one in same if _is_known(connection, one)]
    if found:
        return found
    known = list(known_numbers(connection))
    near = [one for one in known for form in _forms(number, asked) if _share_ending(one, form)]
    near = list(dict.fromkeys(near))
    longest = max(near, key=len, default="")
    if near and all(longest.endswith(one) for one in near):
        return near
    if near:
        raise ValueError(
            f"{number!r} matches several numbers: {', '.join('+' + one for one in near[:10])}. "
            "Name one of them"
        )
    similar = difflib.get_close_matches(asked, known, n=5, cutoff=_CUTOFF)
    closest = [one for one in similar if _distance(asked, one) <= _TYPOS]
    hint = f". The most similar number is +{closest[0]}" if closest else ""
    raise UnknownValueError(f"the archive has no phone number {number!r}{hint}")


def check_number(number: str) -> str:
    """Return the digits of a phone number, or raise an error if there are none."""
    found = typed_digits(number)
    if found is None:
        raise ValueError(
            f"`number` must be a phone number, but {number!r} has no digit. `zoom-sms people` "
            "lists the numbers of people"
        )
    return found


def notations_of(number: str) -> set[str]:
    """Return a typed phone number as digits, with and without country code and prefixes like 00."""
    return {one for form in _forms(number, check_number(number)) for one in _notations(form)}


def is_same_number(number: str, known: str) -> bool:
    """Return whether a number that a user typed may be `known`, a number from Zoom."""
    return known in notations_of(number) or any(
        _share_ending(known, form) for form in _forms(number, check_number(number))
    )


def _share_ending(one: str, other: str) -> bool:
    """Return whether one of two numbers is the other without its country or area code."""
    return min(len(one), len(other)) >= _LOCAL and (one.endswith(other) or other.endswith(one))


def _distance(one: str, other: str) -> int:
    """Return how many digits to insert, delete or replace to turn `one` into `other`."""
    before = list(range(len(other) + 1))
    for place, digit in enumerate(one, 1):
        row = [place]
        for column, known in enumerate(other, 1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (digit != known)))
        before = row
    return before[-1]


def _forms(number: str, asked: str) -> list[str]:
    """Return `asked`, the digits of `number`; also without a 00 or 011 at the beginning."""
    if unicodedata.normalize("NFKC", number).strip().startswith("+"):
        return [asked]
    return [asked, *(asked[len(one) :] for one in _INTERNATIONAL if asked.startswith(one))]


def _notations(number: str) -> list[str]:
    """Return all forms in which Zoom may send a phone number, as digits."""
    forms = with_and_without_country_code(number)
    return [prefix + form for form in forms for prefix in ("", *_INTERNATIONAL)]


def _is_known(connection: sqlite3.Connection, number: str) -> bool:
    return any(
        connection.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ? LIMIT 1", (number,)
        ).fetchone()
        for table, column in _NUMBERS
    )


def known_numbers(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield all phone numbers in the archive, as digits, in ascending order."""
    # One index look-up for each number, however many messages contain it.
    following = " UNION ALL ".join(
        f"SELECT min({column}) AS number FROM {table} WHERE {column} > found.number"
        for table, column in _NUMBERS
    )
    first = following.replace(" > found.number", " > ''")
    statement = (
        f"WITH RECURSIVE found(number) AS (SELECT (SELECT min(number) FROM ({first})) UNION ALL "
        f"SELECT (SELECT min(number) FROM ({following})) FROM found WHERE found.number NOT NULL) "
        "SELECT number FROM found WHERE number NOT NULL"
    )
    return (str(number) for (number,) in connection.execute(statement))


_SEEN = """
SELECT sender_phone_number, sender_digits, sender_display_name, sender_owner_id, count(*), 0, 0
    FROM messages GROUP BY 1, 2, 3, 4
UNION ALL SELECT phone_number, digits, display_name, owner_id, 0, count(*), 0
    FROM recipients GROUP BY 1, 2, 3, 4
UNION ALL SELECT phone_number, digits, display_name, owner_id, 0, 0, count(DISTINCT session_id)
    FROM participants GROUP BY 1, 2, 3, 4
"""


def people(connection: sqlite3.Connection) -> list[Person]:
    found: dict[str, Person] = {}
    for number, digits_, name, owner, *counts in connection.execute(_SEEN):
        key = digits_ or owner or name
        if key is None:
            continue
        known = found.get(key, Person(number, digits_, (), (), 0, 0, 0))
        found[key] = Person(
            known.number or number,
            digits_,
            _add_value(known.names, name),
            _add_value(known.owners, owner),
            *(a + b for a, b in zip(known[4:], counts, strict=True)),
        )
    return sorted(found.values(), key=lambda one: (-one.sent - one.received, one.digits or ""))


def _add_value(values: tuple[str, ...], value: str | None) -> tuple[str, ...]:
    return values if value is None or value in values else (*values, value)

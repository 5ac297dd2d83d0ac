"""Recognises erased phone numbers, so that later archive runs do not store them again.

Instead of an erased number, the archive stores a salted hash that is slow to compute. Finding the
number that belongs to a hash takes long, but is not impossible: there are so few phone numbers that
a program can hash all of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable

from swagger_client.archive.canonical import digits
from swagger_client.archive.earlier_versions import people_in
from swagger_client.archive.hashing import new_salt
from swagger_client.archive.past_erasures import slow_hash

#: The JSON value that replaces a person whose number is erased.
REDACTED = {"erased": True}


def store_hashes(
    connection: sqlite3.Connection, session_id: str, numbers: Iterable[str], run: int
) -> None:
    """Store salted hashes of erased numbers, by which later archive runs recognise the numbers."""
    for number in numbers:
        salt = new_salt()
        connection.execute(
            "INSERT INTO erased_numbers (session_id, salt, hash, run) VALUES (?, ?, ?, ?)",
            (session_id, salt, slow_hash(salt, number), run),
        )


def hash_each_row(connection: sqlite3.Connection) -> list[str]:
    """Hash each row of ``erased_numbers``. The audit log records these hashes."""
    found = connection.execute("SELECT session_id, run, salt, hash FROM erased_numbers")
    return [
        hashlib.sha256(json.dumps(row, default=bytes.hex).encode()).hexdigest() for row in found
    ]


def redact_erased(connection: sqlite3.Connection, session_id: str, value: object) -> object:
    """Copy a JSON value; replace each person whose number was erased by :data:`REDACTED`."""
    remembered = connection.execute(
        "SELECT salt, hash FROM erased_numbers WHERE session_id = ?", (session_id,)
    ).fetchall()
    if not remembered:
        return value
    found = {digits(person.get("phone_number")) for person in people_in(value)}
    erased = {
        number
        for number in filter(None, found)
        for salt, known in remembered
        if slow_hash(salt, number) == known
    }
    return redact(value, erased) if erased else value


def redact(value: object, numbers: Collection[str | None]) -> object:
    """Copy a JSON value; replace each person with one of these numbers by :data:`REDACTED`."""
    if isinstance(value, list):
        return [redact(one, numbers) for one in value]
    if not isinstance(value, dict):
        return value
    if digits(value.get("phone_number")) in numbers:
        return dict(REDACTED)
    return {name: redact(held, numbers) for name, held in value.items()}

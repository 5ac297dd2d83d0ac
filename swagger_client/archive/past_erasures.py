"""Recognises erased messages, so that a later archive run does not store them again.

The audit log has a record of each erasure. The record about an erased conversation contains the
conversation's id. The record about an erased phone number contains salted hashes of the number,
which are slow to compute. All these records use the same salt, so that a run hashes each phone
number that it receives only once.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.archive import account_log
from swagger_client.archive.canonical import (
    JsonObject,
    as_list,
    as_object,
    as_text,
    digits,
    with_and_without_country_code,
)
from swagger_client.archive.hashing import new_salt
from swagger_client.models._time import utc_if_valid

#: The kind of the records of erasures in the audit log.
ERASURE = "erasure"
#: The kinds of erasures: of a conversation, of a phone number, and of messages that were received
#: again after an erasure.
SESSION, NUMBER, REPEATED = "session", "number", "repeated"


class _Scope(NamedTuple):
    """An erasure (its number in the audit log), which applies to messages sent up to ``until``."""

    erasure: int
    until: datetime


class PastErasures:
    """The past erasures of an archive. They are read from the audit log on first use."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._is_read = False
        self._sessions: dict[str, _Scope] = {}
        self._hashes: dict[bytes, dict[bytes, _Scope]] = {}
        #: The time up to which erasures of numbers apply. Later messages need no hashing.
        self._numbers_until = datetime.min.replace(tzinfo=timezone.utc)
        #: The erasure of each number that was already hashed; None if the number is not erased.
        self._numbers: dict[str, _Scope | None] = {}

    def find_erasure(self, session_id: str, message: object) -> int | None:
        """Return the number of the erasure that applies to a received message, or None.

        An erasure covers messages that were sent before it, but none without a valid time.
        """
        self._read()
        scope = self._sessions.get(session_id)
        if scope is None and not self._hashes:
            return None
        fields = as_object(message)
        sent = utc_if_valid(as_text(fields.get("date_time")))
        if sent is None:
            return None
        if scope is not None and sent <= scope.until:
            return scope.erasure
        if sent > self._numbers_until:
            return None
        for number in _numbers_of([fields.get("sender"), *as_list(fields.get("to_members"))]):
            scope = self._scope_of(number)
            if scope is not None and sent <= scope.until:
                return scope.erasure
        return None

    def erased_numbers_in(self, session: object) -> set[str]:
        """Return the phone numbers in a session that were erased later than its last message."""
        self._read()
        if not self._hashes:
            return set()
        fields = as_object(session)
        last = utc_if_valid(as_text(fields.get("last_access_time")))
        if last is not None and last > self._numbers_until:
            return set()
        numbers = _numbers_of(as_list(fields.get("participants")))
        scopes = {number: self._scope_of(number) for number in numbers}
        return {
            number
            for number, scope in scopes.items()
            if scope is not None and (last is None or last <= scope.until)
        }

    def _scope_of(self, number: str) -> _Scope | None:
        if number not in self._numbers:
            found = [
                known[hashed]
                for salt, known in self._hashes.items()
                if (hashed := slow_hash(salt, number)) in known
            ]
            self._numbers[number] = max(found, key=lambda one: one.until, default=None)
        return self._numbers[number]

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        for record in account_log.read_log(self._connection, ERASURE):
            scope = _Scope(record.seq, datetime.fromisoformat(record.at))
            fields = record.fields
            if fields.get("kind") == SESSION:
                for one in as_list(fields.get("records")):
                    self._sessions[str(as_list(one)[0])] = scope
            for one in as_list(fields.get("numbers")):
                known = as_object(one)
                salt, hashed = (bytes.fromhex(str(known.get(name))) for name in ("salt", "hash"))
                self._hashes.setdefault(salt, {})[hashed] = scope
                self._numbers_until = max(self._numbers_until, scope.until)


def hash_numbers(connection: sqlite3.Connection, numbers: Iterable[str]) -> list[JsonObject]:
    """Hash erased numbers, so that archive runs recognise them; reuse the salt of past erasures."""
    salts = (
        bytes.fromhex(str(as_object(one)["salt"]))
        for record in account_log.read_log(connection, ERASURE)
        for one in as_list(record.fields.get("numbers"))
    )
    salt = next(salts, None) or new_salt()
    forms = sorted({one for number in numbers for one in with_and_without_country_code(number)})
    return [{"salt": salt.hex(), "hash": slow_hash(salt, form).hex()} for form in forms]


def record_repeated_erasure(
    connection: sqlite3.Connection, erasure: int, session_id: str, records: Iterable[int]
) -> None:
    """Record in the audit log that messages removed by `erasure` were received again."""
    fields: JsonObject = {
        "kind": REPEATED,
        "reason": f"covered by erasure {erasure}",
        "erasure": erasure,
        "records": [[session_id, seq] for seq in records],
        "unlinked": [],
        "account_records": [],
        "files": 0,
        **account_log.actor(),
    }
    account_log.append(connection, kind=ERASURE, fields=fields)


def slow_hash(salt: bytes, number: str) -> bytes:
    """Hash a phone number slowly, so that trying all phone numbers takes a long time."""
    return hashlib.scrypt(number.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=32)


def _numbers_of(people: Iterable[object]) -> set[str]:
    return set(filter(None, (digits(as_object(one).get("phone_number")) for one in people)))

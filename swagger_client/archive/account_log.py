"""The account's chain: records that belong to no conversation, such as audit entries and holds.

It has audit entries, runs, tombstones, legal holds, migrations, and events without a session. It is
chained and salted as conversations are, and is no part of exports.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.archive.canonical import JsonObject, as_object, canonical
from swagger_client.archive.hashing import SALT_BYTES, chain_hash, commit, is_well_formed

#: The setting that says how many records there are, and the hash of the last one.
END = "account_end"
_NAME = "account"


class AccountRecord(NamedTuple):
    """A link of the account's chain: a row of ``account_records``."""

    seq: int
    kind: str
    at: str
    content: str | None
    salt: bytes | None
    commitment: bytes | None
    hash: str

    @property
    def fields(self) -> JsonObject:
        """The content of the record; empty if it was erased."""
        return {} if self.content is None else as_object(json.loads(self.content))

    @property
    def is_well_formed(self) -> bool:
        """Whether it has content and salt, or a commitment in their place."""
        return is_well_formed(self.content, self.salt, self.commitment)

    def link_hash(self, before: str) -> str:
        """Compute the record's hash after the hash ``before`` in the chain."""
        commitment = self.commitment
        if self.content is not None and self.salt is not None:
            commitment = commit(self.salt, self.content)
        return chain_hash(before, (_NAME, self.seq, self.kind, self.at), commitment)


class AccountEnd(NamedTuple):
    """The end of the account's chain."""

    seq: int
    hash: str


def read_log(connection: sqlite3.Connection, *kinds: str) -> Iterator[AccountRecord]:
    """Yield the records of some kinds, or of all, oldest first."""
    condition = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    columns = ", ".join(AccountRecord._fields)
    found = connection.execute(
        f"SELECT {columns} FROM account_records {condition} ORDER BY seq", kinds
    )
    return map(AccountRecord._make, found)


def read_record(connection: sqlite3.Connection, seq: int) -> AccountRecord | None:
    """Return a record; None if there is none, or it does not continue the one before it."""
    columns = ", ".join(AccountRecord._fields)
    found = connection.execute(f"SELECT {columns} FROM account_records WHERE seq = ?", (seq,))
    row = found.fetchone()
    if row is None:
        return None
    record = AccountRecord._make(row)
    before = connection.execute(
        "SELECT hash FROM account_records WHERE seq = ?", (record.seq - 1,)
    ).fetchone()
    is_linked = record.link_hash("" if before is None else before[0]) == record.hash
    return record if is_linked else None


def last_time(connection: sqlite3.Connection, kind: str) -> str | None:
    """Return the time of the last record of a kind."""
    row = connection.execute(
        "SELECT at FROM account_records WHERE kind = ? ORDER BY seq DESC LIMIT 1", (kind,)
    ).fetchone()
    return None if row is None else str(row[0])


def end_of_log(connection: sqlite3.Connection) -> AccountEnd:
    """Return where the chain ends."""
    row = connection.execute(
        "SELECT seq, hash FROM account_records ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return AccountEnd(0, "") if row is None else AccountEnd(*row)


def stored_end(connection: sqlite3.Connection) -> AccountEnd:
    """Return the end of the chain as it was stored with the last record."""
    for (value,) in connection.execute("SELECT value FROM settings WHERE name = ?", (END,)):
        seq, _, last = str(value).partition(" ")
        if seq.isdigit():
            return AccountEnd(int(seq), last)
    return AccountEnd(0, "")


def append(
    connection: sqlite3.Connection,
    random_bytes: Callable[[int], bytes],
    *,
    kind: str,
    at: str,
    fields: JsonObject,
) -> AccountEnd:
    """Append a record, within the caller's transaction; return the new end of the chain."""
    end = end_of_log(connection)
    seq, salt, content = end.seq + 1, random_bytes(SALT_BYTES), canonical(fields)
    said = chain_hash(end.hash, (_NAME, seq, kind, at), commit(salt, content))
    connection.execute(
        "INSERT INTO account_records (seq, kind, at, content, salt, hash) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (seq, kind, at, content, salt, said),
    )
    connection.execute(
        "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (END, f"{seq} {said}")
    )
    return AccountEnd(seq, said)


def timestamp(at: datetime | None = None) -> str:
    """Return a time (default: now) in the log's format: UTC, whole seconds."""
    at = datetime.now(timezone.utc) if at is None else at.astimezone(timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

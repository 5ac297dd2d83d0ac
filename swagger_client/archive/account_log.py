"""The audit log: the records that belong to the whole account, not to one conversation.

The log has records about accesses, runs, erasures, legal holds, migrations, settings, and events
without a conversation. The log is a hash chain: the hash of each record covers the hash of the
record before it, so that an altered record is noticed.

The hash of a record does not cover the record's content directly, but a commitment: a hash of the
content and a random salt. When the content is erased, the commitment is kept, and the chain can
still be verified. Exports do not contain the log.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client._version import __version__
from swagger_client.archive.canonical import JsonObject, as_object, canonical, plain_text
from swagger_client.archive.hashing import chain_hash, commit, is_well_formed, new_salt

#: The name of the setting that holds the number of records and the hash of the last one.
END = "account_end"
_NAME = "account"


class AccountRecord(NamedTuple):
    """A record of the audit log: a row of the table ``account_records``."""

    seq: int
    kind: str
    at: str
    content: str | None
    salt: bytes | None
    commitment: bytes | None
    hash: str

    @property
    def fields(self) -> JsonObject:
        """The content of the record; empty if the content was erased."""
        return {} if self.content is None else as_object(json.loads(self.content))

    @property
    def is_well_formed(self) -> bool:
        """Whether the record has either content and salt, or only their hash (commitment)."""
        return is_well_formed(self.content, self.salt, self.commitment)

    def link_hash(self, before: str) -> str:
        """Compute the hash of this record from the hash of the previous record."""
        commitment = self.commitment
        if self.content is not None and self.salt is not None:
            commitment = commit(self.salt, self.content)
        return chain_hash(before, (_NAME, self.seq, self.kind, self.at), commitment)


class AccountEnd(NamedTuple):
    """The number and the hash of the last record of the audit log."""

    seq: int
    hash: str


def read_log(connection: sqlite3.Connection, *kinds: str) -> Iterator[AccountRecord]:
    """Yield the records of the given kinds, or all records, oldest first."""
    condition = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    columns = ", ".join(AccountRecord._fields)
    found = connection.execute(
        f"SELECT {columns} FROM account_records {condition} ORDER BY seq", kinds
    )
    return map(AccountRecord._make, found)


def read_record(connection: sqlite3.Connection, seq: int) -> AccountRecord | None:
    """Return the record with the number `seq`; None if it is missing or its hash is wrong."""
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
    row = connection.execute(
        "SELECT at FROM account_records WHERE kind = ? ORDER BY seq DESC LIMIT 1", (kind,)
    ).fetchone()
    return None if row is None else str(row[0])


def end_of_log(connection: sqlite3.Connection) -> AccountEnd:
    """Return the number and hash of the last record of the audit log; 0 and "" if it is empty."""
    row = connection.execute(
        "SELECT seq, hash FROM account_records ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return AccountEnd(0, "") if row is None else AccountEnd(*row)


def stored_end(connection: sqlite3.Connection) -> AccountEnd:
    """Read the number and hash of the audit log's last record, as stored in the table ``settings``.

    If the last records of the audit log were deleted, :func:`end_of_log` returns other values.
    """
    for (value,) in connection.execute("SELECT value FROM settings WHERE name = ?", (END,)):
        seq, _, last = str(value).partition(" ")
        if seq.isdigit():
            return AccountEnd(int(seq), last)
    return AccountEnd(0, "")


def append(
    connection: sqlite3.Connection, *, kind: str, fields: JsonObject, at: str | None = None
) -> AccountEnd:
    """Append a record to the audit log, at the current time by default; return the new end."""
    end, at = end_of_log(connection), at or timestamp()
    seq, salt, content = end.seq + 1, new_salt(), canonical(fields)
    new_hash = chain_hash(end.hash, (_NAME, seq, kind, at), commit(salt, content))
    connection.execute(
        "INSERT INTO account_records (seq, kind, at, content, salt, hash) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (seq, kind, at, content, salt, new_hash),
    )
    connection.execute(
        "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (END, f"{seq} {new_hash}")
    )
    return AccountEnd(seq, new_hash)


def timestamp(at: datetime | None = None) -> str:
    """Format a time, by default the current time, like 2026-01-31T12:00:00Z (in UTC)."""
    at = datetime.now(timezone.utc) if at is None else at.astimezone(timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def actor() -> JsonObject:
    """Return the user name, host name and package version, for a record of the audit log."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # the user has no name, as in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return {"by": plain_text(user), "host": plain_text(platform.node()), "version": __version__}

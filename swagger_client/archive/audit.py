from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import account_log, database, event_queue, schema
from swagger_client.archive.canonical import JsonObject
from swagger_client.archive.errors import ArchiveError, ArchiveLockedError

#: The kind of a record that says how a person used the archive.
ACCESS = "access"
#: :func:`read_audit` omits records about webhook events, because there may be many.
_OF_EVENTS = {event_queue.RECEIVED, event_queue.ARCHIVED, event_queue.VALIDATED}


class AuditEntry(NamedTuple):
    """An entry of the audit log.

    :ivar int seq: the number of the entry among all records of the audit log.
    :ivar str kind: "access", "run", "run begun", "erasure", "hold", "release", "migration", …
    :ivar str at: the time of the entry, in UTC.
    :ivar dict fields: the content of the entry; empty if it was erased.
    :ivar str hash: the hash of the entry.
    """

    seq: int
    kind: str
    at: str
    fields: dict[str, object]
    hash: str


def record_access(
    path: Path,
    action: str,
    *,
    selection: Mapping[str, object],
    counts: Mapping[str, int],
) -> bool:
    """Add an entry to the audit log; return False if the database is not writable."""
    fields: JsonObject = {
        "action": action,
        "selection": {name: _plain(value) for name, value in selection.items()},
        "counts": dict(counts),
        **account_log.actor(),
    }
    try:
        with closing(_open(path)) as connection, database.transaction(connection, path):
            account_log.append(connection, kind=ACCESS, fields=fields)
    except ArchiveError:
        return False
    return True


def _open(path: Path) -> sqlite3.Connection:
    """Open an archive of the current format for writing, even if an archive run has locked it."""
    database.open_for_reading(path).close()
    connection = database.connect_for_writing(path)
    if database.read_format(connection, path) != schema.VERSION:  # pragma: no cover
        connection.close()
        raise ArchiveLockedError(f"{path} is being migrated: try again later.")
    return connection


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def read_audit(connection: sqlite3.Connection) -> Iterator[AuditEntry]:
    for record in account_log.read_log(connection):
        if record.kind in _OF_EVENTS:
            continue
        yield AuditEntry(record.seq, record.kind, record.at, record.fields, record.hash)

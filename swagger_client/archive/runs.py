"""Archive runs, and the digests of finished runs.

A run fetches new data from Zoom. An erasure or migration that stores records is a run, too. Each
finished run has a digest: a hash over the records of the run and the digest of the run before it.
Anyone with a copy of the last digest can therefore prove that no record of the archive was changed.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swagger_client.archive import account_log
from swagger_client.archive.canonical import JsonObject
from swagger_client.archive.hashing import run_digest

#: The kinds of archive runs: a run archives the whole account or single conversations, or belongs
#: to a migration or erasure.
ACCOUNT, SESSIONS, MIGRATION, ERASURE = "account", "sessions", "migration", "erasure"
#: The kinds of records in the audit log that are about the start and the end of archive runs.
BEGUN, FINISHED = "run begun", "run"
#: In archive format 1, the digest covers only the first columns of an archive run's row.
_FORM_1_COLUMNS = 7


class Run(NamedTuple):
    """An archive run: a row of the table ``runs``.

    :ivar int run: the number of the run.
    :ivar str session_type: the type of the archived conversations; "all" for every type.
    :ivar str span_from: the start of the time span whose messages the run fetched, in UTC.
    :ivar str span_to: the end of that time span.
    :ivar str covered_from: the start of the time span that all runs together have fetched.
    :ivar str started_at: the time at which the run started, in UTC.
    :ivar str | None finished_at: the time at which the run finished; None for an unfinished run.
    :ivar str | None digest: a hash over everything that was archived up to the end of the run.
    :ivar str kind: "account" if the run archived the whole account, "sessions" if it archived
        single conversations, "migration" or "erasure".
    :ivar str | None spans: the fetched time spans, as a JSON list; None in archive format 1.
    :ivar int | None account_seq: the number of the audit log's last record at the run's end.
    """

    run: int
    session_type: str
    span_from: str
    span_to: str
    covered_from: str
    started_at: str
    finished_at: str | None
    digest: str | None
    kind: str = ACCOUNT
    spans: str | None = None
    account_seq: int | None = None

    @property
    def covered(self) -> tuple[object, ...]:
        """The fields of this archive run over which its digest is computed."""
        if self.account_seq is None:
            return tuple(self[:_FORM_1_COLUMNS])
        return (*self[:_FORM_1_COLUMNS], self.kind, self.spans, self.account_seq)


class FoundDigest(NamedTuple):
    """A digest found in the archive, and the archive run or audit log record that has it.

    :ivar str digest: the digest, in hexadecimal.
    :ivar int | None run: the number of the run that has this digest; None for an audit log record.
    :ivar int | None account_seq: the number of the audit log record with this hash; None for a run.
    :ivar str at: the time, in UTC, at which the run finished or the record was stored. For an
        unfinished run, it is the time at which the run started.
    """

    digest: str
    run: int | None
    account_seq: int | None
    at: str


COLUMNS = ", ".join(Run._fields)
_DIGEST = re.compile("[0-9a-f]{64}")


def read_runs(
    connection: sqlite3.Connection, condition: str = "1", *values: object
) -> Iterator[Run]:
    """Yield the archive runs that satisfy an SQL condition, oldest first."""
    found = connection.execute(f"SELECT {COLUMNS} FROM runs WHERE {condition} ORDER BY run", values)
    return map(Run._make, found)


def begin_run(connection: sqlite3.Connection, run: Run) -> None:
    """Insert a new archive run into the table ``runs``, and append its start to the audit log."""
    marks = ", ".join("?" * len(run))
    connection.execute(f"INSERT INTO runs ({COLUMNS}) VALUES ({marks})", run)
    account_log.append(connection, kind=BEGUN, at=run.started_at, fields=start_fields(run))


def start_fields(run: Run) -> JsonObject:
    """Return what the audit log records when an archive run starts."""
    # All fields except those that are unknown before the archive run's end.
    return {
        name: value
        for name, value in run._asdict().items()
        if name not in ("finished_at", "digest", "account_seq")
    }


def next_number(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT coalesce(max(run), 0) + 1 FROM runs").fetchone()
    return int(number)


def format_spans(spans: Sequence[tuple[str, str]]) -> str:
    """Format an archive run's time spans for the column ``spans``, as a JSON list of pairs."""
    return json.dumps([list(span) for span in spans], separators=(",", ":"))


def parse_spans(run: Run) -> list[tuple[str, str]] | None:
    """Return the time spans whose messages an archive run fetches; None if not recorded."""
    if run.spans is None:
        return None
    try:
        return [(str(first), str(last)) for first, last in json.loads(run.spans)]
    except (ValueError, TypeError):
        return None


def finish_run(
    connection: sqlite3.Connection, run: Run, finished_at: str, counts: dict[str, int]
) -> Run:
    """Mark an archive run as finished: store its digest, and append a record to the audit log."""
    end = account_log.append(
        connection,
        kind=FINISHED,
        at=finished_at,
        fields={"run": run.run, "kind": run.kind, "counts": counts, **account_log.actor()},
    )
    run = run._replace(finished_at=finished_at, account_seq=end.seq)
    run = run._replace(digest=digest_of(connection, run, previous_digest(connection, run.run)))
    connection.execute(
        "UPDATE runs SET finished_at = ?, account_seq = ?, digest = ? WHERE run = ?",
        (run.finished_at, run.account_seq, run.digest, run.run),
    )
    return run


def digest_of(connection: sqlite3.Connection, run: Run, before: str) -> str:
    """Compute an archive run's digest from its records so far and the previous run's digest."""
    head: str | None = None
    if run.account_seq is not None:
        found = connection.execute(
            "SELECT hash FROM account_records WHERE seq = ?", (run.account_seq,)
        ).fetchone()
        head = "" if found is None else found[0]
    return run_digest(before, run.covered, last_records_of(connection, run.run), head)


def last_records_of(connection: sqlite3.Connection, run: int) -> Iterator[tuple[object, ...]]:
    """Yield the id, last record number and last hash of each conversation in an archive run."""
    return connection.execute(
        "SELECT session_id, max(seq), hash FROM records WHERE run = ? "
        "GROUP BY session_id ORDER BY session_id",
        (run,),
    )


def previous_digest(connection: sqlite3.Connection, run: int) -> str:
    """Return the digest of the previous archive run; empty for the first run."""
    row = connection.execute(
        "SELECT digest FROM runs WHERE run < ? ORDER BY run DESC LIMIT 1", (run,)
    ).fetchone()
    return "" if row is None else str(row[0])


def check_digests(digest: str | Sequence[str] | None) -> list[str]:
    """Return digests in lower case; raise ValueError if one is not 64 hexadecimal digits."""
    given = [digest] if isinstance(digest, str) else digest or ()
    digests = [one.strip().lower() for one in given]
    for one in digests:
        if not _DIGEST.fullmatch(one):
            raise ValueError(f"a digest must have 64 hexadecimal digits (0-9, a-f), not {one!r}")
    return digests


def find_digest(connection: sqlite3.Connection, digest: str) -> FoundDigest | None:
    for run, at in connection.execute(
        "SELECT run, finished_at FROM runs WHERE digest = ?", (digest,)
    ):
        return FoundDigest(digest, run, None, at)
    for seq, at in connection.execute(
        "SELECT seq, at FROM account_records WHERE hash = ?", (digest,)
    ):
        return FoundDigest(digest, None, seq, at)
    return None

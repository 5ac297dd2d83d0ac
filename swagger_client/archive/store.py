"""Writes an archive: what came from Zoom, and what is left to do.

Every method that writes must run inside :meth:`Store.transaction`; what belongs together is written
in one, so that a crash leaves all of it or nothing.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import reading, schema, shapes
from swagger_client.archive.recording import Recorder, heads, marks, previous_digest
from swagger_client.archive.shapes import AttachmentKey, Outcome
from swagger_client.history._account import FILTERS

#: Runs in which a conversation is refused; then it is given up.
MOST_REFUSALS = 5
#: Runs in which a file is refused; then it stays failed.
MOST_ATTEMPTS = 5


class Run(NamedTuple):
    """A row of ``runs``: what a run was asked to read, and when it began and ended."""

    run: int
    session_type: str
    span_from: str
    span_to: str
    covered_from: str
    started_at: str
    finished_at: str | None
    digest: str | None


class Listing(NamedTuple):
    """A list of conversations that is to be read: a window, and the time that must lie in it."""

    window_from: str
    window_to: str
    filter_type: str


class Reading(NamedTuple):
    """Messages that are to be read: of one conversation, from ``resume_from`` to ``window_to``."""

    session_id: str
    window_from: str
    window_to: str
    resume_from: str


class Store:
    """An archive that is open for writing.

    :param path: the database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = schema.open_for_writing(path)
        self._recorder = Recorder(self._connection, path)

    def close(self) -> None:
        """Close the database; where nobody reads it, it is one file then."""
        with schema.explained(self.path):
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written in the block, or nothing of it.

        :raises ArchiveError: when the database cannot take it.
        """
        with schema.explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                schema.roll_back(self._connection)
                raise

    def _rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with schema.explained(self.path):
            return self._connection.execute(statement, values).fetchall()

    # Settings.

    def setting(self, name: str) -> str | None:
        """A setting of the archive."""
        for (value,) in self._rows("SELECT value FROM settings WHERE name = ?", name):
            return str(value)
        return None

    def set(self, name: str, value: str) -> None:
        """Keep a setting."""
        self._connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def identity(self) -> str:
        """What tells this archive from others."""
        found = self.setting("identity")
        if found is None:
            found = secrets.token_hex(8)
            with self.transaction():
                self.set("identity", found)
        return found

    # Runs.

    def open_run(self) -> Run | None:
        """The run that was begun and has not ended."""
        return self._run("finished_at IS NULL")

    def last_run(self, session_type: str) -> Run | None:
        """The last finished run that read conversations of this type."""
        return self._run("finished_at IS NOT NULL AND session_type IN (?, 'all')", session_type)

    def _run(self, condition: str, *values: object) -> Run | None:
        columns = ", ".join(Run._fields)
        for row in self._rows(
            f"SELECT {columns} FROM runs WHERE {condition} ORDER BY run DESC LIMIT 1", *values
        ):
            return Run._make(row)
        return None

    def begin_run(
        self,
        session_type: str,
        *,
        span: tuple[str, str],
        covered_from: str,
        started_at: str,
        listings: Iterable[Listing],
    ) -> Run:
        """Begin a run: what it has to list is what its windows say."""
        execute = self._connection.execute
        (number,) = execute("SELECT coalesce(max(run), 0) + 1 FROM runs").fetchone()
        run = Run(number, session_type, *span, covered_from, started_at, None, None)
        execute(f"INSERT INTO runs VALUES ({marks(run)})", run)
        self._connection.executemany(
            "INSERT INTO listings VALUES (?, ?, ?, ?, 0)",
            [(number, *listing) for listing in listings],
        )
        # What was listed without an id can only be had by listing it again.
        self._connection.executemany(
            "INSERT OR IGNORE INTO listings SELECT DISTINCT ?, window_from, window_to, ?, 0 "
            "FROM readings WHERE state = 'refused' AND session_id LIKE ?",
            [(number, each, f"{shapes.WITHOUT_ID}%") for each in FILTERS],
        )
        execute("UPDATE readings SET state = 'pending' WHERE state = 'refused'")
        return run

    def end_run(self, run: Run, finished_at: str) -> Run:
        """End a run: its digest says what the chains that it grew look like now."""
        execute = self._connection.execute
        ended = run._replace(finished_at=finished_at)
        digest = shapes.run_digest(
            previous_digest(self._connection, run.run), ended[:-1], heads(self._connection, run.run)
        )
        ended = ended._replace(digest=digest)
        execute(
            "UPDATE runs SET finished_at = ?, digest = ? WHERE run = ?",
            (finished_at, digest, run.run),
        )
        execute("DELETE FROM listings")
        execute("DELETE FROM readings WHERE state = 'done'")
        execute(
            "UPDATE readings SET state = 'given up' WHERE refusals >= ? AND state = 'refused'",
            (MOST_REFUSALS,),
        )
        return ended

    # What is left to do.

    def listings(self, run: Run) -> list[Listing]:
        """The lists of a run that are not read to their end."""
        columns = ", ".join(Listing._fields)
        found = self._rows(
            f"SELECT {columns} FROM listings WHERE run = ? AND NOT done "
            "ORDER BY window_from, filter_type",
            run.run,
        )
        return [Listing._make(row) for row in found]

    def unread_sessions(self) -> list[str]:
        """The conversations with messages that are to be read."""
        found = self._rows(
            "SELECT DISTINCT session_id FROM readings WHERE state = 'pending' ORDER BY session_id"
        )
        return [str(session_id) for (session_id,) in found]

    def readings(self, session_id: str) -> list[Reading]:
        """What is to be read of a conversation, the oldest first."""
        columns = ", ".join(Reading._fields)
        found = self._rows(
            f"SELECT {columns} FROM readings WHERE session_id = ? AND state = 'pending' "
            "ORDER BY window_from",
            session_id,
        )
        return [Reading._make(row) for row in found]

    def count_readings(self, *states: str) -> int:
        """How many readings are in one of these states."""
        return self._count(
            f"SELECT count(*) FROM readings WHERE state IN ({marks(states)})", *states
        )

    def refused(self) -> list[tuple[str, str]]:
        """The conversations that Zoom refused to show, each with its reason."""
        found = self._rows(
            "SELECT DISTINCT session_id, reason FROM readings "
            "WHERE state IN ('refused', 'given up') ORDER BY session_id"
        )
        return [(str(session_id), str(reason)) for session_id, reason in found]

    def counts(self, run: Run) -> dict[str, int]:
        """What a run added, by the names of its report."""
        return {name: self._count(question, run.run) for name, question in _COUNTS.items()}

    def changes(self, run: Run) -> Iterator[reading.Change]:
        """The messages known before that a run received with other content."""
        return reading.changes(self._connection, run.run)

    def count_files_left(self) -> int:
        """The files that the next run fetches."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state <> 'done' AND attempts < ?", MOST_ATTEMPTS
        )

    def count_files_given_up(self) -> int:
        """The files that were refused so often that no run fetches them any more."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state = 'failed' AND attempts >= ?",
            MOST_ATTEMPTS,
        )

    def _count(self, question: str, *values: object) -> int:
        (row,) = self._rows(question, *values)
        return int(str(row[0]))

    def listed(
        self, run: Run, listing: Listing, sessions: Mapping[str, object], *, done: bool
    ) -> None:
        """A page of a list came: its conversations are to be read in this window."""
        for session_id, session in sessions.items():
            self._recorder.add_session(run.run, session_id, session)
        window = listing.window_from, listing.window_to, listing.window_from
        self._connection.executemany(
            # What is known of a window stays, unless it has become longer, or was given up.
            "INSERT INTO readings (session_id, window_from, window_to, resume_from) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (session_id, window_from) DO UPDATE SET "
            "window_to = excluded.window_to, resume_from = excluded.resume_from, state = 'pending' "
            "WHERE excluded.window_to > window_to OR state = 'given up'",
            [(session_id, *window) for session_id in sessions],
        )
        self._connection.execute(
            "UPDATE listings SET done = ? WHERE run = ? AND window_from = ? AND filter_type = ?",
            (done, run.run, listing.window_from, listing.filter_type),
        )

    def read(self, run: Run, reading: Reading, messages: Sequence[object], *, done: bool) -> None:
        """A page of messages came; ``reading.resume_from`` is where to go on after it."""
        self._recorder.add_messages(run.run, reading.session_id, messages)
        self._connection.execute(
            "UPDATE readings SET resume_from = ?, state = ? "
            "WHERE session_id = ? AND window_from = ?",
            (
                reading.resume_from,
                "done" if done else "pending",
                reading.session_id,
                reading.window_from,
            ),
        )

    def refuse(self, reading: Reading, reason: str, *, lasting: bool) -> None:
        """A conversation cannot be read; what may pass by itself does not count."""
        self._connection.execute(
            "UPDATE readings SET state = 'refused', refusals = refusals + ?, reason = ? "
            "WHERE session_id = ? AND window_from = ?",
            (lasting, reason, reading.session_id, reading.window_from),
        )

    # Files.

    def a_file(self) -> str | None:
        """Where one of the fetched files is, below their folder."""
        for (path,) in self._rows("SELECT path FROM attachments WHERE state = 'done' LIMIT 1"):
            return str(path)
        return None

    def pending_attachments(self, run: Run, session_id: str) -> list[AttachmentKey]:
        """The files of a conversation that this run has to fetch, in their order in the chain."""
        found = self._rows(
            f"SELECT a.session_id, a.message_id, a.attachment_id {_PENDING} AND a.session_id = ? "
            "ORDER BY m.seq, a.position",
            MOST_ATTEMPTS,
            run.run,
            session_id,
        )
        return [AttachmentKey._make(row) for row in found]

    def sessions_with_pending_attachments(self, run: Run) -> list[str]:
        """The conversations with files that this run has to fetch."""
        found = self._rows(
            f"SELECT DISTINCT a.session_id {_PENDING} ORDER BY a.session_id",
            MOST_ATTEMPTS,
            run.run,
        )
        return [str(session_id) for (session_id,) in found]

    def fetched(self, run: Run, session_id: str, outcomes: Iterable[Outcome]) -> None:
        """Files came, or did not."""
        self._recorder.add_outcomes(run.run, session_id, outcomes)


#: A file that failed in this very run is not tried again before the next one.
_PENDING = (
    "FROM attachments a JOIN messages m USING (session_id, message_id) "
    "LEFT JOIN records r ON r.session_id = a.session_id AND r.seq = a.seq "
    "WHERE a.state <> 'done' AND a.attempts < ? AND coalesce(r.run, 0) < ?"
)


_EARLIER = (
    "EXISTS (SELECT 1 FROM records e INDEXED BY records_by_item"
    " WHERE e.session_id = r.session_id AND e.kind = r.kind AND e.item = r.item AND e.seq < r.seq)"
)
_COUNTS = {
    "new_sessions": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'session'"
    f" AND NOT {_EARLIER}",
    "new_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND NOT {_EARLIER}",
    "changed_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND {_EARLIER}",
    "files_done": "SELECT count(*) FROM attachments a JOIN records r USING (session_id, seq)"
    " WHERE r.run = ? AND a.state = 'done'",
    "files_failed": "SELECT count(*) FROM attachments a JOIN records r USING (session_id, seq)"
    " WHERE r.run = ? AND a.state = 'failed'",
}

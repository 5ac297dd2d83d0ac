"""Writes an archive: what came from Zoom, and what is left to do.

Every method that writes must run inside :meth:`Store.transaction`; what belongs together is written
in one, so that a crash leaves all of it or nothing.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import database, reader, runs
from swagger_client.archive.canonical import WITHOUT_ID
from swagger_client.archive.coverage import RETENTION
from swagger_client.archive.errors import ArchiveLockedError
from swagger_client.archive.failed_items import FailureAction, mark_failures
from swagger_client.archive.migrations import migrate
from swagger_client.archive.recorder import Recorder, marks
from swagger_client.archive.rows import FileKey, FileResult
from swagger_client.archive.runs import Run
from swagger_client.history._account import FILTERS

#: Runs in which a conversation fails; then no run tries it before a person asks for it.
MAX_SESSION_ATTEMPTS = 5
#: The same for a file.
MAX_FILE_ATTEMPTS = 5


class Listing(NamedTuple):
    """A list of conversations to read: a window, and which time must lie in it."""

    window_from: str
    window_to: str
    filter_type: str


class Reading(NamedTuple):
    """A window of a conversation to read, from ``resume_from`` to ``window_to``."""

    session_id: str
    window_from: str
    window_to: str
    resume_from: str

    @property
    def window(self) -> tuple[str, str]:
        """The window."""
        return self.window_from, self.window_to


class Store:
    """An archive that is open for writing; it is created or migrated first.

    :param path: the database.
    :param random_bytes: where salts come from.
    """

    def __init__(
        self, path: Path, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self.path = path
        self.random_bytes = random_bytes
        self.connection = database.connect_for_writing(path)
        try:
            with database.translate_sqlite_errors(path):
                #: The form that the archive had; 0 for one that was created.
                self.form_before = migrate(self.connection, path, random_bytes)
        except BaseException:
            self.connection.close()
            raise
        self.recorder = Recorder(self.connection, path, random_bytes)

    def close(self) -> None:
        """Close the database; where nobody reads it, it is one file then."""
        with database.translate_sqlite_errors(self.path):
            self.connection.close()

    def compact(self) -> None:
        """Rewrite the file without free pages, and empty the log."""
        with database.translate_sqlite_errors(self.path):
            self.connection.execute("VACUUM")
        self.truncate_log()

    def truncate_log(self) -> None:
        """Empty the write-ahead log.

        :raises ArchiveLockedError: when somebody still reads what is in it.
        """
        with database.translate_sqlite_errors(self.path):
            (busy, *_) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise ArchiveLockedError(
                f"Another program reads {self.path}, so that its log cannot be emptied yet: end "
                "it, then run the same command again."
            )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written in the block, or nothing of it.

        :raises ArchiveError: when the database cannot take it.
        """
        with database.transaction(self.connection, self.path):
            yield

    def _rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with database.translate_sqlite_errors(self.path):
            return self.connection.execute(statement, values).fetchall()

    # Settings.

    def setting(self, name: str) -> str | None:
        """Return a setting of the archive."""
        for (value,) in self._rows("SELECT value FROM settings WHERE name = ?", name):
            return str(value)
        return None

    def set(self, name: str, value: str) -> None:
        """Store a setting."""
        self.connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def set_retention(self, days: int | None) -> None:
        """Store after how many days Zoom deletes messages; None for never."""
        if days is None:
            self.connection.execute("DELETE FROM settings WHERE name = ?", (RETENTION,))
        else:
            self.set(RETENTION, str(days))

    def identity(self) -> str:
        """Return what tells this archive from others; it is made when first needed."""
        found = self.setting("identity")
        if found is None:
            found = secrets.token_hex(8)
            with self.transaction():
                self.set("identity", found)
        return found

    # Runs.

    def open_run(self) -> Run | None:
        """Return the run over the account that was begun and has not ended."""
        return self._run("finished_at IS NULL")

    def last_run(self, session_type: str) -> Run | None:
        """Return the last finished run over all conversations of this type."""
        return self._run(
            "finished_at IS NOT NULL AND kind = 'account' AND session_type IN (?, 'all')",
            session_type,
        )

    def _run(self, condition: str, *values: object) -> Run | None:
        with database.translate_sqlite_errors(self.path):
            found = list(runs.read_runs(self.connection, condition, *values))
        return found[-1] if found else None

    def begin_run(
        self,
        session_type: str,
        *,
        spans: Sequence[tuple[str, str]],
        covered_from: str,
        started_at: str,
        listings: Iterable[Listing],
        kind: str = runs.ACCOUNT,
        failed: FailureAction | None = None,
    ) -> Run:
        """Begin a run.

        :param spans: what it reads, the oldest first; ``listings`` are derived from them.
        :param failed: what to do with what failed in earlier runs.
        """
        number = runs.next_number(self.connection)
        run = Run(
            number, session_type, spans[0][0], spans[-1][1], covered_from, started_at, None, None,
            kind, runs.spans_text(spans),
        )  # fmt: skip
        runs.begin_run(self.connection, self.random_bytes, run)
        self.connection.executemany(
            "INSERT INTO listings VALUES (?, ?, ?, ?, 0)",
            [(number, *listing) for listing in listings],
        )
        if failed is not None:
            mark_failures(self.connection, self.recorder, number, failed)
        if kind == runs.ACCOUNT:
            self._plan_gaps(number)
        return run

    def _plan_gaps(self, number: int) -> None:
        # What was listed without an id can only be fetched by listing it again.
        self.connection.executemany(
            "INSERT OR IGNORE INTO listings SELECT DISTINCT ?, window_from, window_to, ?, 0 "
            "FROM gaps WHERE session_id LIKE ? AND state <> 'accepted'",
            [(number, each, f"{WITHOUT_ID}%") for each in FILTERS],
        )
        self.connection.execute(
            "INSERT OR IGNORE INTO readings (session_id, window_from, window_to, resume_from) "
            "SELECT session_id, window_from, window_to, window_from FROM gaps "
            f"WHERE {_TRIED_AGAIN}",
            (MAX_SESSION_ATTEMPTS,),
        )

    def finish_run(self, run: Run, finished_at: str) -> Run:
        """Finish a run: its digest covers the chains that it grew."""
        self.connection.execute("DELETE FROM listings")
        self.connection.execute("DELETE FROM readings")
        return runs.finish_run(
            self.connection, self.random_bytes, run, finished_at, self.counts(run)
        )

    # What is left to do.

    def listings(self, run: Run) -> list[Listing]:
        """Return the lists of a run that are not read to their end."""
        found = self._rows(
            f"SELECT {', '.join(Listing._fields)} FROM listings WHERE run = ? AND NOT done "
            "ORDER BY window_from, filter_type",
            run.run,
        )
        return [Listing._make(row) for row in found]

    def unread_sessions(self) -> list[str]:
        """Return the conversations with windows that are to be read."""
        found = self._rows(
            "SELECT DISTINCT session_id FROM readings WHERE state = 'pending' ORDER BY session_id"
        )
        return [str(session_id) for (session_id,) in found]

    def readings(self, session_id: str) -> list[Reading]:
        """Return what is to be read of a conversation, the oldest first."""
        found = self._rows(
            f"SELECT {', '.join(Reading._fields)} FROM readings "
            "WHERE session_id = ? AND state = 'pending' ORDER BY window_from",
            session_id,
        )
        return [Reading._make(row) for row in found]

    def count_readings(self, *states: str) -> int:
        """Return how many windows of conversations are in one of these states."""
        return self._count(
            f"SELECT count(*) FROM readings WHERE state IN ({marks(states)})", *states
        )

    def failed_sessions(self) -> list[tuple[str, str]]:
        """Return the conversations that could not be read, each with the reason."""
        found = self._rows(
            "SELECT DISTINCT session_id, reason FROM gaps WHERE state <> 'accepted' "
            "ORDER BY session_id"
        )
        return [(str(session_id), str(reason)) for session_id, reason in found]

    def count_gaps_left(self) -> int:
        """Return how many windows of conversations the next run tries again."""
        return self._count(f"SELECT count(*) FROM gaps WHERE {_TRIED_AGAIN}", MAX_SESSION_ATTEMPTS)

    def counts(self, run: Run) -> dict[str, int]:
        """Return what a run added, by the names of its report."""
        return {name: self._count(question, run.run) for name, question in _COUNTS.items()}

    def changes(self, run: Run) -> Iterator[reader.Change]:
        """Yield the messages known before that a run received with other content."""
        return reader.changes(self.connection, run.run)

    def count_files_left(self) -> int:
        """Return how many files the next run fetches."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state IN ('pending', 'failed') "
            "AND attempts < ?",
            MAX_FILE_ATTEMPTS,
        )

    def count_files_given_up(self) -> int:
        """Return how many files failed so often that no run fetches them again."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state = 'failed' AND attempts >= ?",
            MAX_FILE_ATTEMPTS,
        )

    def _count(self, question: str, *values: object) -> int:
        (row,) = self._rows(question, *values)
        return int(str(row[0]))

    # What came.

    def record_listing(
        self, run: Run, listing: Listing, sessions: Mapping[str, object], *, done: bool
    ) -> None:
        """Record a page of a list: its conversations are to be read in this window."""
        for session_id, session in sessions.items():
            self.recorder.add_session(run.run, session_id, session)
        window = listing.window_from, listing.window_to, listing.window_from
        self.connection.executemany(
            # What is known of a window stays, unless it has become longer.
            "INSERT INTO readings (session_id, window_from, window_to, resume_from) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (session_id, window_from) DO UPDATE SET "
            "window_to = excluded.window_to, resume_from = excluded.resume_from, state = 'pending' "
            "WHERE excluded.window_to > window_to",
            [(session_id, *window) for session_id in sessions],
        )
        self.connection.execute(
            "UPDATE listings SET done = ? WHERE run = ? AND window_from = ? AND filter_type = ?",
            (done, run.run, listing.window_from, listing.filter_type),
        )

    def add_readings(
        self, run: Run, session_id: str, session: object, readings: Iterable[Reading]
    ) -> None:
        """Add windows of a conversation to what a run reads.

        :param session: the conversation as Zoom listed it; None for one that is known.
        """
        if session is not None:
            self.recorder.add_session(run.run, session_id, session)
        self.connection.executemany(
            "INSERT OR REPLACE INTO readings (session_id, window_from, window_to, resume_from) "
            "VALUES (?, ?, ?, ?)",
            readings,
        )

    def session_counts(self, session_id: str) -> tuple[int, int] | None:
        """Return how many messages a conversation has, and records of them; None if unknown."""
        if not self._rows("SELECT 1 FROM sessions WHERE session_id = ?", session_id):
            return None
        return (
            self._count("SELECT count(*) FROM messages WHERE session_id = ?", session_id),
            self._count(
                "SELECT count(*) FROM records WHERE session_id = ? AND kind = 'message'",
                session_id,
            ),
        )

    def count_session_files_left(self, session_id: str) -> int:
        """Return how many files of a conversation are not fetched."""
        return self._count(
            "SELECT count(*) FROM attachments a JOIN messages m USING (message) "
            "WHERE m.session_id = ? AND a.state IN ('pending', 'failed')",
            session_id,
        )

    def record_messages(
        self, run: Run, reading: Reading, messages: Sequence[object], *, done: bool
    ) -> None:
        """Record a page of messages; ``reading.resume_from`` is where to go on after it."""
        self.recorder.add_messages(run.run, reading.session_id, messages)
        self.connection.execute(
            "UPDATE readings SET resume_from = ?, state = ? "
            "WHERE session_id = ? AND window_from = ?",
            (
                reading.resume_from,
                "done" if done else "pending",
                reading.session_id,
                reading.window_from,
            ),
        )
        if done:
            self.recorder.add_gap(
                run.run, reading.session_id, reading.window, state="read", reason=None
            )

    def record_failure(self, run: Run, reading: Reading, reason: str, *, transient: bool) -> None:
        """Record that a conversation cannot be read; a transient failure is not counted."""
        state = "failed transiently" if transient else "failed"
        self.recorder.add_gap(
            run.run, reading.session_id, reading.window, state=state, reason=reason
        )
        self.connection.execute(
            "UPDATE readings SET state = 'failed' WHERE session_id = ? AND window_from = ?",
            (reading.session_id, reading.window_from),
        )

    def record_files(self, run: Run, session_id: str, results: Iterable[FileResult]) -> None:
        """Record what became of files of a conversation."""
        self.recorder.add_files(run.run, session_id, results)

    def record_event(self, run: Run, session_id: str, key: str, event: object) -> bool:
        """Record an event about a conversation; return whether it was new."""
        return self.recorder.add_event(run.run, session_id, key, event)

    # Files.

    def a_file(self) -> str | None:
        """Return where one of the fetched files is, below their folder."""
        for (path,) in self._rows("SELECT path FROM attachments WHERE state = 'done' LIMIT 1"):
            return str(path)
        return None

    def pending_files(self, run: Run, session_id: str) -> list[FileKey]:
        """Return the files of a conversation that this run fetches, in order of their messages."""
        found = self._rows(
            "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy "
            f"{_PENDING} AND m.session_id = ? ORDER BY m.seq, a.position",
            MAX_FILE_ATTEMPTS,
            run.run,
            session_id,
        )
        return [FileKey._make(row) for row in found]

    def sessions_with_pending_files(self, run: Run) -> list[str]:
        """Return the conversations with files that this run fetches."""
        found = self._rows(
            f"SELECT DISTINCT m.session_id {_PENDING} ORDER BY m.session_id",
            MAX_FILE_ATTEMPTS,
            run.run,
        )
        return [str(session_id) for (session_id,) in found]


#: Which gaps the next run tries: a transient failure always, others while they are few.
_TRIED_AGAIN = "state <> 'accepted' AND (state <> 'failed' OR attempts < ?)"

#: A file that failed in this very run is not tried again before the next one.
_PENDING = (
    "FROM attachments a JOIN messages m USING (message) "
    "LEFT JOIN records r ON r.session_id = m.session_id AND r.seq = a.seq "
    "WHERE a.state IN ('pending', 'failed') AND a.attempts < ? "
    "AND (a.state = 'pending' OR coalesce(r.run, 0) < ?)"
)

_EARLIER = (
    "EXISTS (SELECT 1 FROM records e INDEXED BY records_by_item"
    " WHERE e.session_id = r.session_id AND e.kind = r.kind AND e.item = r.item AND e.seq < r.seq)"
)
_FILES = (
    "SELECT count(*) FROM attachments a JOIN messages m USING (message)"
    " JOIN records r ON r.session_id = m.session_id AND r.seq = a.seq"
)
_COUNTS = {
    "new_sessions": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'session'"
    f" AND NOT {_EARLIER}",
    "new_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND NOT {_EARLIER}",
    "changed_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND {_EARLIER}",
    "files_done": f"{_FILES} WHERE r.run = ? AND a.state = 'done'",
    "files_failed": f"{_FILES} WHERE r.run = ? AND a.state = 'failed'",
    "collisions": "SELECT count(*) FROM messages m JOIN records r USING (session_id, seq)"
    " WHERE r.run = ? AND m.copy > 0 AND m.seq = m.first_seq",
}

"""Writes to an archive: records from Zoom, and the state of the run.

Every method that writes must run inside :meth:`Store.transaction`; what belongs together is written
in one, so that a crash leaves all of it or nothing.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from swagger_client.archive import database, runs
from swagger_client.archive.account_claims import store_setting
from swagger_client.archive.canonical import WITHOUT_ID
from swagger_client.archive.coverage import RETENTION
from swagger_client.archive.errors import ArchiveLockedError
from swagger_client.archive.failed_items import FailureAction, mark_failures, mark_missing_files
from swagger_client.archive.matching import Taken
from swagger_client.archive.migrations import migrate
from swagger_client.archive.read_proof import find_transient, find_unproven, prove
from swagger_client.archive.recorder import Recorder
from swagger_client.archive.rows import FileResult
from swagger_client.archive.runs import Run
from swagger_client.archive.store_queries import (
    FINISHED,
    MAX_SESSION_ATTEMPTS,
    TRIED_AGAIN,
    Listing,
    Reading,
    StoreQueries,
)
from swagger_client.history._account import FILTERS


class Store(StoreQueries):
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
                #: The archive format before opening; 0 for a new archive.
                self.form_before = migrate(self.connection, path, random_bytes)
        except BaseException:
            self.connection.close()
            raise
        self.recorder = Recorder(self.connection, path, random_bytes)

    def close(self) -> None:
        """Close the database; unless another process reads it, its log is merged into the file."""
        with database.translate_sqlite_errors(self.path):
            self.connection.close()

    def compact(self) -> None:
        """Rewrite the file without free pages, and empty the log."""
        with database.translate_sqlite_errors(self.path):
            self.connection.execute("VACUUM")
        self.truncate_log()

    def truncate_log(self) -> None:
        """Empty the write-ahead log.

        :raises ArchiveLockedError: when another process still reads it.
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

    # Settings.

    def set(self, name: str, value: str | None) -> None:
        """Store a setting, or remove it; the account's chain has it too."""
        store_setting(self.connection, self.random_bytes, name, value)

    def set_retention(self, days: int | None) -> None:
        """Store after how many days Zoom deletes messages; None for never."""
        self.set(RETENTION, None if days is None else str(days))

    def identity(self) -> str:
        """Return the random identity of this archive, created when first needed."""
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
            FINISHED,
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

        :param spans: the spans to read, oldest first; ``listings`` are derived from them.
        :param failed: whether to retry or accept the failures of earlier runs.
        """
        # Between runs these tables are empty: rows that are there were inserted by hand.
        self.connection.execute("DELETE FROM listings")
        self.connection.execute("DELETE FROM readings")
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
            "INSERT OR IGNORE INTO readings (session_id, window_from, window_to) "
            "SELECT session_id, window_from, window_to FROM gaps "
            f"WHERE {TRIED_AGAIN}",
            (MAX_SESSION_ATTEMPTS,),
        )

    def restart_unproven(self, run: Run) -> None:
        """Let an interrupted run repeat the reading of windows that no record proves.

        What failed in an outage is tried again too.
        """
        self.connection.executemany(
            "UPDATE readings SET state = 'pending', proof = NULL "
            "WHERE session_id = ? AND window_from = ?",
            [
                one[:2]
                for one in [*find_unproven(self.connection, run), *find_transient(self.connection)]
            ],
        )

    def restart_lists(self, run: Run, listings: Iterable[Listing]) -> None:
        """Let a run that was interrupted list all conversations again.

        So conversations are read even if rows of the remaining work were lost or altered.

        :param listings: the lists that the row of the run asks for.
        """
        self.connection.execute("DELETE FROM listings")
        self.connection.executemany(
            "INSERT INTO listings VALUES (?, ?, ?, ?, 0)",
            [(run.run, *listing) for listing in listings],
        )
        if run.kind == runs.ACCOUNT:
            self._plan_gaps(run.run)

    def mark_missing_files(self, run: Run, folder: Path) -> None:
        """Let a run fetch the stored files again that are missing from their folder."""
        mark_missing_files(self.connection, self.recorder, run.run, folder)

    def finish_run(self, run: Run, finished_at: str) -> Run:
        """Finish a run: its digest covers the chains that it grew."""
        self.connection.execute("DELETE FROM listings")
        self.connection.execute("DELETE FROM readings")
        return runs.finish_run(
            self.connection, self.random_bytes, run, finished_at, self.counts(run)
        )

    # What came.

    def record_listing(
        self, run: Run, listing: Listing, sessions: Sequence[tuple[str, object]], *, done: bool
    ) -> None:
        """Record a page of a list: its conversations are to be read in this window."""
        for session_id, session in sessions:
            self.recorder.add_session(run.run, session_id, session)
        window = listing.window_from, listing.window_to
        self.connection.executemany(
            # What is known of a window stays, unless it has become longer.
            "INSERT INTO readings (session_id, window_from, window_to) "
            "VALUES (?, ?, ?) ON CONFLICT (session_id, window_from) DO UPDATE SET "
            "window_to = excluded.window_to, state = 'pending', proof = NULL "
            "WHERE excluded.window_to > window_to",
            [(session_id, *window) for session_id in dict(sessions)],
        )
        self.connection.execute(
            "UPDATE listings SET done = ? WHERE run = ? AND window_from = ? AND filter_type = ?",
            (done, run.run, listing.window_from, listing.filter_type),
        )

    def add_readings(
        self, run: Run, session_id: str, session: object, readings: Iterable[Reading]
    ) -> None:
        """Add windows of a conversation to the work of a run.

        :param session: the conversation as Zoom listed it; None for one that is known.
        """
        if session is not None:
            self.recorder.add_session(run.run, session_id, session)
        self.connection.executemany(
            "INSERT OR REPLACE INTO readings (session_id, window_from, window_to) VALUES (?, ?, ?)",
            readings,
        )

    def record_messages(
        self,
        run: Run,
        reading: Reading,
        messages: Sequence[object],
        *,
        done: bool,
        taken: Taken | None = None,
    ) -> None:
        """Record a page of messages.

        :param taken: the archived messages that earlier pages of the same pass had.
        """
        self.recorder.add_messages(run.run, reading.session_id, messages, taken)
        if done:
            self.recorder.add_gap(
                run.run, reading.session_id, reading.window, state="read", reason=None
            )
            self.connection.execute(
                "UPDATE readings SET state = 'done', proof = ? "
                "WHERE session_id = ? AND window_from = ?",
                (prove(self.connection, run, reading), reading.session_id, reading.window_from),
            )

    def record_failure(
        self, run: Run, reading: Reading, reason: str, *, transient: bool, counted_before: str = ""
    ) -> None:
        """Record that a conversation cannot be read.

        :param transient: whether it may pass, so that it is not counted.
        :param counted_before: a failure that was counted by a run that began later is not counted
            again; nothing is recorded then.
        """
        if transient:
            is_known = self.is_known_failure(reading, reason)
        else:
            is_known = self.is_counted_failure(reading, counted_before)
        if not is_known:
            state = "failed transiently" if transient else "failed"
            self.recorder.add_gap(
                run.run, reading.session_id, reading.window, state=state, reason=reason
            )

    def skip_readings(self, readings: Iterable[Reading]) -> None:
        """Let a run that is resumed not read these windows again."""
        self.connection.executemany(
            "UPDATE readings SET state = 'failed' WHERE session_id = ? AND window_from = ?",
            [reading[:2] for reading in readings],
        )

    def record_file_failure(self, run: Run, result: FileResult, counted_before: str) -> None:
        """Record that a file could not be fetched, unless that was counted recently."""
        if not self.is_counted_file(result.key, counted_before):
            self.recorder.add_files(run.run, result.key.session_id, [result])

    def record_files(self, run: Run, session_id: str, results: Iterable[FileResult]) -> None:
        """Record the results of fetching files of a conversation."""
        self.recorder.add_files(run.run, session_id, results)

    def record_event(self, run: Run, session_id: str, key: str, event: object) -> bool:
        """Record an event about a conversation; return whether it was new."""
        return self.recorder.add_event(run.run, session_id, key, event)

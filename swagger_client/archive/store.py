"""Writes to an archive: what Zoom returned, and the progress of archive runs.

Call every method that writes within :meth:`Store.transaction`. Changes that belong together are
then stored completely or, after a crash, not at all.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from swagger_client.archive import database, runs
from swagger_client.archive.account_claims import store_setting
from swagger_client.archive.canonical import WITHOUT_ID
from swagger_client.archive.errors import ArchiveLockedError, ArchiveStorageError
from swagger_client.archive.event_queue import record_decision
from swagger_client.archive.file_folder import find_change
from swagger_client.archive.matching import Taken
from swagger_client.archive.migrations import migrate
from swagger_client.archive.read_proof import find_transient, find_unproven, prove
from swagger_client.archive.recorder import Recorder
from swagger_client.archive.rows import FileKey, FileResult
from swagger_client.archive.runs import Run
from swagger_client.archive.store_queries import (
    FINISHED,
    MAX_SESSION_ATTEMPTS,
    TRIED_AGAIN,
    Listing,
    SessionWindow,
    StoreQueries,
)
from swagger_client.history._account import FILTERS

#: "retry": try failed items again, however often they failed. "accept": accept their loss.
FailureAction = Literal["retry", "accept"]

_MARKED_GAPS = {"retry": "state IN ('failed', 'accepted')", "accept": "state <> 'accepted'"}
_MARKED_FILES = {
    "retry": "a.state IN ('failed', 'accepted')",
    "accept": "a.state = 'failed' OR (a.state = 'pending' AND a.reason IS NOT NULL)",
}
_STATES = {"retry": "pending", "accept": "accepted"}


class Store(StoreQueries):
    """An archive that is open for writing, after it was created or migrated if necessary."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = database.connect_for_writing(path)
        with database.close_on_error(self.connection), database.translate_sqlite_errors(path):
            #: The archive format before opening; 0 for a new archive.
            self.form_before = migrate(self.connection, path)
        self.recorder = Recorder(self.connection, path)

    def close(self) -> None:
        with database.translate_sqlite_errors(self.path):
            self.connection.close()

    def compact(self) -> None:
        try:
            with database.translate_sqlite_errors(self.path):
                self.connection.execute("VACUUM")
        except ArchiveStorageError as error:
            raise ArchiveStorageError(
                f"The content is erased, but {self.path} could not be compacted "
                f"({error.__cause__}). This needs free space of the size of the archive beside it, "
                "and in the folder of temporary files: SQLITE_TMPDIR names another folder. Then "
                "run `zoom-sms archive`, which finishes the erasure."
            ) from error.__cause__
        self.truncate_log()

    def truncate_log(self) -> None:
        with database.translate_sqlite_errors(self.path):
            (busy, *_) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise ArchiveLockedError(
                f"The write-ahead log of {self.path} cannot be emptied, because another program is "
                "reading the archive. End that program, then run the same command again."
            )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with database.transaction(self.connection, self.path):
            yield

    def set_setting(self, name: str, value: str | None) -> None:
        """Store a setting and record it in the audit log; None deletes the setting."""
        store_setting(self.connection, name, value)

    def identity(self) -> str:
        """Return the random id of this archive; the first call creates it."""
        found = self.setting("identity")
        if found is None:
            found = secrets.token_hex(8)
            with self.transaction():
                self.set_setting("identity", found)
        return found

    def open_run(self) -> Run | None:
        """Return the archive run that was started but has not finished; None if there is none."""
        return self._run("finished_at IS NULL")

    def last_run(self, session_type: str) -> Run | None:
        """Return the last finished archive run that covered all conversations of a type."""
        return self._run(FINISHED, session_type)

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
        """Create an archive run, and store which lists of conversations it has to fetch."""
        # The table is empty between runs. Rows in it were inserted by another program.
        self.connection.execute("DELETE FROM readings")
        number = runs.next_number(self.connection)
        run = Run(
            number, session_type, spans[0][0], spans[-1][1], covered_from, started_at, None, None,
            kind, runs.format_spans(spans),
        )  # fmt: skip
        runs.begin_run(self.connection, run)
        if failed is not None:
            self._mark_failures(number, failed)
        self.plan_lists(run, listings)
        return run

    def _mark_failures(self, run: int, action: FailureAction) -> None:
        """Record the decision to retry all failed conversations and files, or accept their loss."""
        state = _STATES[action]
        gaps = self.connection.execute(
            f"SELECT session_id, window_from, window_to, reason FROM gaps "
            f"WHERE {_MARKED_GAPS[action]}"
        ).fetchall()
        for session_id, first, last, reason in gaps:
            self.recorder.add_gap(run, session_id, (first, last), state=state, reason=reason)
        for *key, reason in self._attachments("a.reason", _MARKED_FILES[action]):
            file = FileKey(*key)
            self.recorder.add_files(run, file.session_id, [FileResult(file, state, reason)])
        record_decision(self.connection, action)

    def mark_missing_files(self, run: Run, folder: Path) -> None:
        """Mark files that the folder lacks as pending, so that they are downloaded again."""
        for *key, path, size in self._attachments("a.path, a.bytes", "a.state = 'done'"):
            if find_change(folder, str(path), size) == "missing":
                file = FileKey(*key)
                result = FileResult(file, "pending", "it was missing from the folder of files")
                self.recorder.add_files(run.run, file.session_id, [result])

    def _attachments(self, columns: str, condition: str) -> list[Any]:
        """Return the key and the given columns of the attachments that satisfy a condition."""
        return self.connection.execute(
            "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy, "
            f"{columns} FROM attachments a JOIN messages m USING (message) WHERE {condition}"
        ).fetchall()

    def _plan_gaps(self, number: int) -> None:
        # The messages of a conversation without an id are fetched only if Zoom lists it again.
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
        """Make an interrupted archive run fetch the messages of some time windows again.

        These are the windows in the state "done" without a valid proof, those in the state "failed"
        without a gap record, and those that failed for a transient reason.
        """
        self.connection.executemany(
            "UPDATE readings SET state = 'pending', proof = NULL "
            "WHERE session_id = ? AND window_from = ?",
            [
                one[:2]
                for one in [*find_unproven(self.connection, run), *find_transient(self.connection)]
            ],
        )

    def plan_lists(self, run: Run, listings: Iterable[Listing]) -> None:
        """Store which conversation lists an archive run has to fetch, and which gaps to retry."""
        self.connection.execute("DELETE FROM listings")
        self.connection.executemany(
            "INSERT INTO listings VALUES (?, ?, ?, ?, 0)",
            [(run.run, *listing) for listing in listings],
        )
        if run.kind == runs.ACCOUNT:
            self._plan_gaps(run.run)

    def finish_run(self, run: Run, finished_at: str) -> Run:
        """Mark an archive run as finished, store its digest, and empty its progress tables."""
        self.connection.execute("DELETE FROM listings")
        self.connection.execute("DELETE FROM readings")
        return runs.finish_run(self.connection, run, finished_at, self.counts(run))

    def record_listing(
        self, run: Run, listing: Listing, sessions: Sequence[tuple[str, object]], *, done: bool
    ) -> None:
        """Store a page of a conversation list, and plan to fetch their messages; `done` if last."""
        for session_id, session in sessions:
            self.recorder.add_session(run.run, session_id, session)
        window = listing.window_from, listing.window_to
        self.connection.executemany(
            # A stored time window is fetched again only if the new window is longer.
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

    def plan_windows(
        self, run: Run, session_id: str, session: object, windows: Iterable[SessionWindow]
    ) -> None:
        if session is not None:
            self.recorder.add_session(run.run, session_id, session)
        self.connection.executemany(
            "INSERT OR REPLACE INTO readings (session_id, window_from, window_to) VALUES (?, ?, ?)",
            windows,
        )

    def record_messages(
        self,
        run: Run,
        window: SessionWindow,
        messages: Sequence[object],
        *,
        done: bool,
        taken: Taken | None = None,
    ) -> None:
        self.recorder.add_messages(run.run, window.session_id, messages, taken)
        if done:
            self.recorder.add_gap(
                run.run, window.session_id, window.span, state="read", reason=None
            )
            self.connection.execute(
                "UPDATE readings SET state = 'done', proof = ? "
                "WHERE session_id = ? AND window_from = ?",
                (
                    prove(self.connection, run, window),
                    window.session_id,
                    window.window_from,
                ),
            )

    def record_failure(
        self,
        run: Run,
        window: SessionWindow,
        reason: str,
        *,
        transient: bool,
        counted_since: str = "",
    ) -> None:
        """Record that the messages of a time window could not be fetched.

        Archive runs give up a window after five counted failures, which are never transient.

        :param counted_since: a time. If a run that started later has already counted a failure of
            the window, this one is not counted, so that many runs a day count as one.
        """
        if transient:
            is_known = self.is_known_failure(window, reason)
        else:
            is_known = self.is_counted_failure(window, counted_since)
        if not is_known:
            state = "failed transiently" if transient else "failed"
            self.recorder.add_gap(
                run.run,
                window.session_id,
                window.span,
                state=state,
                reason=reason,
            )

    def mark_windows_failed(self, windows: Iterable[SessionWindow]) -> None:
        """Mark time windows as failed, so that a resumed archive run does not try them again."""
        self.connection.executemany(
            "UPDATE readings SET state = 'failed' WHERE session_id = ? AND window_from = ?",
            [window[:2] for window in windows],
        )

    def record_file_failure(self, run: Run, result: FileResult, counted_since: str) -> None:
        """Count a failed download, unless an archive run since `counted_since` has counted one."""
        if not self.is_counted_file(result.key, counted_since):
            self.recorder.add_files(run.run, result.key.session_id, [result])

    def record_uncounted_file_failure(self, run: Run, result: FileResult) -> None:
        """Store why a pending file failed, if no reason is stored yet; count no failure."""
        if self.file_state(result.key) != ("pending", None):
            return
        noted = FileResult(result.key, "pending", result.reason)
        self.recorder.add_files(run.run, result.key.session_id, [noted])

"""Queries about an archive run: what it still has to fetch from Zoom, and what it has archived."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import database, runs
from swagger_client.archive.derived_rows import placeholders
from swagger_client.archive.rows import FileKey
from swagger_client.archive.runs import Run

#: After failing in this many runs, a conversation is not tried again unless a person requests it.
MAX_SESSION_ATTEMPTS = 5
#: After failing in this many runs, a file is not tried again unless a person requests it.
MAX_FILE_ATTEMPTS = 5


class Listing(NamedTuple):
    """A list that an archive run requests: the conversations with a timestamp in a time window.

    :ivar str filter_type: the timestamp's name at Zoom, for example "last_message_time".
    """

    window_from: str
    window_to: str
    filter_type: str


class SessionWindow(NamedTuple):
    """A time window in which an archive run has to fetch the messages of one conversation."""

    session_id: str
    window_from: str
    window_to: str

    @property
    def span(self) -> tuple[str, str]:
        return self.window_from, self.window_to


class StoreQueries:
    """Queries about what archive runs have archived and what they still have to fetch."""

    path: Path
    connection: sqlite3.Connection

    def pending_listings(self, run: Run) -> list[Listing]:
        found = self._rows(
            f"SELECT {', '.join(Listing._fields)} FROM listings WHERE run = ? AND NOT done "
            "ORDER BY window_from, filter_type",
            run.run,
        )
        return [Listing._make(row) for row in found]

    def sessions_with_pending_windows(self) -> list[str]:
        found = self._rows(
            "SELECT DISTINCT session_id FROM readings WHERE state = 'pending' ORDER BY session_id"
        )
        return [str(session_id) for (session_id,) in found]

    def pending_windows(self, session_id: str) -> list[SessionWindow]:
        found = self._rows(
            f"SELECT {', '.join(SessionWindow._fields)} FROM readings "
            "WHERE session_id = ? AND state = 'pending' ORDER BY window_from",
            session_id,
        )
        return [SessionWindow._make(row) for row in found]

    def finished_runs(self, session_type: str) -> list[Run]:
        """Return the finished archive runs that archived all conversations of the given type."""
        with database.translate_sqlite_errors(self.path):
            return list(runs.read_runs(self.connection, FINISHED, session_type))

    def find_readable_session(self, failing: Collection[str]) -> str | None:
        """Return the id of a completely fetched conversation not in `failing`; None if none."""
        for session_id, _ in self._rows(_READABLE):
            if session_id not in failing:
                return str(session_id)
        return None

    def is_accepted(self, window: SessionWindow) -> bool:
        """Return whether a user accepted the loss of all messages in a time window."""
        return bool(self._rows(_ACCEPTED, *window))

    def is_known_failure(self, window: SessionWindow, reason: str) -> bool:
        return bool(self._rows(_KNOWN_FAILURE, *window, reason))

    def is_counted_failure(self, window: SessionWindow, since: str) -> bool:
        """Return whether an archive run after `since` counted a failure of this time window."""
        return bool(self._rows(_COUNTED_FAILURE, *window[:2], since))

    def is_counted_file(self, key: FileKey, since: str) -> bool:
        """Return whether an archive run after `since` counted a failed download of this file."""
        return bool(self._rows(_COUNTED_FILE, *key, since))

    def file_state(self, key: FileKey) -> tuple[object, ...]:
        """Return (state, reason): the state of a file's download, and why it failed, or None."""
        return self._rows(_FILE_STATE, *key)[0]

    def count_windows(self, *states: str) -> int:
        return self._count(
            f"SELECT count(*) FROM readings WHERE state IN ({placeholders(states)})", *states
        )

    def identifying_values(self) -> set[str]:
        """Return values that no other account has: conversation ids, owners' ids and numbers."""
        found = self._rows(
            "SELECT session_id FROM sessions UNION SELECT owner_id FROM participants UNION "
            "SELECT digits FROM participants WHERE is_session_owner"
        )
        return {str(value) for (value,) in found if value is not None}

    def newest_messages(self) -> list[tuple[str, str]]:
        """Return the conversation id and message id of the three newest messages."""
        found = self._rows(
            "SELECT session_id, message_id FROM messages WHERE sent_at NOT NULL "
            "ORDER BY sent_at DESC LIMIT 3"
        )
        return [(str(session_id), str(message_id)) for session_id, message_id in found]

    def count_sessions(self) -> int:
        return self._count("SELECT count(*) FROM sessions")

    def count_files(self) -> int:
        return self._count("SELECT count(*) FROM attachments")

    def failed_sessions(self) -> list[tuple[str, str]]:
        """Return the conversations whose messages could not be fetched, each with the reason."""
        found = self._rows(
            "SELECT DISTINCT session_id, reason FROM gaps WHERE state <> 'accepted' "
            "ORDER BY session_id"
        )
        return [(str(session_id), str(reason)) for session_id, reason in found]

    def count_gaps_left(self) -> int:
        """Count the failed time windows that the next archive run tries to fetch again."""
        return self._count(f"SELECT count(*) FROM gaps WHERE {TRIED_AGAIN}", MAX_SESSION_ATTEMPTS)

    def counts(self, run: Run) -> dict[str, int]:
        """Count what an archive run has stored; the keys are field names of :class:`RunReport`."""
        return {name: self._count(query, run.run) for name, query in _COUNTS.items()}

    def count_files_left(self) -> int:
        """Count the files that the next archive run tries to download."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state IN ('pending', 'failed') "
            "AND attempts < ?",
            MAX_FILE_ATTEMPTS,
        )

    def count_files_given_up(self) -> int:
        """Count the files that failed so often that archive runs do not try them again."""
        return self._count(
            "SELECT count(*) FROM attachments WHERE state = 'failed' AND attempts >= ?",
            MAX_FILE_ATTEMPTS,
        )

    def _count(self, query: str, *values: object) -> int:
        (row,) = self._rows(query, *values)
        return int(str(row[0]))

    def session_counts(self, session_id: str) -> tuple[int, int] | None:
        """Return how many messages and versions a conversation has; None if not archived."""
        if not self._rows("SELECT 1 FROM sessions WHERE session_id = ?", session_id):
            return None
        return (
            self._count("SELECT count(*) FROM messages WHERE session_id = ?", session_id),
            self._count(
                "SELECT count(*) FROM records WHERE session_id = ? AND kind = 'message' "
                "AND content IS NOT NULL",
                session_id,
            ),
        )

    def count_session_files_left(self, session_id: str) -> int:
        return self._count(
            "SELECT count(*) FROM attachments a JOIN messages m USING (message) "
            "WHERE m.session_id = ? AND a.state IN ('pending', 'failed')",
            session_id,
        )

    def has_files(self) -> bool:
        return bool(self._rows("SELECT 1 FROM attachments WHERE state = 'done' LIMIT 1"))

    def pending_files(self, run: Run, session_id: str) -> list[FileKey]:
        """Return a conversation's attachments that an archive run has to download, oldest first."""
        found = self._rows(
            "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy "
            f"{_PENDING} AND m.session_id = ? ORDER BY m.seq, a.position",
            MAX_FILE_ATTEMPTS,
            run.run,
            session_id,
        )
        return [FileKey._make(row) for row in found]

    def sessions_with_pending_files(self, run: Run) -> list[str]:
        found = self._rows(
            f"SELECT DISTINCT m.session_id {_PENDING} ORDER BY m.session_id",
            MAX_FILE_ATTEMPTS,
            run.run,
        )
        return [str(session_id) for (session_id,) in found]

    def setting(self, name: str) -> str | None:
        for (value,) in self._rows("SELECT value FROM settings WHERE name = ?", name):
            return str(value)
        return None

    def _rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with database.translate_sqlite_errors(self.path):
            return self.connection.execute(statement, values).fetchall()


#: The gaps that the next archive run tries again: transient failures always, others a few times.
TRIED_AGAIN = "state <> 'accepted' AND (state <> 'failed' OR attempts < ?)"

FINISHED = "finished_at IS NOT NULL AND kind = 'account' AND session_type IN (?, 'all')"
_ACCEPTED = (
    "SELECT 1 FROM gaps g JOIN sessions s USING (session_id) WHERE session_id = ?"
    " AND g.state = 'accepted' AND g.window_from <= ? AND (g.window_to >= ?"
    " OR (s.last_access_time LIKE '____-__-__T__:__:__Z' AND s.last_access_time <= g.window_to))"
)
_KNOWN_FAILURE = (
    "SELECT 1 FROM gaps WHERE session_id = ? AND window_from = ? AND window_to >= ?"
    " AND reason = ? AND state IN ('failed', 'failed transiently')"
)
_COUNTED_FAILURE = (
    "SELECT 1 FROM gaps g JOIN records r INDEXED BY records_by_item ON r.session_id = g.session_id"
    " AND r.kind = 'gap' AND r.item = g.window_from JOIN runs u ON u.run = r.run"
    " WHERE g.session_id = ? AND g.window_from = ? AND g.state = 'failed'"
    " AND r.seq >= g.seq AND u.started_at > ?"
)
_COUNTED_FILE = (
    "SELECT 1 FROM attachments a JOIN messages m USING (message) JOIN records r"
    " ON r.session_id = m.session_id AND r.seq = a.seq JOIN runs u ON u.run = r.run"
    " WHERE m.session_id = ? AND m.message_id = ? AND m.copy = ? AND a.attachment_id = ?"
    " AND a.attachment_copy = ? AND a.state = 'failed' AND u.started_at > ?"
)
_FILE_STATE = (
    "SELECT a.state, a.reason FROM attachments a JOIN messages m USING (message)"
    " WHERE m.session_id = ? AND m.message_id = ? AND m.copy = ? AND a.attachment_id = ?"
    " AND a.attachment_copy = ?"
)
_READABLE = (
    "SELECT session_id, max(sent_at) FROM messages WHERE session_id NOT IN"
    " (SELECT session_id FROM gaps UNION SELECT session_id FROM readings WHERE state <> 'done')"
    " GROUP BY session_id ORDER BY max(sent_at) DESC"
)

#: The files that an archive run has to download. A file that failed in this run is not tried again.
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
    " AND content IS NOT NULL"
    f" AND NOT {_EARLIER}",
    "changed_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND {_EARLIER}",
    "erased_messages": "SELECT count(*) FROM records r WHERE run = ? AND kind = 'message'"
    f" AND content IS NULL AND NOT {_EARLIER}",
    "files_done": f"{_FILES} WHERE r.run = ? AND a.state = 'done'",
    "files_failed": f"{_FILES} WHERE r.run = ? AND a.state = 'failed'",
    "collisions": "SELECT count(*) FROM messages m JOIN records r USING (session_id, seq)"
    " WHERE r.run = ? AND m.copy > 0 AND m.seq = m.first_seq",
}

"""Marks failed conversations, files and events: to be fetched again, or accepted as lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from swagger_client.archive.event_queue import record_decision
from swagger_client.archive.file_folder import find_change
from swagger_client.archive.recorder import Recorder
from swagger_client.archive.rows import FileKey, FileResult

#: "retry": try failed items again, however often they failed. "accept": accept their loss.
FailureAction = Literal["retry", "accept"]

_GAPS = {"retry": "state IN ('failed', 'accepted')", "accept": "state <> 'accepted'"}
_FILES = {
    "retry": "a.state IN ('failed', 'accepted')",
    "accept": "a.state = 'failed' OR (a.state = 'pending' AND a.reason IS NOT NULL)",
}
_STATES = {"retry": "pending", "accept": "accepted"}


def mark_failures(
    connection: sqlite3.Connection, recorder: Recorder, run: int, action: FailureAction
) -> None:
    """Record the decision to retry all failed conversations and files, or to accept their loss."""
    state = _STATES[action]
    gaps = connection.execute(
        f"SELECT session_id, window_from, window_to, reason FROM gaps WHERE {_GAPS[action]}"
    ).fetchall()
    for session_id, first, last, reason in gaps:
        recorder.add_gap(run, session_id, (first, last), state=state, reason=reason)
    files = connection.execute(
        "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy, a.reason "
        f"FROM attachments a JOIN messages m USING (message) WHERE {_FILES[action]}"
    ).fetchall()
    for *key, reason in files:
        file = FileKey(*key)
        recorder.add_files(run, file.session_id, [FileResult(file, state, reason)])
    record_decision(connection, action)


def mark_missing_files(
    connection: sqlite3.Connection, recorder: Recorder, run: int, folder: Path
) -> None:
    """Mark files that are missing in the folder as pending, so that they are downloaded again."""
    stored = connection.execute(
        "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy, a.path, "
        "a.bytes FROM attachments a JOIN messages m USING (message) WHERE a.state = 'done'"
    ).fetchall()
    for *key, path, size in stored:
        if find_change(folder, str(path), size) == "missing":
            file = FileKey(*key)
            result = FileResult(file, "pending", "it was missing from the folder of files")
            recorder.add_files(run, file.session_id, [result])

"""Checks the rows about archive runs, settings, erased numbers and events against the audit log.

When this package stores a row about a run, a setting, an erasure or a received event, it also
appends a record to the audit log (see :mod:`swagger_client.archive.account_log`). What that log
says about such rows is called claims here. A row that no record of the audit log mentions was
inserted by another program. A row that the log mentions but that does not exist was deleted by
another program.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from swagger_client.archive import account_log, erased_numbers, event_queue, runs
from swagger_client.archive.account_log import AccountRecord
from swagger_client.archive.canonical import JsonObject, as_list, canonical
from swagger_client.archive.errors import damaged
from swagger_client.archive.file_folder import LOST_FILES
from swagger_client.archive.past_erasures import ERASURE

#: The kinds of records about a changed setting, and about a finished erasure.
SETTING, ERASURE_FINISHED = "setting", "erasure finished"
#: The name of the setting with the paths of the files that an erasure has not deleted yet.
PENDING_ERASURE = "erasure_pending"
#: The settings that control archive runs and reports. Each change is recorded in the audit log.
LOGGED_SETTINGS = (
    "account", "attachments", "identity", LOST_FILES, "retention_days", "search_rules"
)  # fmt: skip
_UNLOGGED_SETTINGS = (account_log.END, PENDING_ERASURE)
_MIGRATION = "migration"
#: The kinds of records that :func:`check_control_rows` reads. It does not read the records of
#: received events, because each event is checked when it is archived.
_CONTROL_KINDS = (runs.BEGUN, runs.FINISHED, _MIGRATION, SETTING, ERASURE, ERASURE_FINISHED)


class AccountClaims:
    """Collects what the audit log says about the rows of other tables, to compare them.

    :ivar set erased: the erased records of conversations, as (conversation id, record number).
    :ivar set erased_entries: the numbers of the records of the audit log that were erased.
    :ivar int migrated_run: the number of the last archive run in format 1; 0 if there was none.
    """

    def __init__(self) -> None:
        self.erased: set[tuple[str, int]] = set()
        self.erased_entries: set[int] = set()
        self.migrated_run = 0
        self._remembered: list[str] = []
        self._unfinished: dict[int, object] = {}
        self._begun: dict[object, JsonObject] = {}
        self._finished: dict[object, AccountRecord] = {}
        self._settings: dict[str, object] = {}
        #: The records of events that were received but neither archived nor erased.
        self._waiting: dict[int, None] = {}
        #: The records of events whose failure a user accepted.
        self._accepted: set[int] = set()

    def add(self, record: AccountRecord) -> None:
        if record.kind == event_queue.RECEIVED:
            self._waiting[record.seq] = None
            return
        fields = record.fields
        if record.kind == ERASURE:
            for session_id, seq in map(as_list, as_list(fields.get("records"))):
                self.erased.add((str(session_id), int(str(seq))))
            self.erased_entries.update(int(str(seq)) for seq in as_list(fields["account_records"]))
            self._remembered += map(str, as_list(fields.get("remembered")))
            if "pending" in fields:  # absent if a run received erased messages again
                self._unfinished[record.seq] = fields["pending"]
            self._end_events(fields)
        elif record.kind == ERASURE_FINISHED:
            self._unfinished.pop(int(str(fields["erasure"])), None)
        elif record.kind == _MIGRATION and fields.get("from") == 1:
            self.migrated_run = int(str(fields["last_run"]))
        elif record.kind == runs.BEGUN:
            self._begun[fields.get("run")] = fields
        elif record.kind == runs.FINISHED:
            self._finished[fields.get("run")] = record
        elif record.kind == SETTING:
            self._settings[str(fields["name"])] = fields["value"]
        elif record.kind == event_queue.ARCHIVED:
            self._end_events(fields)
        elif record.kind in (event_queue.ACCEPTED, event_queue.RETRIED):
            event_queue.add_decision(self._accepted, record)

    def _end_events(self, fields: JsonObject) -> None:
        for seq in as_list(fields.get("events")):
            self._waiting.pop(int(str(seq)), None)

    def find_contradictions(self, connection: sqlite3.Connection) -> Iterator[str]:
        """Yield how archive runs, settings and erased numbers contradict the audit log."""
        yield from self._check_runs(connection)
        yield from self._check_settings(connection)
        if sorted(erased_numbers.hash_each_row(connection)) != sorted(self._remembered):
            yield (
                "the table erased_numbers differs from the erasures in the audit log: a run "
                "may store erased numbers again"
            )

    def find_event_contradictions(self, connection: sqlite3.Connection) -> Iterator[str]:
        """Yield a problem text for each received event that contradicts the audit log."""
        waiting = set(self._waiting)
        for event in event_queue.read_events(connection, ("pending", "failed", "done")):
            problem = event_queue.find_problem(connection, event)
            is_waiting = event.account_seq in waiting
            waiting.discard(event.account_seq)
            if problem is None and is_waiting is (event.state == "done"):
                problem = (
                    "is marked as archived, but was never archived"
                    if is_waiting
                    else "is marked as waiting, but was already archived"
                )
            if problem is None and event.state == "pending" and event.account_seq in self._accepted:
                problem = "is marked as pending, but its failure was accepted"
            if problem is not None:
                yield f"received event {event.number} {problem}"
        for seq in sorted(waiting):
            yield f"the received event of account record {seq} is missing"

    def _check_runs(self, connection: sqlite3.Connection) -> Iterator[str]:
        """Yield a problem text for each archive run whose row contradicts the audit log."""
        missing = {*self._begun, *self._finished, *([self.migrated_run] * bool(self.migrated_run))}
        for run in runs.read_runs(connection):
            missing.discard(run.run)
            begun = self._begun.get(run.run)
            if begun is None and run.run > self.migrated_run:
                yield f"the audit log has no record of the start of run {run.run}"
            elif begun is not None and begun != runs.start_fields(run):
                yield f"the row of run {run.run} differs from the record of the run's start"
            end = self._finished.get(run.run)
            expected = (None, None) if end is None else (end.at, end.seq)
            if run.run <= self.migrated_run and end is None:
                continue  # archive format 1 had no account's log
            if (run.finished_at, run.account_seq) != expected:
                yield f"the row of run {run.run} differs from the record of the run's end"
        for number in sorted(missing, key=str):
            yield f"the row of run {number} is missing: the audit log has a record of the run"

    def _check_settings(self, connection: sqlite3.Connection) -> Iterator[str]:
        found = dict(connection.execute("SELECT name, value FROM settings").fetchall())
        expected = {name: value for name, value in self._settings.items() if value is not None}
        for name in sorted({*found, *expected} - {*_UNLOGGED_SETTINGS}, key=str):
            if found.get(name) != expected.get(name):
                yield f"the setting {name} differs from its value in the audit log"
        pending, unfinished = found.get(PENDING_ERASURE), list(self._unfinished.values())
        if pending is None and unfinished:
            yield "an erasure is unfinished, but the list of files that it has to delete is missing"
        elif pending is not None and [hash_pending_files(pending)] != unfinished[-1:]:
            yield "the list of files that an erasure has to delete differs from the audit log"


def check_control_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Raise an error if an archive run, setting or erased number contradicts the audit log."""
    claims = AccountClaims()
    try:
        for record in account_log.read_log(connection, *_CONTROL_KINDS):
            claims.add(record)
        problem = next(claims.find_contradictions(connection), None)
    except (ValueError, TypeError, KeyError):
        problem = "a record of the audit log is malformed"
    if problem is not None:
        raise damaged(path, problem)


def store_setting(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    """Store a setting, and append it to the audit log. None deletes the setting."""
    known = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    if known == (None if value is None else (value,)):
        return
    record_setting(connection, name, value)
    if value is None:
        connection.execute("DELETE FROM settings WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))


def record_setting(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    fields: JsonObject = {"name": name, "value": value}
    account_log.append(connection, kind=SETTING, fields=fields)


def record_old_settings(connection: sqlite3.Connection) -> None:
    """Append the settings of a format 1 archive to the audit log, and delete obsolete settings."""
    for name, value in connection.execute("SELECT name, value FROM settings").fetchall():
        if name in LOGGED_SETTINGS:
            record_setting(connection, name, value)
        elif name not in _UNLOGGED_SETTINGS:
            connection.execute("DELETE FROM settings WHERE name = ?", (name,))


def hash_pending_files(pending: object) -> str:
    """Return the hash of the list of files that an erasure still has to delete."""
    return hashlib.sha256(canonical(pending).encode()).hexdigest()

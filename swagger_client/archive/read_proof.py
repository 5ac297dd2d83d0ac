"""Checks which messages an interrupted archive run has really fetched, before the run is resumed.

The table ``readings`` contains the time windows whose messages a run has to fetch, and the state of
each window. No digest protects this table, so another program could set a window to "done". Each
window in that state therefore has a proof: a hash over the row of the run, the window, and the
conversation's last record when the window was done. A window in the state "failed" needs a gap
record instead, which says that its messages could not be fetched.

The table ``listings`` contains the lists of conversations that a run has to fetch.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from swagger_client.archive import runs
from swagger_client.archive.plan import covered_until, from_stamp
from swagger_client.archive.runs import Run, start_fields
from swagger_client.archive.store_queries import SessionWindow
from swagger_client.history._account import FILTERS

_LONGEST_LIST = timedelta(days=31)
_COLUMNS = ", ".join(SessionWindow._fields)
_FAILED_WITHOUT_GAP = f"""
SELECT {_COLUMNS} FROM readings f WHERE state = 'failed' AND NOT EXISTS (
    SELECT 1 FROM gaps g JOIN records r
    ON r.session_id = g.session_id AND r.seq = g.seq AND r.kind = 'gap' AND r.item = g.window_from
    JOIN sessions s ON s.session_id = g.session_id
    WHERE g.session_id = f.session_id AND g.window_from <= f.window_from
    AND (g.state LIKE 'failed%' AND g.window_to >= f.window_to OR g.state = 'accepted'
    AND (g.window_to >= f.window_to OR s.last_access_time <= g.window_to)))
"""
_FAILED_TRANSIENTLY = f"""
SELECT {_COLUMNS} FROM readings f WHERE state = 'failed' AND EXISTS (
    SELECT 1 FROM gaps g WHERE g.session_id = f.session_id AND g.window_from <= f.window_from
    AND g.window_to >= f.window_to AND g.state = 'failed transiently')
"""


def prove(connection: sqlite3.Connection, run: Run, window: SessionWindow) -> str:
    """Return a hash that proves that the messages of a time window were stored before now."""
    seq, head = connection.execute(
        "SELECT records, head FROM sessions WHERE session_id = ?", (window.session_id,)
    ).fetchone()
    return _proof(run, window, seq, head)


def find_unproven(connection: sqlite3.Connection, run: Run) -> list[SessionWindow]:
    """Return the time windows to fetch again: done without valid proof, or failed without gap."""
    done = connection.execute(
        f"SELECT {_COLUMNS}, proof FROM readings WHERE state = 'done'"
    ).fetchall()
    found = [
        window
        for *values, proof in done
        if not _is_proven(connection, run, window := SessionWindow._make(values), proof)
    ]
    return found + [SessionWindow._make(row) for row in connection.execute(_FAILED_WITHOUT_GAP)]


def check_plan(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text for each row that would make an interrupted archive run miss messages.

    If no run is interrupted, the tables ``listings`` and ``readings`` must be empty.
    """
    open_runs = list(runs.read_runs(connection, "finished_at IS NULL"))
    if not open_runs:
        for table in ("listings", "readings"):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if count:
                yield f"{table} has {count} rows, but no run is unfinished"
        return
    for run in open_runs:
        unproven = find_unproven(connection, run)
        if unproven:
            first = unproven[0]
            yield (
                f"run {run.run} marks {len(unproven)} time windows as read without a valid proof, "
                f"such as {first.window_from} to {first.window_to} of conversation "
                f"{first.session_id}"
            )
        spans = runs.parse_spans(run)
        if spans is None or run.kind != runs.ACCOUNT:  # format 1, or a run without lists
            continue
        found = connection.execute(
            "SELECT window_from, window_to, filter_type FROM listings WHERE run = ?", (run.run,)
        )
        lists = [(from_stamp(first), from_stamp(last), each) for first, last, each in found]
        for each in FILTERS:
            # Versions differ in where they split a time span, but a list is never longer.
            read = [(a, b) for a, b, name in lists if name == each and b - a <= _LONGEST_LIST]
            for begin, end in spans:
                if covered_until(from_stamp(begin), read) < from_stamp(end):
                    yield f"run {run.run} lacks a list between {begin} and {end} ({each})"


def find_transient(connection: sqlite3.Connection) -> list[SessionWindow]:
    return [SessionWindow._make(row) for row in connection.execute(_FAILED_TRANSIENTLY)]


def _is_proven(
    connection: sqlite3.Connection, run: Run, window: SessionWindow, proof: object
) -> bool:
    seq, separator, _ = str(proof).partition(":")
    if not separator or not seq.isdecimal():
        return False
    row = connection.execute(
        "SELECT hash FROM records WHERE session_id = ? AND seq = ?",
        (window.session_id, int(seq)),
    ).fetchone()
    head = "" if row is None else str(row[0])
    return proof == _proof(run, window, int(seq), head)


def _proof(run: Run, window: SessionWindow, seq: int, head: str) -> str:
    proven = json.dumps([start_fields(run), window, seq, head], sort_keys=True)
    return f"{seq}:{hashlib.sha256(proven.encode()).hexdigest()}"

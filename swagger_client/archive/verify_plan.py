"""Verifies the rows that say what an interrupted archive run still has to fetch.

The table ``listings`` contains the lists of conversations that the run has to fetch. Each row of
the table ``readings`` has a conversation, and a time window whose messages the run has to fetch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from swagger_client.archive import runs
from swagger_client.archive.plan import covered_until, from_stamp
from swagger_client.archive.read_proof import find_unproven
from swagger_client.history._account import FILTERS

_LONGEST_LIST = timedelta(days=31)


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

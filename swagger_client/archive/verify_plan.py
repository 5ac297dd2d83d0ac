"""Verifies that a run's work rows match the spans in the row of the run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from swagger_client.archive import runs
from swagger_client.archive.plan import from_stamp, listings_of
from swagger_client.archive.read_proof import find_unproven


def check_plan(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the defects of an interrupted run's remaining work."""
    open_runs = list(runs.read_runs(connection, "finished_at IS NULL"))
    if not open_runs:
        for table in ("listings", "readings"):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if count:
                yield f"{table} has {count} rows, and no run is open"
        return
    for run in open_runs:
        unproven = find_unproven(connection, run)
        if unproven:
            first = unproven[0]
            yield (
                f"run {run.run} marks {len(unproven)} windows as read that no record proves, such "
                f"as {first.window_from} to {first.window_to} of conversation {first.session_id}"
            )
        spans = runs.spans_of(run)
        if spans is None or run.kind != runs.ACCOUNT:  # format 1 has no spans; others list nothing
            continue
        found = set(
            connection.execute(
                "SELECT window_from, window_to, filter_type FROM listings WHERE run = ?",
                (run.run,),
            )
        )
        expected = set(listings_of([(from_stamp(a), from_stamp(b)) for a, b in spans]))
        for missing in sorted(expected - found):
            yield f"run {run.run} no longer lists {missing[0]} to {missing[1]} ({missing[2]})"

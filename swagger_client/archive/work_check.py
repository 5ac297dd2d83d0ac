"""Compares the rows that say what is missing, of conversations and files, with the records.

``verify`` derives all rows again. This reads only the records about failures and fetched files, so
that a run, and whoever reads whether the archive is complete, can afford it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from swagger_client._security import safe_json
from swagger_client.archive import rows
from swagger_client.archive.canonical import as_object
from swagger_client.archive.derivation import gap_row
from swagger_client.archive.errors import damaged

#: The latest record about each item of a kind; of what was erased nothing is expected. With
#: ``max``, SQLite takes the other columns from the same row.
_LATEST = (
    "SELECT r.session_id, max(r.seq), {value} FROM sessions s "
    "CROSS JOIN records r INDEXED BY records_by_item ON r.session_id = s.session_id "
    "AND r.kind = '{kind}' WHERE r.content IS NOT NULL GROUP BY r.session_id, r.item"
)
_GAPS = _LATEST.format(kind="gap", value="r.content")
#: In the records' JSON, which has no white space, a quotation mark within text is escaped.
_STATE = "CASE {} END".format(
    " ".join(
        f"""WHEN instr(r.content, '"state":"{state}"') THEN '{state}'"""
        for state in ("done", "failed", "accepted", "pending")
    )
)
_FILES = _LATEST.format(kind="attachment", value=_STATE)
#: The rows of files; of a file that was never tried there is no record.
_FILE_ROWS = (
    "SELECT m.session_id, a.seq, a.state FROM attachments a JOIN messages m USING (message) "
    "WHERE NOT (a.seq IS NULL AND a.state = 'pending')"
)


def check_work(connection: sqlite3.Connection, path: Path) -> None:
    """Check the rows about conversations and files that are missing.

    :raises ArchiveDamagedError: when they are not what the records say.
    """
    with _reading_one_state(connection):
        problem = next(_find_contradictions(connection), None)
    if problem is not None:
        raise damaged(path, problem)


@contextlib.contextmanager
def _reading_one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """Let the statements of the block see one state, while a run may be writing."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _find_contradictions(connection: sqlite3.Connection) -> Iterator[str]:
    try:
        gaps = {
            gap_row(str(session_id), seq, as_object(safe_json.loads(content)))
            for session_id, seq, content in connection.execute(_GAPS)
        }
    except ValueError:
        yield "a record about a conversation that could not be read is no JSON"
        return
    expected = {row for row in gaps if row[3] != "read"}
    found = set(connection.execute(f"SELECT {', '.join(rows.GAPS.columns)} FROM gaps"))
    if expected != found:
        yield "its rows about conversations that could not be read (gaps) are not what records say"
    for one, other in ((_FILES, _FILE_ROWS), (_FILE_ROWS, _FILES)):
        if connection.execute(f"SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other})").fetchone():
            yield "its rows about files (attachments) are not what records say"
            return

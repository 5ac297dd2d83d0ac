"""Checks the tables ``gaps`` and ``attachments``, which decide what an archive run fetches again.

A gap is a time span of a conversation whose messages could not be fetched. ``verify`` checks all
rows, but this takes long. This module reads only records about gaps or files. The check is fast
enough to be done at the start of each run and in :meth:`Archive.coverage`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from swagger_client._security import safe_json
from swagger_client.archive import rows
from swagger_client.archive.canonical import as_object
from swagger_client.archive.derived_rows import gap_row
from swagger_client.archive.errors import damaged

#: Selects the latest record about each item of a kind, except erased records. With ``max``, SQLite
#: takes the other columns from the same row.
_LATEST = (
    "SELECT r.session_id, max(r.seq), {value} FROM sessions s "
    "CROSS JOIN records r INDEXED BY records_by_item ON r.session_id = s.session_id "
    "AND r.kind = '{kind}' WHERE r.content IS NOT NULL GROUP BY r.session_id, r.item"
)
_GAPS = _LATEST.format(kind="gap", value="r.content")
#: The state in a record's JSON. The JSON has no white space, and quotation marks in texts are
#: escaped, so a text cannot be mistaken for the field.
_STATE = "CASE {} END".format(
    " ".join(
        f"""WHEN instr(r.content, '"state":"{state}"') THEN '{state}'"""
        for state in ("done", "failed", "accepted", "pending")
    )
)
_FILES = _LATEST.format(kind="attachment", value=_STATE)
#: The rows of files that were tried. There is no record about other files.
_FILE_ROWS = (
    "SELECT m.session_id, a.seq, a.state FROM attachments a JOIN messages m USING (message) "
    "WHERE NOT (a.seq IS NULL AND a.state = 'pending')"
)
_FILES_CONTRADICT = "its rows about files (attachments) contradict the records"
#: Selects the versions of messages with attachments, and erased records, in their order. An empty
#: list of attachments is skipped.
_WITH_FILES = (
    "SELECT session_id, item, content FROM records WHERE kind = 'message' AND (content IS NULL "
    """OR instr(replace(content, '"attachments":[]', ''), '"attachments":[')) ORDER BY rowid"""
)
_FILE_KEYS = (
    "SELECT m.session_id, m.message_id, m.copy, a.attachment_id, a.attachment_copy "
    "FROM attachments a JOIN messages m USING (message)"
)


def check_work(connection: sqlite3.Connection, path: Path, *, files: bool = True) -> None:
    """Raise an error if the table ``gaps`` (or ``attachments``) contradicts the records."""
    with _reading_one_state(connection):
        problem = next(_find_contradictions(connection, files=files), None)
    if problem is not None:
        raise damaged(path, problem)


@contextlib.contextmanager
def _reading_one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the ``with`` block in a read transaction: all its queries see the same data."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _find_contradictions(connection: sqlite3.Connection, *, files: bool) -> Iterator[str]:
    try:
        gaps = {
            gap_row(str(session_id), seq, as_object(safe_json.loads(content)))
            for session_id, seq, content in connection.execute(_GAPS)
        }
    except ValueError:
        yield "a record about a conversation that could not be read is not valid JSON"
        return
    expected = {row for row in gaps if row[3] != "read"}
    found = set(connection.execute(f"SELECT {', '.join(rows.GAPS.columns)} FROM gaps"))
    if expected != found:
        yield "its rows about conversations that could not be read (gaps) contradict the records"
    if not files:
        return
    for one, other in ((_FILES, _FILE_ROWS), (_FILE_ROWS, _FILES)):
        if connection.execute(f"SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other})").fetchone():
            yield _FILES_CONTRADICT
            return
    try:
        listed = _listed_files(connection)
    except ValueError:
        yield "a record of a message is not valid JSON"
        return
    if listed != set(connection.execute(_FILE_KEYS)):
        yield _FILES_CONTRADICT


def _listed_files(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    """Return the keys of all files that any version of an archived message lists."""
    listed: dict[tuple[str, str], set[tuple[object, ...]]] = {}
    for session_id, item, content in connection.execute(_WITH_FILES):
        if content is None:  # erased
            listed.pop((session_id, item), None)
            continue
        message = safe_json.loads(content)
        found = rows.files_of(session_id, *rows.parse_message_item(item), message)
        listed.setdefault((session_id, item), set()).update(tuple(key) for key, _ in found)
    return set().union(*listed.values())

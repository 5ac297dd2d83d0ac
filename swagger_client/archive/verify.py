"""Re-reads an archive whole: chains, derived tables, digests of runs, files, search index."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import shapes
from swagger_client.archive.derive import Record, broken_links, differences, rows_of
from swagger_client.archive.recording import heads, previous_digest
from swagger_client.archive.shapes import Row, Table
from swagger_client.archive.store import Run
from swagger_client.archive.words import words

_BLOCK = 1 << 20


class VerifyReport(NamedTuple):
    """What a verification read and found.

    :ivar int records: records whose chain was followed.
    :ivar int files: files that were read and hashed.
    :ivar str digest: the digest of the last finished run: compare it with what that run reported.
    :ivar list problems: what is wrong, a sentence each; empty when all is well.
    """

    sessions: int
    messages: int
    records: int
    files: int
    digest: str | None
    problems: list[str]

    @property
    def sound(self) -> bool:
        """Whether everything is as it was written."""
        return not self.problems


class Verification:
    """Reads an archive through one connection.

    :param connection: opened for reading.
    :param folder: where the files are.
    :param progress: told the conversations read, and how many there are.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Path | None,
        progress: Callable[[int, int], object] | None,
    ) -> None:
        self._connection = connection
        # What is damaged need not be UTF-8 any more.
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        self._folder = folder
        self._tell = progress
        self._counts = {"sessions": 0, "messages": 0, "records": 0, "files": 0}
        self._digest: str | None = None

    def report(self) -> VerifyReport:
        """Read everything."""
        problems: list[str] = []
        for part in (self._file, self._sessions, self._strays, self._runs, self._index):
            try:
                for problem in part():
                    problems.append(problem)  # one by one: those before an error count
            except sqlite3.DatabaseError as error:
                problems.append(f"the database cannot be read on: {error}")
        return VerifyReport(**self._counts, digest=self._digest, problems=problems)

    def _file(self) -> Iterator[str]:
        """What SQLite itself finds."""
        for (said,) in self._connection.execute("PRAGMA integrity_check"):
            if said != "ok":
                yield f"database: {said}"
        for table, *_ in self._connection.execute("PRAGMA foreign_key_check"):
            yield f"a row of {table} belongs to nothing"

    def _sessions(self) -> Iterator[str]:
        found = self._connection.execute(
            "SELECT session_id FROM sessions UNION SELECT session_id FROM records "
            "ORDER BY session_id"
        ).fetchall()
        for place, (session_id,) in enumerate(found):
            for problem in self._session(session_id):
                yield f"conversation {session_id}: {problem}"
            self._counts["sessions"] += 1
            if self._tell is not None:
                self._tell(place + 1, len(found))

    def _session(self, session_id: str) -> Iterator[str]:
        records = [
            Record(*row)
            for row in self._connection.execute(
                f"SELECT {', '.join(Record._fields)} FROM records {_OF_SESSION} ORDER BY seq",
                _bytes(session_id),
            )
        ]
        yield from broken_links(records)
        tail = (records[-1].seq, records[-1].hash) if records else (0, "")
        for told in self._connection.execute(
            f"SELECT records, head FROM sessions {_OF_SESSION}", _bytes(session_id)
        ):
            if told != tail:
                yield f"its chain ends at record {tail[0]}, not as told at record {told[0]}"
        self._counts["records"] += len(records)
        try:
            expected = rows_of(session_id, records)
        except (ValueError, TypeError, RecursionError):
            yield "the content of a record is no JSON"
            return
        for table, rows in expected.items():
            yield from differences(table, rows, self._rows(table, session_id))
        self._counts["messages"] += len(expected[shapes.MESSAGES])
        for row in expected[shapes.ATTACHMENTS].values():
            yield from self._attachment(row)

    def _rows(self, table: Table, session_id: str) -> dict[Row, Row]:
        found = self._connection.execute(
            f"SELECT {', '.join(table.columns)} FROM {table.name} {_OF_SESSION}",
            _bytes(session_id),
        )
        return {row[: table.key]: row for row in found}

    def _strays(self) -> Iterator[str]:
        """Rows of conversations that have no record."""
        for table in shapes.DERIVED:
            for (session_id,) in self._connection.execute(
                f"SELECT DISTINCT session_id FROM {table.name} "
                "WHERE session_id NOT IN (SELECT session_id FROM records)"
            ):
                yield f"{table.name} has rows of conversation {session_id}, which has no record"

    def _attachment(self, row: Row) -> Iterator[str]:
        told = dict(zip(shapes.ATTACHMENTS.columns, row, strict=True))
        if told["state"] != "done":
            return
        name = f"file {told['path']} of message {told['message_id']}"
        if self._folder is None:
            yield f"{name}: the folder of files is not known"
            return
        try:
            size, sha256 = _hash(self._folder / str(told["path"]))
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"
            return
        self._counts["files"] += 1
        if size != told["bytes"]:
            yield f"{name} has {size} bytes, not {told['bytes']}"
        elif sha256 != told["sha256"]:
            yield f"{name} is altered"

    def _runs(self) -> Iterator[str]:
        """The digests of the runs, which hold every chain's length and hash."""
        columns = ", ".join(Run._fields)
        for row in self._connection.execute(f"SELECT {columns} FROM runs ORDER BY run").fetchall():
            run = Run(*row)
            if run.finished_at is None:
                if run.digest is not None:
                    yield f"run {run.run} has a digest, but no end"
                continue
            before = previous_digest(self._connection, run.run)
            digest = shapes.run_digest(before, run[:-1], heads(self._connection, run.run))
            if digest != run.digest:
                yield f"run {run.run}: its row, or what it archived, is altered"
            self._digest = run.digest

    def _index(self) -> Iterator[str]:
        """Whether searching finds what is there: the index equals one that is made anew."""
        execute = self._connection.execute
        (made,) = execute("SELECT sql FROM main.sqlite_master WHERE name = 'message_words'")
        execute(str(made[0]).replace("message_words", "temp.words_anew", 1))
        for rowid, text in self._connection.execute("SELECT message, text FROM messages"):
            clean = (text or "").encode("utf-8", "replace").decode()
            execute(
                "INSERT INTO temp.words_anew (rowid, words) VALUES (?, ?)", (rowid, words(clean))
            )
        listed = []
        for name, schema, table in (
            ("found", "main", "message_words"),
            ("made", "temp", "words_anew"),
        ):
            execute(
                f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab({schema}, {table}, instance)"
            )
            listed.append(execute(f"SELECT term, doc, offset FROM temp.{name}"))
        if any(a != b for a, b in zip_longest(*listed)):
            yield "the search index does not fit the messages"


#: What is damaged is no text that could be bound as such.
_OF_SESSION = "WHERE session_id = CAST(? AS TEXT)"


def _bytes(session_id: str) -> tuple[bytes]:
    return (session_id.encode("utf-8", "surrogateescape"),)


def _hash(path: Path) -> tuple[int, str]:
    size, hashed = 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            size += len(block)
            hashed.update(block)
    return size, hashed.hexdigest()

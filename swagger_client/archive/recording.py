"""Records what came from Zoom: the chain of each conversation, and the tables derived from it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from swagger_client.archive import shapes
from swagger_client.archive.errors import ArchiveDamagedError
from swagger_client.archive.shapes import Outcome, Row, Table
from swagger_client.archive.words import words


class Recorder:
    """Appends records, and keeps the derived tables in step, within the caller's transaction.

    :param connection: the open archive.
    :param path: its file, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def add_session(self, run: int, session_id: str, session: object) -> None:
        """Record a conversation, if it is not known just so."""
        known = self._connection.execute(
            "SELECT content FROM sessions JOIN records USING (session_id, seq) "
            "WHERE session_id = ?",
            (session_id,),
        ).fetchone()
        content = shapes.canonical(session)
        if known == (content,):
            return
        if known is None:
            self._connection.execute(
                "INSERT INTO sessions (session_id, seq) VALUES (?, 0)", (session_id,)
            )
        with self._chain(run, session_id) as chain:
            seq = chain.append("session", session_id, content)
        self._put(shapes.SESSIONS, shapes.session_row(session_id, seq, session))
        self._connection.execute("DELETE FROM participants WHERE session_id = ?", (session_id,))
        for row in shapes.participant_rows(session_id, session):
            self._put(shapes.PARTICIPANTS, row)

    def add_messages(self, run: int, session_id: str, messages: Iterable[object]) -> None:
        """Record the messages of a conversation that are not known just so."""
        with self._chain(run, session_id) as chain:
            for given in messages:
                message = shapes.without_credentials(given)
                self._add_message(chain, session_id, message, shapes.canonical(message))

    def _add_message(self, chain: _Chain, session_id: str, message: object, content: str) -> None:
        execute = self._connection.execute
        message_id = shapes.message_key(message)
        known = execute(
            "SELECT content, message, text FROM messages JOIN records USING (session_id, seq) "
            "WHERE session_id = ? AND message_id = ?",
            (session_id, message_id),
        ).fetchone()
        if known is not None and known[0] == content:
            return
        seq = chain.append("message", message_id, content)
        row = shapes.message_row(session_id, message_id, seq, message)
        rowid = self._put(shapes.MESSAGES, row)
        text = row[shapes.MESSAGES.columns.index("text")]
        if known is None:
            self._index(rowid, text)
        elif known[2] != text:
            # An index without texts of its own has to be told what it forgets.
            old = words(str(known[2] or ""))
            execute(
                "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
                (known[1], old),
            )
            self._index(known[1], text)
        execute(
            "DELETE FROM recipients WHERE session_id = ? AND message_id = ?",
            (session_id, message_id),
        )
        for recipient in shapes.recipient_rows(session_id, message_id, message):
            self._put(shapes.RECIPIENTS, recipient)
        for key, described in shapes.attachments_of(session_id, message_id, message):
            execute(
                "INSERT INTO attachments (session_id, message_id, attachment_id, position, name, "
                "type, size, state, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0) "
                "ON CONFLICT DO UPDATE SET position = excluded.position, name = excluded.name, "
                "type = excluded.type, size = excluded.size",
                (*key, *described),
            )

    def _index(self, rowid: int | None, text: object) -> None:
        self._connection.execute(
            "INSERT INTO message_words (rowid, words) VALUES (?, ?)",
            (rowid, words(str(text or ""))),
        )

    def _put(self, table: Table, row: Row) -> int | None:
        return self._connection.execute(_upsert(table), row).lastrowid

    @contextlib.contextmanager
    def _chain(self, run: int, session_id: str) -> Iterator[_Chain]:
        """The chain of a conversation, to append to."""
        chain = _Chain(self._connection, run, session_id, self._path)
        yield chain
        self._connection.execute(
            "UPDATE sessions SET records = ?, head = ? WHERE session_id = ?",
            (chain.records, chain.head, session_id),
        )

    def add_outcomes(self, run: int, session_id: str, outcomes: Iterable[Outcome]) -> None:
        """Record what became of files of a conversation."""
        with self._chain(run, session_id) as chain:
            for outcome in outcomes:
                seq = chain.append("attachment", outcome.item, outcome.content())
                self._connection.execute(
                    "UPDATE attachments SET state = ?, attempts = attempts + 1, seq = ?, "
                    "reason = ?, bytes = ?, sha256 = ?, path = ? "
                    "WHERE session_id = ? AND message_id = ? AND attachment_id = ?",
                    (outcome.state, seq, *outcome.row, *outcome.key),
                )


@lru_cache
def _upsert(table: Table) -> str:
    columns, key = table.columns, table.columns[: table.key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[table.key :])
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks(columns)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


class _Chain:
    """Appends records to the chain of one conversation."""

    def __init__(
        self, connection: sqlite3.Connection, run: int, session_id: str, path: Path
    ) -> None:
        self._connection = connection
        self._run = run
        self._session_id = session_id
        self.records, self.head = connection.execute(
            "SELECT records, head FROM sessions WHERE session_id = ?", (session_id,)
        ).fetchone()
        tail = connection.execute(
            "SELECT seq, hash FROM records WHERE session_id = ? ORDER BY seq DESC LIMIT 1",
            (session_id,),
        ).fetchone()
        if (tail or (0, "")) != (self.records, self.head):
            raise ArchiveDamagedError(
                f"{path} is damaged: the chain of conversation {session_id} does not end as it "
                "did. Nothing was changed: run `zoom-sms verify`, and restore a backup."
            )

    def append(self, kind: str, item: str, content: str) -> int:
        """Append a record; returns its place in the chain."""
        self.records += 1
        said = (self._session_id, self.records, kind, item, self._run, content)
        self.head = shapes.chained(self.head, said)
        self._connection.execute(
            "INSERT INTO records (session_id, seq, kind, item, run, content, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*said, self.head),
        )
        return int(self.records)


def heads(connection: sqlite3.Connection, run: int) -> Iterator[tuple[object, ...]]:
    """The chains that a run grew: each conversation, its length and its hash after the run."""
    return iter(
        connection.execute(
            "SELECT session_id, max(seq), hash FROM records WHERE run = ? "
            "GROUP BY session_id ORDER BY session_id",
            (run,),
        )
    )


def previous_digest(connection: sqlite3.Connection, run: int) -> str:
    """The digest of the run before; empty for the first one."""
    row = connection.execute(
        "SELECT digest FROM runs WHERE run < ? ORDER BY run DESC LIMIT 1", (run,)
    ).fetchone()
    return "" if row is None else str(row[0])


def marks(values: Sequence[object]) -> str:
    """Placeholders for values in SQL."""
    return ", ".join("?" * len(values))

"""What an archive's tables must hold, derived anew from the records. All pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from swagger_client.archive import shapes
from swagger_client.archive.shapes import AttachmentKey, Outcome, Row, Table, Value


class Record(NamedTuple):
    """A link of a conversation's chain."""

    session_id: str
    seq: int
    kind: str
    item: str
    run: int
    content: str
    hash: str


Rows = dict[Table, dict[Row, Row]]


def broken_links(records: Iterable[Record]) -> Iterable[str]:
    """What is wrong with a chain, in words."""
    head, expected = "", 0
    for record in records:
        expected += 1
        if record.seq != expected:
            yield f"record {expected} is missing: the next one is {record.seq}"
            expected = record.seq
        elif shapes.chained(head, record[:-1]) != record.hash:
            yield f"record {record.seq} ({record.kind} {record.item}) is altered"
        # Going on from what it says, so that one altered record is one finding.
        head = record.hash


def rows_of(session_id: str, records: Iterable[Record]) -> Rows:
    """The rows that the tables must hold for a conversation.

    :raises ValueError: when a record's content is no JSON.
    """
    derived = _Derived(session_id)
    for record in records:
        derived.take(record)
    return derived.rows()


class _Derived:
    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._session: tuple[int, object] | None = None
        self._messages: dict[str, tuple[int, object]] = {}
        self._files: dict[AttachmentKey, Row] = {}
        self._outcomes: dict[AttachmentKey, tuple[int, int, Outcome]] = {}

    def take(self, record: Record) -> None:
        """Take the next record of the chain."""
        content: object = json.loads(record.content)
        if record.kind == "session":
            self._session = record.seq, content
        elif record.kind == "message":
            self._messages[record.item] = record.seq, content
            for key, described in shapes.attachments_of(self._session_id, record.item, content):
                self._files[key] = described
        else:
            outcome = Outcome.of(content)
            attempts = self._outcomes.get(outcome.key, (0, 0, None))[0] + 1
            self._outcomes[outcome.key] = attempts, record.seq, outcome

    def rows(self) -> Rows:
        """The rows, by table and key."""
        session_id = self._session_id
        found: list[tuple[Table, Row]] = []
        if self._session is not None:
            seq, content = self._session
            found.append((shapes.SESSIONS, shapes.session_row(session_id, seq, content)))
            for row in shapes.participant_rows(session_id, content):
                found.append((shapes.PARTICIPANTS, row))
        for message_id, (seq, content) in self._messages.items():
            row = shapes.message_row(session_id, message_id, seq, content)
            found.append((shapes.MESSAGES, row))
            for row in shapes.recipient_rows(session_id, message_id, content):
                found.append((shapes.RECIPIENTS, row))
        for key, described in self._files.items():
            found.append((shapes.ATTACHMENTS, (*key, *described, *self._fate(key))))
        rows: Rows = {table: {} for table in shapes.DERIVED}
        for table, row in found:
            rows[table][row[: table.key]] = row
        return rows

    def _fate(self, key: AttachmentKey) -> Row:
        if key not in self._outcomes:
            return ("pending", 0, None, None, None, None, None)
        attempts, seq, outcome = self._outcomes[key]
        return (outcome.state, attempts, seq, *outcome.row)


def differences(table: Table, expected: dict[Row, Row], found: dict[Row, Row]) -> Iterable[str]:
    """How a table's rows differ from what they must be, in words."""
    for key in expected.keys() | found.keys():
        name = f"{table.name} {_named(key)}"
        if key not in found:
            yield f"{name} is missing"
        elif key not in expected:
            yield f"{name} is in no record"
        elif expected[key] != found[key]:
            columns = [
                column
                for column, a, b in zip(table.columns, expected[key], found[key], strict=True)
                if not _same(a, b)
            ]
            yield f"{name} is altered in {', '.join(columns)}"


def _same(a: Value, b: Value) -> bool:
    return a == b and type(a) is type(b)


def _named(key: Row) -> str:
    return "/".join(str(part) for part in key)

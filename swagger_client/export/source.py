"""Reads what exports need from an archive; the only module here that knows its tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import Archive, ArchivedMessage, Party, Run, reading, schema
from swagger_client.archive.reading import Selection
from swagger_client.models._time import utc

#: What `delivery_status` says of a message that did not reach its recipient.
FAILURES = frozenset({"failed_to_send", "failed_to_deliver"})
_FAILED = "m.delivery_status IN ('failed_to_send', 'failed_to_deliver')"
_FROM = "FROM messages m JOIN records c ON c.session_id = m.session_id AND c.seq = m.seq"


class ExportedMessage(NamedTuple):
    """A message and the record that holds its version.

    :ivar int seq: the place of the record in its conversation's chain.
    :ivar int run: the run that stored it.
    :ivar str hash: the record's hash in the chain.
    :ivar int versions: how many versions of the message the archive has.
    """

    message: ArchivedMessage
    seq: int
    run: int
    hash: str
    versions: int

    @property
    def sent_at(self) -> datetime | None:
        """The time in UTC with its fraction; None where Zoom's text cannot be read as a time."""
        try:
            return utc(self.message.date_time or None)
        except ValueError:
            return None

    @property
    def has_failed(self) -> bool:
        """Whether the message did not reach its recipient."""
        return self.message.delivery_status in FAILURES


class Version(NamedTuple):
    """An earlier version of a message: the record, and what the next version changed.

    :ivar raw: the JSON object that Zoom sent.
    :ivar changes: each field that differs, with its value before and after.
    """

    seq: int
    run: int
    hash: str
    raw: dict[str, object]
    changes: dict[str, tuple[object, object]]


class Conversation(NamedTuple):
    """A conversation and a count of its selected messages.

    :ivar first: the time of its first selected message in unix seconds; None without a time.
    :ivar records: the length of its chain.
    :ivar hash: the hash at the end of its chain.
    """

    session_id: str
    session_type: str | None
    participants: tuple[Party, ...]
    messages: int
    failed: int
    first: int | None
    last: int | None
    records: int
    hash: str


class Source:
    """The selected messages of an archive, read from one snapshot of it.

    :param archive: the archive.
    :param selection: which messages.
    :param since_run: only messages that are new or changed since this run; None for all.
    """

    def __init__(
        self, archive: Archive, selection: Selection, *, since_run: int | None = None
    ) -> None:
        selection.condition()
        self._archive = archive
        self._selection = selection
        self._since_run = since_run
        self._connection = schema.open_for_reading(archive.path)
        self._connection.execute("BEGIN")
        self.runs: list[Run] = archive.runs()
        numbers = [run.run for run in self.runs]
        if since_run is not None and since_run not in numbers:
            known = f"the last run is {numbers[-1]}" if numbers else "there is no run yet"
            raise ValueError(f"there is no run {since_run}: {known}")

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._connection.close()

    @property
    def path(self) -> Path:
        """The archive's database."""
        return self._archive.path

    @property
    def folder(self) -> Path | None:
        """The folder of the archive's files, None when no run was given one."""
        return self._archive.attachments

    @property
    def last_run(self) -> Run | None:
        """The last run that ended."""
        return next((run for run in reversed(self.runs) if run.finished_at), None)

    def messages(self) -> Iterator[ExportedMessage]:
        """Read the selected messages, the oldest first."""
        return self._read(self._selection)

    def messages_of(self, session_id: str) -> Iterator[ExportedMessage]:
        """Read the selected messages of a conversation, the oldest first."""
        return self._read(self._selection._replace(session_id=session_id))

    def conversations(self) -> Iterator[Conversation]:
        """Read the conversations that have a selected message, by the time of their first one."""
        condition, values = self._condition(self._selection)
        with schema.explained(self.path):
            found = self._connection.execute(
                f"SELECT m.session_id, count(*), sum({_FAILED}), min(m.sent_at), max(m.sent_at)"
                f" {_FROM} WHERE {condition} GROUP BY m.session_id ORDER BY 4, 1",
                values,
            )
            for session_id, messages, failed, first, last in found:
                session_type, records, head = self._connection.execute(
                    "SELECT session_type, records, head FROM sessions WHERE session_id = ?",
                    (session_id,),
                ).fetchone()
                yield Conversation(
                    session_id,
                    session_type,
                    self._participants(session_id),
                    messages,
                    failed,
                    first,
                    last,
                    records,
                    head,
                )

    def days(self) -> list[tuple[str, int]]:
        """Count the selected messages of each day in UTC; days without messages are left out."""
        condition, values = self._condition(self._selection)
        with schema.explained(self.path):
            return self._connection.execute(
                f"SELECT date(m.sent_at, 'unixepoch'), count(*) {_FROM}"
                f" WHERE {condition} AND m.sent_at IS NOT NULL GROUP BY 1 ORDER BY 1",
                values,
            ).fetchall()

    def times_of(self, session_id: str) -> Iterator[int | None]:
        """Read the times of a conversation's selected messages, in the order of the messages."""
        condition, values = self._condition(self._selection._replace(session_id=session_id))
        with schema.explained(self.path):
            found = self._connection.execute(
                f"SELECT m.sent_at {_FROM} WHERE {condition} ORDER BY m.sent_at", values
            )
            yield from (time for (time,) in found)

    def versions(self, message: ArchivedMessage) -> list[Version]:
        """Read the earlier versions of a message, the oldest first."""
        found = self._connection.execute(
            "SELECT seq, run, hash, content FROM records INDEXED BY records_by_item"
            " WHERE session_id = ? AND kind = 'message' AND item = ? ORDER BY seq",
            (message.session_id, message.message_id),
        ).fetchall()
        contents = [json.loads(row[3]) for row in found]
        return [
            _version(row, before, after)
            for row, before, after in zip(found, contents, contents[1:], strict=False)
        ]

    def _participants(self, session_id: str) -> tuple[Party, ...]:
        people = self._connection.execute(
            "SELECT phone_number, display_name, owner_type, owner_id FROM participants"
            " WHERE session_id = ? ORDER BY position",
            (session_id,),
        )
        return tuple(map(Party._make, people))

    def _condition(self, selection: Selection) -> tuple[str, list[object]]:
        condition, values = selection.condition()
        if self._since_run is not None:
            return f"{condition} AND c.run > ?", [*values, self._since_run]
        return condition, values

    def _read(self, selection: Selection) -> Iterator[ExportedMessage]:
        with schema.explained(self.path):
            for message in reading.messages(self._connection, selection):
                seq, run, hash, versions = self._connection.execute(
                    "SELECT r.seq, r.run, r.hash, (SELECT count(*) FROM records v"
                    " WHERE v.session_id = m.session_id AND v.kind = 'message'"
                    " AND v.item = m.message_id)"
                    " FROM messages m JOIN records r USING (session_id, seq)"
                    " WHERE m.session_id = ? AND m.message_id = ?",
                    (message.session_id, message.message_id),
                ).fetchone()
                if self._since_run is None or run > self._since_run:
                    yield ExportedMessage(message, seq, run, hash, versions)


def _version(row: tuple[int, int, str, str], before: object, after: object) -> Version:
    old = before if isinstance(before, dict) else {}
    new = after if isinstance(after, dict) else {}
    changes = {
        name: (old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }
    return Version(*row[:3], old, changes)

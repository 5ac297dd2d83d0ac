"""Reads what exports need from an archive; the only module here that knows its tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import Archive, ArchivedMessage, Filters, Party, Run
from swagger_client.archive.selection import Selection, resolve
from swagger_client.models._time import utc

#: What `delivery_status` says of a message that did not reach its recipient.
FAILURES = frozenset({"failed_to_send", "failed_to_deliver"})
_FAILED = "m.delivery_status IN ('failed_to_send', 'failed_to_deliver')"


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
    :param filters: which messages.
    """

    def __init__(self, archive: Archive, filters: Filters) -> None:
        self._archive = archive
        self._filters = filters
        self._snapshot = archive.snapshot()
        try:
            self.runs: list[Run] = self._snapshot.runs()
            self._selection = self._resolve(filters)
        except BaseException:
            self._snapshot.close()
            raise

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._snapshot.close()

    @property
    def path(self) -> Path:
        """The archive's database."""
        return self._archive.path

    @property
    def folder(self) -> Path | None:
        """The folder of the archive's files, None when no run was given one."""
        return self._snapshot.attachments

    @property
    def last_run(self) -> Run | None:
        """The last run that ended."""
        return next((run for run in reversed(self.runs) if run.finished_at), None)

    def messages(self) -> Iterator[ExportedMessage]:
        """Read the selected messages, the oldest first."""
        return map(self._exported, self._snapshot.messages(**self._filters))

    def messages_of(self, session_id: str) -> Iterator[ExportedMessage]:
        """Read the selected messages of a conversation, the oldest first."""
        return map(self._exported, self._snapshot.messages(**self._of(session_id)))

    def conversations(self) -> Iterator[Conversation]:
        """Read the conversations that have a selected message, by the time of their first one."""
        selection = self._selection
        with self._snapshot.translated():
            found = self._snapshot.connection.execute(
                f"SELECT m.session_id, count(*), sum({_FAILED}), min(m.sent_at), max(m.sent_at)"
                f" FROM {selection.tables} WHERE {selection.condition}"
                " GROUP BY m.session_id ORDER BY 4, 1",
                selection.all_values,
            )
            for session_id, messages, failed, first, last in found:
                session_type, records, head = self._snapshot.connection.execute(
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
        selection = self._selection
        with self._snapshot.translated():
            return self._snapshot.connection.execute(
                f"SELECT date(m.sent_at, 'unixepoch'), count(*) FROM {selection.tables}"
                f" WHERE {selection.condition} AND m.sent_at IS NOT NULL GROUP BY 1 ORDER BY 1",
                selection.all_values,
            ).fetchall()

    def times_of(self, session_id: str) -> Iterator[int | None]:
        """Read the times of a conversation's selected messages, in the order of the messages."""
        selection = self._resolve(self._of(session_id))
        with self._snapshot.translated():
            found = self._snapshot.connection.execute(
                f"SELECT m.sent_at FROM {selection.tables} WHERE {selection.condition}"
                " ORDER BY m.sent_at",
                selection.all_values,
            )
            yield from (time for (time,) in found)

    def versions(self, message: ArchivedMessage) -> list[Version]:
        """Read the earlier versions of a message, the oldest first."""
        found = self._snapshot.versions(message.session_id, message.message_id, copy=message.copy)
        contents = [None if one.raw is None else json.loads(one.raw) for one in found]
        return [
            _version((one.seq, one.run, one.hash), before, after)
            for one, before, after in zip(found, contents, contents[1:], strict=False)
        ]

    def _participants(self, session_id: str) -> tuple[Party, ...]:
        people = self._snapshot.connection.execute(
            "SELECT phone_number, display_name, owner_type, owner_id FROM participants"
            " WHERE session_id = ? ORDER BY position",
            (session_id,),
        )
        return tuple(map(Party._make, people))

    def _of(self, session_id: str) -> Filters:
        return {**self._filters, "session_id": session_id}

    def _resolve(self, filters: Filters) -> Selection:
        with self._snapshot.translated():
            return resolve(self._snapshot.connection, filters)

    def _exported(self, message: ArchivedMessage) -> ExportedMessage:
        versions = 1
        if message.seq != message.first_seq:
            session_id, message_id = message.session_id, message.message_id
            versions = len(self._snapshot.versions(session_id, message_id, copy=message.copy))
        return ExportedMessage(message, message.seq, message.run, message.hash, versions)


def _version(row: tuple[int, int, str], before: object, after: object) -> Version:
    old = before if isinstance(before, dict) else {}
    new = after if isinstance(after, dict) else {}
    changes = {
        name: (old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }
    return Version(*row, old, changes)

"""The methods that read an archive, over one connection or over one for each thread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, Unpack

from swagger_client.archive import account_log, database, people, reader
from swagger_client.archive.archived_events import ArchivedEvent, read_archived_events
from swagger_client.archive.audit import AuditEntry, read_audit
from swagger_client.archive.columns import ArchivedMessage
from swagger_client.archive.coverage import Coverage, read_coverage
from swagger_client.archive.event_queue import EventStatus, read_status
from swagger_client.archive.holds import Hold, read_holds
from swagger_client.archive.reader import (
    Change,
    Conversation,
    ConversationSummary,
    MessageVersion,
    Tombstone,
)
from swagger_client.archive.runs import Run, read_runs
from swagger_client.archive.selection import Filters, MessageFilters, resolve
from swagger_client.archive.work_check import check_work

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")


def read_folder(connection: sqlite3.Connection, moved: Path | None = None) -> Path | None:
    """Return the folder of an archive's files; None if no run stored files.

    :param moved: the folder to return instead of the one that the archive names.
    """
    try:
        for (value,) in connection.execute("SELECT value FROM settings WHERE name = 'attachments'"):
            return moved or Path(str(value))
    except sqlite3.Error as error:
        # The table is missing or altered: `verify` reports this.
        if database.error_code(error) != sqlite3.SQLITE_ERROR:
            raise
    return None


class ArchiveReader:
    """The methods that read an archive.

    To select messages, pass :class:`Filters` as keyword arguments.

    :ivar Path path: the database.
    """

    path: Path
    _moved_folder: Path | None = None

    def _connection(self) -> sqlite3.Connection:
        """Return the connection over which to read."""
        raise NotImplementedError

    @property
    def attachments(self) -> Path | None:
        """The folder of files; None if no run stored files."""
        with self.translated():
            return read_folder(self._connection(), self._moved_folder)

    def events(self, session_id: str | None = None) -> Iterator[ArchivedEvent]:
        """Yield the archived webhook events.

        They contain facts that the API does not return.

        :param session_id: the id of a conversation, to get its events only.
        """
        with self.translated():
            return self._read(read_archived_events(self._connection(), session_id))

    def event_status(self) -> EventStatus:
        """Return when webhook events were received, and which ones are not archived yet."""
        with self.translated():
            return read_status(self._connection())

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        with self.translated():
            return list(read_runs(self._connection()))

    def messages(self, **filters: Unpack[Filters]) -> Iterator[ArchivedMessage]:
        """Yield the latest versions of messages, oldest first.

        :param filters: select the messages: see :class:`~swagger_client.archive.Filters`.
        :raises ValueError: if a filter is invalid, or its value is not in the archive.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self.translated():
            connection = self._connection()
            return self._read(reader.messages(connection, resolve(connection, filters)))

    def search(
        self, query: str | None = None, *, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[ArchivedMessage]:
        """Yield the messages that contain every word of `query`, newest first.

        :param query: words. ``pay*`` finds all words that begin with "pay". Without `query`, all
            messages that `filters` select are returned.
        :param limit: the highest number of messages to return.
        :param filters: as for :meth:`messages`.
        :raises ValueError: if `query` contains no word, `limit` is negative, or as for
            :meth:`messages`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self.translated():
            connection = self._connection()
            selection = resolve(connection, filters)
            return self._read(reader.search(connection, query, selection, limit))

    def count(self, query: str | None = None, **filters: Unpack[Filters]) -> int:
        """Count the messages that :meth:`messages` or :meth:`search` would return.

        :raises ValueError: as for these methods.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self.translated():
            connection = self._connection()
            return reader.count(connection, query, resolve(connection, filters))

    def undated(self, **filters: Unpack[Filters]) -> int:
        """Count the messages without a valid time. Filters by time never select them.

        :raises ValueError: as for :meth:`messages`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        filters = filters.copy()
        filters.pop("since", None)
        filters.pop("until", None)
        with self.translated():
            connection = self._connection()
            return reader.undated(connection, resolve(connection, filters))

    def conversation(self, session_id: str, **filters: Unpack[MessageFilters]) -> Conversation:
        """Return a conversation with its messages, oldest first.

        :param session_id: the id of the conversation.
        :param filters: select its messages, as for :meth:`messages`.
        :raises ValueError: if the archive contains no conversation with this id.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        chosen: Filters = {**filters, "session_id": session_id}
        with self.translated():
            connection = self._connection()
            return reader.conversation(connection, session_id, resolve(connection, chosen))

    def conversations(self, **filters: Unpack[Filters]) -> Iterator[ConversationSummary]:
        """Yield summaries of conversations; those with the newest messages come first.

        :param filters: only conversations that contain a message selected by these filters, as for
            :meth:`messages`.
        :raises ValueError: as for :meth:`messages`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self.translated():
            connection = self._connection()
            return self._read(reader.conversations(connection, resolve(connection, filters)))

    def people(self) -> list[people.Person]:
        """Return the people in the archive; those with the most messages come first."""
        with self.translated():
            return people.people(self._connection())

    def match_number(self, number: str) -> list[str]:
        """Return the archive's phone numbers that match `number` in any notation, as digits.

        :raises ValueError: if no number matches, or several different ones.
        """
        with self.translated():
            return people.match_number(self._connection(), number)

    def versions(self, session_id: str, message_id: str, *, copy: int = 0) -> list[MessageVersion]:
        """Return all versions of a message, oldest first; empty if the message is unknown."""
        with self.translated():
            return reader.versions(self._connection(), session_id, message_id, copy)

    def tombstones(self, session_id: str | None = None) -> list[Tombstone]:
        """Return the records whose content was erased, in one conversation or in all."""
        with self.translated():
            return list(reader.tombstones(self._connection(), session_id))

    def audit_log(self) -> list[AuditEntry]:
        """Return the entries of the audit log, oldest first."""
        with self.translated():
            return list(read_audit(self._connection()))

    def account_digest(self) -> str | None:
        """Return the hash of the last entry of the account's log; None if the log is empty."""
        with self.translated():
            return account_log.end_of_log(self._connection()).hash or None

    def holds(self) -> list[Hold]:
        """Return all legal holds, oldest first.

        For holds in force, ``released_at`` is None.
        """
        with self.translated():
            return read_holds(self._connection())

    def coverage(self, *, details: bool = True) -> Coverage:
        """Return for which periods the archive is complete, and what it lacks and why.

        :param details: False leaves out `months`, `missing_files` and `missing_folder`, which take
            long in a large archive. The result says nothing about files then.
        :raises ArchiveError: if there is no archive, or its rows about missing items were altered.
        """
        with self.translated():
            check_work(self._connection(), self.path, files=details)
            return read_coverage(self._connection(), self.attachments, details=details)

    def changes(self, run: int) -> Iterator[Change]:
        """Yield the messages that a run received again with different content."""
        with self.translated():
            return self._read(reader.changes(self._connection(), run))

    def translated(self) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that raises SQLite's errors as archive errors."""
        return database.translate_sqlite_errors(self.path)

    def _read(self, found: Iterator[T]) -> Iterator[T]:
        """Yield the given items, and raise SQLite's errors as archive errors."""
        with self.translated():
            yield from found


class Snapshot(ArchiveReader):
    """An archive as it was at one time; later writes are not visible.

    Use it in one thread.

    :param path: the database.
    :param attachments: the folder of files, if it is not where the archive says.
    """

    def __init__(self, path: Path, attachments: Path | None = None) -> None:
        self.path = path
        self._moved_folder = attachments
        self._opened = database.open_for_reading(path)
        try:
            with self.translated():
                self._opened.execute("BEGIN")
                self._opened.execute("SELECT count(*) FROM runs").fetchone()
        except BaseException:
            self._opened.close()
            raise

    def _connection(self) -> sqlite3.Connection:
        return self._opened

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for your own queries."""
        return self._opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._opened.close()

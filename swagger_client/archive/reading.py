"""The read methods of an archive, over one connection or one for each thread."""

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


def read_folder(connection: sqlite3.Connection) -> Path | None:
    """Return the folder of files that an archive names; None if no run stored files."""
    try:
        for (value,) in connection.execute("SELECT value FROM settings WHERE name = 'attachments'"):
            return Path(str(value))
    except sqlite3.Error as error:
        # `verify` says what is wrong with the settings.
        if database.error_code(error) != sqlite3.SQLITE_ERROR:
            raise
    return None


class ArchiveReader:
    """Methods that read an archive; :class:`Filters` selects messages.

    :ivar Path path: the database.
    """

    path: Path

    def _connection(self) -> sqlite3.Connection:
        """The connection to read with."""
        raise NotImplementedError

    @property
    def attachments(self) -> Path | None:
        """The folder of files; None if no run stored files."""
        with self.translated():
            return read_folder(self._connection())

    def events(self, session_id: str | None = None) -> Iterator[ArchivedEvent]:
        """Return the archived webhook events, which hold what the API does not return.

        :param session_id: the events of one conversation; all, if left out.
        :returns: an iterator.
        """
        with self.translated():
            return self._read(read_archived_events(self._connection(), session_id))

    def event_status(self) -> EventStatus:
        """Return when webhook events were received, and which are still to be archived."""
        with self.translated():
            return read_status(self._connection())

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        with self.translated():
            return list(read_runs(self._connection()))

    def messages(self, **filters: Unpack[Filters]) -> Iterator[ArchivedMessage]:
        """Return messages in their latest versions, the oldest first.

        :param filters: what limits them: see :class:`~swagger_client.archive.Filters`.
        :returns: an iterator.
        :raises ValueError: for a filter that cannot be read, or names what is not known.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        with self.translated():
            connection = self._connection()
            return self._read(reader.messages(connection, resolve(connection, filters)))

    def search(
        self, query: str | None = None, *, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[ArchivedMessage]:
        """Return the messages with every word of ``query``, the newest first.

        :param query: words; one that ends in ``*`` finds all that begin so. Without it, all
            messages that ``filters`` select.
        :param limit: the most to return.
        :param filters: as for :meth:`messages`.
        :returns: an iterator.
        :raises ValueError: when there is no word in the query, for a limit below 0, or as
            :meth:`messages`.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        with self.translated():
            connection = self._connection()
            selection = resolve(connection, filters)
            return self._read(reader.search(connection, query, selection, limit))

    def count(self, query: str | None = None, **filters: Unpack[Filters]) -> int:
        """Return how many messages :meth:`messages`, or :meth:`search` with a query, would return.

        :raises ValueError: as these.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        with self.translated():
            connection = self._connection()
            return reader.count(connection, query, resolve(connection, filters))

    def undated(self, **filters: Unpack[Filters]) -> int:
        """Count the messages without a valid timestamp, which no time range includes.

        :raises ValueError: as :meth:`messages`.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        filters = filters.copy()
        filters.pop("since", None)
        filters.pop("until", None)
        with self.translated():
            connection = self._connection()
            return reader.undated(connection, resolve(connection, filters))

    def conversation(self, session_id: str, **filters: Unpack[MessageFilters]) -> Conversation:
        """Return a conversation with its messages, the oldest first.

        :param session_id: the conversation's id.
        :param filters: what limits its messages, as for :meth:`messages`.
        :raises ValueError: when the archive has none with that id.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        chosen: Filters = {**filters, "session_id": session_id}
        with self.translated():
            connection = self._connection()
            return reader.conversation(connection, session_id, resolve(connection, chosen))

    def conversations(self, **filters: Unpack[Filters]) -> Iterator[ConversationSummary]:
        """Return conversations with counts and spans, those with the newest messages first.

        :param filters: only conversations with such messages, as for :meth:`messages`.
        :raises ValueError: as :meth:`messages`.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        with self.translated():
            connection = self._connection()
            return self._read(reader.conversations(connection, resolve(connection, filters)))

    def people(self) -> list[people.Person]:
        """Return the participating phone numbers and users, those with the most messages first."""
        with self.translated():
            return people.people(self._connection())

    def match_number(self, number: str) -> list[str]:
        """Return the known phone numbers that match a text, as digits.

        :raises ValueError: when the archive has none, or the text means several.
        """
        with self.translated():
            return people.match_number(self._connection(), number)

    def versions(self, session_id: str, message_id: str, *, copy: int = 0) -> list[MessageVersion]:
        """Return all versions of a message, oldest first; empty when the message is unknown."""
        with self.translated():
            return reader.versions(self._connection(), session_id, message_id, copy)

    def tombstones(self, session_id: str | None = None) -> list[Tombstone]:
        """Return the records whose content was erased, of one conversation or of all."""
        with self.translated():
            return list(reader.tombstones(self._connection(), session_id))

    def audit_log(self) -> list[AuditEntry]:
        """Return the audit log, oldest entry first."""
        with self.translated():
            return list(read_audit(self._connection()))

    def account_digest(self) -> str | None:
        """Return the hash of the last entry of the account's log; None without an entry."""
        with self.translated():
            return account_log.end_of_log(self._connection()).hash or None

    def holds(self) -> list[Hold]:
        """Return all legal holds, oldest first; those in force have no ``released_at``."""
        with self.translated():
            return read_holds(self._connection())

    def coverage(self) -> Coverage:
        """Return the coverage by month and kind, with gaps and their reasons.

        :raises ArchiveError: when there is no archive, or rows about what is missing were altered.
        """
        with self.translated():
            check_work(self._connection(), self.path)
            return read_coverage(self._connection())

    def changes(self, run: int) -> Iterator[Change]:
        """Return the messages that a run received again with different content."""
        with self.translated():
            return self._read(reader.changes(self._connection(), run))

    def translated(self) -> contextlib.AbstractContextManager[None]:
        """Return a context that translates SQLite's errors to this package's archive errors."""
        return database.translate_sqlite_errors(self.path)

    def _read(self, found: Iterator[T]) -> Iterator[T]:
        """Yield the given items, translating SQLite errors to archive errors."""
        with self.translated():
            yield from found


class Snapshot(ArchiveReader):
    """An archive as it was at one time, unaffected by later writes; for one thread.

    :param path: the database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
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
        """The connection, for custom queries."""
        return self._opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._opened.close()

"""The methods of Archive and Snapshot that read an archive."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar, Unpack

from swagger_client.archive import account_log, database, people, reader
from swagger_client.archive.archived_events import (
    ArchivedEvent,
    read_archived_events,
    selects_event,
)
from swagger_client.archive.audit import AuditEntry, read_audit
from swagger_client.archive.canonical import stored_id
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
from swagger_client.archive.selection import (
    Filters,
    MessageFilters,
    check_run,
    check_session,
    resolve,
)
from swagger_client.archive.work_check import check_work

T = TypeVar("T")


def read_folder(connection: sqlite3.Connection, moved: Path | None = None) -> Path | None:
    """Return `moved`, or else the stored folder of files; None if no folder was ever stored."""
    try:
        for (value,) in connection.execute("SELECT value FROM settings WHERE name = 'attachments'"):
            return moved or Path(str(value))
    except sqlite3.Error as error:
        # The table is missing or altered: `verify` reports this.
        if database.error_code(error) != sqlite3.SQLITE_ERROR:
            raise
    return None


class ArchiveReader:
    """The methods that read an archive; the base class of Archive and Snapshot.

    To select messages, pass :class:`Filters` as keyword arguments.

    :ivar Path path: the path of the database.
    """

    path: Path
    _moved_folder: Path | None = None

    def _connection(self) -> sqlite3.Connection:
        raise NotImplementedError

    def close(self) -> None:
        """Close the database connections."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def attachments(self) -> Path | None:
        """The folder of attachments; None if no archive run has downloaded attachments."""
        with self.translated():
            return read_folder(self._connection(), self._moved_folder)

    def events(self, session_id: str | None = None) -> Iterator[ArchivedEvent]:
        """Yield the archived webhook events, which contain facts that the API lacks.

        :param session_id: the id of a conversation, to get only the events about it.
        :raises ValueError: if the archive contains no conversation with this id.
        """
        with self._reading() as connection:
            return self._read(read_archived_events(connection, _known_id(connection, session_id)))

    def event_status(self, **filters: Unpack[Filters]) -> EventStatus:
        """Return when webhook events were received, and how many are not archived yet.

        :param filters: select the events in `failed` and `accepted`. Only ``session_id``,
            ``number``, ``user_id``, ``since`` and ``until`` are applied.
        """
        with self.translated():
            connection = self._connection()
            status = read_status(connection)
            failed, accepted = (
                [one for one in events if selects_event(connection, filters, one)]
                for events in (status.failed, status.accepted)
            )
            return status._replace(failed=failed, accepted=accepted)

    def runs(self) -> list[Run]:
        """Return all archive runs, oldest first."""
        with self.translated():
            return list(read_runs(self._connection()))

    def messages(self, **filters: Unpack[Filters]) -> Iterator[ArchivedMessage]:
        """Yield the latest versions of messages, oldest first.

        :param filters: select the messages: see :class:`~swagger_client.archive.Filters`.
        :raises ValueError: if a filter is invalid, or the archive does not contain its value.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self._reading() as connection:
            return self._read(reader.messages(connection, resolve(connection, filters)))

    def search(
        self, query: str | None = None, *, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[ArchivedMessage]:
        """Yield the messages that contain every word of `query`, newest first.

        :param query: one or several words, separated by blanks. ``pay*`` finds all words that begin
            with "pay". Without `query`, all messages that `filters` select are yielded.
        :param limit: the largest number of messages to yield.
        :param filters: as for :meth:`messages`.
        :raises ValueError: if `query` contains no word, `limit` is negative, a filter is invalid,
            or the archive does not contain the value of a filter.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self._reading() as connection:
            selection = resolve(connection, filters)
            return self._read(reader.search(connection, query, selection, limit))

    def count(self, query: str | None = None, **filters: Unpack[Filters]) -> int:
        """Count the messages that :meth:`search` would yield with the same arguments.

        Without `query`, this is the number of messages that :meth:`messages` would yield.

        :raises ValueError: as for :meth:`search`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self._reading() as connection:
            return reader.count(connection, query, resolve(connection, filters))

    def undated(self, **filters: Unpack[Filters]) -> int:
        """Count the messages without a valid time that the filters select.

        The filters ``since`` and ``until`` are ignored here, because they select no such message.

        :raises ValueError: as for :meth:`messages`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        filters = filters.copy()
        filters.pop("since", None)
        filters.pop("until", None)
        with self._reading() as connection:
            return reader.undated(connection, resolve(connection, filters))

    def conversation(self, session_id: str, **filters: Unpack[MessageFilters]) -> Conversation:
        """Return a conversation with its messages, oldest first.

        :param session_id: the id of the conversation.
        :param filters: select its messages, as for :meth:`messages`.
        :raises ValueError: if the archive contains no conversation with this id.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        chosen: Filters = {**filters, "session_id": session_id}
        with self._reading() as connection:
            return reader.conversation(connection, session_id, resolve(connection, chosen))

    def conversations(self, **filters: Unpack[Filters]) -> Iterator[ConversationSummary]:
        """Yield summaries of conversations; the one with the newest message comes first.

        :param filters: as for :meth:`messages`. They must select a message of the conversation.
        :raises ValueError: as for :meth:`messages`.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        with self._reading() as connection:
            return self._read(reader.conversations(connection, resolve(connection, filters)))

    def people(self) -> list[people.Person]:
        """Return the people in the archive; those with the most messages come first."""
        with self.translated():
            return people.people(self._connection())

    def match_number(self, number: str) -> list[str]:
        """Return the phone numbers in the archive that match `number`, as digits.

        :param number: a phone number with or without punctuation, country code, and the prefix of
            international calls, such as "+1 (555) 010-0123" or "5550100123".
        :raises ValueError: if no number in the archive matches, or several different ones match.
        """
        with self.translated():
            return people.match_number(self._connection(), number)

    def versions(self, session_id: str, message_id: str, *, copy: int = 0) -> list[MessageVersion]:
        """Return all versions of a message, oldest first.

        :param copy: the message's field ``copy``, which distinguishes messages with the same id.
        :raises ValueError: if the archive contains no such message, and none was erased.
        """
        with self.translated():
            return reader.versions(self._connection(), session_id, message_id, copy)

    def tombstones(self, session_id: str | None = None) -> list[Tombstone]:
        """Return the records whose content was erased.

        :param session_id: the id of a conversation, to get only its records; None for all.
        :raises ValueError: if the archive contains no conversation with this id.
        """
        with self._reading() as connection:
            return list(reader.tombstones(connection, _known_id(connection, session_id)))

    def audit_log(self) -> list[AuditEntry]:
        """Return the entries of the audit log, oldest first."""
        with self.translated():
            return list(read_audit(self._connection()))

    def account_digest(self) -> str | None:
        """Return the last hash of the audit log; None if the audit log is empty.

        The hash depends on the whole log. Store a copy elsewhere, and pass it to
        :meth:`Archive.verify` later.
        """
        with self.translated():
            return account_log.end_of_log(self._connection()).hash or None

    def holds(self) -> list[Hold]:
        """Return all legal holds, oldest first, including released ones."""
        with self.translated():
            return read_holds(self._connection())

    def coverage(self, *, details: bool = True) -> Coverage:
        """Report for which time spans the archive is complete, and what it lacks and why.

        :param details: whether to count the messages of each month and to check the files, which
            takes long in a large archive. With False, `months` and `missing_files` are empty, and
            `missing_folder` is None.
        :raises ArchiveError: if there is no archive, or its rows about failures were altered.
        """
        with self.translated():
            check_work(self._connection(), self.path, files=details)
            return read_coverage(self._connection(), self.attachments, details=details)

    def changes(self, run: int) -> Iterator[Change]:
        """Yield the messages that an archive run received again with different content.

        :param run: the number of the run.
        :raises ValueError: if the archive has no such run.
        """
        with self._reading() as connection:
            check_run(connection, run)
            return self._read(reader.changes(connection, run))

    def translated(self) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that converts SQLite's errors to :class:`ArchiveError`."""
        return database.translate_sqlite_errors(self.path)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; convert errors of SQLite in the ``with`` block."""
        with self.translated():
            yield self._connection()

    def _read(self, found: Iterator[T]) -> Iterator[T]:
        """Yield what `found` yields; convert SQLite's errors to :class:`ArchiveError`."""
        with self.translated():
            yield from found


def _known_id(connection: sqlite3.Connection, session_id: str | None) -> str | None:
    """Return the id as the tables store it; raise an error if the archive does not contain it."""
    if session_id is None:
        return None
    check_session(connection, session_id)
    return stored_id(session_id)


class Snapshot(ArchiveReader):
    """The state of an archive when the snapshot was created. Later writes are not visible.

    Use a snapshot in one thread only.

    :param path: the path of the database.
    :param attachments: the folder of files, if it was moved.
    """

    def __init__(self, path: Path, attachments: Path | None = None) -> None:
        self.path = path
        self._moved_folder = attachments
        self._opened = database.open_for_reading(path)
        with database.close_on_error(self._opened), self.translated():
            self._opened.execute("BEGIN")
            self._opened.execute("SELECT count(*) FROM runs").fetchone()

    def _connection(self) -> sqlite3.Connection:
        return self._opened

    @property
    def connection(self) -> sqlite3.Connection:
        """The database connection of the snapshot, for your own queries."""
        return self._opened

    def close(self) -> None:
        """Close the database connection."""
        self._opened.close()

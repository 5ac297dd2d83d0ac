"""The archive of an account's messages: runs, search, verification, export."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Literal, Self, Unpack

from swagger_client._serialization.arguments import query_value
from swagger_client.api import SMSApi
from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.archive import audit, database, erasure, erasure_targets, holds, locks
from swagger_client.archive.account_check import check_account
from swagger_client.archive.account_run import (
    Request,
    RunReport,
    choose_folder,
    removed_if_new,
    run_account,
)
from swagger_client.archive.backup import BackupReport, back_up
from swagger_client.archive.erasure import ErasureReport
from swagger_client.archive.errors import ArchiveLockedError, NotAnArchiveError
from swagger_client.archive.event_worker import read_waiting_events, retry_events
from swagger_client.archive.holds import Hold
from swagger_client.archive.migrations import MigrationReport, copy_path
from swagger_client.archive.mirror import Progress
from swagger_client.archive.periods import TimeInput, period
from swagger_client.archive.reading import ArchiveReader, Snapshot, read_folder
from swagger_client.archive.schema import VERSION
from swagger_client.archive.selection import Filters
from swagger_client.archive.session_run import SessionReport, run_session
from swagger_client.archive.store import Store
from swagger_client.archive.verify import VerifyReport, verify_archive
from swagger_client.archive.verify_digests import check_digests

StrPath = str | os.PathLike[str]

#: A century: no message is older.
_MAX_DAYS = 36_525
_SESSION_TYPE = next(one for one in ACCOUNT_SMS_SESSION.parameters if one.name == "session_type")


class Archive(ArchiveReader):
    """An account's messages in a SQLite database, and their files in a folder.

    Nothing is opened before it is needed. Reading is possible while a run writes, by several
    threads at once, and after a fork. What limits the messages that are read are the keyword
    arguments of :class:`~swagger_client.archive.Filters`.

    :param path: the database; the first run makes it.
    """

    def __init__(self, path: StrPath) -> None:
        self.path = Path(path)
        self._connections = database.ReadConnections(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, for all threads."""
        self._connections.close()

    def _connection(self) -> sqlite3.Connection:
        return self._connections.get()

    def snapshot(self) -> Snapshot:
        """Return a context manager: the archive as it is now, read over one connection.

        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        return Snapshot(self.path)

    # Writing.

    def mirror(
        self,
        api: SMSApi,
        *,
        since: TimeInput | None = None,
        session_type: str = "all",
        attachments: StrPath | None = None,
        reread_days: float | None = 7,
        failed: Literal["retry", "accept"] | None = None,
        width: int = 8,
        progress: Callable[[Progress], object] | None = None,
    ) -> RunReport:
        """Bring the archive up to date; a run that was interrupted is finished first.

        :param api: the account's API.
        :param since: the start of the span to archive: a date, a datetime, or text; needed once.
        :param session_type: the type of conversations, as for ``account_sms_session``.
        :param attachments: a folder for the files of messages; remembered for later runs.
        :param reread_days: how many days before the end of the last run are read again, so that
            late messages and delivery statuses arrive, at least one; None for everything.
        :param failed: what to do with conversations and files that failed in earlier runs: "retry"
            tries all of them again, however often they failed; "accept" accepts their loss, so
            that the archive counts as complete without them. Otherwise each is tried in five runs.
        :param width: how many pages are fetched concurrently.
        :param progress: called after each step.
        :returns: the report of the run.
        :raises ValueError: for an invalid argument.
        :raises ApiException: when a call fails permanently; run again to resume.
        :raises ArchiveError: when the archive is locked or damaged, the disk full or failing, or
            the messages another account's.
        """
        query_value(_SESSION_TYPE, session_type)
        if reread_days is not None and not reread_days >= 1:
            raise ValueError("`reread_days` must be at least 1: late messages would be missed")
        if width < 1:
            raise ValueError("`width` must be at least 1")
        reread = None if reread_days is None else timedelta(days=min(reread_days, _MAX_DAYS))
        begin = None
        if since is not None:
            begin = period("since", since)[0]
            today = datetime.fromtimestamp(api.api_client.clock.time(), timezone.utc)
            if begin > today:
                raise ValueError(f"the span ends before it begins: `since` is {begin}")
        given = None if attachments is None else Path(attachments)
        with removed_if_new(given, self.path), self._store() as store:
            check_account(store, api.api_client)
            read_waiting_events(store)
            folder = choose_folder(store, given)
            request = Request(begin, session_type, reread, folder, width, progress, failed)
            report = run_account(store, api.api_client, request)
            retry_events(store, api.api_client, folder)
            return report

    def sync_session(
        self, api: SMSApi, session_id: str, *, since: TimeInput | None = None
    ) -> SessionReport:
        """Archive one conversation, for example after a webhook event.

        Files are fetched if earlier runs did so. An interrupted run over the account stays
        interrupted: it is resumed by :meth:`mirror`.

        :param api: the account's API.
        :param session_id: the conversation.
        :param since: from when on: a date, a datetime, or text; since the last run over the
            account, and a day at least, when left out.
        :returns: a report with the new messages.
        :raises NotFoundException: when Zoom does not know the conversation, or not yet; nothing was
            recorded then.
        :raises ApiException: when it cannot be read.
        :raises ValueError: for a `since` or `session_id` that is invalid.
        :raises ArchiveError: when the archive is locked or damaged, the disk full or failing, or
            the messages another account's.
        """
        begin = None if since is None else period("since", since)[0]
        with self._store() as store:
            check_account(store, api.api_client)
            folder = choose_folder(store, None)
            return run_session(store, api.api_client, session_id, since=begin, folder=folder)

    def migrate(self) -> MigrationReport:
        """Migrate an archive to the current format, keeping a copy beside it.

        :raises ArchiveError: when there is none, it is damaged or locked, or the disk is full.
        """
        database.connect_for_reading(self.path).close()
        with self._store() as store:
            before = store.form_before
        copy = copy_path(self.path, before) if before < VERSION else None
        return MigrationReport(before, VERSION, copy)

    def back_up(self, target: StrPath) -> BackupReport:
        """Copy the database to a new file while a run may be writing, and verify the copy.

        The folder of files is not copied.

        :raises FileExistsError: when there is such a file.
        :raises ArchiveError: when the copy cannot be written, or does not verify.
        """
        return back_up(self.path, Path(target), self.attachments)

    # Erasure and legal holds.

    def propose_erasure(
        self,
        *,
        session_id: str | None = None,
        message_id: str | None = None,
        number: str | None = None,
    ) -> ErasureReport:
        """Return a preview of :meth:`erase`.

        :raises ValueError: when nothing or several things are named, or it is not known.
        :raises ArchiveHeldError: when a part of it is under a legal hold.
        """
        with self._store() as store:
            target = erasure_targets.choose(store.connection, session_id, message_id, number)
            return erasure.propose(store, target)

    def erase(
        self,
        *,
        reason: str,
        session_id: str | None = None,
        message_id: str | None = None,
        number: str | None = None,
    ) -> ErasureReport:
        """Erase a conversation, a message, or all that a phone number sent and received.

        Content, earlier versions, files, words of the search index and audit entries that selected
        it are gone; a tombstone says what kind, when, by whom and why. Later runs do not store it
        again. What a conversation's record says of the number is erased, too.

        :param reason: why; the tombstone has it.
        :param session_id: the conversation; with ``message_id`` the message's conversation.
        :raises ValueError: as :meth:`propose_erasure`, or without a reason.
        :raises ArchiveHeldError: when a part of it is under a legal hold.
        :raises ArchiveError: when the archive is locked, or a file cannot be removed; the next run
            finishes what is left.
        """
        with self._store() as store:
            target = erasure_targets.choose(store.connection, session_id, message_id, number)
            return erasure.erase(store, target, reason)

    def hold(
        self,
        *,
        reason: str,
        number: str | Sequence[str] | None = None,
        session_id: str | Sequence[str] | None = None,
        user_id: str | Sequence[str] | None = None,
        since: TimeInput | None = None,
        until: TimeInput | None = None,
    ) -> Hold:
        """Put messages under a legal hold, which forbids erasing them.

        :param number: a phone number that takes part, or several of which any suffices; likewise
            ``session_id`` and ``user_id``. A message must pass all that is given.
        :raises ValueError: when nothing is selected, or there is no reason.
        """
        with self._store() as store, store.transaction():
            return holds.add_hold(
                store.connection,
                store.random_bytes,
                reason=reason,
                number=number,
                session_id=session_id,
                user_id=user_id,
                since=since,
                until=until,
            )

    def release_hold(self, hold: int, *, reason: str) -> Hold:
        """Release a legal hold.

        :param hold: the number of the hold.
        :raises ValueError: when there is no such hold in force, or no reason.
        """
        with self._store() as store, store.transaction():
            return holds.release_hold(store.connection, store.random_bytes, hold, reason)

    def set_retention(self, days: int | None) -> None:
        """Set the number of days after which Zoom deletes messages; None: it deletes none."""
        if days is not None and days < 1:
            raise ValueError(f"the retention is {days} days, and must be at least 1")
        with self._store() as store, store.transaction():
            store.set_retention(days)

    def record_access(
        self, action: str, *, selection: Mapping[str, object], counts: Mapping[str, int]
    ) -> bool:
        """Add an access to the audit log; return False if the log is not writable.

        :param action: as "search", "show", "export" or "verify".
        :param selection: the filters, and the ``query`` of a search.
        :param counts: the size of the result, as ``{"messages": 3}``.
        """
        return audit.record_access(self.path, action, selection=selection, counts=counts)

    @contextlib.contextmanager
    def _store(self, *, patient: bool = True) -> Iterator[Store]:
        """Open the archive for writing, by this process alone.

        :param patient: wait while `zoom-sms listen` writes, which is never long.
        """
        if self.path.is_dir():
            raise NotAnArchiveError(f"{self.path} is a folder: give the path of a file in it.")
        with locks.writing(self.path, patient=patient):
            is_new = not self.path.exists()
            try:
                with contextlib.closing(Store(self.path)) as store:
                    erasure.finish_pending(store)
                    yield store
            except BaseException:
                if is_new:
                    self._remove_if_empty()
                raise

    def _remove_if_empty(self) -> None:
        """Remove the file if nothing was recorded; a listener that began meanwhile needs it."""
        with contextlib.suppress(ArchiveLockedError), locks.listening(self.path):
            if database.remove_if_empty(self.path):
                locks.remove_locks(self.path)

    def verify(
        self,
        *,
        attachments: StrPath | None = None,
        digest: str | Sequence[str] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> VerifyReport:
        """Read every row and file again, and compare them with their hashes.

        :param attachments: the folder of the files, if it was moved.
        :param digest: a digest of a run or of the account's log that was stored elsewhere, or
            several: an archive without it is reported as altered.
        :param progress: called with the conversations read, and how many there are.
        :returns: counts of the verified records, and the problems found.
        :raises ValueError: for a digest that is not 64 hexadecimal digits.
        :raises ArchiveError: when the file cannot be opened as an archive.
        """
        digests = check_digests(digest)
        # A connection of its own: it may have to read what is no text any more.
        opened = database.open_for_reading(self.path, check_schema=False)
        with contextlib.closing(opened) as connection, self.translated():
            connection.execute("BEGIN")
            folder = read_folder(connection) if attachments is None else Path(attachments)
            return verify_archive(connection, folder, progress, digests)

    def export(
        self,
        output: StrPath | IO[str],
        format: str = "jsonl",
        *,
        timezone: str | None = None,
        names: StrPath | None = None,
        plain: bool = False,
        **filters: Unpack[Filters],
    ) -> int:
        """Write messages to a file or folder, which appears when it is complete.

        The columns of tables are ``swagger_client.export.COLUMNS``.

        :param output: a file, pipe or device; an open text stream for "jsonl" and "csv"; a new or
            empty folder for "html", "eml" and "rsmf".
        :param format: one of ``swagger_client.export.FORMATS``: "csv", "eml", "html", "jsonl",
            "parquet", "rsmf".
        :param timezone: an IANA name like "Europe/Berlin": adds local times to those in UTC, and
            is the zone of dates and times in ``since`` and ``until`` that name none. UTC if left
            out.
        :param names: an address book, as CSV with the header ``number,name`` or as vCard.
        :param plain: for "csv": write the values unchanged, for programs.
        :param filters: as for :meth:`messages`.
        :returns: the number of messages written.
        :raises ValueError: as :meth:`messages`, for an unknown format, zone or run, an address
            book in another format, a folder that is not empty, or a file of the archive itself.
        :raises ImportError: when the packages of the format's extra are missing.
        :raises OSError: when the output cannot be written.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        from swagger_client.export.export import export

        return export(self, output, format, filters, timezone=timezone, names=names, plain=plain)

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, Unpack

from swagger_client._serialization.arguments import query_value
from swagger_client.api import SMSApi
from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.archive import audit, database, erasure, erasure_targets, holds
from swagger_client.archive._clock import local_time
from swagger_client.archive.account_check import check_account
from swagger_client.archive.account_run import RunOptions, RunReport, run_account
from swagger_client.archive.backup import BackupReport, back_up
from swagger_client.archive.coverage import RETENTION
from swagger_client.archive.erasure import ErasureReport
from swagger_client.archive.errors import NotAnArchiveError
from swagger_client.archive.event_queue import read_status
from swagger_client.archive.event_worker import read_waiting_events, retry_events
from swagger_client.archive.folder_owner import choose_folder, remove_new_folder_on_error, take_over
from swagger_client.archive.holds import Hold
from swagger_client.archive.migrations import MigrationReport, copy_path
from swagger_client.archive.mirror import Progress
from swagger_client.archive.periods import TimeInput, period
from swagger_client.archive.plan import parse_reread
from swagger_client.archive.reading import ArchiveReader, Snapshot, read_folder
from swagger_client.archive.runs import check_digests
from swagger_client.archive.schema import VERSION
from swagger_client.archive.selection import Filters
from swagger_client.archive.session_run import SessionReport, run_session
from swagger_client.archive.store import Store
from swagger_client.archive.store_access import open_store
from swagger_client.archive.verify import VerifyReport, verify_archive

StrPath = str | os.PathLike[str]

_SESSION_TYPE = next(one for one in ACCOUNT_SMS_SESSION.parameters if one.name == "session_type")


class Archive(ArchiveReader):
    """The archive of one account: messages in an SQLite database, files in a folder.

    A run is one call of :meth:`mirror`. It fetches from Zoom what the archive does not contain yet,
    and stores it. The database is opened when a method first needs it. Several threads and
    forked processes can read while a run writes. Methods that read messages accept the keyword
    arguments of :class:`~swagger_client.archive.Filters`.

    :param path: the database file. The first run creates it.
    :param attachments: the folder from which files are read, if the folder was moved or you read a
        copy of the archive. None means the folder whose path the archive stores. Runs and erasures
        always use the stored path, which :meth:`mirror` and :meth:`take_over_folder` can change.
    """

    def __init__(self, path: StrPath, *, attachments: StrPath | None = None) -> None:
        self.path = Path(path)
        self._moved_folder = None if attachments is None else Path(attachments).resolve()
        self._connections = database.ReadConnections(self.path)

    def close(self) -> None:
        """Close the database connections of all threads."""
        self._connections.close()

    def _connection(self) -> sqlite3.Connection:
        return self._connections.get()

    def snapshot(self) -> Snapshot:
        """Return a context manager whose methods all read the same state of the archive.

        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        return Snapshot(self.path, self._moved_folder)

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
        """Archive the messages that are new since the last archive run.

        If the last run was interrupted, it is finished first.

        :param since: the start of the time span to archive: a date, a datetime, or text like
            "2026-01-31". Only the first run needs it.
        :param session_type: the type of the conversations, as for ``account_sms_session``.
        :param attachments: the folder in which attachments are stored. Later runs use it, too.
        :param reread_days: for how many days before the end of the last run messages are fetched
            again, at least 1. This finds late messages and changed delivery statuses. None fetches
            all messages again.
        :param failed: what to do with conversations, files and webhook events that failed in
            earlier runs. "retry" tries all of them again, however often they failed. "accept"
            accepts their loss: the archive then counts as complete without them. Accepted events
            stay stored. By default, a conversation or file is tried in five runs, and an event in
            every run.
        :param width: how many pages are fetched concurrently.
        :param progress: a function that is called with a :class:`Progress` after each page.
        :raises ValueError: if an argument is invalid.
        :raises ApiException: if a request fails permanently. The next call resumes the run.
        :raises ArchiveError: if the archive is locked or damaged, the disk is full or fails, or the
            credentials belong to another account.
        """
        query_value(_SESSION_TYPE, session_type)
        reread = parse_reread(reread_days)
        if width < 1:
            raise ValueError(f"`width` is {width}, but must be at least 1")
        begin = None
        if since is not None:
            begin = period("since", since)[0]
            if begin > local_time(api.api_client):
                raise ValueError(f"`since` is in the future: {begin}. Give an earlier time")
        given = None if attachments is None else Path(attachments)
        with remove_new_folder_on_error(given, self.path), self._store() as store:
            check_account(store, api.api_client)
            read_waiting_events(store)
            folder = choose_folder(store, given)
            options = RunOptions(begin, session_type, reread, folder, width, progress, failed)
            report = run_account(store, api.api_client, options)
            retry_events(store, api.api_client, folder)
            failed_events = len(read_status(store.connection).failed)
            return report._replace(missing={**report.missing, "events": failed_events})

    def sync_session(
        self, api: SMSApi, session_id: str, *, since: TimeInput | None = None
    ) -> SessionReport:
        """Archive the new messages of one conversation, for example after a webhook event.

        Attachments are downloaded if earlier runs downloaded attachments. An interrupted run of
        :meth:`mirror` is not resumed; the next call of :meth:`mirror` does that.

        :param session_id: the id of the conversation.
        :param since: the start of the time span whose messages are fetched: a date, a datetime, or
            text. The default is one day before the last :meth:`mirror` run, or else 30 days ago.
        :raises NotFoundException: if Zoom does not know the conversation. Nothing is stored.
        :raises ApiException: if the conversation cannot be read.
        :raises ValueError: if `since` or `session_id` is invalid.
        :raises ArchiveError: if the archive is locked or damaged, the disk is full or fails, or the
            credentials belong to another account.
        """
        begin = None if since is None else period("since", since)[0]
        with self._store() as store:
            check_account(store, api.api_client)
            folder = choose_folder(store, None)
            return run_session(store, api.api_client, session_id, since=begin, folder=folder)

    def migrate(self) -> MigrationReport:
        """Migrate the archive to the current format, and keep a copy of the old file beside it.

        :raises ArchiveError: if the archive is missing, damaged or locked, or the disk is full.
        """
        if self.path.is_file() and not self.path.stat().st_size:
            raise NotAnArchiveError(f"{self.path} is an empty file: there is nothing to migrate.")
        database.connect_for_reading(self.path).close()
        with self._store() as store:
            before = store.form_before
        copy = copy_path(self.path, before) if before < VERSION else None
        return MigrationReport(before, VERSION, copy)

    def back_up(self, target: StrPath) -> BackupReport:
        """Copy the database to a new file, even while an archive run writes, and verify the copy.

        The folder of files is not copied.

        :raises FileExistsError: if the file `target` exists.
        :raises ArchiveError: if the copy cannot be written, or its verification fails.
        """
        return back_up(self.path, Path(target), self.attachments)

    def take_over_folder(self, folder: StrPath, *, files_lost: bool = False) -> None:
        """Make this archive the owner of a folder of files, and record the folder's path.

        A folder of files belongs to one database file, its owner. Only archive runs and erasures of
        the owner may store or delete files in the folder. Call this method after you moved or
        restored an archive, or for a copy of an archive that has its own copy of the folder. The
        former owner can then no longer write to the folder.

        :param folder: the folder, which contains the files of this archive.
        :param files_lost: whether the files are lost for good. Then the folder may be empty, and
            the next archive run downloads the files that Zoom still has.
        :raises ValueError: if the folder contains none of the archive's files, and they are not
            declared lost.
        :raises ArchiveError: if the folder does not exist or cannot be written, or the archive is
            locked or damaged.
        """
        with self._store(finish_erasure=False) as store:
            take_over(store, Path(folder), files_lost=files_lost)
            erasure.finish_pending(store)

    def propose_erasure(
        self,
        *,
        session_id: str | None = None,
        message_id: str | None = None,
        number: str | None = None,
    ) -> ErasureReport:
        """Return what :meth:`erase` with the same arguments would erase; erase nothing.

        :raises ValueError: if the arguments do not name exactly one conversation, message or phone
            number, or the archive does not contain it.
        :raises ArchiveHeldError: if a legal hold protects a message that would be erased.
        :raises ForeignFolderError: as for :meth:`erase`.
        """
        with self._store() as store:
            target = erasure_targets.find_target(store.connection, session_id, message_id, number)
            return erasure.propose(store, target, self._moved_folder)

    def erase(
        self,
        *,
        reason: str,
        session_id: str | None = None,
        message_id: str | None = None,
        number: str | None = None,
    ) -> ErasureReport:
        """Erase a conversation, a message, or all messages from or to a phone number.

        All versions of the messages are erased. Their files are deleted, and their words are
        removed from the search index. An entry of the audit log, such as that of a search, is
        erased if its filters contain an erased word, number or name. An erased phone number is also
        removed from the lists of participants. The audit log records when, why and by whom
        something was erased. Later archive runs do not store erased messages again.

        :param reason: the reason, which the audit log records.
        :param session_id: the id of the conversation to erase, or that contains the message.
        :param message_id: the id of the message to erase. Without ``session_id``, the messages with
            this id in all conversations are erased.
        :param number: the phone number; pass it alone.
        :raises ValueError: if `reason` is empty, and in the cases of :meth:`propose_erasure`.
        :raises ArchiveHeldError: if a legal hold protects one of the messages.
        :raises ForeignFolderError: if files would be deleted, and another archive or another copy
            of this archive owns the folder of files.
        :raises ArchiveError: if the archive is locked, or a file cannot be deleted. The next run
            tries to delete the file again.
        """
        with self._store() as store:
            target = erasure_targets.find_target(store.connection, session_id, message_id, number)
            return erasure.erase(store, target, reason, self._moved_folder)

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
        """Put messages under a legal hold, so that they cannot be erased until it is released.

        The arguments except `reason` are filters, as in :class:`~swagger_client.archive.Filters`. A
        message is held if it matches all filters. One without a valid time matches every time span.

        :param reason: the reason for the hold, which the audit log records.
        :param number: one or several phone numbers. A message matches if one of the numbers belongs
            to its sender, to a recipient, or to a participant of its conversation.
        :raises ValueError: if no argument selects messages, or `reason` is empty.
        """
        filters = Filters(
            number=number, session_id=session_id, user_id=user_id, since=since, until=until
        )
        with self._store() as store, store.transaction():
            return holds.add_hold(store.connection, reason, filters)

    def release_hold(self, hold: int, *, reason: str) -> Hold:
        """Release a legal hold, so that its messages can be erased again.

        :param hold: the number of the hold.
        :raises ValueError: if no hold in force has this number, or `reason` is empty.
        """
        with self._store() as store, store.transaction():
            return holds.release_hold(store.connection, hold, reason)

    def set_retention(self, days: int | None) -> None:
        """Record the number of days after which Zoom deletes messages; None if it never does."""
        if days is not None and days < 1:
            raise ValueError(f"the retention is {days} days, but must be at least 1")
        with self._store() as store, store.transaction():
            store.set_setting(RETENTION, None if days is None else str(days))

    def record_access(
        self, action: str, *, selection: Mapping[str, object], counts: Mapping[str, int]
    ) -> bool:
        """Add an entry to the audit log; return False if the database is not writable.

        :param action: what the user did: "search", "show", "export" or "verify".
        :param selection: the filters that the user gave, and the ``query`` of a search.
        :param counts: how many results the user got, for example ``{"messages": 3}``.
        """
        return audit.record_access(self.path, action, selection=selection, counts=counts)

    def _store(self, **options: bool) -> contextlib.AbstractContextManager[Store]:
        return open_store(self.path, **options)

    def verify(
        self,
        *,
        attachments: StrPath | None = None,
        digest: str | Sequence[str] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> VerifyReport:
        """Read every row and file, and compare them with their stored hashes.

        :param attachments: the folder of files, if it was moved after the last archive run.
        :param digest: one or several digests that you stored elsewhere. A digest is a hash over the
            whole archive: ``digest`` in the report of a run, or :meth:`account_digest`. An
            archive that does not contain the digest is reported as altered.
        :param progress: ``progress(done, total)`` is called after each conversation.
        :returns: the counts of verified records, and the problems that were found.
        :raises ValueError: if a digest is not 64 hexadecimal digits.
        :raises ArchiveError: if the file cannot be opened as an archive.
        """
        digests = check_digests(digest)
        # A separate connection: verification sets its text_factory, to read damaged text.
        opened = database.open_for_reading(self.path, check_schema=False)
        with contextlib.closing(opened) as connection, self.translated():
            connection.execute("BEGIN")
            folder = self._moved_folder if attachments is None else Path(attachments)
            folder = folder or read_folder(connection)
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
        """Write messages to a file or folder.

        The output has a temporary name until it is complete. ``swagger_client.export.COLUMNS``
        lists the columns of the formats "csv" and "parquet".

        :param output: a file, a pipe or a device; for "jsonl" and "csv" also an open text stream;
            for "html", "eml" and "rsmf" a new or empty folder.
        :param format: one of ``swagger_client.export.FORMATS``: "csv", "eml", "html", "jsonl",
            "parquet", "rsmf".
        :param timezone: an IANA name like "Europe/Berlin", by default UTC. Local times of
            this zone are written beside the UTC times. ``since`` and ``until`` are read as local
            times of this zone if they have no zone of their own.
        :param names: an address book: a CSV file with the header ``number,name``, or a vCard file.
        :param plain: for "csv": write the values unchanged, for programs. By default, values that a
            spreadsheet would execute as formulas are escaped.
        :param filters: as for :meth:`messages`.
        :returns: the number of messages written.
        :raises ValueError: if a filter is invalid; if the format, time zone or run is unknown; if
            `names` is neither a CSV file nor a vCard file; if the output folder is not empty; or if
            the output is a file of the archive.
        :raises ImportError: if the packages that the format needs are not installed.
        :raises OSError: if the output cannot be written.
        :raises ArchiveError: if there is no archive, or the archive is damaged.
        """
        from swagger_client.export.export import export

        return export(self, output, format, filters, timezone=timezone, names=names, plain=plain)

"""The archive of an account's messages: what can be done with it, in one class."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client.api.operations import ACCOUNT_SMS_SESSION
from swagger_client.archive import reading, schema
from swagger_client.archive._clock import zoom_clock
from swagger_client.archive.errors import ArchiveLockedError, NotAnArchiveError, OtherAccountError
from swagger_client.archive.files import make_folder
from swagger_client.archive.mirror import MirrorRun, Progress
from swagger_client.archive.plan import Plan, Span, from_stamp, plan, stamp
from swagger_client.archive.reading import ArchivedMessage, Change, Conversation, Selection
from swagger_client.archive.store import Run, Store
from swagger_client.archive.verify import Verification, VerifyReport
from swagger_client.history import _spans
from swagger_client.serialization import query_value

if TYPE_CHECKING:
    from typing import Self

    from swagger_client.api import SMSApi
    from swagger_client.api_client import ApiClient

    StrPath = str | os.PathLike[str]
    Moment = str | date

T = TypeVar("T")

#: A century: no text is older.
_MOST_DAYS = 36_525
#: The setting that holds from when on the last run reads everything.
_REREAD_FROM = "reread_from"
_SESSION_TYPE = next(one for one in ACCOUNT_SMS_SESSION.parameters if one.name == "session_type")


class RunReport(NamedTuple):
    """What a run did. The counts are of the whole run, however often it was interrupted.

    :ivar int run: its number.
    :ivar bool resumed: whether it was begun earlier, and interrupted.
    :ivar str span_from: where the span that it read begins, in UTC.
    :ivar str span_to: where it ends: what came later is for the next run.
    :ivar str covered_from: since when the archive is complete.
    :ivar int new_messages: messages that the archive did not have.
    :ivar int changed_messages: messages that came with other content than before.
    :ivar dict changes: what changed in them, as "delivery_status: sent → delivered", and how often.
    :ivar list refused: conversations that Zoom lists but that cannot be read, with the reasons.
    :ivar int left: what the next run tries again: refused conversations, files not fetched.
    :ivar str digest: holds all that the archive contains; keep it elsewhere.
    :ivar int files_given_up: files of the archive that were refused in five runs.
    """

    run: int
    resumed: bool
    session_type: str
    span_from: str
    span_to: str
    covered_from: str
    new_sessions: int
    new_messages: int
    changed_messages: int
    files_done: int
    files_failed: int
    requests: int
    changes: dict[str, int]
    refused: list[tuple[str, str]]
    left: int
    digest: str
    files_given_up: int


class Archive:
    """An account's messages in a SQLite database, and their files in a folder.

    Nothing is opened before it is needed. Reading is possible while a run writes.

    :param path: the database; the first run makes it.
    """

    def __init__(self, path: StrPath) -> None:
        self.path = Path(path)
        self._opened: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    # Writing.

    def mirror(
        self,
        api: SMSApi,
        *,
        since: Moment | None = None,
        session_type: str = "all",
        attachments: StrPath | None = None,
        reread_days: float | None = 7,
        width: int = 8,
        progress: Callable[[Progress], object] | None = None,
    ) -> RunReport:
        """Bring the archive up to date; a run that was interrupted is finished first.

        :param api: the account's API.
        :param since: from when on messages are wanted: a date, a datetime, or text; needed once.
        :param session_type: whose conversations, as for ``account_sms_session``.
        :param attachments: a folder for the files of messages; remembered for later runs.
        :param reread_days: how many days before the end of the last run are read again, so that
            late messages and delivery statuses arrive, at least one; None for everything.
        :param width: how many pages are fetched at once.
        :param progress: told after each step.
        :returns: what was done.
        :raises ValueError: for an argument that can only be a mistake.
        :raises ApiException: when a call fails for good; run again, it goes on from there.
        :raises ArchiveError: when the archive is locked or damaged, the disk full or failing, or
            the messages another account's.
        """
        query_value(_SESSION_TYPE, session_type)
        if reread_days is not None and not reread_days >= 1:
            raise ValueError("`reread_days` must be at least 1: late messages would be missed")
        if width < 1:
            raise ValueError("`width` must be at least 1")
        reread = None if reread_days is None else timedelta(days=min(reread_days, _MOST_DAYS))
        begin = None
        if since is not None:
            today = datetime.fromtimestamp(api.api_client.clock.time(), timezone.utc)
            begin = _spans.parse_span(since, None, today, names=("since", "now")).start
        with self._writing(api) as store:
            folder = self._folder(store, attachments)

            def carry_out(run: Run, now: Callable[[], datetime], resumed: bool) -> RunReport:
                mirror = MirrorRun(
                    api.api_client,
                    store,
                    run,
                    folder=folder,
                    width=width,
                    progress=progress,
                    now=now,
                )
                mirror.carry_out()
                with store.transaction():
                    ended = store.end_run(run, _now(api.api_client))
                return self._report(
                    store, ended, resumed, mirror.progress.requests, folder is not None
                )

            interrupted = store.open_run()
            if interrupted is not None:
                report = carry_out(interrupted, _zooms_clock(store, api.api_client), True)
                if _covers(store, interrupted, begin, session_type, reread):
                    return report
            covered = _covered(store, begin, session_type)
            now = _zooms_clock(store, api.api_client)
            planned = plan(covered, begin, now(), reread)
            return carry_out(_begin(store, planned, session_type, _now(api.api_client)), now, False)

    @contextlib.contextmanager
    def _writing(self, api: SMSApi) -> Iterator[Store]:
        """The archive, opened for writing by this process alone."""
        if self.path.is_dir():
            raise NotAnArchiveError(f"{self.path} is a folder: name a file in it.")
        real = self.path.resolve()
        lock = real.with_name(real.name + ".lock")
        try:
            held = lock_file(lock)
        except BlockingIOError:
            raise ArchiveLockedError(
                f"Another run is writing to {self.path}: wait until it has ended. One run at a "
                "time keeps an archive whole."
            ) from None
        except OSError as error:
            raise NotAnArchiveError(f"{lock} cannot be made: {error.strerror}.") from None
        try:
            with contextlib.closing(Store(self.path)) as store:
                _check_account(store, api.api_client)
                yield store
        finally:
            unlock_file(held)

    def _folder(self, store: Store, attachments: StrPath | None) -> Path | None:
        kept = store.setting("attachments")
        if attachments is None:
            return None if kept is None else Path(kept)
        folder = Path(attachments).resolve()
        if str(folder) != kept:
            known = store.a_file()
            if known is not None and not (folder / known).exists():
                raise ValueError(
                    f"the files of this archive are in {kept}: move them to {folder} first, or go "
                    "on without naming a folder"
                )
            if folder.exists() and not folder.is_dir():
                raise ValueError(f"`attachments` must be a folder, and {folder} is a file")
            make_folder(folder)
            with store.transaction():
                store.set("attachments", str(folder))
        return folder

    def _report(
        self, store: Store, run: Run, resumed: bool, requests: int, with_files: bool
    ) -> RunReport:
        return RunReport(
            run=run.run,
            resumed=resumed,
            session_type=run.session_type,
            span_from=run.span_from,
            span_to=run.span_to,
            covered_from=run.covered_from,
            **store.counts(run),
            requests=requests,
            changes=_summary(store.changes(run)),
            refused=store.refused(),
            left=store.count_readings("refused") + (store.count_files_left() if with_files else 0),
            digest=run.digest or "",
            files_given_up=store.count_files_given_up(),
        )

    # Reading.

    def verify(
        self,
        *,
        attachments: StrPath | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> VerifyReport:
        """Re-read every row and file, and compare them with their hashes.

        :param attachments: the folder of the files, if it was moved.
        :param progress: told the conversations read, and how many there are.
        :returns: what was read, and what is wrong.
        :raises ArchiveError: when the file cannot be opened as an archive.
        """
        # A connection of its own: it reads what is no text any more.
        with contextlib.closing(schema.open_for_reading(self.path)) as connection:
            folder = self.attachments if attachments is None else Path(attachments)
            connection.execute("BEGIN")
            return Verification(connection, folder, progress).report()

    @property
    def attachments(self) -> Path | None:
        """The folder of the files, None when no run was given one."""
        for (value,) in self._read("SELECT value FROM settings WHERE name = 'attachments'"):
            return Path(str(value))
        return None

    def runs(self) -> list[Run]:
        """All runs, the first one first."""
        columns = ", ".join(Run._fields)
        found = self._read(f"SELECT {columns} FROM runs ORDER BY run")
        return [Run._make(row) for row in found]

    def messages(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        number: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
    ) -> Iterator[ArchivedMessage]:
        """The messages in their latest versions, the oldest first.

        :param since: the first moment: a date, a datetime (UTC when naive), or text.
        :param until: the last moment; a date with its whole day.
        :param number: a phone number that takes part, in any writing.
        :param session_id: the conversation.
        :param user_id: the Zoom id of a user, or another owner of a number, that takes part.
        :returns: an iterator.
        :raises ValueError: for a time that is none, or a number without digits.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        selection = Selection(since, until, number, session_id, user_id)
        selection.condition()
        return self._explained(reading.messages(self._connection, selection))

    def undated(
        self,
        *,
        number: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
    ) -> int:
        """How many messages have no time that can be read, so that no span holds them.

        :param number: as for :meth:`messages`, like the others.
        :raises ValueError: for a number without digits.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        selection = Selection(number=number, session_id=session_id, user_id=user_id)
        with schema.explained(self.path):
            return reading.undated(self._connection, selection)

    def export(
        self,
        output: StrPath | IO[str],
        format: str = "jsonl",
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        number: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        since_run: int | None = None,
        timezone: str | None = None,
        names: StrPath | None = None,
        plain: bool = False,
    ) -> int:
        """Write messages to a file or folder, which appears when it is complete.

        The columns of tables are ``swagger_client.export.COLUMNS``.

        :param output: a file, pipe or device; an open text stream for "jsonl" and "csv"; a new or
            empty folder for "html", "eml" and "rsmf".
        :param format: one of ``swagger_client.export.FORMATS``: "csv", "eml", "html", "jsonl",
            "parquet", "rsmf".
        :param since: as for :meth:`messages`, like the other options that select messages.
        :param since_run: the number of a run: only messages that are new or changed since then.
        :param timezone: an IANA name like "Europe/Berlin": adds local times to those in UTC.
        :param names: an address book, as CSV with the header ``number,name`` or as vCard.
        :param plain: for "csv": write the values unchanged, for programs.
        :returns: the number of messages written.
        :raises ValueError: as :meth:`messages`, for an unknown format, zone or run, an address
            book in another form, a folder that is not empty, or a file of the archive itself.
        :raises ImportError: when the packages of the format's extra are missing.
        :raises OSError: when the output cannot be written.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        from swagger_client.export.export import export

        return export(
            self,
            output,
            format,
            Selection(since, until, number, session_id, user_id),
            since_run=since_run,
            timezone=timezone,
            names=names,
            plain=plain,
        )

    def search(
        self,
        query: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        number: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        limit: int | None = None,
    ) -> Iterator[ArchivedMessage]:
        """The messages that hold every word of ``query``, the newest first.

        :param query: words; one that ends in ``*`` stands for all that begin so.
        :param limit: the most to return.
        :returns: an iterator.
        :raises ValueError: when there is no word in the query, for a limit below 0, or as
            :meth:`messages`.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        selection = Selection(since, until, number, session_id, user_id)
        return self._explained(reading.search(self._connection, query, selection, limit))

    def conversation(self, session_id: str) -> Conversation:
        """A conversation with its messages, the oldest first.

        :param session_id: its id.
        :raises KeyError: when the archive has none of that id.
        :raises ArchiveError: when there is no archive, or it is damaged.
        """
        with schema.explained(self.path):
            found = reading.conversation(self._connection, session_id)
        if found is None:
            raise KeyError(session_id)
        return found

    def changes(self, run: int) -> Iterator[Change]:
        """The messages known before that a run received with other content."""
        return self._explained(reading.changes(self._connection, run))

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = schema.open_for_reading(self.path)
        return self._opened

    def _read(self, statement: str) -> list[tuple[object, ...]]:
        with schema.explained(self.path):
            return self._connection.execute(statement).fetchall()

    def _explained(self, found: Iterator[T]) -> Iterator[T]:
        """The same, with errors of SQLite as the archive's own, whenever they come."""
        with schema.explained(self.path):
            yield from found


def _covered(store: Store, since: datetime | None, session_type: str) -> Span | None:
    """The span that earlier runs have read; None if this is the first.

    :raises ValueError: when it is, and nobody says where to begin.
    """
    last = store.last_run(session_type)
    if last is not None:
        # An end by a clock that was wrong would leave a gap.
        end = min(from_stamp(last.span_to), from_stamp(last.started_at))
        return from_stamp(last.covered_from), end
    if since is None:
        raise ValueError("say from when on messages are to be archived: this run is the first")
    return None


def _begin(store: Store, planned: Plan, session_type: str, started_at: str) -> Run:
    with store.transaction():
        store.set(_REREAD_FROM, stamp(planned.reread_from))
        return store.begin_run(
            session_type,
            span=(stamp(planned.spans[0][0]), stamp(planned.spans[-1][1])),
            covered_from=stamp(planned.covered_from),
            started_at=started_at,
            listings=planned.listings,
        )


def _covers(
    store: Store,
    run: Run,
    since: datetime | None,
    session_type: str,
    reread: timedelta | None,
) -> bool:
    """Whether the last run read all that is asked for."""
    begin = since = from_stamp(run.covered_from) if since is None else since
    if reread is not None:
        begin = max(begin, from_stamp(run.span_to) - reread)
    read_from = from_stamp(store.setting(_REREAD_FROM) or run.span_from)
    return (
        run.session_type in (session_type, "all")
        and from_stamp(run.covered_from) <= since
        and read_from <= begin
    )


def _zooms_clock(store: Store, client: ApiClient) -> Callable[[], datetime]:
    """Zoom's clock. Now that Zoom has answered, the archive is that of this account."""
    now = zoom_clock(client)
    account = _account(client)
    if account is not None and store.setting("account") is None:
        with store.transaction():
            store.set("account", account)
    return now


def _account(client: ApiClient) -> str | None:
    """The account of the credentials, where they tell it."""
    found = getattr(client.configuration.credentials, "account_id", None)
    return None if found is None else str(found)


def _check_account(store: Store, client: ApiClient) -> None:
    """Never mix two accounts.

    :raises OtherAccountError: when the credentials are of another account than the archive.
    """
    account, kept = _account(client), store.setting("account")
    if None not in (account, kept) and account != kept:
        raise OtherAccountError(
            f"{store.path} is the archive of account {kept}, and the credentials are of {account}: "
            "name another file, one for each account."
        )


def _summary(changes: Iterator[Change]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for change in changes:
        for name, (before, after) in change.fields.items():
            short = isinstance(before, str | int | None) and isinstance(after, str | int | None)
            counted[f"{name}: {before} → {after}" if short and name != "message" else name] += 1
    return dict(counted.most_common())


def _now(client: ApiClient) -> str:
    return stamp(datetime.fromtimestamp(client.clock.time(), timezone.utc))

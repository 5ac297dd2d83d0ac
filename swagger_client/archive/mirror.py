"""Carries out an archive run: fetches conversations, their messages and their files.

Several threads send requests, but only the thread that started the run writes to the archive. Each
page is stored in the same transaction as the run's progress, so that an interrupted run continues
where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swagger_client._flow import paging
from swagger_client._flow.drivers import StoppableDriver
from swagger_client._flow.effects import EmitPage, RunFlow
from swagger_client._flow.paging import FetchedPage, NewItems, Window
from swagger_client.archive import _sources
from swagger_client.archive._clock import local_time
from swagger_client.archive.canonical import as_object, plain_text
from swagger_client.archive.files import FileFetcher
from swagger_client.archive.folder_owner import claim_folder
from swagger_client.archive.matching import Taken
from swagger_client.archive.outages import Outage, RunFailures
from swagger_client.archive.plan import from_stamp
from swagger_client.archive.rows import message_id_of
from swagger_client.archive.runs import Run
from swagger_client.archive.store import Store
from swagger_client.archive.store_queries import Listing, SessionWindow
from swagger_client.exceptions import NotFoundException, PageTokenException
from swagger_client.history import _spans
from swagger_client.history._failures import ITEM_ERRORS, ItemError, describe_error, read_item

if TYPE_CHECKING:
    from swagger_client._flow.paging import Reader
    from swagger_client.api_client import ApiClient
    from swagger_client.archive.rows import FileKey, FileResult


class Progress(NamedTuple):
    """The progress of an archive run.

    :ivar str phase: what is being fetched: "conversations" at first, then "messages".
    :ivar int done: in the first phase, the number of lists that were fetched. In the second phase,
        the number of conversations whose messages were fetched; a conversation counts several times
        if its messages are fetched in several time windows.
    :ivar int total: the value that ``done`` has at the end of the phase.
    :ivar int messages: the number of received messages, also of those archived before.
    :ivar int files: the number of files whose download succeeded or failed.
    :ivar int requests: the number of pages requested.
    """

    phase: str
    done: int
    total: int
    messages: int = 0
    files: int = 0
    requests: int = 0


class MirrorRun:
    """Carries out a run: `run`, or else a new one, which :meth:`carry_out_session` creates."""

    def __init__(
        self,
        client: ApiClient,
        store: Store,
        run: Run | None = None,
        *,
        folder: Path | None,
        width: int,
        progress: Callable[[Progress], object] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.progress = Progress("conversations", 0, 0)
        self.run = run
        self._client = client
        self._store = store
        self._width = width
        self._on_progress = progress
        self._now = now or partial(local_time, client)
        self._folder = folder
        self._files: FileFetcher | None = None
        #: Files that this archive run has tried. It tries none of them twice.
        self._tried: set[FileKey] = set()
        self._failures = RunFailures(client, store)

    @property
    def outages(self) -> list[Outage]:
        return self._failures.outages

    def carry_out(self) -> None:
        """Fetch what this archive run has not fetched yet: conversations, messages and files."""
        self._open_folder()
        lists = self._store.pending_listings(self._open_run)
        self.progress = self.progress._replace(total=len(lists))
        self._read_all(lists, self._read_list)
        self.progress = self.progress._replace(
            phase="messages",
            done=self._store.count_windows("done"),
            total=self._store.count_windows("pending", "done"),
        )
        self._read_all(self._unread_sessions(), self._read_session)
        self._failures.record(self._open_run)

    def carry_out_session(self, windows: Sequence[SessionWindow], begin: Callable[[], Run]) -> None:
        """Archive the messages of one conversation.

        If a page after the first cannot be fetched, the remaining windows are recorded as failed,
        and the next archive run of the whole account fetches them.

        :param windows: the time windows whose messages to fetch, all of the same conversation.
        :param begin: creates the run. It is called in the transaction that stores the first page.
        """
        self._open_folder()
        session_id = windows[0].session_id

        def read() -> Reader[None]:
            for place, session_window in enumerate(windows):
                try:
                    yield from self._read_messages(session_window, begin)
                except ITEM_ERRORS as error:
                    if self.run is not None:
                        self._record_gaps(windows[place:], error)
                    raise
            yield from self._fetch_files(session_id, {})

        for _ in self._client._driver.iterate(read()):
            pass
        self._failures.record(self._open_run)

    def _record_gaps(self, windows: Sequence[SessionWindow], error: Exception) -> None:
        reason = plain_text(describe_error(error))
        with self._store.transaction():
            for session_window in windows:
                self._store.record_failure(self._open_run, session_window, reason, transient=True)
            self._store.mark_windows_failed(windows)

    @property
    def _open_run(self) -> Run:
        assert self.run is not None
        return self.run

    def _open_folder(self) -> None:
        if self._folder is not None:
            claim_folder(self._store, self._folder)
            store = self._store
            self._files = FileFetcher(self._client, self._folder, store.identity(), store.path)
            self._files.remove_partial_files()

    def _unread_sessions(self) -> list[str]:
        sessions = set(self._store.sessions_with_pending_windows())
        if self._files is not None:
            sessions.update(self._store.sessions_with_pending_files(self._open_run))
        return sorted(sessions)

    def _read_all(self, items: Iterable[Any], read_item: Callable[[Any], Reader[None]]) -> None:
        """Read `items` with `read_item`, several at a time; report progress after each page."""

        def emit_items() -> Reader[None]:
            yield EmitPage(FetchedPage(list(items), None))

        driver = StoppableDriver(self._client._driver)
        if self._files is not None:
            self._files.driver = driver
        reader = paging.read_concurrently(emit_items(), read_item, self._width)
        with closing(driver.iterate_concurrently(reader, self._width)) as steps:
            for _ in steps:
                if self._on_progress is not None:
                    self._on_progress(self.progress)

    def _read_list(self, listing: Listing) -> Reader[None]:
        """Fetch one list of conversations from Zoom, and store each page."""
        window = Window(from_stamp(listing.window_from), from_stamp(listing.window_to))
        store, run = self._store, self._open_run

        def store_page(page: NewItems) -> Reader[None]:
            sessions = [(_sources.session_key(session), session) for session in page.items]
            with store.transaction():
                store.record_listing(run, listing, sessions, done=False)
            self._add_progress(requests=1)
            yield EmitPage(page)

        reader = _sources.read_session_list(
            self._client, window, run.session_type, listing.filter_type, self._now
        )
        yield from paging.handle_pages(reader, store_page)
        with store.transaction():
            store.record_listing(run, listing, [], done=True)
        self._add_progress(done=1)
        yield EmitPage(None)

    def _read_session(self, session_id: str) -> Reader[None]:
        """Fetch a conversation's files, then its messages, one time window after another."""
        yield from self._fetch_files(session_id, {})
        windows = self._store.pending_windows(session_id)
        # This request fails only if Zoom cannot be reached or rejects the credentials.
        check_reachable = partial(_sources.fetch_headers, self._client)
        for place, session_window in enumerate(windows):
            try:
                yield from read_item(self._read_messages(session_window), check_reachable)
            except ItemError as failed:
                # These two errors concern the conversation: its other time windows would fail, too.
                is_last = isinstance(failed.error, NotFoundException | PageTokenException)
                unread = windows[place:] if is_last else [session_window]
                for one in unread:
                    self._failures.add_failed_window(self._open_run, one, failed.error)
                self._add_progress(requests=1, done=len(unread))
                yield EmitPage(None)
                if is_last:
                    return
            else:
                self._failures.count_fetched_window()
                self._add_progress(done=1)
                yield EmitPage(None)

    def _read_messages(
        self, session_window: SessionWindow, begin: Callable[[], Run] | None = None
    ) -> Reader[None]:
        window = Window(
            from_stamp(session_window.window_from), from_stamp(session_window.window_to)
        )
        store, session_id = self._store, session_window.session_id
        taken: Taken = set()

        def store_page(page: NewItems, *, is_last: bool) -> Reader[None]:
            if page.is_first:  # also if the window is read again from its start
                taken.clear()
            with store.transaction():
                run = begin() if begin is not None and self.run is None else self._open_run
                received = [*page.items, *page.repeated]
                done = page.done and is_last
                store.record_messages(run, session_window, received, done=done, taken=taken)
            self.run = run
            self._add_progress(requests=1, messages=len(page.items))
            yield EmitPage(page)
            yield from self._fetch_recent_files(session_id, page.items)

        # Older versions stored windows of up to 31 days, of which Zoom returns only a month.
        for month in _spans.split_months(window):
            reader = _sources.read_message_list(self._client, month, session_id)
            handle = partial(store_page, is_last=month.end == window.end)
            yield from paging.handle_pages(reader, handle)

    def _fetch_recent_files(self, session_id: str, messages: Sequence[object]) -> Reader[None]:
        """Download the attachments of messages just received. Their URLs are still valid."""
        with_files = [one for one in messages if as_object(one).get("attachments")]
        if with_files:
            recent: dict[str, list[object]] = {}
            for message in with_files:
                recent.setdefault(message_id_of(message), []).append(message)
            yield from self._fetch_files(session_id, recent)

    def _fetch_files(self, session_id: str, recent: Mapping[str, Sequence[object]]) -> Reader[None]:
        """Download missing attachments. The messages in ``recent`` have URLs that still work."""
        if self._files is None or self._failures.files_are_down:
            return
        found = self._store.pending_files(self._open_run, session_id)
        keys = [key for key in found if key not in self._tried]
        if not keys:
            return
        self._tried.update(keys)
        results: list[FileResult] = yield RunFlow(self._files.fetch(keys, recent))
        fetched = [one for one in results if one.state == "done"]
        if fetched:
            with self._store.transaction():
                self._store.recorder.add_files(self._open_run.run, session_id, fetched)
        self._failures.add_files(results, self._files.own_failures)
        self._add_progress(files=len(results))
        yield EmitPage(None)

    def _add_progress(self, **more: int) -> None:
        now = self.progress
        self.progress = now._replace(**{name: getattr(now, name) + n for name, n in more.items()})

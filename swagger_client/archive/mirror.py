"""A run: finds the conversations of its span, reads their messages, fetches their files.

Pages are fetched by several threads; this thread alone writes. What a page holds and where to go on
after it are committed together, so a run that ends anywhere is continued from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from swagger_client._flow.paging import Answer, Ask, Found, Window, go_on
from swagger_client.archive import shapes, wire
from swagger_client.archive.files import FileFetcher
from swagger_client.archive.plan import from_stamp, stamp
from swagger_client.archive.store import Listing, Reading, Run, Store
from swagger_client.exceptions import ApiException, ServiceException
from swagger_client.history.concurrent import StoppableCalls

if TYPE_CHECKING:
    from swagger_client._flow.paging import Pages
    from swagger_client.api_client import ApiClient
    from swagger_client.archive.shapes import AttachmentKey, Outcome


#: When Zoom fails to show so many conversations one after another, the rest is left alone.
_MOST_FAILURES_IN_A_ROW = 10


class Progress(NamedTuple):
    """How far a run is.

    :ivar str phase: "conversations" while they are listed, "messages" while they are read.
    :ivar int done: windows of lists, or of conversations, that are read.
    :ivar int total: how many of them there are.
    :ivar int messages: messages received, those known already included.
    :ivar int files: files fetched, or found not to be had.
    :ivar int requests: pages asked for.
    """

    phase: str
    done: int
    total: int
    messages: int = 0
    files: int = 0
    requests: int = 0


class _Job(Protocol):
    """Work of which one step at a time is done: the network's part of it in a thread."""

    def fetch(self) -> object: ...
    def keep(self, fetched: object) -> bool:
        """Write what was fetched; whether there is a next step."""
        ...


class Mirror:
    """Carries out one run.

    :param client: the client to call with.
    :param store: the archive.
    :param run: what to read.
    :param folder: where files go; None to leave them at Zoom.
    :param width: how many pages are fetched at once.
    :param progress: told after every step.
    :param now: the time by Zoom's clock.
    """

    def __init__(
        self,
        client: ApiClient,
        store: Store,
        run: Run,
        *,
        folder: Path | None,
        width: int,
        progress: Callable[[Progress], object] | None,
        now: Callable[[], datetime],
    ) -> None:
        self.calls = StoppableCalls(client)
        self.store = store
        self.run = run
        self.files = (
            None if folder is None else FileFetcher(client, self.calls, folder, store.identity())
        )
        self.at = Progress("conversations", 0, 0)
        self.now = now
        #: Files that something passing kept from being fetched: they are for the next run.
        self.postponed: set[AttachmentKey] = set()
        #: Conversations one after another that Zoom failed to show.
        self.failures_in_a_row = 0
        self._width = width
        self._tell = progress

    def carry_out(self) -> None:
        """Read all that the run has left to read.

        :raises ApiException: when a call fails for good; the next run goes on from there.
        :raises ArchiveError: when the archive cannot take what came.
        """
        if self.files is not None:
            self.files.tidy()
        listings = self.store.listings(self.run)
        self.at = self.at._replace(total=len(listings))
        self._work(_Conversations(self, listing) for listing in listings)
        self.at = self.at._replace(
            phase="messages",
            done=self.store.count_readings("done"),
            total=self.store.count_readings("pending", "done"),
        )
        self._work(_Messages(self, session_id) for session_id in self._sessions())

    def _sessions(self) -> list[str]:
        sessions = set(self.store.unread_sessions())
        if self.files is not None:
            sessions.update(self.store.sessions_with_pending_attachments(self.run))
        return sorted(sessions)

    def _work(self, jobs: Iterator[_Job]) -> None:
        running: dict[Future[object], _Job] = {}
        threads = ThreadPoolExecutor(self._width, "archive")
        try:
            while True:
                while len(running) < self._width and (job := next(jobs, None)) is not None:
                    running[threads.submit(job.fetch)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    if job.keep(future.result()):
                        running[threads.submit(job.fetch)] = job
                    if self._tell is not None:
                        self._tell(self.at)
        except BaseException:
            # Nobody waits for what a limit, or a server that hangs, keeps from coming.
            self.calls.stop()
            raise
        finally:
            threads.shutdown(cancel_futures=True)

    def pending_files(self, session_id: str) -> list[AttachmentKey]:
        """The files of a conversation that are to be fetched."""
        found = self.store.pending_attachments(self.run, session_id)
        return [key for key in found if key not in self.postponed]

    def leave(self, reading: Reading, error: Exception) -> None:
        """Leave a conversation that cannot be read to the next run.

        :raises Exception: the error, when others could not be read either.
        """
        passing = isinstance(error, ServiceException)
        self.failures_in_a_row += passing
        if not wire.of_this_alone(error) or self.failures_in_a_row > _MOST_FAILURES_IN_A_ROW:
            raise error
        with self.store.transaction():
            self.store.refuse(reading, wire.reason(error), lasting=not passing)

    def count(self, **more: int) -> None:
        """Add to the progress."""
        now = self.at
        self.at = now._replace(**{name: getattr(now, name) + n for name, n in more.items()})


class _Conversations:
    """Reads one list of conversations."""

    def __init__(self, mirror: Mirror, listing: Listing) -> None:
        self._mirror = mirror
        self._listing = listing
        window = Window(from_stamp(listing.window_from), from_stamp(listing.window_to))
        self._flow = wire.conversations(
            window, mirror.run.session_type, listing.filter_type, mirror.now
        )
        self._ask: Ask | None = go_on(self._flow, None)

    def fetch(self) -> object:
        assert self._ask is not None
        return wire.fetch(self._mirror.calls, self._ask)

    def keep(self, fetched: object) -> bool:
        store = self._mirror.store
        effect = found = go_on(self._flow, fetched)
        if isinstance(found, Found):
            effect = go_on(self._flow, None)
            sessions = {wire.session_key(session): session for session in found.items}
            with store.transaction():
                store.listed(self._mirror.run, self._listing, sessions, done=effect is None)
        self._ask = effect
        self._mirror.count(requests=1, done=self._ask is None)
        return self._ask is not None


class _Messages:
    """Reads one conversation: its windows one after another, each page before its files."""

    def __init__(self, mirror: Mirror, session_id: str) -> None:
        self._mirror = mirror
        self._session_id = session_id
        self._left = mirror.store.readings(session_id)[::-1]
        self._flow: Pages | None = None
        self._ask: Ask | None = None
        self._files: list[AttachmentKey] = []
        #: Messages whose download URLs are fresh, by id.
        self._fresh: Mapping[str, object] = {}
        if mirror.files is not None:
            self._files = mirror.pending_files(session_id)
        if not self._files:
            self._turn()

    def _turn(self) -> None:
        """Begin the next window, if there is one."""
        if self._ask is None and self._left:
            reading = self._left[-1]
            window = Window(from_stamp(reading.resume_from), from_stamp(reading.window_to))
            self._flow = wire.messages(window, self._session_id)
            self._ask = go_on(self._flow, None)

    def fetch(self) -> object:
        if self._files:
            assert self._mirror.files is not None
            return self._mirror.files.fetch(self._files, self._fresh)
        assert self._ask is not None
        return wire.fetch(self._mirror.calls, self._ask)

    def keep(self, fetched: object) -> bool:
        if self._files:
            self._keep_files(cast("list[Outcome]", fetched))
        else:
            self._keep_page(fetched)
        if not self._files:
            self._turn()
        return bool(self._files) or self._ask is not None

    def _keep_files(self, outcomes: list[Outcome]) -> None:
        store = self._mirror.store
        self._mirror.postponed.update(one.key for one in outcomes if one.state == "pending")
        with store.transaction():
            recorded = [one for one in outcomes if one.state != "pending"]
            store.fetched(self._mirror.run, self._session_id, recorded)
        self._files, self._fresh = [], {}
        self._mirror.count(files=len(outcomes))

    def _keep_page(self, fetched: object) -> None:
        reading = self._left[-1]
        received = len(fetched.items) if isinstance(fetched, Answer) else 0
        try:
            self._take(reading, fetched)
        except (ApiException, ValueError, TypeError, RecursionError) as error:
            self._mirror.leave(reading, error)
            self._ask = None
        else:
            self._mirror.failures_in_a_row = 0
        if self._ask is None:
            self._left.pop()
        self._mirror.count(requests=1, messages=received, done=self._ask is None)

    def _take(self, reading: Reading, fetched: object) -> None:
        """Write a page, and find out what is to be asked for next."""
        assert self._flow is not None
        effect = go_on(self._flow, fetched)
        if isinstance(effect, Found):
            store = self._mirror.store
            self._left[-1] = further = _further(reading, effect)
            with store.transaction():
                store.read(self._mirror.run, further, effect.items, done=effect.done)
            self._fetch_files_of(effect.items)
            effect = go_on(self._flow, None)
        self._ask = effect

    def _fetch_files_of(self, messages: Sequence[object]) -> None:
        """Fetch the files of messages next, while their URLs are fresh."""
        with_files = [one for one in messages if shapes.as_object(one).get("attachments")]
        if self._mirror.files is not None and with_files:
            self._files = self._mirror.pending_files(self._session_id)
            self._fresh = {shapes.message_key(message): message for message in with_files}


def _further(reading: Reading, found: Found) -> Reading:
    """Where to go on after a page: at its last message, if its messages are in order.

    Messages of that very second may be on the next page, so they are read again.
    """
    times = [moment for item in found.items if (moment := wire.time_of(item)) is not None]
    begin = from_stamp(reading.resume_from)
    in_order = all(a <= b for a, b in zip([begin, *times], times, strict=False))
    if not times or not in_order or len(times) < len(found.items):
        return reading
    last: datetime = min(times[-1].replace(microsecond=0), from_stamp(reading.window_to))
    return reading._replace(resume_from=stamp(last))

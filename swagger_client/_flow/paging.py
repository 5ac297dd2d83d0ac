"""Decide which page to fetch next, in one list or in several lists concurrently.

A *reader* is a generator that reads a list. It yields :class:`RunFlow` to fetch a page and
:class:`EmitPage` to pass on new items. Readers work with items of any type: the function ``key``
returns an item's identity, and ``time`` returns its time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from swagger_client._flow.effects import (
    EmitPage,
    Failure,
    Flow,
    RunFlow,
    StartFlow,
    WaitForAny,
)
from swagger_client._flow.occurrences import Occurrences, SplitPage

T = TypeVar("T")

#: The largest number of times that the end of a span is read again to find new items.
_MAX_REREADS = 10
#: The largest number of rereads in a row that find no new item before the page token expires.
_MAX_FUTILE_REREADS = 100
#: The largest number of pages in a row without a new item, beyond the pages with new items.
_MAX_STALE_PAGES = 100
#: The key of the list itself in :func:`read_concurrently`. The keys of its items start at 1.
_LIST = 0


class Window(NamedTuple):
    """A part of a time span that one request can return, in whole seconds.

    :ivar datetime start: the first second.
    :ivar datetime end: the last second, which is included.
    """

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window] | None:
        """Return both halves of the window, or None if it is too short."""
        seconds = int((self.end - self.start).total_seconds())
        if seconds < 2:
            return None
        middle = self.start + timedelta(seconds=seconds // 2)
        return Window(self.start, middle), Window(middle, self.end)


class FetchedPage(NamedTuple):
    """A page of a response.

    :ivar items: the items.
    :ivar token: the token of the next page, or the sync token.
    :ivar uncertain: whether the token could be a sync token instead of a page token. If Zoom
        rejects it, the list has no more pages.
    """

    items: Sequence[Any]
    token: str | None
    uncertain: bool = False


class NewItems(NamedTuple):
    """The new items of a page.

    :ivar items: the items that were not emitted before.
    :ivar window: the window to which the page belongs.
    :ivar done: whether all pages of the window have been read.
    :ivar repeated: the items of the page that were emitted before.
    :ivar is_first: whether it is the first page since the window was started or restarted.
    """

    items: list[Any]
    window: Window
    done: bool
    repeated: Sequence[Any] = ()
    is_first: bool = False


class Source(Protocol):
    """A list whose pages can be fetched."""

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Fetch a page.

        :param arguments: the arguments of this page, such as its token.
        """
        ...

    def paging_error(self, reason: str) -> Exception:
        """Return the exception for page tokens that repeat."""
        ...


Known = Mapping[str, datetime | None]
Windows = Sequence[Window]
Reader = Generator[RunFlow | EmitPage, Any, T]
#: A reader that starts flows concurrently. It receives the key and result of each ended flow.
ConcurrentReader = Generator[StartFlow | WaitForAny | EmitPage, Any, None]


class Deduplicator:
    """Drops items whose key was seen before.

    Different items need different keys. An id alone is not enough: Zoom may send the same id twice.

    Only an item at the edge of a window can appear in the next window too. :meth:`repeatable`
    returns the keys of such items. The next ``Deduplicator`` needs only these, so memory does not
    grow with the span.

    :param key: returns the key of an item.
    :param time: returns the time of an item.
    :param known: the keys of earlier windows.
    :param window: the window that is read.
    """

    def __init__(
        self,
        key: Callable[[Any], str],
        time: Callable[[Any], datetime | None],
        known: Known | None = None,
        window: Window | None = None,
        *,
        has_id: Callable[[Any], bool] = lambda item: True,
    ) -> None:
        self._occurrences = Occurrences(key, has_id)
        self._time = time
        self._window = window
        self._known = known or {}
        self._seen: dict[str, datetime | None] = {}

    def start_pass(self) -> None:
        """Prepare for reading the window from its first item, perhaps once more."""
        self._occurrences.restart()

    def split(self, items: Iterable[Any]) -> SplitPage:
        """Split the next page of a pass into new and repeated items."""
        new: list[Any] = []
        repeated: list[Any] = []
        progress = False
        for item in items:
            key = self._occurrences.key(item)
            if key in self._seen or key in self._known:
                repeated.append(item)
            else:
                self._seen[key] = self._time_in_window(item)
                new.append(item)
                progress = progress or self._occurrences.is_first(item)
        return SplitPage(new, repeated, progress)

    def _time_in_window(self, item: Any) -> datetime | None:
        """Return the item's time; None if it lies outside of the window."""
        time, window = self._time(item), self._window
        if time is None or window is None or window.start <= time <= window.end:
            return time
        return None

    def repeatable(self, windows: Windows) -> dict[str, datetime | None]:
        """Return the seen keys whose items can appear again in these windows."""
        return repeatable(self._seen, windows)


def repeatable(known: Known, windows: Windows) -> dict[str, datetime | None]:
    """Return the keys whose items can appear again: their time is in a window or unknown."""
    return {
        key: time
        for key, time in known.items()
        if time is None or any(window.start <= time <= window.end for window in windows)
    }


def read_window(
    source: Source,
    window: Window,
    seen: Deduplicator,
    *,
    descending: bool = False,
    mark_done: bool = True,
) -> Reader[int]:
    """Read all pages of a window and emit their new items as :class:`NewItems`.

    If a page token expires, the window is read again from its start, and repeated items are
    dropped. If this finds no new item before the next token expires, each half of the window is
    read instead, because it has fewer pages.

    :param descending: whether the newest items come first.
    :param mark_done: False if the window is read in several calls, and this is not the last.
    :returns: the number of pages.
    :raises Failure: if a page cannot be fetched, or the tokens of a single second keep expiring.
    """
    unread = [window]
    pages = futile_rereads = fresh_pages = 0
    while unread:
        part = unread.pop()
        span = {"_from": part.start, "to": part.end}
        token: str | None = None
        uncertain = progress = False
        stale_pages = 0
        tokens: set[str] = set()
        while True:
            try:
                page: FetchedPage = yield RunFlow(
                    source.fetch({**span, "next_page_token": token} if token else span)
                )
            except Failure as failure:
                if token is None or not _is_token_error(failure):
                    raise
                if uncertain and len(tokens) == 1:
                    yield EmitPage(NewItems([], window, done=mark_done and not unread))
                    break
                futile_rereads = 0 if progress else futile_rereads + 1
                if futile_rereads > _MAX_FUTILE_REREADS:
                    raise
                unread += _parts_to_reread(part, progress=progress, descending=descending)
                break
            pages += 1
            is_first, token, uncertain = token is None, page.token, page.uncertain
            if is_first:
                seen.start_pass()
            new, repeated, is_fresh = seen.split(page.items)
            progress = progress or is_fresh
            fresh_pages += is_fresh
            stale_pages = 0 if is_fresh else stale_pages + 1
            done = mark_done and not token and not unread
            yield EmitPage(NewItems(new, window, done, repeated, is_first))
            if not token:
                break
            if token in tokens and not is_fresh:
                raise source.paging_error(f"the page token {token!r} was returned a second time")
            if stale_pages > _MAX_STALE_PAGES + fresh_pages:
                raise source.paging_error(f"{stale_pages} pages in a row had no new item")
            tokens.add(token)
    return pages


def _is_token_error(failure: Failure) -> bool:
    return failure.status == 400 and failure.code == 400


def _parts_to_reread(part: Window, *, progress: bool, descending: bool) -> Sequence[Window]:
    """Return the parts of a window to read again. The last one is read first."""
    halves = None if progress else part.halves()
    if halves is None:
        return (part,)
    return halves if descending else halves[::-1]


def read_span(
    windows: Windows,
    recent: Window | None,
    read: Callable[[Window, Known, Windows], Generator[Any, Any, Known]],
) -> Generator[Any, Any, None]:
    """Read the windows of a span in order, then read its recent end again.

    :param windows: the windows; each begins where the one before it ends.
    :param recent: the end of the span, in which new items may appear meanwhile. It is read again
        until no new item is found. None if no new item can appear.
    :param read: reads a window. It receives the keys of earlier windows and the windows that
        follow. It returns the keys whose items can appear again.
    """
    known: Known = {}
    last: Windows = () if recent is None else (recent,)
    for index, window in enumerate(windows):
        known = yield from read(window, known, (*windows[index + 1 : index + 2], *last))
    if recent is None:
        return
    for _ in range(_MAX_REREADS):
        before = len(known)
        known = yield from read(recent, known, last)
        if len(known) == before:
            return


def read_concurrently(
    items: Reader[Any], read_item: Callable[[Any], Reader[Any]], width: int
) -> ConcurrentReader:
    """Read a list, and run a reader for each of its items, several at a time.

    The next page of the list is fetched only when few items are queued. So at most ``width`` pages
    of items and one page of the list are in memory. Only the requests run concurrently. The code of
    the readers runs in the caller's thread.

    :param items: reads the list. Its :class:`NewItems` are not emitted.
    :param read_item: returns the reader of an item. Everything that it emits is emitted.
    :param width: the number of readers that run at the same time.
    """
    queue: deque[Any] = deque()
    running: dict[int, Reader[Any]] = {}
    emitted, list_flow = _advance(items, None)
    queue.extend(item for page in emitted for item in page.items)
    keys = _LIST
    while True:
        while queue and len(running) < width:
            reader = read_item(queue.popleft())
            emitted, flow = _advance(reader, None)
            for page in emitted:
                yield EmitPage(page)
            if flow is not None:
                keys += 1
                running[keys] = reader
                yield StartFlow(keys, flow)
        if list_flow is not None and len(queue) < width:
            running[_LIST] = items
            yield StartFlow(_LIST, list_flow)
            list_flow = None
        if not running:
            return
        key, result = yield WaitForAny()
        reader = running.pop(key)
        emitted, flow = _advance(reader, result)
        if key == _LIST:
            list_flow = flow
            queue.extend(item for page in emitted for item in page.items)
            continue
        for page in emitted:
            yield EmitPage(page)
        if flow is not None:
            running[key] = reader
            yield StartFlow(key, flow)


def _advance(reader: Reader[Any], result: object) -> tuple[list[Any], Flow[Any] | None]:
    """Run a reader until it needs a flow or ends.

    :returns: the emitted pages, and the flow or None.
    """
    emitted: list[Any] = []
    try:
        effect = resume(reader, result)
        while isinstance(effect, EmitPage):
            emitted.append(effect.page)
            effect = next(reader)
    except StopIteration:
        return emitted, None
    return emitted, effect.flow


def run_in_sequence(reader: Reader[T]) -> Flow[T]:
    """Return a flow that runs a reader and fetches one page after another."""
    result: object = None
    try:
        while True:
            effect = resume(reader, result)
            result = None
            if isinstance(effect, EmitPage):
                yield effect
                continue
            try:
                result = yield from effect.flow
            except Exception as error:
                result = error
    except StopIteration as end:
        returned: T = end.value
        return returned
    finally:
        reader.close()


def handle_pages(reader: Reader[T], handle: Callable[[Any], Reader[None]]) -> Reader[T]:
    """Run a reader, and call ``handle`` for each page instead of emitting the page.

    :param handle: returns a reader, which may fetch and emit pages itself.
    """
    result: object = None
    while True:
        try:
            effect = resume(reader, result)
        except StopIteration as end:
            returned: T = end.value
            return returned
        result = None
        if isinstance(effect, EmitPage):
            yield from handle(effect.page)
            continue
        try:
            result = yield effect
        except Exception as error:
            result = error


def resume(generator: Generator[Any, Any, Any], result: object) -> Any:
    """Resume a generator with a result, or raise the result in it if it is an exception."""
    return generator.throw(result) if isinstance(result, Exception) else generator.send(result)

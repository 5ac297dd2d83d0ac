"""Decide which page of a list endpoint to request next, and which of its items are new.

A *reader* is a generator that reads all pages of a list. It yields :class:`RunFlow` to request a
page, and :class:`EmitPage` to pass the new items on that page to the caller. An *item* is a
conversation or message, as a model or as JSON.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from swagger_client._flow.effects import EmitPage, Failure, Flow, RunFlow, StartFlow, WaitForAny

T = TypeVar("T")

#: How often, at most, the end of a time span is read again to find items that are new.
_MAX_REREADS = 10
#: How often in a row, at most, a time window is read without a new item until a token expires.
_MAX_FUTILE_REREADS = 100
#: How many pages in a row may have no new item, in addition to the number of pages that had some.
_MAX_STALE_PAGES = 100
#: The key of the list's flow in :func:`read_concurrently`. The keys of the items' flows are from 1.
_LIST = 0


class Window(NamedTuple):
    """A part of a time span, in whole seconds, that is short enough for one list request.

    :ivar datetime start: the first second.
    :ivar datetime end: the last second, which is included.
    """

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window] | None:
        """Return the two halves of the time window, or None if it is too short to be divided."""
        seconds = int((self.end - self.start).total_seconds())
        if seconds < 2:
            return None
        middle = self.start + timedelta(seconds=seconds // 2)
        return Window(self.start, middle), Window(middle, self.end)


class FetchedPage(NamedTuple):
    """One page of a list, from Zoom's response.

    :ivar token: the page token of the next page, or the sync token; None if there is none.
    :ivar uncertain: whether the token may be a sync token instead of a page token. If Zoom rejects
        an uncertain token, this was the last page.
    """

    items: Sequence[Any]
    token: str | None
    uncertain: bool = False


class NewItems(NamedTuple):
    """The conversations or messages of a page, without those that were already emitted.

    :ivar window: the time window for which the page was requested.
    :ivar done: whether this is the last page of the window.
    :ivar repeated: the items on the page that were already emitted.
    :ivar is_first: whether this is the window's first page, also when the window is read again.
    """

    items: list[Any]
    window: Window
    done: bool
    repeated: Sequence[Any] = ()
    is_first: bool = False


class Source(Protocol):
    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Request the page that the arguments, such as ``next_page_token``, select."""
        ...

    def paging_error(self, reason: str) -> Exception:
        """Return the exception to raise if Zoom's page or sync tokens repeat."""
        ...


Known = Mapping[str, datetime | None]
Windows = Sequence[Window]
Reader = Generator[RunFlow | EmitPage, Any, T]
#: A reader that starts concurrent flows, and receives the key and result of each ended flow.
ConcurrentReader = Generator[StartFlow | WaitForAny | EmitPage, Any, None]


class Occurrences:
    """Computes a key for each item of a list. Different items get different keys.

    Two items with the same id and content are the same item. Two equal items without an id are
    different items, so the key of the second one ends in a number.
    """

    def __init__(self, key: Callable[[Any], str], has_id: Callable[[Any], bool]) -> None:
        self._key = key
        self._has_id = has_id
        self._count: Counter[str] = Counter()

    def restart(self) -> None:
        """Prepare for another request of the same list, from its first item."""
        self._count.clear()

    def key(self, item: Any) -> str:
        """Return an item's key. Call this once for each item, in the order of the list."""
        key = self._key(item)
        if self._has_id(item):
            return key
        self._count[key] += 1
        nth = self._count[key]
        return key if nth == 1 else f"{key}, {nth}"

    def is_first(self, item: Any) -> bool:
        """Return False if an item has no id and equals an earlier item. Call :meth:`key` first."""
        return self._count[self._key(item)] <= 1


class SplitPage(NamedTuple):
    """The conversations or messages (items) of a page, split into new and repeated ones.

    If an item has no id, it is in ``new``, even if it equals an earlier item. It may be a different
    item with the same content.

    :ivar is_fresh: whether ``new`` has an item that has an id, or differs from all earlier items.
    """

    new: list[Any]
    repeated: list[Any]
    is_fresh: bool


class Deduplicator:
    """Drops items that Zoom has already returned, for the same time window or for earlier windows.

    Zoom lists an item at the edge of a window in the next window too. :meth:`repeatable` returns
    the keys of such items. The ``Deduplicator`` of the next window receives only these keys, so
    that the memory used does not grow with the time span.

    :param key: returns the key of an item. Two items with the same key are the same item. An id
        alone is not enough, because Zoom may send different items with the same id.
    :param known: the keys of items in earlier windows, with their times.
    :param has_id: returns whether an item has an id. Equal items without one are different items.
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
        """Prepare to read the first page of a time window, for the first time or again."""
        self._occurrences.restart()

    def split(self, items: Iterable[Any]) -> SplitPage:
        new: list[Any] = []
        repeated: list[Any] = []
        is_fresh = False
        for item in items:
            key = self._occurrences.key(item)
            if key in self._seen or key in self._known:
                repeated.append(item)
            else:
                self._seen[key] = self._time_in_window(item)
                new.append(item)
                is_fresh = is_fresh or self._occurrences.is_first(item)
        return SplitPage(new, repeated, is_fresh)

    def _time_in_window(self, item: Any) -> datetime | None:
        time, window = self._time(item), self._window
        if time is None or window is None or window.start <= time <= window.end:
            return time
        return None

    def repeatable(self, windows: Windows) -> dict[str, datetime | None]:
        """Return the seen items that Zoom may list again in ``windows``: {key: time}."""
        return repeatable(self._seen, windows)


def repeatable(known: Known, windows: Windows) -> dict[str, datetime | None]:
    """Return those ``known`` items whose time is in one of the windows, or that have no time."""
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
    """Request all pages of a time window, and emit their new items; return the number of pages.

    If a page token expires, the window is read again from its first page, and repeated items are
    dropped. If no new item was found before a token expires again, the two halves of the window
    are read one after the other, because each has fewer pages.

    :param seen: drops the items that were already emitted.
    :param descending: whether Zoom lists the newest items first.
    :param mark_done: False if other lists of the window follow, so that no page has ``done``.
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
    """Return the stack of windows to read again: ``part``, or its halves without progress."""
    halves = None if progress else part.halves()
    if halves is None:
        return (part,)
    return halves if descending else halves[::-1]


def read_span(
    windows: Windows,
    recent: Window | None,
    read: Callable[[Window, Known, Windows], Generator[Any, Any, Known]],
    end: Callable[[], datetime] | None = None,
) -> Generator[Any, Any, None]:
    """Read the time windows of a time span in order. Then read `recent` until it has no new item.

    :param windows: the windows of the time span, in the order in which to read them.
    :param recent: the newest part of the time span, if Zoom may still add items to it; or None.
    :param read: ``read(window, known, later)`` reads one window. ``known`` has the items of earlier
        windows that Zoom may list again in ``window``. The result has those that Zoom may list
        again in the ``later`` windows.
    :param end: returns the time until which `recent` is read, if that is later than its end.
    """
    known: Known = {}
    last: Windows = () if recent is None else (recent,)
    for index, window in enumerate(windows):
        known = yield from read(window, known, (*windows[index + 1 : index + 2], *last))
    if recent is None:
        return
    for _ in range(_MAX_REREADS):
        before = len(known)
        if end is not None:
            recent = recent._replace(end=max(recent.end, end()))
        known = yield from read(recent, known, (recent,))
        if len(known) == before:
            return


def read_concurrently(
    items: Reader[Any], read_item: Callable[[Any], Reader[Any]], width: int
) -> ConcurrentReader:
    """Read a list of conversations, and concurrently the messages of ``width`` conversations.

    The next page of the list is requested only when few conversations are waiting to be read. So at
    most ``width`` pages of messages and one page of the list are in memory. Only the requests run
    concurrently; the code of the readers runs in the caller's thread.

    :param items: the reader of the list. Its pages are not emitted.
    :param read_item: returns the reader for one conversation of the list. Its pages are emitted.
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
    """Run a reader up to its next request. Return its pages, and the request (None at the end)."""
    emitted: list[Any] = []
    try:
        effect = resume(reader, result)
        while isinstance(effect, EmitPage):
            emitted.append(effect.page)
            effect = next(reader)
    except StopIteration:
        return emitted, None
    return emitted, effect.flow


def handle_pages(reader: Reader[T], handle: Callable[[Any], Reader[None]]) -> Reader[T]:
    """Run a reader; for each page that it emits, run the reader that ``handle(page)`` returns."""
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
    """Resume a generator with ``result``, or raise ``result`` in it if it is an exception."""
    return generator.throw(result) if isinstance(result, Exception) else generator.send(result)

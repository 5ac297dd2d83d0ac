"""Which page to fetch next: time windows, page tokens, several lists concurrently.

A reader is a generator. It yields :class:`RunFlow` to fetch a page and :class:`EmitPage` to hand
out what is new. Nothing here knows what an item is: ``key`` tells items apart, ``time`` reads their
time.
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

T = TypeVar("T")

#: How often the end of a span is read again for items that arrived meanwhile.
_MAX_REREADS = 10
#: How often in a row a window may be reread in vain because its page tokens expire too soon.
_MAX_FUTILE_REREADS = 100
#: How many pages in a row may bring nothing new, beyond those that were read before.
_MAX_STALE_PAGES = 100
#: The key of the list itself in :func:`read_concurrently`; its items count from 1.
_LIST = 0


class Window(NamedTuple):
    """A span of time that one request may cover, both ends included, in whole seconds.

    :ivar datetime start: where it begins.
    :ivar datetime end: where it ends.
    """

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window] | None:
        """Split the window into two halves; return None if the window is too short."""
        seconds = int((self.end - self.start).total_seconds())
        if seconds < 2:
            return None
        middle = self.start + timedelta(seconds=seconds // 2)
        return Window(self.start, middle), Window(middle, self.end)


class FetchedPage(NamedTuple):
    """A page as received. ``token`` is that of the next page, or of the sync's position."""

    items: Sequence[Any]
    token: str | None
    #: Whether the token may be of another kind, so that its rejection means "no more pages".
    uncertain: bool = False


class NewItems(NamedTuple):
    """A page of a window.

    :ivar items: the items that were not emitted before.
    :ivar done: whether the window is complete.
    :ivar repeated: the items of the page that were emitted before.
    :ivar is_first: whether the page is the first of a pass over the window or a part of it.
    """

    items: list[Any]
    window: Window
    done: bool
    repeated: Sequence[Any] = ()
    is_first: bool = False


class Source(Protocol):
    """A list whose pages can be fetched."""

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Fetch a page; ``arguments`` are those in which the pages differ."""
        ...

    def paging_error(self, reason: str) -> Exception:
        """Make the exception for page tokens that lead nowhere."""
        ...


Known = Mapping[str, datetime | None]
Windows = Sequence[Window]
Reader = Generator[RunFlow | EmitPage, Any, T]
#: Starts flows beside each other. It receives the key and the result of the one that ended.
ConcurrentReader = Generator[StartFlow | WaitForAny | EmitPage, Any, None]


class Deduplicator:
    """Drops items whose key was seen before.

    Items that differ need different keys: an id alone may hide one item behind another.

    Windows share only their edges: :meth:`repeatable` returns the keys that can come again in other
    windows, for the next ``Deduplicator``, so that memory does not grow with the span.
    """

    def __init__(
        self,
        key: Callable[[Any], str],
        time: Callable[[Any], datetime | None],
        known: Known | None = None,
        window: Window | None = None,
    ) -> None:
        self._key = key
        self._time = time
        self._window = window
        self._known = known or {}
        self._seen: dict[str, datetime | None] = {}

    def new_items(self, items: Iterable[Any]) -> list[Any]:
        """Return the items that were not seen before."""
        return self.split(items)[0]

    def split(self, items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
        """Return the items that were not seen before, and those that were."""
        new: list[Any] = []
        repeated: list[Any] = []
        for item in items:
            key = self._key(item)
            if key in self._seen or key in self._known:
                repeated.append(item)
            else:
                self._seen[key] = self._time_in_window(item)
                new.append(item)
        return new, repeated

    def _time_in_window(self, item: Any) -> datetime | None:
        """The item's time; None if Zoom listed it in a window that does not contain it."""
        time, window = self._time(item), self._window
        if time is None or window is None or window.start <= time <= window.end:
            return time
        return None

    def repeatable(self, windows: Windows) -> dict[str, datetime | None]:
        """Return the seen keys that can occur again in these windows."""
        return repeatable(self._seen, windows)


def repeatable(known: Known, windows: Windows) -> dict[str, datetime | None]:
    """Return the keys whose time is in a window or unknown, which can occur again."""
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
    """Read all pages of a window and emit :class:`NewItems`.

    When a page token has expired, the window is read again from its start, without the items that
    were emitted. If that brings nothing new before the next token expires, its halves are read
    instead, which have fewer pages. A single second has no halves and is reread.

    :param descending: whether the newest items come first.
    :param mark_done: False when the window is read in several parts, of which this is one.
    :returns: the number of pages.
    :raises Failure: when a page cannot be fetched, or tokens keep expiring.
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
            new, repeated = seen.split(page.items)
            progress = progress or bool(new)
            fresh_pages += bool(new)
            stale_pages = 0 if new else stale_pages + 1
            done = mark_done and not token and not unread
            yield EmitPage(NewItems(new, window, done, repeated, is_first))
            if not token:
                break
            if token in tokens and not new:
                raise source.paging_error(f"the token {token!r} was returned a second time")
            if stale_pages > _MAX_STALE_PAGES + fresh_pages:
                raise source.paging_error(f"{stale_pages} pages in a row brought nothing new")
            tokens.add(token)
    return pages


def _is_token_error(failure: Failure) -> bool:
    return failure.status == 400 and failure.code == 400


def _parts_to_reread(part: Window, *, progress: bool, descending: bool) -> Sequence[Window]:
    """Return the parts that are to be read again, the next part last."""
    halves = None if progress else part.halves()
    if halves is None:
        return (part,)
    return halves if descending else halves[::-1]


def read_span(
    windows: Windows,
    recent: Window | None,
    read: Callable[[Window, Known, Windows], Generator[Any, Any, Known]],
) -> Generator[Any, Any, None]:
    """Read windows one after another, then the items that arrived at the end of the span meanwhile.

    :param windows: neighbours meet.
    :param recent: the part of the span in which items may appear while it is read. It is read again
        at the end until that brings nothing new.
    :param read: reads a window, given the keys known before and the windows that follow; returns
        the keys that can come again.
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
    """Read a list, and run a reader for each of its items, ``width`` of them at a time.

    Reading the list pauses while enough items are queued, so that at most ``width`` pages of items
    and one page of the list are in memory. Only requests run concurrently; the readers' own code
    runs in the caller's thread.

    :param items: emits :class:`NewItems`; these are not passed on.
    :param read_item: returns the reader of an item; everything that reader emits is passed on.
    :param width: the number of items that are read concurrently.
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
    """Run a reader until it needs a flow or ends; return the emitted pages, and the flow."""
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
    """Turn a reader into a flow that fetches one page after another."""
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
    """Run a reader and pass each page to ``handle`` instead of emitting it.

    :param handle: a reader too: it may fetch and emit.
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
    """Resume a generator with the result of its last effect; an exception is raised in it."""
    return generator.throw(result) if isinstance(result, Exception) else generator.send(result)

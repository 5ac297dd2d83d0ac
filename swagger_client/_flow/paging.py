"""Which page to ask for next: windows of time, page tokens, and many listings at once.

A page flow yields :class:`Ask` (answered with an :class:`Answer`, or a ``Failure``), and hands out
what came as :class:`Found` (answered with None). Nothing here knows what an item is: ``key`` tells
items apart, ``moment`` reads their time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from swagger_client._flow.effects import Failure

#: How often the end of a span is looked at again for what came meanwhile.
_MOST_LOOKS = 10
#: How often in a row a window is read in vain, because its page tokens die too soon.
_MOST_IN_VAIN = 100
_LISTING = 0


class Window(NamedTuple):
    """A span of time that one request may cover: both ends belong to it, to the second."""

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window] | None:
        """Two windows that cover this one and meet; None for one that is too short."""
        seconds = int((self.end - self.start).total_seconds())
        if seconds < 2:
            return None
        middle = self.start + timedelta(seconds=seconds // 2)
        return Window(self.start, middle), Window(middle, self.end)


class Ask(NamedTuple):
    """Fetch a page of ``source``; ``arguments`` are what its pages differ in."""

    source: Any
    arguments: Mapping[str, object]


class Answer(NamedTuple):
    """A page as it came; ``token`` names the next one, or what a sync has covered."""

    items: Sequence[Any]
    token: str | None


class Found(NamedTuple):
    """Items that were not handed out before; ``done`` once their window is read to its end."""

    items: list[Any]
    window: Window
    done: bool


class Begin(NamedTuple):
    """Begin to fetch a page while others are fetched; answered with None."""

    ticket: int
    ask: Ask


class Next(NamedTuple):
    """Wait for a page that was begun; answered with its ticket and what came of it."""


Outcome = Answer | Failure
Known = Mapping[str, datetime | None]
Windows = Sequence[Window]
Pages = Generator[Ask | Found, Outcome | None, Any]
#: Reads one window, and returns which of the items handed out can come again.
Reading = Generator[Any, Any, Known]


class Once:
    """Lets each item pass once, by its key.

    Windows share no more than their edges: :meth:`shared` gives the ids that can come again in
    others, to begin the next ``Once`` with, so that memory does not grow with the span.
    """

    def __init__(
        self,
        key: Callable[[Any], str],
        moment: Callable[[Any], datetime | None],
        known: Known | None = None,
        window: Window | None = None,
    ) -> None:
        self._key = key
        self._moment = moment
        self._window = window
        self._known = known or {}
        self._met: dict[str, datetime | None] = {}

    def new(self, items: Iterable[Any]) -> list[Any]:
        """The items that come for the first time."""
        fresh = []
        for item in items:
            key = self._key(item)
            if key not in self._met and key not in self._known:
                self._met[key] = self._found_at(item)
                fresh.append(item)
        return fresh

    def _found_at(self, item: Any) -> datetime | None:
        """The time of an item; None when it came in a window that is not its own."""
        moment, window = self._moment(item), self._window
        if moment is None or window is None or window.start <= moment <= window.end:
            return moment
        return None

    def shared(self, windows: Windows) -> dict[str, datetime | None]:
        """What was met here and can come again in these windows."""
        return shared(self._met, windows)


def shared(known: Known, windows: Windows) -> dict[str, datetime | None]:
    """The part of ``known`` that can come again in these windows: without a time, in any."""
    return {
        key: moment
        for key, moment in known.items()
        if moment is None or any(one.start <= moment <= one.end for one in windows)
    }


def read_window(
    source: Any,
    window: Window,
    once: Once,
    repeated: Callable[[str], Exception],
    *,
    descending: bool = False,
) -> Generator[Ask | Found, Outcome | None, int]:
    """Read all pages of a window; returns how many pages came.

    When a page token has expired, the window is read again from its start and what was handed out
    is skipped. When that brings nothing new before the next token expires, its halves are read
    instead, which have fewer pages; a second, which has no halves, is read anew. What brings
    nothing new a hundred times over ends the reading with Zoom's refusal.

    :param source: what is listed.
    :param once: knows what was handed out.
    :param repeated: makes the exception for a token that came before.
    :param descending: whether the newest come first.
    """
    parts = [window]
    pages = in_vain = 0
    while parts:
        part = parts.pop()
        span = {"_from": part.start, "to": part.end}
        token: str | None = None
        tokens: set[str] = set()
        progress = False
        while True:
            outcome = yield Ask(source, {**span, "next_page_token": token} if token else span)
            assert outcome is not None
            if isinstance(outcome, Failure):
                if token is None or not _page_token_refused(outcome):
                    raise outcome
                in_vain = 0 if progress else in_vain + 1
                if in_vain > _MOST_IN_VAIN:
                    raise outcome
                parts += _to_read_again(part, progress, descending)
                break
            pages += 1
            token = outcome.token
            fresh = once.new(outcome.items)
            progress = progress or bool(fresh)
            yield Found(fresh, window, done=not token and not parts)
            if not token:
                break
            if token in tokens:
                raise repeated(token)
            tokens.add(token)
    return pages


def _page_token_refused(failure: Failure) -> bool:
    return failure.status == 400 and failure.code == 400


def _to_read_again(part: Window, progress: bool, descending: bool) -> Sequence[Window]:
    """What is left to read, the next one last."""
    halves = None if progress else part.halves()
    if halves is None:
        return (part,)
    return halves if descending else halves[::-1]


def read_span(
    windows: Windows,
    recent: Window | None,
    read: Callable[[Window, Known, Windows], Reading],
) -> Generator[Any, Any, None]:
    """Read windows one after another, then what came at the end of the span meanwhile.

    :param windows: those that follow each other meet.
    :param recent: the part of the span in which items may appear while it is read; it is read
        again at the end, until that brings nothing new.
    :param read: reads a window; is told what was handed out before, and which windows follow.
    """
    known: Known = {}
    last: Windows = () if recent is None else (recent,)
    for place, window in enumerate(windows):
        known = yield from read(window, known, (*windows[place + 1 : place + 2], *last))
    if recent is None:
        return
    for _ in range(_MOST_LOOKS):
        before = len(known)
        known = yield from read(recent, known, last)
        if len(known) == before:
            return


def read_each(
    listing: Pages, child: Callable[[Any], Pages], width: int
) -> Generator[Begin | Next | Found, tuple[int, Outcome] | None, None]:
    """Read a listing, and a flow of its own for each item, several pages being fetched at once.

    The listing waits while there are items enough, so that no more than ``width`` pages and one of
    the listing are ever held.

    :param listing: what it finds is not handed out.
    :param child: makes the flow for an item; what it finds is handed out, never as ``done``.
    :param width: how many of these flows run at once.
    """
    waiting: deque[Any] = deque()
    running: dict[int, Pages] = {}
    _, listing_asks = _advance(listing, None)
    tickets = 0
    while True:
        while waiting and len(running) < width:
            flow = child(waiting.popleft())
            _, ask = _advance(flow, None)
            if ask is not None:
                tickets += 1
                running[tickets] = flow
                yield Begin(tickets, ask)
        if listing_asks is not None and len(waiting) < width:
            running[_LISTING] = listing
            yield Begin(_LISTING, listing_asks)
            listing_asks = None
        if not running:
            return
        answered = yield Next()
        assert answered is not None
        ticket, outcome = answered
        flow = running.pop(ticket)
        found, ask = _advance(flow, outcome)
        if ticket == _LISTING:
            listing_asks = ask
            for page in found:
                waiting.extend(page.items)
        else:
            for page in found:
                yield page._replace(done=False)
            if ask is not None:
                running[ticket] = flow
                yield Begin(ticket, ask)


def _advance(flow: Pages, outcome: Outcome | None) -> tuple[list[Found], Ask | None]:
    """Run a flow until it asks for a page or ends; what it found on the way."""
    found: list[Found] = []
    try:
        effect = flow.send(outcome)
        while isinstance(effect, Found):
            found.append(effect)
            effect = next(flow)
    except StopIteration:
        return found, None
    return found, effect


def go_on(flow: Generator[Any, Any, Any], outcome: object) -> Any:
    """What a flow wants next; None when it has ended."""
    try:
        return flow.send(outcome)
    except StopIteration:
        return None

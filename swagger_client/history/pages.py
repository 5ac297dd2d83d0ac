"""A span of a list that is being read: in which order, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from swagger_client._flow import paging
from swagger_client._flow.paging import Found, Known, Window, Windows
from swagger_client.history import spans
from swagger_client.history.listings import Listing, Source, repeated

if TYPE_CHECKING:
    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

ASCENDING, DESCENDING = 1, 2
PAGE_SIZE = 100
#: How far this machine's clock may differ from Zoom's, and how late Zoom may list a message.
SLACK = timedelta(minutes=5)
_A_DAY = timedelta(days=1)


class Page(Generic[T]):
    """A page of items, none of which came on a page before.

    :ivar list items: the items; a page may be empty.
    :ivar Window window: the window that is being read: ``start`` and ``end``, datetimes in UTC.
    :ivar bool done: whether the window has been read to its end.
    :ivar datetime resume: everything of the span before this time has been handed out, with this
        page (in descending order: everything after it). A later run with it as ``_from``
        (descending: as ``to``) misses nothing; what carries exactly this time comes again.
    """

    __slots__ = ("done", "items", "resume", "window")

    def __init__(self, items: list[T], window: Window, done: bool, resume: datetime) -> None:
        self.items = items
        self.window = window
        self.done = done
        self.resume = resume


class Progress(NamedTuple):
    """How far a reading has come: what it has handed out, and months read of those there are."""

    items: int
    pages: int
    months: int
    of_months: int


OnProgress = Callable[[Progress], object]


class Order:
    """A span as it is to be read: its windows in their order, and what of it is still moving."""

    def __init__(
        self, client: ApiClient, _from: object, to: object, sort: object = ASCENDING
    ) -> None:
        if sort not in (ASCENDING, DESCENDING):
            raise ValueError(f"`sort` must be 1 or 2, not {sort!r}")
        now = datetime.fromtimestamp(client.clock.time(), timezone.utc)
        self.sort = sort
        self.descending = sort == DESCENDING
        self.span = spans.span_of(_from, to, now)
        #: What is younger may still be on its way to the list.
        self.quiet_until = now.replace(microsecond=0) - SLACK
        # Nothing is sent far ahead of now, and no request may cover more than a month.
        moving = Window(
            max(self.span.start, self.quiet_until), min(self.span.end, self.quiet_until + _A_DAY)
        )
        self.recent = moving if moving.start <= moving.end else None

    def windows(self, *, to_the_last: bool) -> Windows:
        """The windows; ``to_the_last`` fraction of a second where items are dated to seconds."""
        cut = spans.cut(spans.a_second_longer(self.span) if to_the_last else self.span)
        return cut[::-1] if self.descending else cut


class Reading(Generic[T]):
    """A span of a listing that is being read: what to fetch, and how far it has come."""

    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        arguments: Mapping[str, object],
        order: Order,
        options: CallOptions | None,
    ) -> None:
        self._listing = listing
        self._order = order
        asked = {"page_size": PAGE_SIZE, **arguments}
        if "sort" in listing.operation.names:
            asked["sort"] = order.sort
        self._source = Source.checked(client, listing, asked, options, order.span)
        self._windows = order.windows(to_the_last=listing.moment is not None)
        self.of_months = len(self._windows)
        self._in_order = True
        self._resume = order.span.end if order.descending else order.span.start

    def flow(self) -> paging.Pages:
        """What to fetch."""
        return paging.read_span(self._windows, self._order.recent, self._read)

    def _read(self, window: Window, known: Known, later: Windows) -> paging.Reading:
        once = paging.Once(self._listing.key_of, self._listing.moment_of, known, window)
        newest_first = self._order.descending or self._listing.moment is None
        yield from paging.read_window(self._source, window, once, repeated, descending=newest_first)
        return paging.shared(known, later) | once.shared(later)

    def page(self, found: Found) -> Page[T]:
        """A page, with how far the reading has come by it."""
        order, reached = self._order, self._reached(found)
        if reached is not None and order.descending:
            self._resume = min(self._resume, reached)
        elif reached is not None:
            self._resume = max(self._resume, min(reached, order.quiet_until, order.span.end))
        return Page(found.items, found.window, found.done, self._resume)

    def _reached(self, found: Found) -> datetime | None:
        """The time up to which all has come; it is known as long as items come in order."""
        window, descending = found.window, self._order.descending
        if found.done:
            self._in_order = True
            return window.start if descending else window.end
        times = [self._resume, *map(self._listing.moment_of, found.items)]
        ahead = times[::-1] if descending else times
        for one, other in pairwise(ahead):
            if one is None or other is None or other < one:
                self._in_order = False
        return times[-1] if self._in_order else None


class Tally:
    """Counts what is handed out, and tells a caller who asked."""

    def __init__(self, of_months: int, tell: object) -> None:
        if tell is not None and not callable(tell):
            raise TypeError(f"`progress` must be callable, not {type(tell).__name__}")
        self._tell = tell
        self._now = Progress(0, 0, 0, of_months)

    def add(self, items: int, done: bool) -> None:
        if self._tell is not None:
            was = self._now
            # The end of the span is read again when all months are.
            months = min(was.months + done, was.of_months)
            self._now = Progress(was.items + items, was.pages + 1, months, was.of_months)
            self._tell(self._now)

"""Reads a span of a list: in which order, and how far it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from swagger_client._flow import paging
from swagger_client._flow.paging import Deduplicator, Known, NewItems, Window, Windows
from swagger_client.api.parameters import Progress
from swagger_client.exceptions import InvalidArgumentException
from swagger_client.history import _spans
from swagger_client.history._source import (
    ASCENDING,
    DESCENDING,
    PAGE_SIZE,
    Listing,
    model_source,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

#: How far this machine's clock may differ from Zoom's, and how late Zoom may list a message.
_SLACK = timedelta(minutes=5)
_DAY = timedelta(days=1)


class Page(Generic[T]):
    """A page of items that were not on an earlier page.

    :ivar list items: the items; a page may be empty.
    :ivar Window window: the window that is being read: ``start`` and ``end``, datetimes in UTC.
    :ivar bool done: whether the window was read to its end.
    :ivar datetime resume: everything of the span before this time was returned, this page
        included (in descending order: everything after it). A later run with it as ``_from``
        (descending: as ``to``) misses nothing. It changes when a window ends: the times of
        messages are no cursor, since Zoom may send them out of order.
    """

    __slots__ = ("done", "items", "resume", "window")

    def __init__(self, items: list[T], window: Window, done: bool, resume: datetime) -> None:
        self.items = items
        self.window = window
        self.done = done
        self.resume = resume


class SpanOrder:
    """A span, the order of its windows, and the part of it that is still changing."""

    def __init__(
        self, client: ApiClient, _from: object, to: object, sort: object = ASCENDING
    ) -> None:
        if sort not in (ASCENDING, DESCENDING):
            raise InvalidArgumentException(reason=f"`sort` must be 1 or 2, not {sort!r}")
        now = datetime.fromtimestamp(client.clock.time(), timezone.utc)
        self.sort = sort
        self.descending = sort == DESCENDING
        try:
            self.span = _spans.parse_span(_from, to, now)
        except ValueError as error:
            raise InvalidArgumentException(reason=str(error)) from None
        #: Younger items may not be listed yet.
        self.settled_until = now.replace(microsecond=0) - _SLACK
        # Nothing is sent far ahead of now, and no request may cover more than a month.
        recent = Window(
            max(self.span.start, self.settled_until),
            min(self.span.end, self.settled_until + _DAY),
        )
        self.recent = recent if recent.start <= recent.end else None

    def windows(self, *, whole_last_second: bool) -> Windows:
        """Return the windows in order; with all of the last second where items have times."""
        span = _spans.extend_by_a_second(self.span) if whole_last_second else self.span
        windows = _spans.split_months(span)
        return windows[::-1] if self.descending else windows


class SpanReader(Generic[T]):
    """Reads a span of a listing."""

    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        arguments: Mapping[str, object],
        order: SpanOrder,
        options: CallOptions | None,
    ) -> None:
        self._listing = listing
        self._order = order
        arguments = {"page_size": PAGE_SIZE, **arguments}
        if "sort" in listing._operation.names:
            arguments["sort"] = order.sort
        self._source = model_source(client, listing, arguments, options, order.span)
        self._windows = order.windows(whole_last_second=listing._time is not None)
        self.months = len(self._windows)
        self._resume = order.span.end if order.descending else order.span.start

    def read(self) -> Generator[Any, Any, None]:
        """Read the span; emits :class:`swagger_client._flow.paging.NewItems`."""
        return paging.read_span(self._windows, self._order.recent, self._read_window)

    def _read_window(self, window: Window, known: Known, later: Windows) -> paging.Reader[Known]:
        seen = Deduplicator(self._listing._key_of, self._listing._time_of, known, window)
        newest_first = self._order.descending or self._listing._time is None
        yield from paging.read_window(self._source, window, seen, descending=newest_first)
        return paging.repeatable(known, later) | seen.repeatable(later)

    def page(self, new: NewItems) -> Page[T]:
        """Make a page, with how far the span is read."""
        order, window = self._order, new.window
        if new.done and order.descending:
            self._resume = min(self._resume, window.start)
        elif new.done:
            settled = min(window.end, order.settled_until, order.span.end)
            self._resume = max(self._resume, settled)
        return Page(new.items, window, new.done, self._resume)


class ProgressCounter:
    """Counts returned items and pages, and calls the caller's ``progress``."""

    def __init__(self, months: int, progress: object) -> None:
        if progress is not None and not callable(progress):
            raise TypeError(f"`progress` must be callable, not {type(progress).__name__}")
        self._progress = progress
        self._count = Progress(0, 0, 0, months)

    def add_page(self, new: NewItems) -> None:
        """Count a page."""
        if self._progress is not None:
            count = self._count
            # After all months, the end of the span is read again.
            months = min(count.months + new.done, count.of_months)
            items = count.items + len(new.items)
            self._count = Progress(items, count.pages + 1, months, count.of_months)
            self._progress(self._count)

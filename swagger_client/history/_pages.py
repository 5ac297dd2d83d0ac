"""Read a time span month by month, and compute from which time a later call can continue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from swagger_client._flow import paging
from swagger_client._flow.paging import Deduplicator, Known, NewItems, Window, Windows
from swagger_client._flow.retry import parse_retry_after
from swagger_client.api.parameters import Progress
from swagger_client.exceptions import InvalidArgumentException
from swagger_client.history import _spans
from swagger_client.history._source import ASCENDING, DESCENDING, PAGE_SIZE, Listing, PageSource

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

#: The delay until Zoom lists a new message, plus the difference between Zoom's clock and ours.
_SLACK = timedelta(minutes=5)
_DAY = timedelta(days=1)
#: A time of Zoom's that is further ahead is wrong; a request covers at most a month.
_MONTH = timedelta(days=28)


class Page(Generic[T]):
    """One page of the list that :func:`pages` reads. Each item is on one page only.

    :ivar list items: the conversations or messages on this page; the list can be empty.
    :ivar Window window: the part of the time span, at most a month, for which Zoom returned
        this page. ``window.start`` and ``window.end`` are datetimes in UTC.
    :ivar bool done: whether this is the last page of the window.
    :ivar datetime resume: the time to pass as ``_from`` to continue later, because all items before
        this time are on this page or on earlier pages. With ``sort=2``, pass the time as ``to``,
        because all items after it are on this page or on earlier pages. It changes only with the
        last page of a window, because Zoom may not sort the items of a window by time.
    """

    __slots__ = ("done", "items", "resume", "window")

    def __init__(self, items: list[T], window: Window, done: bool, resume: datetime) -> None:
        self.items = items
        self.window = window
        self.done = done
        self.resume = resume


class SpanOrder:
    """A time span, and the order in which its time windows of at most a month are read.

    :param sort: 1 for the oldest window first, 2 for the newest window first.
    :ivar recent: the part of the time span that is later than five minutes ago, because Zoom may
        still add items to it; None if the time span has no such part.
    """

    def __init__(
        self, client: ApiClient, _from: object, to: object, sort: object = ASCENDING
    ) -> None:
        if sort not in (ASCENDING, DESCENDING):
            raise InvalidArgumentException(reason=f"`sort` must be 1 or 2, not {sort!r}")
        now = datetime.fromtimestamp(client.clock.time(), timezone.utc)
        self.sort = sort
        self.descending = sort == DESCENDING
        self.span = _spans.parse_span(_from, to, now)
        self.ends_now = to is None
        self._clock = client.clock
        self._zoom_time = self.span.end
        #: Zoom may not yet list all items that are newer than this.
        self.settled_until = now.replace(microsecond=0) - _SLACK
        # One day is enough, because no item lies far in the future.
        recent = Window(
            max(self.span.start, self.settled_until),
            min(self.span.end, self.settled_until + _DAY),
        )
        self.recent = recent if recent.start <= recent.end else None

    def note_time(self, headers: Mapping[str, str]) -> None:
        """Note Zoom's time, in case this machine's clock is slow."""
        now = self._clock.time()
        time = parse_retry_after(headers.get("Date"), now)
        if time is not None and 0 < time - now < _MONTH.total_seconds():
            zoom = datetime.fromtimestamp(time, timezone.utc)
            self._zoom_time = max(self._zoom_time, zoom)

    def end(self) -> datetime:
        """Return until when to read again, if later than `recent`: Zoom's time if `to` is None."""
        return self._zoom_time if self.ends_now else self.span.start

    def windows(self, *, whole_last_second: bool) -> Windows:
        """Split the time span into time windows, in the order in which to read them.

        :param whole_last_second: whether to end the last window a second later. If the time span
            ends at 23:59:59, Zoom may otherwise leave out an item with the time 23:59:59.5.
        """
        span = _spans.extend_by_a_second(self.span) if whole_last_second else self.span
        windows = _spans.split_months(span)
        return windows[::-1] if self.descending else windows


def model_source(
    client: ApiClient,
    listing: Listing[Any],
    arguments: Mapping[str, object],
    options: CallOptions | None,
    order: SpanOrder,
) -> PageSource:
    """Check the arguments, and return a ``PageSource`` whose items are models.

    The requests may ask for one second more than the time span; see :func:`extend_by_a_second`.
    Items with a time in that second are dropped. Items without a valid time are not dropped.
    """
    span = order.span
    source = PageSource(client, listing._operation, arguments, options).check(span)
    source.on_headers = order.note_time
    if order.ends_now:
        return source
    models = source.convert
    beyond = span.end + timedelta(seconds=1)

    def models_in_span(items: Sequence[Any]) -> list[Any]:
        times = ((item, listing._time_of(item)) for item in models(items))
        return [item for item, time in times if time is None or not span.end < time <= beyond]

    source.convert = models_in_span
    return source


class SpanReader(Generic[T]):
    """Requests all pages of a list endpoint for a time span, time window by window."""

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
        self._source = model_source(client, listing, arguments, options, order)
        self._windows = order.windows(whole_last_second=listing._time is not None)
        self.months = len(self._windows)
        self._resume = order.span.end if order.descending else order.span.start

    def read(self) -> Flow[None]:
        """Request all pages of the time span, and emit the new items of each as ``NewItems``."""
        order = self._order
        return paging.read_span(self._windows, order.recent, self._read_window, order.end)

    def _read_window(self, window: Window, known: Known, later: Windows) -> paging.Reader[Known]:
        listing = self._listing
        seen = Deduplicator(
            listing._key_of, listing._time_of, known, window, has_id=listing._has_id
        )
        newest_first = self._order.descending or self._listing._time is None
        yield from paging.read_window(self._source, window, seen, descending=newest_first)
        return paging.repeatable(known, later) | seen.repeatable(later)

    def page(self, new: NewItems) -> Page[T]:
        """Convert the ``NewItems`` that :meth:`read` emitted to a page for the caller."""
        order, window = self._order, new.window
        if new.done and order.descending:
            self._resume = min(self._resume, window.start)
        elif new.done:
            settled = min(window.end, order.settled_until, order.span.end)
            self._resume = max(self._resume, settled)
        return Page(new.items, window, new.done, self._resume)


class ProgressCounter:
    """Counts items and pages, and calls the caller's ``progress`` after each page."""

    def __init__(self, months: int, progress: object) -> None:
        if progress is not None and not callable(progress):
            raise TypeError(f"`progress` must be callable, not {type(progress).__name__}")
        self._progress = progress
        self._count = Progress(0, 0, 0, months)

    def add_page(self, new: NewItems) -> None:
        if self._progress is not None:
            count = self._count
            # The end of the time span is read again after all months, so `done` can be true more
            # often than there are months.
            months = min(count.months + new.done, count.of_months)
            items = count.items + len(new.items)
            self._count = Progress(items, count.pages + 1, months, count.of_months)
            self._progress(self._count)

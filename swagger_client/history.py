"""Reads whole histories: every page of every month of a span, each item once.

:func:`pages` is the layer below the ``iter_…`` methods, for those who keep what they read: each
:class:`Page` says from where a later run can go on without missing anything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from swagger_client import _spans
from swagger_client._crew import Crowd, run_abreast, run_abreast_async
from swagger_client._flow import paging
from swagger_client._flow.paging import Found, Known, Window, Windows, go_on
from swagger_client._listings import (
    ACCOUNT_SESSIONS,
    MESSAGES,
    USER_SESSIONS,
    AsyncCaller,
    Listing,
    Source,
    fetch,
    fetch_async,
    repeated,
)
from swagger_client._spans import Moment

if TYPE_CHECKING:
    from swagger_client.api.parameters import CallOptions
    from swagger_client.api_client import ApiClient
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
    )

__all__ = [
    "ACCOUNT_SESSIONS",
    "ASCENDING",
    "DESCENDING",
    "MESSAGES",
    "PAGE_SIZE",
    "USER_SESSIONS",
    "AccountMessage",
    "Listing",
    "Page",
    "Progress",
    "Window",
    "account_messages",
    "account_messages_async",
    "items",
    "items_async",
    "pages",
    "pages_async",
    "repeated",
    "windows",
]

T = TypeVar("T")

ASCENDING, DESCENDING = 1, 2
PAGE_SIZE = 100
#: How far this machine's clock may differ from Zoom's, and how late Zoom may list a message.
SLACK = timedelta(minutes=5)


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


class AccountMessage(NamedTuple):
    """A message, with the conversation it belongs to."""

    session: InlineResponse20073SmsSessions
    message: InlineResponse20074SmsHistories


def windows(_from: Moment, to: Moment) -> list[Window]:
    """Cut a span into windows of a calendar month at most, oldest first; neighbours meet.

    :param _from: where the span begins: a date, a datetime (UTC when naive), or text.
    :param to: where it ends; a date with its whole day.
    :raises ValueError: when it ends before it begins, or a text is no date or time.
    """
    return _spans.cut(_spans.span_of(_from, to, datetime.now(timezone.utc)))


def pages(
    client: ApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int | None = None,
    options: CallOptions | None = None,
) -> Iterator[Page[T]]:
    """Read every page of a span, month by month.

    Everything of the span that Zoom lists when the reading begins is on exactly one page, however
    long the caller takes between two pages. When the span reaches up to now, its end is read again
    until nothing new has come.

    :param client: the client to call with.
    :param listing: ``ACCOUNT_SESSIONS``, ``USER_SESSIONS`` or ``MESSAGES``.
    :param arguments: the operation's arguments, but span, sort and page token.
    :param _from: where the span begins: a date, a datetime (UTC when naive), or text. Left out: 30
        days ago, or a month before ``to``.
    :param to: where it ends, a date with its whole day; now, when left out.
    :param sort: 1 for the oldest month first (the default), 2 for the newest. Messages within a
        month have the same order; conversations within a month come as Zoom lists them.
    :param options: options of each call, such as ``_deadline``.
    :returns: pages; nothing is sent before the first is asked for.
    :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
    :raises PageTokenException: when Zoom's page tokens go in circles.
    :raises ApiException: when a call fails.
    """
    reading = _Reading(client, listing, arguments, _Order(client, _from, to, sort), options)
    return _walk(client, reading)


def pages_async(
    client: AsyncCaller,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int | None = None,
    options: CallOptions | None = None,
) -> AsyncIterator[Page[T]]:
    """As :func:`pages`, on asyncio."""
    order = _Order(client.client, _from, to, sort)
    return _walk_async(client, _Reading(client.client, listing, arguments, order, options))


def _walk(client: ApiClient, reading: _Reading[T]) -> Iterator[Page[T]]:
    flow = reading.flow()
    effect = go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = fetch(client, effect)
        effect = go_on(flow, outcome)


async def _walk_async(client: AsyncCaller, reading: _Reading[T]) -> AsyncIterator[Page[T]]:
    flow = reading.flow()
    effect = go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = await fetch_async(client, effect)
        effect = go_on(flow, outcome)


class _Order:
    """A span as it is to be read: its windows in their order, and what of it is still moving."""

    def __init__(
        self, client: ApiClient, _from: Moment | None, to: Moment | None, sort: int | None
    ) -> None:
        if sort not in (None, ASCENDING, DESCENDING):
            raise ValueError(f"`sort` must be 1 or 2, not {sort!r}")
        now = datetime.fromtimestamp(client.clock.time(), timezone.utc)
        self.sort = sort or ASCENDING
        self.descending = sort == DESCENDING
        self.span = _spans.span_of(_from, to, now)
        #: What is younger may still be on its way to the list.
        self.quiet_until = now.replace(microsecond=0) - SLACK
        self.recent: Window | None = None
        if self.span.end >= self.quiet_until:
            self.recent = Window(max(self.span.start, self.quiet_until), self.span.end)

    def windows(self, *, to_the_last: bool) -> Windows:
        """The windows; ``to_the_last`` fraction of a second where items are dated to seconds."""
        cut = _spans.cut(_spans.a_second_longer(self.span) if to_the_last else self.span)
        return cut[::-1] if self.descending else cut


class _Reading(Generic[T]):
    """A span of a listing that is being read: what to fetch, and how far it has come."""

    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        arguments: Mapping[str, object],
        order: _Order,
        options: CallOptions | None,
    ) -> None:
        self._listing = listing
        self._order = order
        asked = _with_page_size(arguments)
        if "sort" in listing.operation.names:
            asked["sort"] = order.sort
        self._source = Source.checked(client, listing, asked, options, order.span)
        self._windows = order.windows(to_the_last=listing.moment is not None)
        self.of_months = len(self._windows)
        self._resume = order.span.end if order.descending else order.span.start

    def flow(self) -> paging.Pages:
        """What to fetch."""
        return paging.read_span(self._windows, self._order.recent, self._read)

    def _read(self, window: Window, known: Known, later: Windows) -> paging.Reading:
        once = paging.Once(self._listing.key_of, self._listing.moment_of, known)
        newest_first = self._order.descending or self._listing.moment is None
        yield from paging.read_window(self._source, window, once, repeated, descending=newest_first)
        return paging.shared(known, later) | once.shared(later)

    def page(self, found: Found) -> Page[T]:
        """A page, with how far the reading has come by it."""
        order, reached = self._order, None
        if found.done:
            reached = found.window.start if order.descending else found.window.end
        elif found.items:
            reached = self._listing.moment_of(found.items[-1])
        if reached is not None and order.descending:
            self._resume = min(self._resume, reached)
        elif reached is not None:
            self._resume = max(self._resume, min(reached, order.quiet_until, order.span.end))
        return Page(found.items, found.window, found.done, self._resume)


def _with_page_size(arguments: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in arguments.items() if value is not None}
    return {"page_size": PAGE_SIZE, **given}


class _Tally:
    """Counts what is handed out, and tells a caller who asked."""

    def __init__(self, of_months: int, tell: OnProgress | None) -> None:
        self._tell = tell
        self._now = Progress(0, 0, 0, of_months)

    def add(self, items: int, done: bool) -> None:
        if self._tell is not None:
            was = self._now
            # The end of the span is read again when all months are.
            months = min(was.months + done, was.of_months)
            self._now = Progress(was.items + items, was.pages + 1, months, was.of_months)
            self._tell(self._now)


def items(
    client: ApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int | None = None,
    progress: OnProgress | None = None,
    options: CallOptions | None = None,
) -> Iterator[T]:
    """The items of :func:`pages`, one by one; ``progress`` is called after each page."""
    reading = _Reading(client, listing, arguments, _Order(client, _from, to, sort), options)

    def each() -> Iterator[T]:
        tally = _Tally(reading.of_months, progress)
        for page in _walk(client, reading):
            yield from page.items
            tally.add(len(page.items), page.done)

    return each()


def items_async(
    client: AsyncCaller,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int | None = None,
    progress: OnProgress | None = None,
    options: CallOptions | None = None,
) -> AsyncIterator[T]:
    """As :func:`items`, on asyncio."""
    order = _Order(client.client, _from, to, sort)
    reading = _Reading(client.client, listing, arguments, order, options)

    async def each() -> AsyncIterator[T]:
        tally = _Tally(reading.of_months, progress)
        async for page in _walk_async(client, reading):
            for item in page.items:
                yield item
            tally.add(len(page.items), page.done)

    return each()


def account_messages(
    client: ApiClient,
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    width: int,
    progress: OnProgress | None = None,
    options: CallOptions | None = None,
) -> Iterator[AccountMessage]:
    """Every message of an account in a span; ``SMSApi.iter_account_messages`` says in which order.

    :param arguments: those of ``account_sms_session``, and ``delivery_status``.
    :param width: how many conversations are read at once.
    """
    order = _Order(client, _from, to, ASCENDING)
    reading = _AccountReading(client, arguments, order, width, options)

    def each() -> Iterator[AccountMessage]:
        tally = _Tally(reading.of_months, progress)
        for found in run_abreast(reading.flow(), lambda ask: fetch(client, ask), width + 1):
            yield from found.items
            tally.add(len(found.items), found.done)

    return each()


def account_messages_async(
    client: AsyncCaller,
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    width: int,
    progress: OnProgress | None = None,
    options: CallOptions | None = None,
) -> AsyncIterator[AccountMessage]:
    """As :func:`account_messages`, on asyncio."""
    order = _Order(client.client, _from, to, ASCENDING)
    reading = _AccountReading(client.client, arguments, order, width, options)

    async def each() -> AsyncIterator[AccountMessage]:
        tally = _Tally(reading.of_months, progress)
        pages = run_abreast_async(reading.flow(), lambda ask: fetch_async(client, ask))
        async with aclosing(pages):
            async for page in pages:
                for item in page.items:
                    yield item
                tally.add(len(page.items), page.done)

    return each()


#: A conversation is found in a month by any message in it. By its last one too: not every kind of
#: message need count as sent or received.
_FILTERS = ("sent_received_message_time", "last_message_time")
#: How far the clocks may differ when it comes to what has just happened.
_JUST_NOW = timedelta(minutes=1)


class _AccountReading:
    """An account's messages: month by month, the conversations of each read side by side."""

    def __init__(
        self,
        client: ApiClient,
        arguments: Mapping[str, object],
        order: _Order,
        width: int,
        options: CallOptions | None,
    ) -> None:
        if not isinstance(width, int) or width < 1:
            raise ValueError(f"`concurrency` must be at least 1, not {width!r}")
        self._client = client
        self._order = order
        self._width = width
        self._windows = order.windows(to_the_last=True)
        self.of_months = len(self._windows)
        asked = _with_page_size(arguments)
        status = asked.pop("delivery_status", None)
        self._lists = [
            Source.checked(
                client, ACCOUNT_SESSIONS, {**asked, "filter_type": each}, options, order.span
            )
            for each in _FILTERS
        ]
        self._page_size = int(str(asked["page_size"]))
        asked = {"page_size": self._page_size, "delivery_status": status, "sort": ASCENDING}
        self._messages = Source.checked(
            client, MESSAGES, {**asked, "session_id": "each"}, options, order.span
        )

    def flow(self) -> Crowd:
        """What to fetch."""
        return paging.read_span(self._windows, self._order.recent, self._read)

    def _read(self, window: Window, known: Known, later: Windows) -> paging.Reading:
        carried = paging.shared(known, later)

        def messages(session: Any) -> paging.Pages:
            once = paging.Once(_key_of_both, _moment_of_both, known)
            source = self._messages._replace(
                arguments={**self._messages.arguments, "session_id": session.session_id},
                make=lambda message: AccountMessage(session, message),
            )
            yield from paging.read_window(source, window, once, repeated)
            carried.update(once.shared(later))

        yield from paging.read_each(self._sessions(window), messages, self._width)
        yield Found([], window, done=True)
        return carried

    def _sessions(self, window: Window) -> paging.Pages:
        """The conversations with messages in a window."""
        once = paging.Once(ACCOUNT_SESSIONS.key_of, ACCOUNT_SESSIONS.moment_of, {})
        began = self._now() - _JUST_NOW
        for source in self._lists:
            yield from paging.read_window(source, window, once, repeated, descending=True)
        if len(once) >= self._page_size:
            # One that got a message while page after page was read is at the top of the list now,
            # and may have been on no page.
            moved = Window(began, self._now() + _JUST_NOW)
            yield from paging.read_window(self._lists[-1], moved, once, repeated, descending=True)

    def _now(self) -> datetime:
        now = datetime.fromtimestamp(self._client.clock.time(), timezone.utc)
        return now.replace(microsecond=0)


def _key_of_both(item: AccountMessage) -> str:
    return f"{item.session.session_id}/{MESSAGES.key_of(item.message)}"


def _moment_of_both(item: AccountMessage) -> datetime | None:
    return MESSAGES.moment_of(item.message)

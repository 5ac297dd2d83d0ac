"""Reads whole histories: every page of every month of a span, each item once.

:func:`pages` is the layer below the ``iter_…`` methods, for those who keep what they read: each
:class:`Page` says from where a later run can go on without missing anything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from swagger_client import _spans
from swagger_client._flow import paging
from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Answer, Ask, Found, Window
from swagger_client._spans import Moment
from swagger_client.api.operations import ACCOUNT_SMS_SESSION, SMS_SESSION_DETAILS, USER_SMS_SESSION
from swagger_client.exceptions import DecodeException, PageTokenException
from swagger_client.models._time import utc
from swagger_client.serialization import split_arguments

if TYPE_CHECKING:
    from swagger_client.aio import AsyncApiClient
    from swagger_client.api.operations import Operation
    from swagger_client.api.parameters import CallOptions
    from swagger_client.api_client import ApiClient
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
        InlineResponse20088SmsSessions,
    )

T = TypeVar("T")

ASCENDING, DESCENDING = 1, 2
PAGE_SIZE = 100
#: How far this machine's clock may differ from Zoom's, and how late Zoom may list a message.
SLACK = timedelta(minutes=5)


class Listing(Generic[T]):
    """What can be listed by spans: an operation, and what its items are told apart and dated by.

    :ivar operation: the row of ``api.operations``.
    :ivar str key: the field that holds an item's id.
    :ivar str moment: the field that holds its time.
    :ivar bool dated: whether that time says in which window an item is found: true of messages. A
        conversation can be found in several.
    """

    def __init__(self, operation: Operation[Any], key: str, moment: str, *, dated: bool) -> None:
        self.operation = operation
        self.key = key
        self.moment = moment
        self.dated = dated

    def key_of(self, item: object) -> str:
        """What tells an item from others."""
        return str(getattr(item, self.key, None) or item)

    def moment_of(self, item: object) -> datetime | None:
        """The time at which an item is found; None when it can be found at any."""
        try:
            return utc(getattr(item, self.moment, None)) if self.dated else None
        except ValueError:
            return None


ACCOUNT_SESSIONS: Listing[InlineResponse20073SmsSessions] = Listing(
    ACCOUNT_SMS_SESSION, "session_id", "last_access_time", dated=False
)
USER_SESSIONS: Listing[InlineResponse20088SmsSessions] = Listing(
    USER_SMS_SESSION, "session_id", "last_access_time", dated=False
)
MESSAGES: Listing[InlineResponse20074SmsHistories] = Listing(
    SMS_SESSION_DETAILS, "message_id", "date_time", dated=True
)


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
    sort: int = ASCENDING,
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
    :param sort: 1 for the oldest month first, 2 for the newest. Messages within a month have the
        same order; conversations within a month come as Zoom lists them, newest first.
    :param options: options of each call, such as ``_deadline``.
    :returns: pages; nothing is sent before the first is asked for.
    :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
    :raises PageTokenException: when Zoom's page tokens go in circles.
    :raises ApiException: when a call fails.
    """
    reading = _Reading(client, listing, arguments, _from=_from, to=to, sort=sort, options=options)
    return _walk(client, reading)


def pages_async(
    client: AsyncApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int = ASCENDING,
    options: CallOptions | None = None,
) -> AsyncIterator[Page[T]]:
    """As :func:`pages`, on asyncio."""
    reading = _Reading(
        client.client, listing, arguments, _from=_from, to=to, sort=sort, options=options
    )
    return _walk_async(client, reading)


class _Reading(Generic[T]):
    """A span of a listing that is being read: what to fetch, and how far it has come."""

    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        arguments: Mapping[str, object],
        *,
        _from: Moment | None,
        to: Moment | None,
        sort: int,
        options: CallOptions | None,
    ) -> None:
        if sort not in (ASCENDING, DESCENDING):
            raise ValueError(f"`sort` must be 1 or 2, not {sort!r}")
        now = datetime.fromtimestamp(client.clock.time(), timezone.utc)
        self._listing = listing
        self._descending = sort == DESCENDING
        self._span = _spans.span_of(_from, to, now)
        self._quiet_until = now.replace(microsecond=0) - SLACK
        self._resume = self._span.end if self._descending else self._span.start
        self._source = source_of(
            client, listing, arguments, span=self._span, sort=sort, options=options
        )

    def flow(self) -> paging.Pages:
        """What to fetch."""
        cut = _spans.cut(_spans.a_second_longer(self._span) if self._listing.dated else self._span)
        if self._descending:
            cut.reverse()
        return paging.read_span(cut, recent(self._span, self._quiet_until), self._read)

    def _read(self, window: Window, known: paging.Known, later: paging.Windows) -> paging.Reading:
        once = paging.Once(self._listing.key_of, self._listing.moment_of, known)
        newest_first = self._descending or not self._listing.dated
        yield from paging.read_window(self._source, window, once, repeated, descending=newest_first)
        return once.shared(later)

    def page(self, found: Found) -> Page[T]:
        """A page, with how far the reading has come by it."""
        reached = None
        if found.done:
            reached = found.window.start if self._descending else found.window.end
        elif found.items:
            reached = self._listing.moment_of(found.items[-1])
        if reached is not None and self._descending:
            self._resume = min(self._resume, reached)
        elif reached is not None:
            # What is younger may still be on its way to the list.
            reached = min(reached, self._quiet_until, self._span.end)
            self._resume = max(self._resume, reached)
        return Page(found.items, found.window, found.done, self._resume)


def _walk(client: ApiClient, reading: _Reading[T]) -> Iterator[Page[T]]:
    flow = reading.flow()
    effect = next(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = fetch(client, effect)
        effect = paging.go_on(flow, outcome)


async def _walk_async(client: AsyncApiClient, reading: _Reading[T]) -> AsyncIterator[Page[T]]:
    flow = reading.flow()
    effect = next(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = await fetch_async(client, effect)
        effect = paging.go_on(flow, outcome)


class Source(NamedTuple):
    """One list: how to ask for a page of it, and how to read one."""

    listing: Listing[Any]
    arguments: Mapping[str, object]
    options: CallOptions
    #: What is younger is not of the span, though a window may reach a second further.
    until: datetime

    def answer(self, data: object) -> Answer:
        """What a page holds.

        :raises DecodeException: when it is no page: it must not be read as "no messages".
        """
        field = self.listing.operation.items or ""
        items = getattr(data, field, None)
        token = getattr(data, "next_page_token", None)
        if token is None:
            # Live answers of the details were seen to carry the page token under this name.
            token = getattr(data, "additional_properties", {}).get("sync_token")
        if items is None and (token is not None or getattr(data, "page_size", None) is not None):
            items = []
        if not isinstance(items, list):
            raise DecodeException(200, f"the answer has no list `{field}`")
        return Answer([item for item in items if self._takes(item)], str(token or ""))

    def _takes(self, item: object) -> bool:
        moment = self.listing.moment_of(item)
        return moment is None or moment.replace(microsecond=0) <= self.until


def source_of(
    client: ApiClient,
    listing: Listing[Any],
    arguments: Mapping[str, object],
    *,
    span: Window,
    sort: int,
    options: CallOptions | None,
) -> Source:
    """A list as it is to be asked for.

    :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
    """
    asked: dict[str, object] = {"page_size": PAGE_SIZE}
    asked.update((name, value) for name, value in arguments.items() if value is not None)
    if "sort" in listing.operation.names:
        asked["sort"] = sort
    everything = {**asked, "_from": span.start, "to": span.end}
    split_arguments(listing.operation, everything, client.configuration.safe_chars_for_path_param)
    return Source(listing, asked, {**(options or {}), "_return_http_data_only": True}, span.end)


def fetch(client: ApiClient, ask: Ask) -> Answer | Failure:
    """Fetch a page; what fails is returned, not raised."""
    source: Source = ask.source
    arguments = {**source.arguments, **ask.arguments}
    try:
        data = client.call_operation(source.listing.operation, arguments, source.options)
        return source.answer(data)
    except Failure as failure:
        return failure


async def fetch_async(client: AsyncApiClient, ask: Ask) -> Answer | Failure:
    """As :func:`fetch`, on asyncio."""
    source: Source = ask.source
    arguments = {**source.arguments, **ask.arguments}
    try:
        data = await client.call_operation(source.listing.operation, arguments, source.options)
        return source.answer(data)
    except Failure as failure:
        return failure


def recent(span: Window, quiet_until: datetime) -> Window | None:
    """The part of a span in which items may appear while it is read."""
    if span.end < quiet_until:
        return None
    return Window(max(span.start, quiet_until), span.end)


def repeated(token: str) -> Exception:
    """The exception for a page token that came before."""
    return PageTokenException(reason=f"the page token {token!r} was given a second time")

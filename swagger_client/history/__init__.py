"""Reads whole histories: every page of every month of a span, each item once.

:func:`pages` is the layer below the ``iter_…`` methods, for those who keep what they read: each
:class:`Page` says from where a later run can go on without missing anything.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from swagger_client._flow.paging import Found, Window, go_on
from swagger_client.history import spans
from swagger_client.history.account_reader import AccountMessage, AccountReading, GoneException
from swagger_client.history.concurrent import StoppableCalls, run_abreast, run_abreast_async
from swagger_client.history.listings import (
    ACCOUNT_SESSIONS,
    MESSAGES,
    SYNCED_MESSAGES,
    SYNCED_SESSIONS,
    USER_SESSIONS,
    AsyncCaller,
    Listing,
    fetch,
    fetch_async,
    repeated,
    split,
)
from swagger_client.history.pages import (
    ASCENDING,
    DESCENDING,
    PAGE_SIZE,
    OnProgress,
    Order,
    Page,
    Progress,
    Reading,
    Tally,
)
from swagger_client.history.spans import Moment
from swagger_client.history.syncs import AsyncSyncIterator, SyncIterator

if TYPE_CHECKING:
    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient

__all__ = [
    "ACCOUNT_SESSIONS",
    "ASCENDING",
    "DESCENDING",
    "MESSAGES",
    "PAGE_SIZE",
    "SYNCED_MESSAGES",
    "SYNCED_SESSIONS",
    "USER_SESSIONS",
    "AccountMessage",
    "AsyncSyncIterator",
    "GoneException",
    "Listing",
    "OnProgress",
    "Page",
    "Progress",
    "SyncIterator",
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


def windows(_from: Moment, to: Moment) -> list[Window]:
    """Cut a span into windows of a calendar month at most, oldest first; neighbours meet.

    :param _from: where the span begins: a date, a datetime (UTC when naive), or text.
    :param to: where it ends; a date with its whole day.
    :raises ValueError: when it ends before it begins, or a text is no date or time.
    """
    return spans.cut(spans.span_of(_from, to, datetime.now(timezone.utc)))


def pages(
    client: ApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int = ASCENDING,
    options: CallOptions | None = None,
) -> Generator[Page[T], None, None]:
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
    reading = Reading(client, listing, arguments, Order(client, _from, to, sort), options)
    return _walk(client, reading)


def pages_async(
    client: AsyncCaller,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: Moment | None = None,
    to: Moment | None = None,
    sort: int = ASCENDING,
    options: CallOptions | None = None,
) -> AsyncGenerator[Page[T], None]:
    """As :func:`pages`, on asyncio."""
    order = Order(client.client, _from, to, sort)
    return _walk_async(client, Reading(client.client, listing, arguments, order, options))


def _walk(client: ApiClient, reading: Reading[T]) -> Generator[Page[T], None, None]:
    flow = reading.flow()
    effect = go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = fetch(client, effect)
        effect = go_on(flow, outcome)


async def _walk_async(client: AsyncCaller, reading: Reading[T]) -> AsyncGenerator[Page[T], None]:
    flow = reading.flow()
    effect = go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield reading.page(effect)
        else:
            outcome = await fetch_async(client, effect)
        effect = go_on(flow, outcome)


def items(
    client: ApiClient, listing: Listing[T], given: Mapping[str, object]
) -> Generator[T, None, None]:
    """The items of a listing, as the ``iter_…`` methods hand them out.

    :param given: the keyword arguments of the method.
    """
    reading, tally = _started(client, listing, given)

    def each() -> Generator[T, None, None]:
        for page in _walk(client, reading):
            yield from page.items
            tally.add(len(page.items), page.done)

    return each()


def items_async(
    client: AsyncCaller, listing: Listing[T], given: Mapping[str, object]
) -> AsyncGenerator[T, None]:
    """As :func:`items`, on asyncio."""
    reading, tally = _started(client.client, listing, given)

    async def each() -> AsyncGenerator[T, None]:
        async for page in _walk_async(client, reading):
            for item in page.items:
                yield item
            tally.add(len(page.items), page.done)

    return each()


def _started(
    client: ApiClient, listing: Listing[T], given: Mapping[str, object]
) -> tuple[Reading[T], Tally]:
    names = listing.operation.names - {"next_page_token"} | {"sort", "progress"}
    arguments, options = split(given, names)
    tell = arguments.pop("progress", None)
    usual = ASCENDING if listing.moment else DESCENDING
    span = arguments.pop("_from", None), arguments.pop("to", None)
    order = Order(client, *span, arguments.pop("sort", usual))
    reading = Reading(client, listing, arguments, order, options)
    return reading, Tally(reading.of_months, tell)


def account_messages(
    client: ApiClient, given: Mapping[str, object]
) -> Generator[AccountMessage, None, None]:
    """Every message of an account in a span, see ``SMSApi.iter_account_messages``.

    :param given: the keyword arguments of the method.
    """
    reading = AccountReading(client, given)

    def each() -> Generator[AccountMessage, None, None]:
        calls = StoppableCalls(client)
        with closing(
            run_abreast(reading.flow(), partial(fetch, calls), calls.stop, reading.width + 1)
        ) as pages:
            for page in pages:
                yield from page.items
                reading.tally.add(len(page.items), page.done)

    return each()


def account_messages_async(
    client: AsyncCaller, given: Mapping[str, object]
) -> AsyncGenerator[AccountMessage, None]:
    """As :func:`account_messages`, on asyncio."""
    reading = AccountReading(client.client, given)

    async def each() -> AsyncGenerator[AccountMessage, None]:
        async with aclosing(
            run_abreast_async(reading.flow(), partial(fetch_async, client))
        ) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                reading.tally.add(len(page.items), page.done)

    return each()

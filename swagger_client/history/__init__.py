"""Read whole histories: every page of every month of a span, each item once.

:func:`pages` is the layer below the ``iter_…`` methods, for programs that store what they read:
each :class:`Page` says from where a later run can go on without missing anything.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from swagger_client._flow.paging import Window
from swagger_client._lazy import LazyModule
from swagger_client.api.parameters import OnProgress, Progress
from swagger_client.api_client import ApiClient
from swagger_client.history import _spans
from swagger_client.history._account import AccountMessage
from swagger_client.history._failures import GoneException, IncompleteException
from swagger_client.history._iterate import iterate_pages, iterate_pages_async
from swagger_client.history._pages import Page, SpanOrder, SpanReader
from swagger_client.history._source import (
    ACCOUNT_SESSIONS,
    ASCENDING,
    MESSAGES,
    USER_SESSIONS,
    Listing,
)
from swagger_client.history._syncs import AsyncSyncIterator, SyncIterator

if TYPE_CHECKING:
    from swagger_client._operation import CallOptions
    from swagger_client.aio import _client as aio_client
else:
    aio_client = LazyModule("swagger_client.aio")

__all__ = [
    "ACCOUNT_SESSIONS",
    "MESSAGES",
    "USER_SESSIONS",
    "AccountMessage",
    "AsyncSyncIterator",
    "GoneException",
    "IncompleteException",
    "Listing",
    "OnProgress",
    "Page",
    "Progress",
    "SyncIterator",
    "Window",
    "pages",
    "pages_async",
    "windows",
]

T = TypeVar("T")


def windows(_from: str | date, to: str | date) -> list[Window]:
    """Split a span into windows of a calendar month at most, oldest first, without gaps.

    :param _from: the start: a date, a datetime (UTC when naive), or text such as ``2026-01-31``.
    :param to: the end; a date means its whole day.
    :raises ValueError: when it ends before it begins, or a text is not a date or time.
    """
    return _spans.split_months(_spans.parse_span(_from, to, datetime.now(timezone.utc)))


def pages(
    client: ApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: str | date | None = None,
    to: str | date | None = None,
    sort: int = ASCENDING,
    _request_timeout: float | tuple[float, float] | None = None,
    _deadline: float | None = None,
    _retries: int | None = None,
) -> Generator[Page[T], None, None]:
    """Read every page of a span, month by month.

    Everything of the span that Zoom lists when the iteration begins is on exactly one page, however
    long the caller takes between two pages. When the span reaches up to now, its end is read again
    until nothing new arrives.

    :param client: the client to call with.
    :param listing: ``ACCOUNT_SESSIONS``, ``USER_SESSIONS`` or ``MESSAGES``.
    :param arguments: the operation's arguments, without span, sort and page token.
    :param _from: the start: a date, a datetime (UTC when naive), or text. Left out: 30 days ago, or
        a month before ``to``.
    :param to: the end, a date with its whole day; now, when left out.
    :param sort: 1 for the oldest month first (the default), 2 for the newest. Messages within a
        month have the same order; conversations within a month come as Zoom lists them.
    :param _request_timeout: seconds for each attempt, or a (connect, read) pair.
    :param _deadline: seconds for each call.
    :param _retries: further attempts of each call.
    :returns: pages; nothing is sent before the first is requested.
    :raises ValueError: for an argument that Zoom cannot accept; TypeError for its type.
    :raises PageTokenException: when Zoom's page tokens lead nowhere.
    :raises ApiException: when a call fails.
    """
    order = SpanOrder(client, _from, to, sort)
    options = _options(_request_timeout, _deadline, _retries)
    reader = SpanReader(client, listing, arguments, order, options)
    return (reader.page(page) for page in iterate_pages(client, reader))


def pages_async(
    client: aio_client.AsyncApiClient,
    listing: Listing[T],
    arguments: Mapping[str, object],
    *,
    _from: str | date | None = None,
    to: str | date | None = None,
    sort: int = ASCENDING,
    _request_timeout: float | tuple[float, float] | None = None,
    _deadline: float | None = None,
    _retries: int | None = None,
) -> AsyncGenerator[Page[T], None]:
    """Read every page of a span on asyncio, see :func:`pages`."""
    order = SpanOrder(client.client, _from, to, sort)
    options = _options(_request_timeout, _deadline, _retries)
    reader = SpanReader(client.client, listing, arguments, order, options)

    async def generate() -> AsyncGenerator[Page[T], None]:
        async with aclosing(iterate_pages_async(client, reader)) as found:
            async for page in found:
                yield reader.page(page)

    return generate()


def _options(
    timeout: float | tuple[float, float] | None, deadline: float | None, retries: int | None
) -> CallOptions:
    return {"_request_timeout": timeout, "_deadline": deadline, "_retries": retries}

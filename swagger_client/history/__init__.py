"""Read all conversations or messages of a time span that can be longer than a month.

Zoom's list endpoints accept at most a month in one request, and return the result in pages. This
package splits the *span* from ``_from`` through ``to`` into *windows* of at most a month, requests
all pages of each window, and returns every item once.

Programs that store the items should use :func:`pages`. Each :class:`Page` has the time from which
the program can continue after an interruption without missing an item. To get single items instead
of pages, use the ``iter_…`` methods of ``SMSApi``.
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
from swagger_client.exceptions import GoneException, IncompleteException
from swagger_client.history import _spans
from swagger_client.history._account import AccountMessage
from swagger_client.history._guard import GuardedAsyncGenerator, GuardedGenerator
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
    """Split the time from ``_from`` through ``to`` into time windows of at most a month.

    :param _from: the start: a date, a datetime (in UTC if it has no time zone), or text such as
        ``2026-01-31``.
    :param to: the end, in the same forms; a date means the end of that day.
    :returns: the windows, oldest first, without gaps.
    :raises ValueError: if ``to`` is before ``_from``, or a text is not a date or time.
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
    """Request a list of conversations or messages, month by month; yield its pages.

    Every item that Zoom lists when the iteration begins is on exactly one page, even if the caller
    waits so long between two pages that Zoom's page token expires. If ``to`` is later than five
    minutes ago, the last minutes are requested again at the end, until Zoom returns no new item.

    :param client: the client that sends the requests.
    :param listing: ``ACCOUNT_SESSIONS``, ``USER_SESSIONS`` or ``MESSAGES``.
    :param arguments: the arguments of the API method, such as ``session_id``, except ``_from``,
        ``to``, ``sort`` and ``next_page_token``.
    :param _from: the start: a date, a datetime (in UTC if it has no time zone), or text such as
        ``2026-01-31``. The default is 30 days ago, or a month before ``to`` if that is given.
    :param to: the end, in the same forms; a date means the end of that day. The default is now.
    :param sort: 1 for the oldest month first (the default), 2 for the newest month first. Within a
        month, messages have the same order, but conversations have the order of Zoom's responses.
    :param _request_timeout: seconds for each attempt, or a (connect, read) pair.
    :param _deadline: seconds for each call, including its retries.
    :param _retries: how often each call is retried.
    :returns: an iterator of pages. The first request is sent when the first page is requested.
    :raises ValueError: if Zoom cannot accept an argument.
    :raises TypeError: if an argument has the wrong type.
    :raises PageTokenException: if the page tokens repeat, so that the list would never end.
    :raises ApiException: if a call fails.
    """
    order = SpanOrder(client, _from, to, sort)
    options = _options(_request_timeout, _deadline, _retries)
    reader = SpanReader(client, listing, arguments, order, options)
    return GuardedGenerator(reader.page(page) for page in client._driver.iterate(reader.read()))


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
    """Do the same as :func:`pages` on asyncio, with the same parameters."""
    order = SpanOrder(client.client, _from, to, sort)
    options = _options(_request_timeout, _deadline, _retries)
    reader = SpanReader(client.client, listing, arguments, order, options)

    async def generate() -> AsyncGenerator[Page[T], None]:
        async with aclosing(client._driver.iterate(reader.read())) as found:
            async for page in found:
                yield reader.page(page)

    return GuardedAsyncGenerator(generate())


def _options(
    timeout: float | tuple[float, float] | None, deadline: float | None, retries: int | None
) -> CallOptions:
    return {"_request_timeout": timeout, "_deadline": deadline, "_retries": retries}

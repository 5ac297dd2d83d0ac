from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, TypeVar

from swagger_client._flow.drivers import StoppableDriver
from swagger_client._operation import split_keywords
from swagger_client.history._account import AccountMessage, AccountReader
from swagger_client.history._guard import GuardedAsyncGenerator, GuardedGenerator
from swagger_client.history._pages import ProgressCounter, SpanOrder, SpanReader
from swagger_client.history._source import ASCENDING, DESCENDING, Listing

if TYPE_CHECKING:
    from swagger_client.aio._client import AsyncApiClient
    from swagger_client.api_client import ApiClient

T = TypeVar("T")


def iterate_items(
    client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
) -> Generator[T, None, None]:
    """Request all pages of a list endpoint and yield their items, for an ``iter_…`` method."""
    reader, progress = _span_reader(client, listing, keywords)

    def generate() -> Generator[T, None, None]:
        for page in client._driver.iterate(reader.read()):
            yield from page.items
            progress.add_page(page)

    return GuardedGenerator(generate())


def iterate_items_async(
    client: AsyncApiClient, listing: Listing[T], keywords: Mapping[str, object]
) -> AsyncGenerator[T, None]:
    """Do the same as :func:`iterate_items` on asyncio."""
    reader, progress = _span_reader(client.client, listing, keywords)

    async def generate() -> AsyncGenerator[T, None]:
        async with aclosing(client._driver.iterate(reader.read())) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                progress.add_page(page)

    return GuardedAsyncGenerator(generate())


def _span_reader(
    client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
) -> tuple[SpanReader[T], ProgressCounter]:
    names = listing._operation.names - {"next_page_token"} | {"sort", "progress"}
    arguments, options = split_keywords(keywords, names)
    progress = arguments.pop("progress", None)
    default = ASCENDING if listing._time else DESCENDING
    span = arguments.pop("_from", None), arguments.pop("to", None)
    order = SpanOrder(client, *span, arguments.pop("sort", default))
    reader = SpanReader(client, listing, arguments, order, options)
    return reader, ProgressCounter(reader.months, progress)


def iterate_account(
    client: ApiClient, keywords: Mapping[str, object], *, reread_end: bool = True
) -> Generator[AccountMessage, None, None]:
    """Yield every message of an account from ``_from`` through ``to``.

    :param keywords: the keyword arguments of ``SMSApi.iter_account_messages``.
    :param reread_end: whether to request the last minutes again until Zoom returns no new message,
        if ``to`` is later than five minutes ago.
    """
    reader = AccountReader(client, keywords, reread_end=reread_end)

    def generate() -> Generator[AccountMessage, None, None]:
        driver = StoppableDriver(client._driver)
        with closing(driver.iterate_concurrently(reader.read(), reader.width + 1)) as pages:
            for page in pages:
                yield from page.items
                reader.progress.add_page(page)

    return GuardedGenerator(generate())


def iterate_account_async(
    client: AsyncApiClient, keywords: Mapping[str, object]
) -> AsyncGenerator[AccountMessage, None]:
    """Do the same as :func:`iterate_account` on asyncio."""
    reader = AccountReader(client.client, keywords)

    async def generate() -> AsyncGenerator[AccountMessage, None]:
        async with aclosing(client._driver.iterate_concurrently(reader.read())) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                reader.progress.add_page(page)

    return GuardedAsyncGenerator(generate())

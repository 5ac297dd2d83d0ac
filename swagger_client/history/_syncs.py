"""Iterators that synchronize a list, and carry the token for the next sync."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from swagger_client._flow.paging import run_in_sequence
from swagger_client._flow.syncing import Sync
from swagger_client._operation import split_keywords
from swagger_client.history._source import Listing, PageSource

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from swagger_client.aio._client import AsyncApiClient
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

#: The most records that Zoom sends in one response of a sync.
_MAX_COUNT = 250


class SyncIterator(Iterator[T]):
    """The records of a synchronization, each once."""

    @property
    @abstractmethod
    def sync_token(self) -> str | None:
        """The token for the next sync.

        Until the iteration has ended it is the token that this one began with, so it can be stored
        at any time.
        """

    @property
    @abstractmethod
    def resynced(self) -> bool:
        """Whether Zoom rejected a sync token, so that everything was read again."""

    @abstractmethod
    def close(self) -> None:
        """Stop early."""


class AsyncSyncIterator(AsyncIterator[T]):
    """As :class:`SyncIterator`, on asyncio."""

    @property
    @abstractmethod
    def sync_token(self) -> str | None:
        """The token for the next sync, as :attr:`SyncIterator.sync_token`."""

    @property
    @abstractmethod
    def resynced(self) -> bool:
        """Whether Zoom rejected a sync token, so that everything was read again."""

    @abstractmethod
    async def aclose(self) -> None:
        """Stop early."""


class _State(Generic[T]):
    """The state that both iterators share."""

    def __init__(
        self, client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
    ) -> None:
        arguments, options = split_keywords(keywords, listing._operation.names - {"sync_type"})
        token = arguments.pop("sync_token", None)
        if token is not None and not isinstance(token, str):
            raise TypeError(f"`sync_token` must be a str, not {type(token).__name__}")
        arguments = {"count": _MAX_COUNT, **arguments}
        PageSource(client, listing._operation, {**arguments, "sync_type": "FSync"}).check()
        source = PageSource(client, listing._operation, arguments, options)
        count = int(str(arguments["count"]))
        self.sync = Sync(source, token or None, listing._key_of, count)
        self._first_token = token or None
        self.ended = False

    @property
    def sync_token(self) -> str | None:
        return self.sync.token if self.ended else self._first_token

    @property
    def resynced(self) -> bool:
        return self.sync.resynced


class _SyncIterator(_State[T], SyncIterator[T]):
    def __init__(
        self, client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
    ) -> None:
        super().__init__(client, listing, keywords)
        self._records = self._iterate(client)

    def __next__(self) -> T:
        return next(self._records)

    def close(self) -> None:
        self._records.close()

    def _iterate(self, client: ApiClient) -> Generator[T, None, None]:
        page: list[Any]
        for page in client._driver.iterate(run_in_sequence(self.sync.read())):
            yield from page
        self.ended = True


class _AsyncSyncIterator(_State[T], AsyncSyncIterator[T]):
    def __init__(
        self, client: AsyncApiClient, listing: Listing[T], keywords: Mapping[str, object]
    ) -> None:
        super().__init__(client.client, listing, keywords)
        self._records = self._iterate(client)

    async def __anext__(self) -> T:
        return await self._records.__anext__()

    async def aclose(self) -> None:
        await self._records.aclose()

    async def _iterate(self, client: AsyncApiClient) -> AsyncGenerator[T, None]:
        async for page in client._driver.iterate(run_in_sequence(self.sync.read())):
            for record in page:
                yield record
        self.ended = True


def sync_records(
    client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
) -> SyncIterator[T]:
    """Synchronize a list, see ``SMSApi.iter_sms_session_sync``.

    :param keywords: the keyword arguments of the method.
    """
    return _SyncIterator(client, listing, keywords)


def sync_records_async(
    client: AsyncApiClient, listing: Listing[T], keywords: Mapping[str, object]
) -> AsyncSyncIterator[T]:
    """As :func:`sync_records`, on asyncio."""
    return _AsyncSyncIterator(client, listing, keywords)

"""Iterators over the records that Zoom's sync endpoints return.

Zoom returns a sync token with the records. A later request with that token returns only newer ones.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from swagger_client._flow.syncing import Sync
from swagger_client._operation import split_keywords
from swagger_client.history._guard import GuardedAsyncGenerator, GuardedGenerator
from swagger_client.history._source import Listing, PageSource

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from swagger_client.aio._client import AsyncApiClient
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

#: The largest number of records that Zoom sends in one sync response.
_MAX_COUNT = 250


class SyncIterator(Iterator[T]):
    """Iterates over the conversations or messages that a sync returns, each once."""

    @property
    @abstractmethod
    def sync_token(self) -> str | None:
        """The token to store for the next sync.

        Until the iteration ends, this is the token with which the sync was started, so that an
        interrupted sync can be repeated. At the end, it is the newest token that Zoom returned.
        """

    @property
    @abstractmethod
    def resynced(self) -> bool:
        """Whether Zoom rejected a sync token, so that all records were requested again."""

    @abstractmethod
    def close(self) -> None:
        """End the iteration early."""


class AsyncSyncIterator(AsyncIterator[T]):
    """Does the same as :class:`SyncIterator` on asyncio."""

    @property
    @abstractmethod
    def sync_token(self) -> str | None:
        """The token for the next sync; see :attr:`SyncIterator.sync_token`."""

    @property
    @abstractmethod
    def resynced(self) -> bool:
        """Whether Zoom rejected a sync token, so that all records were requested again."""

    @abstractmethod
    async def aclose(self) -> None:
        """End the iteration early."""


class _State(Generic[T]):
    """The state of a synchronization, which the blocking and the asyncio iterator share."""

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
        self.sync = Sync(source, token or None, listing._key_of, count, has_id=listing._has_id)
        self._first_token = token or None
        self.ended = False

    @property
    def sync_token(self) -> str | None:
        return self.sync.token if self.ended else self._first_token

    @property
    def resynced(self) -> bool:
        return self.sync.resynced


class RecordIterator(_State[T], SyncIterator[T]):
    def __init__(
        self, client: ApiClient, listing: Listing[T], keywords: Mapping[str, object]
    ) -> None:
        super().__init__(client, listing, keywords)
        self._records = GuardedGenerator(self._iterate(client))

    def __next__(self) -> T:
        return next(self._records)

    def close(self) -> None:
        self._records.close()

    def _iterate(self, client: ApiClient) -> Generator[T, None, None]:
        page: list[Any]
        for page in client._driver.iterate(self.sync.read()):
            yield from page
        self.ended = True


class AsyncRecordIterator(_State[T], AsyncSyncIterator[T]):
    def __init__(
        self, client: AsyncApiClient, listing: Listing[T], keywords: Mapping[str, object]
    ) -> None:
        super().__init__(client.client, listing, keywords)
        self._records = GuardedAsyncGenerator(self._iterate(client))

    async def __anext__(self) -> T:
        return await self._records.__anext__()

    async def aclose(self) -> None:
        await self._records.aclose()

    async def _iterate(self, client: AsyncApiClient) -> AsyncGenerator[T, None]:
        async for page in client._driver.iterate(self.sync.read()):
            for record in page:
                yield record
        self.ended = True

"""Iterators that synchronize a list, and carry the token to go on from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from swagger_client._flow.paging import go_on
from swagger_client._flow.syncing import Sync
from swagger_client.exceptions import DecodeException
from swagger_client.history.listings import (
    AsyncCaller,
    Listing,
    Source,
    fetch,
    fetch_async,
    repeated,
    split,
)

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

T = TypeVar("T")

#: The most records that Zoom puts into one answer of a sync.
COUNT = 250


class _Synchronized(Generic[T]):
    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        given: Mapping[str, object],
    ) -> None:
        arguments, options = split(given, listing.operation.names - {"sync_type"})
        token = arguments.pop("sync_token", None)
        if token is not None and not isinstance(token, str):
            raise TypeError(f"`sync_token` must be a str, not {type(token).__name__}")
        arguments = {"count": COUNT, **arguments}
        source = Source.checked(client, listing, {**arguments, "sync_type": "FSync"}, options)
        count = int(str(arguments["count"]))
        self._sync = Sync(source, token or None, listing.key_of, count, _stuck)
        self._stored = token or None
        self._ended = False

    @property
    def sync_token(self) -> str | None:
        """What to hand to the next sync; the one this sync began with until the iteration ends."""
        return self._sync.token if self._ended else self._stored

    @property
    def resynced(self) -> bool:
        """Whether Zoom refused a sync token, so that everything was read again."""
        return self._sync.resynced


class SyncIterator(_Synchronized[T], Iterator[T]):
    """The records of a synchronization, each once.

    :ivar sync_token: what to hand to the next sync. Until the iteration has ended it is the token
        that this one began with, so it can be stored at any time.
    :ivar resynced: whether Zoom refused a sync token, so that everything was read again.
    """

    def __init__(
        self,
        client: ApiClient,
        listing: Listing[T],
        given: Mapping[str, object],
    ) -> None:
        super().__init__(client, listing, given)
        self._records = self._each(client)

    def __next__(self) -> T:
        return next(self._records)

    def close(self) -> None:
        """Stop early."""
        self._records.close()

    def _each(self, client: ApiClient) -> Generator[T, None, None]:
        flow = self._sync.flow()
        effect = go_on(flow, None)
        while effect is not None:
            outcome = None
            if isinstance(effect, list):
                yield from effect
            else:
                outcome = fetch(client, effect)
            effect = go_on(flow, outcome)
        self._ended = True


class AsyncSyncIterator(_Synchronized[T], AsyncIterator[T]):
    """As :class:`SyncIterator`, on asyncio."""

    def __init__(
        self,
        client: AsyncCaller,
        listing: Listing[T],
        given: Mapping[str, object],
    ) -> None:
        super().__init__(client.client, listing, given)
        self._records = self._each(client)

    async def __anext__(self) -> T:
        return await self._records.__anext__()

    async def aclose(self) -> None:
        """Stop early."""
        await self._records.aclose()

    async def _each(self, client: AsyncCaller) -> AsyncGenerator[T, None]:
        flow = self._sync.flow()
        effect = go_on(flow, None)
        while effect is not None:
            outcome = None
            if isinstance(effect, list):
                for record in effect:
                    yield record
            else:
                outcome = await fetch_async(client, effect)
            effect = go_on(flow, outcome)
        self._ended = True


def _stuck(token: str | None) -> Exception:
    if token is None:
        return DecodeException(200, "the answer has records, but no sync token to go on with")
    return repeated(token)

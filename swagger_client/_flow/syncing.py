"""Synchronize a list: read everything first, then new items.

FSync reads the newest records, BSync goes back from there, ISync forward. A sync token says which
part was read. When Zoom rejects it, everything is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from swagger_client._flow.effects import EmitPage, Failure, Flow, RunFlow
from swagger_client._flow.paging import FetchedPage, Reader

_INVALID_TOKEN, _TOO_MANY_NEW = 300, 7035
#: How many pages in a row may bring nothing new, beyond those that brought something.
_MAX_STALE_PAGES = 100


class SyncSource(Protocol):
    """A list that can be synchronized."""

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Fetch a page; ``arguments`` are those in which the pages differ."""
        ...

    def paging_error(self, reason: str) -> Exception:
        """Make the exception for sync tokens that lead nowhere."""
        ...

    def decode_error(self, reason: str) -> Exception:
        """Make the exception for a response that is not a page."""
        ...


class Sync:
    """One synchronization of a list.

    :ivar token: covers what was read so far.
    :ivar resynced: whether Zoom rejected a token, so that everything is read again.
    """

    def __init__(
        self, source: SyncSource, token: str | None, key: Callable[[Any], str], count: int
    ) -> None:
        self.token = token
        self.resynced = False
        self._source = source
        self._key = key
        self._count = count
        self._seen: set[str] = set()

    def read(self) -> Reader[None]:
        """Read the list and emit lists of items that were not emitted before."""
        if self.token is not None:
            rejection = yield from self._follow("ISync")
            if rejection is None:
                return
            self.resynced = True
        while True:
            before = len(self._seen)
            rejection = yield from self._read_everything()
            if rejection is None:
                return
            self.resynced = True
            if len(self._seen) == before:
                raise rejection

    def _read_everything(self) -> Reader[Failure | None]:
        page: FetchedPage = yield RunFlow(self._source.fetch({"sync_type": "FSync"}))
        self.token = page.token
        yield EmitPage(self._new_items(page))
        if not page.items:
            return None
        rejection = yield from self._follow("BSync")
        if rejection is None:
            # For records that arrived meanwhile. If the token is rejected, it is still the newest.
            yield from self._follow("ISync")
        return rejection

    def _follow(self, sync_type: str) -> Reader[Failure | None]:
        """Fetch the remaining pages in one direction.

        Zoom may repeat a token. If no new record arrived since its first use, the pages would
        repeat for ever, and reading stops. Pages without a new record but with a new token are
        accepted, up to a limit.

        :returns: the failure, if Zoom rejected a token; else None.
        """
        tokens: set[str] = set()
        stale_pages = fresh_pages = 0
        while True:
            if self.token is None:
                raise self._source.decode_error("the response has records, but no sync token")
            tokens.add(self.token)
            arguments = {"sync_type": sync_type, "sync_token": self.token}
            try:
                page: FetchedPage = yield RunFlow(self._source.fetch(arguments))
            except Failure as failure:
                if failure.code in (_INVALID_TOKEN, _TOO_MANY_NEW):
                    return failure
                raise
            before, self.token = self.token, page.token or self.token
            new = self._new_items(page)
            yield EmitPage(new)
            if not page.items:
                return None
            if new:
                tokens.clear()
                stale_pages, fresh_pages = 0, fresh_pages + 1
                continue
            stale_pages += 1
            if self.token == before and len(page.items) < self._count:
                return None  # only the edge of the range that was read
            if self.token in tokens:
                raise self._source.paging_error(
                    f"the token {self.token!r} was returned a second time, with nothing new"
                )
            if stale_pages > _MAX_STALE_PAGES + fresh_pages:
                raise self._source.paging_error(f"{stale_pages} pages in a row brought nothing new")

    def _new_items(self, page: FetchedPage) -> list[Any]:
        new = []
        for item in page.items:
            key = self._key(item)
            if key not in self._seen:
                self._seen.add(key)
                new.append(item)
        return new

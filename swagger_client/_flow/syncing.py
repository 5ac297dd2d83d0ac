"""Synchronize a list: first read all records, later only new records.

Zoom has three kinds of sync requests. FSync returns the newest records, BSync older ones, ISync
newer ones. A sync token stands for the records returned so far. If Zoom rejects a token, all
records are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from swagger_client._flow.effects import EmitPage, Failure, Flow, RunFlow
from swagger_client._flow.occurrences import Occurrences
from swagger_client._flow.paging import FetchedPage, Reader

_INVALID_TOKEN, _TOO_MANY_NEW = 300, 7035
#: The largest number of pages in a row without a new record, beyond the pages with new records.
_MAX_STALE_PAGES = 100


class SyncSource(Protocol):
    """A list that can be synchronized."""

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Fetch a page.

        :param arguments: the arguments of this page, such as its token.
        """
        ...

    def paging_error(self, reason: str) -> Exception:
        """Return the exception for sync tokens that repeat."""
        ...

    def decode_error(self, reason: str) -> Exception:
        """Return the exception for a response that is not a page."""
        ...


class Sync:
    """One sync of a list.

    :ivar token: the latest sync token.
    :ivar resynced: whether Zoom rejected a token, so that all records were read again.
    """

    def __init__(
        self,
        source: SyncSource,
        token: str | None,
        key: Callable[[Any], str],
        count: int,
        *,
        has_id: Callable[[Any], bool] = lambda item: True,
    ) -> None:
        self.token = token
        self.resynced = False
        self._source = source
        self._occurrences = Occurrences(key, has_id)
        self._count = count
        self._seen: set[str] = set()

    def read(self) -> Reader[None]:
        """Read the list and emit lists of new records."""
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
            # Read records that arrived meanwhile. A rejection does not matter: all were just read.
            yield from self._follow("ISync")
        return rejection

    def _follow(self, sync_type: str) -> Reader[Failure | None]:
        """Fetch the remaining pages in one direction.

        Zoom may return the same token again. If there was no new record since the first time, the
        pages would repeat forever, so an error is raised. Pages without a new record but with a new
        token are accepted up to a limit.

        :param sync_type: ``BSync`` for older records, ``ISync`` for newer ones.
        :returns: the failure if Zoom rejected a token, otherwise None.
        """
        tokens: set[str] = set()
        stale_pages = fresh_pages = 0
        while True:
            if self.token is None:
                raise self._source.decode_error("the response has records but no sync token")
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
                return None  # Zoom repeats the records with the newest or oldest timestamp
            if self.token in tokens:
                raise self._source.paging_error(
                    f"the sync token {self.token!r} was returned a second time without new records"
                )
            if stale_pages > _MAX_STALE_PAGES + fresh_pages:
                raise self._source.paging_error(f"{stale_pages} pages in a row had no new record")

    def _new_items(self, page: FetchedPage) -> list[Any]:
        # Pages repeat what is at the edge of the range that was read, so each counts on its own.
        self._occurrences.restart()
        new = []
        for item in page.items:
            key = self._occurrences.key(item)
            if key not in self._seen:
                self._seen.add(key)
                new.append(item)
        return new

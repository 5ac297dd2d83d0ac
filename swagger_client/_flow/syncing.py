"""Read all records of a sync endpoint, or only those that are newer than a sync token.

Zoom has three kinds of sync requests, which return some records and a sync token. FSync returns the
newest records. With the sync token of the previous response, BSync returns older records, and ISync
returns newer ones. If Zoom rejects a sync token, all records are requested from the newest on. A
*record* is a conversation or a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from swagger_client._flow.effects import EmitPage, Failure, RunFlow
from swagger_client._flow.paging import FetchedPage, Occurrences, Reader, Source

_INVALID_TOKEN, _TOO_MANY_NEW = 300, 7035
#: How many pages in a row may have no new record, in addition to the number of pages with some.
_MAX_STALE_PAGES = 100


class SyncSource(Source, Protocol):
    def decode_error(self, reason: str) -> Exception:
        """Return the exception to raise for a response that is not a page of records."""
        ...


class Sync:
    """One synchronization with a sync endpoint.

    :param token: the sync token of the last synchronization, or None to read all records.
    :param key: returns the key of a record. Two records with the same key are the same record.
    :param count: the largest number of records that Zoom returns in a response.
    :ivar token: the latest sync token.
    :ivar resynced: whether Zoom rejected a sync token, so that all records were requested.
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
        """Send the sync requests; emit each response's new conversations or messages as a list."""
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
            # Read records that arrived meanwhile. It does not matter if Zoom rejects the token now.
            yield from self._follow("ISync")
        return rejection

    def _follow(self, sync_type: str) -> Reader[Failure | None]:
        """Request pages until there are no more older (``BSync``) or newer (``ISync``) records.

        If Zoom returns a sync token a second time, and no new record in between, raise an
        exception, because the same pages would follow forever. A limited number of pages with a new
        token but without a new record is accepted.

        :returns: Zoom's failure if Zoom rejects a token; otherwise None.
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
                return None  # Zoom returns the records with the newest or oldest time again
            if self.token in tokens:
                raise self._source.paging_error(
                    f"the sync token {self.token!r} was returned a second time without new records"
                )
            if stale_pages > _MAX_STALE_PAGES + fresh_pages:
                raise self._source.paging_error(f"{stale_pages} pages in a row had no new record")

    def _new_items(self, page: FetchedPage) -> list[Any]:
        # A page contains the last records of the page before it again, so equal records without an
        # id are counted again on each page.
        self._occurrences.restart()
        new = []
        for item in page.items:
            key = self._occurrences.key(item)
            if key not in self._seen:
                self._seen.add(key)
                new.append(item)
        return new

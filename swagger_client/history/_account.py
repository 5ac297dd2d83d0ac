"""Read all messages of an account month by month, and several conversations concurrently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from swagger_client import models
from swagger_client._flow import paging
from swagger_client._flow.effects import EmitPage
from swagger_client._flow.paging import Deduplicator, Known, NewItems, Window, Windows
from swagger_client._operation import split_keywords
from swagger_client.exceptions import InvalidArgumentException
from swagger_client.history._failures import FailedItems, ItemError, read_item
from swagger_client.history._pages import ProgressCounter, SpanOrder, model_source
from swagger_client.history._source import (
    ACCOUNT_SESSIONS,
    ASCENDING,
    MESSAGES,
    PAGE_SIZE,
    PageSource,
    content_hash,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from swagger_client._flow.effects import Flow
    from swagger_client.api_client import ApiClient

#: The number of conversations that are read concurrently.
_CONCURRENCY = 8
#: The values of `filter_type` with which the conversations of a month are listed. The first finds
#: conversations in which a message was sent or received in that month; the second finds
#: conversations whose last message, of any type, is from that month.
FILTERS = ("sent_received_message_time", "last_message_time")
#: The largest expected difference between this machine's clock and Zoom's.
_CLOCK_TOLERANCE = timedelta(minutes=1)
#: How often the list is requested again, at most, to find conversations that changed their place.
_MAX_REREADS = 10


class AccountMessage(NamedTuple):
    """A message, and the conversation (session) to which it belongs."""

    session: models.InlineResponse20073SmsSessions
    message: models.InlineResponse20074SmsHistories


def read_sessions(
    sources: Sequence[PageSource],
    moved: PageSource,
    window: Window,
    seen: Deduplicator,
    now: Callable[[], datetime],
) -> paging.Reader[None]:
    """Request the conversations of a time window, and emit each once in a ``NewItems``.

    Zoom lists the conversation with the newest message first. A message that arrives between the
    requests for two pages moves its conversation to the first page, so that none of the later pages
    contains it. Therefore, at the end, the conversations are requested that have received a message
    since the first request.

    :param sources: request the lists of the window, one for each value of :data:`FILTERS`.
    :param moved: requests the conversations that have received a message since the first request.
    :param seen: drops conversations that were already emitted.
    :param now: returns the current time.
    """
    started, pages = now(), 0
    for source in sources:
        count = yield from paging.read_window(source, window, seen, descending=True)
        pages = max(pages, count)
    for _ in range(_MAX_REREADS):
        if pages < 2:
            return
        meanwhile = Window(started - _CLOCK_TOLERANCE, now() + _CLOCK_TOLERANCE)
        started = now()
        pages = yield from paging.read_window(moved, meanwhile, seen, descending=True)


class AccountReader:
    """Reads all messages of an account, month by month.

    In each month, several conversations are read concurrently.
    """

    def __init__(
        self, client: ApiClient, keywords: Mapping[str, object], *, reread_end: bool = True
    ) -> None:
        names = {"session_type", "phone_number", "delivery_status", "page_size"}
        arguments, options = split_keywords(
            keywords, {*names, "_from", "to", "concurrency", "progress"}
        )
        width = arguments.pop("concurrency", _CONCURRENCY)
        if not isinstance(width, int) or isinstance(width, bool) or width < 1:
            raise InvalidArgumentException(reason=f"`concurrency` must be 1 or more, not {width!r}")
        self.width = width
        self._failed = FailedItems()
        self._client = client
        order = SpanOrder(
            client, arguments.pop("_from", None), arguments.pop("to", None), ASCENDING
        )
        self._recent = order.recent if reread_end else None
        self._end = order.end
        self._windows = order.windows(whole_last_second=True)
        self.progress = ProgressCounter(len(self._windows), arguments.pop("progress", None))
        status = arguments.pop("delivery_status", None)
        for_lists = {"page_size": PAGE_SIZE, "session_type": "all", **arguments}
        self._lists = [
            model_source(
                client, ACCOUNT_SESSIONS, {**for_lists, "filter_type": each}, options, order
            )
            for each in FILTERS
        ]
        page_size = int(str(for_lists["page_size"]))
        for_messages = {"page_size": page_size, "delivery_status": status, "sort": ASCENDING}
        self._messages = model_source(
            client, MESSAGES, {**for_messages, "session_id": "each"}, options, order
        )

    def read(self) -> paging.ConcurrentReader:
        """Read all messages from ``_from`` through ``to`` and emit them as ``NewItems``.

        :raises IncompleteException: at the end, if some conversations could not be read.
        """
        yield from paging.read_span(self._windows, self._recent, self._read_window, self._end)
        self._failed.raise_if_any()

    def _read_window(
        self, window: Window, known: Known, later: Windows
    ) -> Generator[Any, Any, Known]:
        carried = paging.repeatable(known, later)

        def read_messages(session: Any) -> paging.Reader[None]:
            # Zoom might list something without a session_id.
            session_id = getattr(session, "session_id", None)
            seen = Deduplicator(
                lambda pair: f"{session_id}/{MESSAGES._key_of(pair.message)}",
                lambda pair: MESSAGES._time_of(pair.message),
                known,
                window,
                has_id=lambda pair: MESSAGES._has_id(pair.message),
            )
            messages = self._messages.convert
            source = self._messages.replace(
                {"session_id": session_id},
                lambda items: [AccountMessage(session, message) for message in messages(items)],
            )
            try:
                pages = paging.read_window(source, window, seen, mark_done=False)
                yield from read_item(pages, partial(self._probe, window))
            except ItemError as failed:
                self._failed.add(str(session_id or ""), failed.error, content_hash(session))
            else:
                self._failed.add_success()
            carried.update(seen.repeatable(later))

        seen = Deduplicator(_session_id, ACCOUNT_SESSIONS._time_of)
        sessions = read_sessions(self._lists, self._lists[-1], window, seen, self._now)
        yield from paging.read_concurrently(sessions, read_messages, self.width)
        yield EmitPage(NewItems([], window, done=True))
        return carried

    def _probe(self, window: Window) -> Flow[object]:
        """Send a small request, to find out whether the network and Zoom work at all."""
        span = {"_from": window.start, "to": window.end}
        return self._lists[-1].fetch({**span, "page_size": 1})

    def _now(self) -> datetime:
        now = datetime.fromtimestamp(self._client.clock.time(), timezone.utc)
        return now.replace(microsecond=0)


def _session_id(session: Any) -> str:
    return str(getattr(session, "session_id", None) or session)

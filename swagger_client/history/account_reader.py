"""All messages of an account: month by month, many conversations at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from swagger_client._flow import paging
from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Found, Known, Window, Windows
from swagger_client.exceptions import NotFoundException
from swagger_client.history.concurrent import Crowd
from swagger_client.history.listings import ACCOUNT_SESSIONS, MESSAGES, Source, repeated, split
from swagger_client.history.pages import ASCENDING, PAGE_SIZE, Order, Tally

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
    )

#: How many conversations are read at once.
WIDTH = 8
#: A conversation is found in a month by any message in it. By its last one too: not every kind of
#: message need count as sent or received.
_FILTERS = ("sent_received_message_time", "last_message_time")
#: How far the clocks may differ when it comes to what has just happened.
_JUST_NOW = timedelta(minutes=1)


class AccountMessage(NamedTuple):
    """A message, with the conversation it belongs to."""

    session: InlineResponse20073SmsSessions
    message: InlineResponse20074SmsHistories


class GoneException(NotFoundException):
    """Conversations were listed but not there when they were read (404); all others were read.

    :ivar tuple[str, ...] session_ids: their ids.
    """

    advice = (
        "What was handed out is all the rest: keep it, and read these conversations one by one. "
        "Those that stay away have been deleted at Zoom."
    )

    def __init__(self, session_ids: tuple[str, ...] = ()) -> None:
        self.session_ids = session_ids
        shown = ", ".join(session_ids[:10]) + (", …" if len(session_ids) > 10 else "")
        super().__init__(
            404, f"conversations that were listed but not found ({len(session_ids)}): {shown}"
        )


class AccountReading:
    """An account's messages: month by month, the conversations of each read side by side."""

    def __init__(self, client: ApiClient, given: Mapping[str, object]) -> None:
        names = {"session_type", "phone_number", "delivery_status", "page_size"}
        arguments, options = split(given, {*names, "_from", "to", "concurrency", "progress"})
        width = arguments.pop("concurrency", WIDTH)
        if not isinstance(width, int) or isinstance(width, bool) or width < 1:
            raise ValueError(f"`concurrency` must be a number from 1 on, not {width!r}")
        self.width = width
        #: The conversations that were listed but are not there, with Zoom's refusals.
        self._gone: dict[str, Failure] = {}
        self._client = client
        order = Order(client, arguments.pop("_from", None), arguments.pop("to", None), ASCENDING)
        self._recent = order.recent
        self._windows = order.windows(to_the_last=True)
        self.tally = Tally(len(self._windows), arguments.pop("progress", None))
        status = arguments.pop("delivery_status", None)
        of_lists = {"page_size": PAGE_SIZE, "session_type": "all", **arguments}
        self._lists = [
            Source.checked(
                client, ACCOUNT_SESSIONS, {**of_lists, "filter_type": each}, options, order.span
            )
            for each in _FILTERS
        ]
        page_size = int(str(of_lists["page_size"]))
        of_messages = {"page_size": page_size, "delivery_status": status, "sort": ASCENDING}
        self._messages = Source.checked(
            client, MESSAGES, {**of_messages, "session_id": "each"}, options, order.span
        )

    def flow(self) -> Crowd:
        """What to fetch.

        :raises GoneException: at the end, when conversations could not be read.
        """
        yield from paging.read_span(self._windows, self._recent, self._read)
        if self._gone:
            raise GoneException(tuple(self._gone)) from next(iter(self._gone.values()))

    def _read(self, window: Window, known: Known, later: Windows) -> paging.Reading:
        carried = paging.shared(known, later)

        def messages(session: Any) -> paging.Pages:
            once = paging.Once(_key_of_both, _moment_of_both, known, window)
            source = self._messages._replace(
                arguments={**self._messages.arguments, "session_id": session.session_id},
                make=lambda message: AccountMessage(session, message),
            )
            try:
                yield from paging.read_window(source, window, once, repeated)
            except Failure as failure:
                if failure.status != 404:
                    raise
                self._gone.setdefault(session.session_id, failure)
            carried.update(once.shared(later))

        yield from paging.read_each(self._sessions(window), messages, self.width)
        yield Found([], window, done=True)
        return carried

    def _sessions(self, window: Window) -> paging.Pages:
        """The conversations with messages in a window."""
        once = paging.Once(ACCOUNT_SESSIONS.key_of, ACCOUNT_SESSIONS.moment_of, {})
        began, paged = self._now() - _JUST_NOW, False
        for source in self._lists:
            pages = yield from paging.read_window(source, window, once, repeated, descending=True)
            paged = paged or pages > 1
        if paged:
            # One that got a message while page after page was read is at the top of the list now,
            # and may have been on no page.
            moved = Window(began, self._now() + _JUST_NOW)
            yield from paging.read_window(self._lists[-1], moved, once, repeated, descending=True)

    def _now(self) -> datetime:
        now = datetime.fromtimestamp(self._client.clock.time(), timezone.utc)
        return now.replace(microsecond=0)


def _key_of_both(item: AccountMessage) -> str:
    return f"{item.session.session_id}/{MESSAGES.key_of(item.message)}"


def _moment_of_both(item: AccountMessage) -> datetime | None:
    return MESSAGES.moment_of(item.message)

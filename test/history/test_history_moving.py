"""A server whose pages are counted off anew each time, while conversations move to the top."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, cast

import pytest
from support.clocks import ManualClock

from swagger_client import ApiClient, Configuration
from swagger_client._operation import Operation
from swagger_client.api.operations import ACCOUNT_SMS_SESSION
from swagger_client.history.account_reader import AccountReading
from swagger_client.history.concurrent import run_abreast
from swagger_client.history.listings import fetch

NOW = 1_784_116_800
LAST_WEEK, LAST_MONTH = NOW - 7 * 86_400, NOW - 40 * 86_400


class CountingServer:
    """Lists the newest conversations first, and begins page 2 after the first so many of *now*.

    ``moves`` are conversations that get a message after each page of a list; no page has more than
    ``most`` items, whatever was asked for.
    """

    def __init__(
        self, messages: Mapping[str, list[int]], moves: list[str], most: int = 100
    ) -> None:
        self._most = most
        self.configuration = Configuration()
        self.clock = ManualClock(NOW)
        self._messages = {session: sorted(times) for session, times in messages.items()}
        self._moves = moves

    def id_of(self, at: int) -> str:
        return f"at-{at}"

    def call_operation(
        self, operation: Operation[Any], arguments: Mapping[str, Any], options: object
    ) -> object:
        start, end = (arguments[name].timestamp() for name in ("_from", "to"))
        if operation.name != ACCOUNT_SMS_SESSION.name:
            session = arguments["session_id"]
            times = [at for at in self._messages[session] if start <= at <= end]
            found = [message(at, self.id_of(at)) for at in times]
            return {"sms_histories": found, "next_page_token": ""}, 200, {}
        by_last = sorted(self._messages, key=lambda one: -self._messages[one][-1])
        last_only = arguments["filter_type"] == "last_message_time"
        listed = [
            session
            for session in by_last
            if any(
                start <= at <= end
                for at in (self._messages[session][-1:] if last_only else self._messages[session])
            )
        ]
        first = int(arguments.get("next_page_token") or 0)
        following = first + min(arguments["page_size"], self._most)
        if self._moves:
            self._messages[self._moves.pop(0)].append(NOW + 1)
        page = {
            "sms_sessions": [{"session_id": one} for one in listed[first:following]],
            "next_page_token": str(following) if len(listed) > following else None,
        }
        return page, 200, {}


def message(at: int, message_id: str) -> object:
    stamp = datetime.fromtimestamp(at, timezone.utc).isoformat()
    return {"message_id": message_id, "date_time": stamp}


def read(zoom: CountingServer, page_size: int = 2) -> list[str]:
    """The conversations and messages that are found, where months meet on the first."""
    given = {"_from": "2026-05-01", "to": "2026-07-14", "page_size": page_size, "concurrency": 1}
    client = cast(ApiClient, zoom)
    reading = AccountReading(client, given)
    return sorted(
        f"{item.session.session_id} {item.message.message_id}"
        for page in run_abreast(reading.flow(), partial(fetch, client), lambda: None, 2)
        for item in page.items
    )


@pytest.mark.parametrize(("page_size", "most"), [(2, 100), (100, 2)])
def test_one_that_moves_past_the_reader_is_found_all_the_same(page_size: int, most: int) -> None:
    messages = {f"session-{n}": [LAST_MONTH + n, LAST_WEEK - n] for n in range(6)}
    moves = ["session-4", "session-5", "session-3"]
    zoom = CountingServer(messages, moves, most)
    # A server may give smaller pages than were asked for, so that few items say nothing.
    assert read(zoom, page_size) == sorted(
        f"{one} at-{at}" for one in messages for at in messages[one]
    )


class NumberingServer(CountingServer):
    """Numbers the messages of each conversation from 1 on."""

    def id_of(self, at: int) -> str:
        return "1"


def test_messages_of_two_conversations_may_have_one_id() -> None:
    first_of_june = int(datetime(2026, 6, 1, tzinfo=timezone.utc).timestamp())
    zoom = NumberingServer({"one": [first_of_june], "other": [first_of_june + 1]}, moves=[])
    assert read(zoom) == ["one 1", "other 1"]

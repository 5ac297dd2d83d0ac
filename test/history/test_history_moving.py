"""A server that computes pages again for each request, while conversations move up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from support.clocks import ManualClock
from support.faces import configured

from swagger_client import ApiClient, SMSApi

NOW = 1_784_116_800
LAST_WEEK, LAST_MONTH = NOW - 7 * 86_400, NOW - 40 * 86_400


class Response:
    """The return value of ``rest_client``."""

    status, reason = 200, "OK"

    def __init__(self, body: object) -> None:
        self.content = self.data = json.dumps(body).encode()

    def getheaders(self) -> dict[str, str]:
        return {}


class CountingServer:
    """Lists the newest conversations first, and computes each page from the current order.

    It replaces a client's ``rest_client``.

    :param moves: conversations that get a message, one after each page of a list.
    """

    def __init__(
        self, messages: Mapping[str, list[int]], moves: list[str], most: int = 100
    ) -> None:
        self._messages = {session: sorted(times) for session, times in messages.items()}
        self._moves = moves
        self._most = most

    def id_of(self, at: int) -> str:
        return f"at-{at}"

    def GET(self, url: str, query_params: Any, **_: object) -> Response:
        query = dict(query_params)
        start, end = (seconds(query[name]) for name in ("from", "to"))
        session = url.partition("/sms/sessions/")[2]
        if session:
            times = [at for at in self._messages[session] if start <= at <= end]
            found = [message(at, self.id_of(at)) for at in times]
            return Response({"sms_histories": found, "next_page_token": ""})
        return Response(self._list(query, start, end))

    def _list(self, query: Mapping[str, str], start: float, end: float) -> object:
        last_only = query["filter_type"] == "last_message_time"
        by_last = sorted(self._messages, key=lambda one: -self._messages[one][-1])
        listed = [
            session
            for session in by_last
            if any(
                start <= at <= end
                for at in (self._messages[session][-1:] if last_only else self._messages[session])
            )
        ]
        first = int(query.get("next_page_token", "0"))
        following = first + min(int(query["page_size"]), self._most)
        if self._moves:
            self._messages[self._moves.pop(0)].append(NOW + 1)
        return {
            "sms_sessions": [{"session_id": one} for one in listed[first:following]],
            "next_page_token": str(following) if len(listed) > following else None,
        }


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def message(at: int, message_id: str) -> object:
    stamp = datetime.fromtimestamp(at, timezone.utc).isoformat()
    return {"message_id": message_id, "date_time": stamp}


def read(zoom: CountingServer, page_size: int = 2) -> list[str]:
    """The conversations and messages that are found, where months meet on the first."""
    client = ApiClient(configured("http://127.0.0.1:9/v2"), clock=ManualClock(NOW))
    client.rest_client = zoom  # type: ignore[assignment]
    messages = SMSApi(client).iter_account_messages(
        _from="2026-05-01", to="2026-07-14", page_size=page_size, concurrency=1
    )
    return sorted(f"{item.session.session_id} {item.message.message_id}" for item in messages)


@pytest.mark.parametrize(("page_size", "most"), [(2, 100), (100, 2)])
def test_a_conversation_that_moves_while_the_list_is_read_is_found(
    page_size: int, most: int
) -> None:
    messages = {f"session-{n}": [LAST_MONTH + n, LAST_WEEK - n] for n in range(6)}
    moves = ["session-4", "session-5", "session-3"]
    zoom = CountingServer(messages, moves, most)
    # A server may send smaller pages than requested, so a short page says nothing.
    assert read(zoom, page_size) == sorted(
        f"{one} at-{at}" for one in messages for at in messages[one]
    )


class NumberingServer(CountingServer):
    """Numbers the messages of each conversation from 1 on."""

    def id_of(self, at: int) -> str:
        return "1"


def test_messages_of_two_conversations_may_have_the_same_id() -> None:
    first_of_june = int(datetime(2026, 6, 1, tzinfo=timezone.utc).timestamp())
    zoom = NumberingServer({"one": [first_of_june], "other": [first_of_june + 1]}, moves=[])
    assert read(zoom) == ["one 1", "other 1"]


def test_messages_with_the_same_id_are_distinguished_by_time() -> None:
    zoom = NumberingServer({"one": [LAST_MONTH, LAST_WEEK]}, moves=[])
    assert read(zoom) == ["one 1", "one 1"]

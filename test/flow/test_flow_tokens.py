"""When a call replaces a rejected token, in any order in which concurrent calls proceed."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clocks import ManualClock
from support.faces import configured
from support.simulation import Reply

from swagger_client import ApiClient
from swagger_client._flow.effects import Perform, Request, Send, WaitFor
from swagger_client._flow.exchange import exchange
from swagger_client._wire.errors import exception_for
from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.exceptions import UnauthorizedException
from swagger_client.oauth import ServerToServerOAuth

REJECTION = Reply(401, b'{"code": 124, "message": "Invalid access token."}')


class Calls:
    """Calls of one client, whose requests and results a test passes on one by one.

    :ivar effects: what each call waits for, by its number. Calls that ended are not in it.
    """

    def __init__(self) -> None:
        credentials = ServerToServerOAuth("account", "app", "secret")
        configuration = configured("http://127.0.0.1:9/v2", credentials=credentials, retries=0)
        self.client = ApiClient(configuration, clock=ManualClock())
        self.effects: dict[int, Any] = {}
        self.tokens = 0
        self._flows: list[Generator[Any, Any, Any]] = []

    def start(self) -> int:
        """Start a call, and return its number."""
        self._flows.append(exchange(self.client._prepare(ACCOUNT_SMS_SESSION, {}, {})))
        number = len(self._flows) - 1
        self.resume(number, None)
        return number

    def sends_to_api(self, number: int) -> bool:
        """Return whether a call waits for the result of a request to the API."""
        return isinstance(self.effects.get(number), Send)

    def resume(self, number: int, result: object) -> None:
        """Pass a result to a call, and continue it until it waits for something else."""
        flow = self._flows[number]
        while True:
            try:
                effect = flow.send(result)
            except StopIteration:
                del self.effects[number]
                return
            if isinstance(effect, Perform):
                result = effect.work()
            elif isinstance(effect, Send) and _is_token_request(effect.request):
                self.tokens += 1
                body = {"access_token": f"token-{self.tokens}", "expires_in": 3600}
                result = Reply(200, json.dumps(body).encode())
            else:
                self.effects[number] = effect
                return


def _is_token_request(request: Request) -> bool:
    return request.url.endswith("/oauth/token")


def test_a_call_waits_for_requests_that_may_have_been_accepted() -> None:
    calls = Calls()
    slow, rejected = calls.start(), calls.start()
    calls.resume(rejected, exception_for(REJECTION))
    calls.resume(rejected, exception_for(REJECTION))
    waits_for = calls.effects[rejected]
    assert isinstance(waits_for, WaitFor)
    assert not waits_for.future.done()
    calls.resume(slow, Reply(200))
    assert waits_for.future.done()
    calls.resume(rejected, None)
    assert calls.sends_to_api(rejected)
    calls.resume(rejected, Reply(200))
    assert not calls.effects


def test_a_call_ends_if_the_requests_in_flight_are_rejected_too() -> None:
    calls = Calls()
    other, rejected = calls.start(), calls.start()
    calls.resume(rejected, exception_for(REJECTION))
    calls.resume(rejected, exception_for(REJECTION))
    calls.resume(other, exception_for(REJECTION))
    assert calls.sends_to_api(other)  # sent after the rejection, so its result is not waited for
    with pytest.raises(UnauthorizedException):
        calls.resume(rejected, None)


def test_a_call_ends_if_a_request_in_flight_takes_too_long() -> None:
    calls = Calls()
    _, rejected = calls.start(), calls.start()
    calls.resume(rejected, exception_for(REJECTION))
    calls.resume(rejected, exception_for(REJECTION))
    assert calls.effects[rejected].seconds == 10
    with pytest.raises(UnauthorizedException):
        calls.resume(rejected, None)


def test_a_call_that_is_closed_is_no_longer_in_flight() -> None:
    calls = Calls()
    closed, rejected = calls.start(), calls.start()
    calls._flows[closed].close()
    calls.resume(rejected, exception_for(REJECTION))
    with pytest.raises(UnauthorizedException):
        calls.resume(rejected, exception_for(REJECTION))


def test_a_request_that_was_accepted_before_the_previous_rejection_arrived_counts() -> None:
    calls = Calls()
    accepted, rejected = calls.start(), calls.start()
    calls.resume(accepted, Reply(200))
    calls.resume(rejected, exception_for(REJECTION))
    calls.resume(rejected, exception_for(REJECTION))
    assert calls.sends_to_api(rejected)
    with pytest.raises(UnauthorizedException):
        calls.resume(rejected, exception_for(REJECTION))


@settings(max_examples=60)
@given(st.data())
def test_no_call_fails_if_every_third_request_is_rejected(data: st.DataObject) -> None:
    """The API and the calls proceed in any order, so results are read long after they are sent."""
    calls, received = Calls(), 0
    results: dict[int, object] = {}
    for _ in range(5):
        calls.start()
    while calls.effects:
        able = [
            number
            for number, effect in calls.effects.items()
            if isinstance(effect, Send) or effect.future.done()
        ]
        number = data.draw(st.sampled_from(able))
        if isinstance(calls.effects[number], WaitFor):
            calls.resume(number, None)
        elif number in results:
            calls.resume(number, results.pop(number))
        else:
            received += 1
            results[number] = Reply(200) if received % 3 else exception_for(REJECTION)

"""Every call with a hostile response ends within its deadline and bounded memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from support.clocks import SLACK
from support.hostile import PAGES, Hostile, hostile, hostile_token
from support.wire import Say, Wire, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.api._operations import OPERATIONS
from swagger_client.exceptions import ApiException
from swagger_client.oauth import ServerToServerOAuth

DEADLINE = 0.5
MEMORY = 64 * 2**20
KINDS = [*(operation.name for operation in OPERATIONS), "token"]


def calls(
    wire: Wire, kind: str, seed: int, count: int
) -> Iterator[tuple[Hostile, Callable[[], Any]]]:
    """Yield responses, and calls that receive them."""
    random = Random(f"{kind} {seed}")
    configuration = Configuration()
    configuration.host, configuration.access_token = wire.host, "a-token-of-some-length"
    configuration.retries, configuration.deadline, configuration.timeout = 0, DEADLINE, (5.0, 5.0)
    operation = next((one for one in OPERATIONS if one.name == kind), OPERATIONS[0])
    arguments = {one.name: "FSync" if one.one_of else "id" for one in operation.required}
    for _ in range(count):
        if kind == "token":
            response = hostile_token(random)
            configuration.credentials = ServerToServerOAuth(
                "account", "client", "secret-of-some-length", token_url=f"{wire.host}/oauth/token"
            )
        else:
            response = hostile(random, PAGES[operation.items])
        client = ApiClient(configuration)
        method = cast(Callable[..., object], getattr(SMSApi(client), operation.name))

        def call(client: ApiClient = client, method: Callable[..., object] = method) -> None:
            with client:
                try:
                    method(**arguments)
                except ApiException as error:
                    text = str(error)
                    assert len(text) < 150_000
                    assert not set("\x1b\x00\r") & set(text)

        yield response, call


def check(kind: str, seed: int, count: int) -> None:
    with Wire(default=Say(reply({}))) as wire:
        for number, (response, call) in enumerate(calls(wire, kind, seed, count)):
            case = f"{kind}, seed {seed}, number {number}: {response.say.data[:300]!r}"
            late = _late(wire, response, call)
            if late >= SLACK:  # a busy machine is late once, a hostile response each time
                late = min(_late(wire, response, call) for _ in range(3))
            assert late < SLACK, f"{late:.2f} s late: {case}"
            wire.script = [response.say]
            tracemalloc.start()
            try:
                call()
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert peak < MEMORY + response.size, f"{peak:,} bytes: {case}"


def _late(wire: Wire, response: Hostile, call: Callable[[], Any]) -> float:
    wire.script = [response.say]
    start, delayed = time.monotonic(), _delay()
    call()
    return time.monotonic() - start - DEADLINE - (_delay() - delayed)


def _delay() -> float:
    """Return the seconds for which this thread was ready to run but had no processor."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0  # not Linux


@pytest.mark.clock
@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_response_costs_little(kind: str) -> None:
    check(kind, seed=0, count=25)


# 7 * 10 * 150 = 10,500 responses.
@pytest.mark.extended
@pytest.mark.clock
@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_hostile_responses_cost_little(kind: str, seed: int) -> None:
    check(kind, seed, count=150)

"""Measure the decisions of one call alone, with a response that takes no time."""

from __future__ import annotations

from collections.abc import Callable

from swagger_client._flow.drivers import Driver
from swagger_client._flow.effects import Request
from swagger_client._flow.exchange import Call, Shared, exchange
from swagger_client._flow.pacing import LocalPacer
from swagger_client._flow.retry import RetryBudget
from swagger_client._flow.tokens import AcceptedTokens
from swagger_client._wire.deadline import AttemptLimits
from swagger_client.oauth import StaticToken


class _MovingClock:
    """A clock that advances by 0.1 seconds at each reading, so that no call has to wait."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        self.now += 0.1
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing goes wrong here")

    async def sleep_async(self, seconds: float) -> None:
        raise AssertionError("nothing goes wrong here")


class _Response:
    status = 200
    data = b"{}"


def decide() -> Callable[[], object]:
    """Make one paced call with a cached token, from its preparation to its response."""
    clock, credentials, response = _MovingClock(), StaticToken("token"), _Response()
    shared = Shared(
        clock, lambda: 0.5, LocalPacer("business"), RetryBudget(), AcceptedTokens(),
        TimeoutError, TimeoutError,
    )  # fmt: skip
    request = Request("GET", "https://api.zoom.us/v2/phone/sms/sessions", (), {})

    driver = Driver(clock, lambda send: AttemptLimits(10, 60), lambda send, limits: response)

    def call() -> object:
        deadline = clock.monotonic() + 300.0
        made = Call(
            shared, "account_sms_session", "medium", request,
            retries=3, deadline=deadline, tokens=credentials,
        )  # fmt: skip
        return driver.run(exchange(made))

    return call

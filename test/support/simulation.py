"""Many calls on a virtual clock, so that hours pass in seconds. Only the network is simulated.

The client's own flows run concurrently, in the order of virtual time.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from typing import Any, cast

from support.clocks import ManualClock
from support.faces import configured
from swagger_client import ApiClient, Configuration
from swagger_client._flow.effects import EmitPage, Outcome, Send, Sleep, WaitFor
from swagger_client._flow.exchange import exchange
from swagger_client._wire.errors import exception_for
from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.exceptions import ApiException

#: What a caller does: yield what ``call`` gives to make a call, or seconds to pause.
Caller = Generator[Any, Any, None]


class Reply:
    """A response with the attributes that exceptions and flows read."""

    def __init__(self, status: int, body: bytes = b"{}", headers: dict[str, str] | None = None):
        self.status, self.reason, self.data = status, "", body
        self._headers = headers or {}

    def getheaders(self) -> dict[str, str]:
        return self._headers


class World:
    """A virtual clock, a client whose network is ``server``, and the running calls.

    :param server: returns the response to a request at a virtual time (unix seconds).
    :param latency: the seconds that a response takes.
    """

    def __init__(
        self, server: Callable[[float], Reply], latency: float = 0.08, **settings: object
    ) -> None:
        self.clock = ManualClock()
        self.client = self.new_client(configured("http://127.0.0.1:9/v2", **settings))
        self.server, self.latency = server, latency
        self.calls = self.requests = self.succeeded = 0
        self.failures: list[ApiException] = []
        self._queue: list[tuple[float, int, Generator[Any, Any, Any], Any]] = []
        self._order = itertools.count()
        self._last: Reply | None = None
        self._failure = ApiException()

    def new_client(self, configuration: Configuration) -> ApiClient:
        """Return a client on the virtual clock."""
        return ApiClient(configuration, clock=self.clock)

    def start(self, caller: Caller) -> None:
        """Start a caller now."""
        self._later(0, caller, None)

    def call(self, **options: Any) -> Generator[Any, Any, bool]:
        """Make one call; return whether it succeeded."""
        self.calls += 1
        flow = exchange(self.client._prepare(ACCOUNT_SMS_SESSION, {}, options))  # type: ignore[arg-type]
        outcome: Outcome | None = None
        while True:
            try:
                effect = flow.send(outcome)
            except StopIteration:
                self.succeeded += 1
                return True
            except ApiException as failure:
                self.failures.append(failure)
                return False
            outcome = yield effect

    def run(self, seconds: float) -> None:
        """Advance the virtual time."""
        end = self.clock.monotonic() + seconds
        while self._queue and self._queue[0][0] <= end:
            due, _, caller, value = heapq.heappop(self._queue)
            self.clock.jump(max(0.0, due - self.clock.monotonic()))
            self._step(caller, value)
        self.clock.jump(max(0.0, end - self.clock.monotonic()))

    def _step(self, caller: Generator[Any, Any, Any], value: Any) -> None:
        try:
            effect = caller.send(value)
        except StopIteration:
            return
        if isinstance(effect, Send):
            self.requests += 1
            self._later(self.latency, caller, self._reply())
        elif isinstance(effect, Sleep):
            self._later(effect.seconds, caller, None)
        else:
            assert not isinstance(effect, WaitFor | EmitPage)
            self._later(effect, caller, None)

    def _reply(self) -> Any:
        reply = self.server(self.clock.time())
        if reply.status == 200:
            return reply
        if reply is not self._last:
            self._last, self._failure = reply, exception_for(reply)
        return cast(ApiException, self._failure._copy())._read_rate_limit(self.clock.time())

    def _later(self, seconds: float, caller: Generator[Any, Any, Any], value: Any) -> None:
        due = self.clock.monotonic() + seconds
        heapq.heappush(self._queue, (due, next(self._order), caller, value))

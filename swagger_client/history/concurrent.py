"""Runs a flow that has several pages fetched at once: in threads, or in tasks."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from swagger_client._flow import effects
from swagger_client._flow.drivers import SystemClock, run
from swagger_client._flow.effects import Clock
from swagger_client._flow.exchange import exchange
from swagger_client._flow.paging import Ask, Begin, Found, Next, Outcome, go_on

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from swagger_client._operation import CallOptions, Operation
    from swagger_client._wire.connection import Limits
    from swagger_client.api_client import ApiClient

T = TypeVar("T")
Crowd = Generator[Begin | Next | Found, tuple[int, Outcome] | None, None]


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class StoppableCalls:
    """Makes a client's calls until :meth:`stop`, which ends those that wait or are under way."""

    def __init__(self, client: ApiClient) -> None:
        self.configuration = client.configuration
        self._client = client
        self._stopped = threading.Event()
        self.clock: Clock = _StoppableClock(client.clock, self._stopped)
        self._under_way: set[Limits] = set()
        self._lock = threading.RLock()

    def call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object:
        """As that of the client.

        :raises Stopped: when it was ended.
        """
        call = self._client.prepare_operation(operation, arguments, options)
        answer = self.run(exchange(call), self._client.attempt_within)
        data_only = options.get("_return_http_data_only")
        return self._client.finish(answer, operation.response_type, data_only, True)

    def run(
        self,
        flow: effects.Flow[T],
        attempt: Callable[[effects.Request, Limits], effects.Outcome],
    ) -> T:
        """Run a flow of the client's.

        :param attempt: makes one attempt.
        :raises Stopped: when it was ended.
        """
        return run(flow, self.clock, partial(self._attempt, attempt))

    def _attempt(
        self,
        attempt: Callable[[effects.Request, Limits], effects.Outcome],
        send: effects.Send,
    ) -> effects.Outcome:
        limits = self._client.limits(send)
        with self._lock:
            if self._stopped.is_set():
                raise Stopped
            self._under_way.add(limits)
        try:
            return attempt(send.request, limits)
        finally:
            with self._lock:
                self._under_way.discard(limits)

    def stop(self) -> None:
        """End all calls, from another thread."""
        with self._lock:
            self._stopped.set()
            for limits in self._under_way:
                limits.abort()


class _StoppableClock:
    def __init__(self, clock: Clock, stopped: threading.Event) -> None:
        self._clock = clock
        self._stopped = stopped
        self.time = clock.time
        self.monotonic = clock.monotonic
        self.sleep_async = clock.sleep_async

    def sleep(self, seconds: float) -> None:
        # A clock of somebody else's lets time pass in its own way, and cannot be woken.
        if isinstance(self._clock, SystemClock):
            self._stopped.wait(min(seconds, threading.TIMEOUT_MAX))
        else:
            self._clock.sleep(seconds)
        if self._stopped.is_set():
            raise Stopped


def run_abreast(
    flow: Crowd, fetch: Callable[[Ask], Outcome], stop: Callable[[], object], width: int
) -> Generator[Found, None, None]:
    """Run a flow, fetching in threads that end with the iterator.

    A thread does nothing but fetch one page: however long the caller takes, none waits for it.

    :param fetch: fetches a page.
    :param stop: ends all fetches that are under way.
    :param flow: begins at most ``width`` fetches at once.
    """
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    under_way: dict[Future[Outcome], int] = {}
    threads = ThreadPoolExecutor(width, "swagger_client.history")
    try:
        effect = go_on(flow, None)
        while effect is not None:
            answer = None
            if isinstance(effect, Begin):
                under_way[threads.submit(fetch, effect.ask)] = effect.ticket
            elif isinstance(effect, Next):
                done = wait(under_way, return_when=FIRST_COMPLETED).done
                first = min(done, key=under_way.__getitem__)
                answer = under_way.pop(first), first.result()
            else:
                yield effect
            effect = go_on(flow, answer)
    finally:
        stop()
        threads.shutdown(cancel_futures=True)


async def run_abreast_async(
    flow: Crowd, fetch: Callable[[Ask], Awaitable[Outcome]]
) -> AsyncGenerator[Found, None]:
    """As :func:`run_abreast`, fetching in tasks that are cancelled when the iterator is closed."""
    import asyncio

    async def fetched(ask: Ask) -> Outcome:
        return await fetch(ask)

    under_way: dict[asyncio.Task[Outcome], int] = {}
    try:
        effect = go_on(flow, None)
        while effect is not None:
            answer = None
            if isinstance(effect, Begin):
                under_way[asyncio.create_task(fetched(effect.ask))] = effect.ticket
            elif isinstance(effect, Next):
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                first = min(done, key=under_way.__getitem__)
                answer = under_way.pop(first), first.result()
            else:
                yield effect
            effect = go_on(flow, answer)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

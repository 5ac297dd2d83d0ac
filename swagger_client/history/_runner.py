"""Runs readers whose flows run concurrently: in threads, or in asyncio tasks."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from swagger_client._flow.drivers import SystemClock, run
from swagger_client._flow.effects import EmitPage, StartFlow

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from swagger_client._flow.effects import Clock, Flow, Outcome, Send
    from swagger_client._flow.paging import ConcurrentReader
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client.api_client import ApiClient

T = TypeVar("T")


class AsyncClient(Protocol):
    """The part of :class:`swagger_client.aio.AsyncApiClient` that readers need."""

    @property
    def client(self) -> ApiClient: ...
    async def _run(self, flow: Flow[T]) -> T: ...
    async def _attempt(self, send: Send) -> Outcome: ...


class Stopped(Exception):
    """Nobody waits for the result any more."""


class StoppableRunner:
    """Runs flows of a client until :meth:`stop`, which aborts those in progress."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._stopped = threading.Event()
        self._clock: Clock = _StoppableClock(client.clock, self._stopped)
        self._in_progress: set[AttemptLimits] = set()
        self._lock = threading.RLock()

    def run(
        self, flow: Flow[T], attempt: Callable[[Send, AttemptLimits], Outcome] | None = None
    ) -> T:
        """Run a flow, blocking this thread.

        :param attempt: makes the attempts, instead of the client.
        :raises Stopped: when :meth:`stop` was called.
        """
        return run(flow, self._clock, partial(self._attempt, attempt or self._client._attempt))

    def _attempt(self, attempt: Callable[[Send, AttemptLimits], Outcome], send: Send) -> Outcome:
        limits = self._client._limits(send)
        with self._lock:
            if self._stopped.is_set():
                raise Stopped
            self._in_progress.add(limits)
        try:
            return attempt(send, limits)
        finally:
            with self._lock:
                self._in_progress.discard(limits)

    def stop(self) -> None:
        """Abort all flows, from any thread."""
        with self._lock:
            self._stopped.set()
            for limits in self._in_progress:
                limits.abort()


class _StoppableClock:
    def __init__(self, clock: Clock, stopped: threading.Event) -> None:
        self._clock = clock
        self._stopped = stopped
        self.time = clock.time
        self.monotonic = clock.monotonic
        self.sleep_async = clock.sleep_async

    def sleep(self, seconds: float) -> None:
        # Only the system's clock can be woken. A test's clock sleeps in its own way.
        if type(self._clock) is SystemClock:
            self._stopped.wait(min(seconds, threading.TIMEOUT_MAX))
        else:
            self._clock.sleep(seconds)
        if self._stopped.is_set():
            raise Stopped


def iterate_concurrently(
    reader: ConcurrentReader, runner: StoppableRunner, width: int
) -> Generator[Any, None, None]:
    """Run a reader and yield its pages; its flows run in threads that end with the iterator.

    Threads only run flows: none of them waits for the caller, however slow it is.

    :param reader: starts at most ``width`` flows at a time.
    """
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    def run_flow(flow: Flow[Any]) -> Any:
        try:
            return runner.run(flow)
        except Exception as error:
            return error

    in_progress: dict[Future[Any], int] = {}
    threads = ThreadPoolExecutor(width, "swagger_client.history")
    result: Any = None
    try:
        while True:
            try:
                effect = reader.send(result)
            except StopIteration:
                return
            result = None
            if isinstance(effect, EmitPage):
                yield effect.page
            elif isinstance(effect, StartFlow):
                in_progress[threads.submit(run_flow, effect.flow)] = effect.key
            else:
                done = wait(in_progress, return_when=FIRST_COMPLETED).done
                first = min(done, key=in_progress.__getitem__)
                result = in_progress.pop(first), first.result()
    finally:
        reader.close()
        runner.stop()
        threads.shutdown(cancel_futures=True)


async def iterate_concurrently_async(
    reader: ConcurrentReader, run_flow: Callable[[Flow[Any]], Awaitable[Any]]
) -> AsyncGenerator[Any, None]:
    """As :func:`iterate_concurrently`, in tasks that are cancelled when the iterator is closed."""
    import asyncio

    async def run_task(flow: Flow[Any]) -> Any:
        try:
            return await run_flow(flow)
        except Exception as error:
            return error

    in_progress: dict[asyncio.Task[Any], int] = {}
    result: Any = None
    try:
        while True:
            try:
                effect = reader.send(result)
            except StopIteration:
                return
            result = None
            if isinstance(effect, EmitPage):
                yield effect.page
            elif isinstance(effect, StartFlow):
                in_progress[asyncio.create_task(run_task(effect.flow))] = effect.key
            else:
                done, _ = await asyncio.wait(in_progress, return_when=asyncio.FIRST_COMPLETED)
                first = min(done, key=in_progress.__getitem__)
                result = in_progress.pop(first), first.result()
    finally:
        reader.close()
        for task in in_progress:
            task.cancel()
        await asyncio.gather(*in_progress, return_exceptions=True)

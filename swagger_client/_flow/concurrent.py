from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from swagger_client._flow.drivers import Driver, Limits, SystemClock
from swagger_client._flow.effects import Clock, Flow, Outcome, Send, StartFlow

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
L = TypeVar("L", bound=Limits)


class Stopped(Exception):
    """Raised in all flows of a :class:`StoppableDriver` when it is stopped."""


class StoppableDriver(Driver[L]):
    """Runs flows in one or several threads, until :meth:`stop` aborts them."""

    def __init__(self, driver: Driver[L]) -> None:
        self._stopped = threading.Event()
        clock = _StoppableClock(driver.clock, self._stopped)
        super().__init__(clock, driver.limits, driver.attempt)
        self._in_progress: set[L] = set()
        self._lock = threading.RLock()

    def stop(self) -> None:
        """Abort all flows, by raising :class:`Stopped` in them. Any thread may call this method."""
        with self._lock:
            self._stopped.set()
            for limits in self._in_progress:
                limits.abort()

    def iterate_concurrently(self, flow: Flow[T], width: int) -> Generator[Any, None, T]:
        """Run a flow that starts other flows, ``width`` at the same time, and yield the pages.

        Each started flow runs in a thread of its own, also while the caller handles a page. If the
        iterator ends or is closed, all started flows are stopped.
        """
        threads = _Threads(self.run, width)
        try:
            return (yield from self.iterate(flow, threads=threads))
        finally:
            self.stop()
            threads.close()

    def _send(self, send: Send, attempt: Callable[[Send, L], Outcome]) -> Outcome:
        limits = self.limits(send)
        with self._lock:
            if self._stopped.is_set():
                raise Stopped
            self._in_progress.add(limits)
        try:
            return attempt(send, limits)
        finally:
            with self._lock:
                self._in_progress.discard(limits)


class _StoppableClock:
    def __init__(self, clock: Clock, stopped: threading.Event) -> None:
        self._clock = clock
        self._stopped = stopped
        self.time = clock.time
        self.monotonic = clock.monotonic
        self.sleep_async = clock.sleep_async

    def sleep(self, seconds: float) -> None:
        # A real sleep must end when the driver is stopped. A clock in a test does not sleep.
        if type(self._clock) is SystemClock:
            self._stopped.wait(min(seconds, threading.TIMEOUT_MAX))
        else:
            self._clock.sleep(seconds)
        if self._stopped.is_set():
            raise Stopped


class _Threads:
    def __init__(self, run: Callable[[Flow[Any]], Any], width: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._run = run
        self._threads = ThreadPoolExecutor(width, "swagger_client.history")
        self._keys: dict[Future[Any], int] = {}

    def start(self, effect: StartFlow) -> None:
        run = contextvars.copy_context().run
        self._keys[self._threads.submit(run, self._run_flow, effect.flow)] = effect.key

    def wait_for_any(self) -> tuple[int, Any]:
        from concurrent.futures import FIRST_COMPLETED, wait

        done = wait(self._keys, return_when=FIRST_COMPLETED).done
        first = min(done, key=self._keys.__getitem__)
        return self._keys.pop(first), first.result()

    def close(self) -> None:
        """Cancel the flows that have not started, and wait until the others have ended."""
        self._threads.shutdown(cancel_futures=True)

    def _run_flow(self, flow: Flow[Any]) -> Any:
        try:
            return self._run(flow)
        except Exception as error:
            return error

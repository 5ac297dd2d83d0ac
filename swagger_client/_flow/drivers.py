"""Run flows and block. Only the drivers, here and in ``async_driver``, sleep and wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from swagger_client._flow.effects import (
    Clock,
    Effect,
    EmitPage,
    Flow,
    Outcome,
    Perform,
    Send,
    Sleep,
    StartFlow,
    WaitFor,
)
from swagger_client._security.frames import clear_locals

if TYPE_CHECKING:
    from concurrent.futures import Future


class Limits(Protocol):
    """The time limits of one attempt."""

    def abort(self) -> None:
        """End the attempt from another thread."""
        ...


T = TypeVar("T")
L = TypeVar("L", bound=Limits)

#: Waits longer than this have no limit; ``threading`` rejects an infinite timeout.
_LONGEST_WAIT = 1e6


class SystemClock:
    """The machine's own clock."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def sleep(self, seconds: float) -> None:
        """Sleep, blocking."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Sleep on asyncio."""
        import asyncio

        await asyncio.sleep(seconds)


class Driver(Generic[L]):
    """Runs the flows of a client and blocks the calling thread.

    :param clock: reads the time and sleeps.
    :param limits: returns the time limits of an attempt.
    :param attempt: makes an attempt.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Callable[[Send], L],
        attempt: Callable[[Send, L], Outcome],
    ) -> None:
        self.clock = clock
        self.limits = limits
        self.attempt = attempt

    def run(self, flow: Flow[T], attempt: Callable[[Send, L], Outcome] | None = None) -> T:
        """Run a flow that emits no pages and return its result.

        :param attempt: makes the attempts, instead of the driver's own function.
        :raises ApiException: as the flow does.
        """
        pages = self.iterate(flow, attempt=attempt)
        try:
            next(pages)
        except StopIteration as end:
            result: T = end.value
            return result
        pages.close()
        raise TypeError("the flow emits pages: use iterate()")

    def iterate(
        self,
        flow: Flow[T],
        *,
        attempt: Callable[[Send, L], Outcome] | None = None,
        threads: FlowThreads | None = None,
    ) -> Generator[Any, None, T]:
        """Run a flow and yield its pages; closing the iterator closes the flow.

        :param attempt: makes the attempts, instead of the driver's own function.
        :param threads: run the flows that this flow starts.
        :raises ApiException: as the flow does.
        """
        resume: Callable[[], Effect] = partial(flow.send, None)
        try:
            while True:
                try:
                    effect = resume()
                except StopIteration as end:
                    result: T = end.value
                    return result
                resume = partial(flow.send, None)
                if isinstance(effect, Send):
                    resume = partial(flow.send, self._send(effect, attempt or self.attempt))
                elif isinstance(effect, Perform):
                    resume = _perform(flow, effect)
                elif isinstance(effect, EmitPage):
                    yield effect.page
                elif isinstance(effect, WaitFor):
                    _wait(effect)
                elif isinstance(effect, Sleep):
                    self.clock.sleep(effect.seconds)
                elif threads is None:
                    raise TypeError("the flow starts others: use iterate_concurrently()")
                elif isinstance(effect, StartFlow):
                    threads.start(effect)
                else:
                    resume = partial(flow.send, threads.wait_for_any())
        except BaseException as error:
            clear_locals(error)
            resume = partial(flow.send, None)  # it held the last result
            raise
        finally:
            flow.close()

    def _send(self, send: Send, attempt: Callable[[Send, L], Outcome]) -> Outcome:
        return attempt(send, self.limits(send))


class Stopped(Exception):
    """The driver was stopped."""


class StoppableDriver(Driver[L]):
    """Runs flows, also in several threads, until :meth:`stop` aborts them all.

    :param driver: the driver of the client.
    """

    def __init__(self, driver: Driver[L]) -> None:
        self._stopped = threading.Event()
        clock = _StoppableClock(driver.clock, self._stopped)
        super().__init__(clock, driver.limits, driver.attempt)
        self._in_progress: set[L] = set()
        self._lock = threading.RLock()

    def stop(self) -> None:
        """Abort all flows, from any thread; they raise :class:`Stopped`."""
        with self._lock:
            self._stopped.set()
            for limits in self._in_progress:
                limits.abort()

    def iterate_concurrently(self, flow: Flow[T], width: int) -> Generator[Any, None, T]:
        """As :meth:`iterate`, for a flow that starts others; stops when the iterator ends.

        Threads only run flows: none of them waits for the caller, however slow it is.

        :param width: how many flows run at once.
        """
        threads = FlowThreads(self.run, width)
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
        # Only the system's clock can be woken. A test's clock sleeps in its own way.
        if type(self._clock) is SystemClock:
            self._stopped.wait(min(seconds, threading.TIMEOUT_MAX))
        else:
            self._clock.sleep(seconds)
        if self._stopped.is_set():
            raise Stopped


class FlowThreads:
    """Runs flows in threads and waits for the first of them to end."""

    def __init__(self, run: Callable[[Flow[Any]], Any], width: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._run = run
        self._threads = ThreadPoolExecutor(width, "swagger_client.history")
        self._keys: dict[Future[Any], int] = {}

    def start(self, effect: StartFlow) -> None:
        """Start a flow."""
        self._keys[self._threads.submit(self._run_flow, effect.flow)] = effect.key

    def wait_for_any(self) -> tuple[int, Any]:
        """Wait until a flow ends; return its key, and its result or exception."""
        from concurrent.futures import FIRST_COMPLETED, wait

        done = wait(self._keys, return_when=FIRST_COMPLETED).done
        first = min(done, key=self._keys.__getitem__)
        return self._keys.pop(first), first.result()

    def close(self) -> None:
        """Cancel the flows that have not begun; wait for the others to end."""
        self._threads.shutdown(cancel_futures=True)

    def _run_flow(self, flow: Flow[Any]) -> Any:
        try:
            return self._run(flow)
        except Exception as error:
            return error


def _perform(flow: Flow[Any], effect: Perform) -> Callable[[], Effect]:
    """Do the work; return how to resume the flow with its result."""
    try:
        return partial(flow.send, effect.work())
    except Exception as error:
        return partial(flow.throw, error)


def _wait(effect: WaitFor) -> None:
    from concurrent.futures import wait

    wait([effect.future], timeout=finite(effect.seconds))


def finite(seconds: float) -> float | None:
    """Return a timeout that ``threading`` and asyncio accept."""
    return seconds if seconds < _LONGEST_WAIT else None

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from swagger_client._flow.effects import (
    Clock,
    EmitPage,
    Flow,
    Outcome,
    Perform,
    RunFlow,
    Send,
    Shield,
    Sleep,
    StartFlow,
    WaitFor,
)
from swagger_client._security.frames import clear_locals

if TYPE_CHECKING:
    from concurrent.futures import Future


class Limits(Protocol):
    """The time limits of one attempt to send a request."""

    def abort(self) -> None:
        """End the attempt at once. Any thread may call this method."""
        ...


class FlowThreads(Protocol):
    """Runs the flows that another flow starts, each in a thread."""

    def start(self, effect: StartFlow) -> None: ...

    def wait_for_any(self) -> tuple[int, Any]:
        """Wait until a flow ends; return its ``StartFlow.key`` and its result or exception."""
        ...


T = TypeVar("T")
L = TypeVar("L", bound=Limits)

#: A wait for more seconds has no timeout, because ``threading`` rejects very large timeouts.
_LONGEST_WAIT = 1e6


class SystemClock:
    """Reads the clock of this machine, and really sleeps."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)


class Driver(Generic[L]):
    """Runs a client's flows (see :mod:`swagger_client._flow`) in the calling thread.

    :param limits: returns the time limits of an attempt to send a request.
    :param attempt: sends a request once, within these limits.
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
        """Run a flow that emits no pages, and return its result.

        :param attempt: the function that sends the requests; None to use the driver's own function.
        """
        pages = self.iterate(flow, attempt=attempt)
        try:
            next(pages)
        except StopIteration as end:
            result: T = end.value
            return result
        pages.close()
        raise TypeError("the flow emits pages; use iterate()")

    def iterate(
        self,
        flow: Flow[T],
        *,
        attempt: Callable[[Send, L], Outcome] | None = None,
        threads: FlowThreads | None = None,
    ) -> Generator[Any, None, T]:
        """Run a flow, and yield the pages that it emits; the iterator returns the flow's result.

        :param attempt: the function that sends the requests; None to use the driver's own function.
        :param threads: runs the flows that this flow starts; None if it must not start any.
        """
        attempt = attempt or self.attempt
        result: Any = None
        failure: Exception | None = None
        try:
            while True:
                try:
                    effect = flow.send(result) if failure is None else flow.throw(failure)
                except StopIteration as end:
                    returned: T = end.value
                    return returned
                result = failure = None
                if isinstance(effect, Send):
                    result = self._send(effect, attempt)
                elif isinstance(effect, Perform | RunFlow | Shield):
                    try:
                        if isinstance(effect, Perform):
                            result = effect.work()
                        elif isinstance(effect, Shield) and effect.delays_interrupts:
                            result = self._shield(effect.flow, attempt)
                        else:
                            result = self.run(effect.flow, attempt)
                    except Exception as error:
                        failure = error
                elif isinstance(effect, EmitPage):
                    yield effect.page
                elif isinstance(effect, WaitFor):
                    _wait(effect)
                elif isinstance(effect, Sleep):
                    self.clock.sleep(effect.seconds)
                elif threads is None:
                    raise TypeError("the flow starts other flows; use iterate_concurrently()")
                elif isinstance(effect, StartFlow):
                    threads.start(effect)
                else:
                    result = threads.wait_for_any()
        except BaseException as error:
            clear_locals(error)
            result = failure = None
            raise
        finally:
            flow.close()

    def _shield(self, flow: Flow[T], attempt: Callable[[Send, L], Outcome]) -> T:
        """Run a flow. Ctrl-C and the end of the process wait until it has handled a response."""
        interrupts: list[KeyboardInterrupt] = []

        def send_in_thread(send: Send, limits: L) -> Outcome:
            future = run_in_thread(partial(attempt, send, limits))
            try:
                return future.result()
            except KeyboardInterrupt as interrupt:
                interrupts.append(interrupt)
                outcome = future.result()  # a second Ctrl-C ends this wait, but not the thread
                if isinstance(outcome, Exception):  # it is not retried
                    raise
                return outcome
            finally:
                del future

        running = threading.Lock()
        with running:  # no interrupt can prevent its release
            # A process that ends kills the threads of `async_req`. It waits for this thread.
            with contextlib.suppress(RuntimeError):  # no thread can be started while Python exits
                threading.Thread(target=running.acquire, daemon=False).start()
            result = self._unstoppable.run(flow, send_in_thread)
        if interrupts:
            raise interrupts[0]
        return result

    @property
    def _unstoppable(self) -> Driver[L]:
        return self

    def _send(self, send: Send, attempt: Callable[[Send, L], Outcome]) -> Outcome:
        return attempt(send, self.limits(send))


class Stopped(Exception):
    """Raised in all flows of a :class:`StoppableDriver` when it is stopped."""


class StoppableDriver(Driver[L]):
    """Runs flows in one or several threads, until :meth:`stop` aborts them."""

    def __init__(self, driver: Driver[L], stopped: threading.Event | None = None) -> None:
        self._driver = driver
        self._stopped = stopped or threading.Event()
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

    @property
    def _unstoppable(self) -> Driver[L]:
        """A driver whose requests stop() does not abort; after stop(), it sends no further one."""
        return StoppableDriver(self._driver, self._stopped)

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


def run_in_thread(function: Callable[[], T]) -> Future[T]:
    """Call a function in a thread that Python waits for before it exits."""
    from concurrent.futures import Future

    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from now on, the future cannot be cancelled

    def work() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    run = contextvars.copy_context().run
    try:
        threading.Thread(target=run, args=(work,), daemon=False).start()
    except RuntimeError:  # no thread can be started, for example while Python exits
        work()
    return future


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


def _wait(effect: WaitFor) -> None:
    from concurrent.futures import wait

    wait([effect.future], timeout=finite(effect.seconds))


def finite(seconds: float) -> float | None:
    """Return a timeout, or None (no timeout) if ``threading`` would reject it as too large."""
    return seconds if seconds < _LONGEST_WAIT else None

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, Generic, Protocol, TypeVar

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

    def _send(self, send: Send, attempt: Callable[[Send, L], Outcome]) -> Outcome:
        return attempt(send, self.limits(send))


def _wait(effect: WaitFor) -> None:
    from concurrent.futures import wait

    wait([effect.future], timeout=finite(effect.seconds))


def finite(seconds: float) -> float | None:
    """Return a timeout, or None (no timeout) if ``threading`` would reject it as too large."""
    return seconds if seconds < _LONGEST_WAIT else None

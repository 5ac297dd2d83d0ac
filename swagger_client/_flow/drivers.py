"""Runs a flow: the only code that sleeps. One driver blocks, the other awaits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from swagger_client._flow.effects import Flow, Join, Outcome, Send

T = TypeVar("T")

#: A longer wait than this is one without end; ``threading`` takes no infinite one.
_LONGEST_WAIT = 1e6


class Clock(Protocol):
    """Where a client reads the time and lets it pass. Tests hand it one whose time they move."""

    def time(self) -> float:
        """Unix time, in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass, blocking."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass on asyncio."""
        ...


class SystemClock:
    """The machine's own clock."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def sleep(self, seconds: float) -> None:
        """Let time pass, blocking."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass on asyncio."""
        import asyncio

        await asyncio.sleep(seconds)


def run(flow: Flow[T], clock: Clock, send: Callable[[Send], Outcome]) -> T:
    """Run a flow to its end, blocking this thread.

    :param flow: the flow.
    :param clock: lets time pass.
    :param send: makes one attempt.
    :returns: what the flow returns.
    :raises ApiException: as the flow does.
    """
    outcome: Outcome | None = None
    try:
        while True:
            effect = flow.send(outcome)
            outcome = None
            if isinstance(effect, Send):
                outcome = send(effect)
            elif isinstance(effect, Join):
                _wait(effect)
            else:
                clock.sleep(effect.seconds)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()


def _wait(join: Join) -> None:
    from concurrent.futures import wait

    wait([join.future], timeout=_finite(join.seconds))


async def run_async(flow: Flow[T], clock: Clock, send: Callable[[Send], Awaitable[Outcome]]) -> T:
    """Run a flow to its end on asyncio; cancelling it closes the flow at once.

    :param flow: the flow.
    :param clock: lets time pass.
    :param send: makes one attempt.
    :returns: what the flow returns.
    :raises ApiException: as the flow does.
    """
    outcome: Outcome | None = None
    try:
        while True:
            effect = flow.send(outcome)
            outcome = None
            if isinstance(effect, Send):
                outcome = await send(effect)
            elif isinstance(effect, Join):
                await _wait_async(effect)
            else:
                await clock.sleep_async(effect.seconds)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()


async def _wait_async(join: Join) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    def wake(_: object) -> None:
        # A loop that was closed meanwhile has nobody left to wake.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    # Cancelling one that waits does not cancel the work: whoever does it goes on.
    join.future.add_done_callback(wake)
    await asyncio.wait([done], timeout=_finite(join.seconds))


def _finite(seconds: float) -> float | None:
    return seconds if seconds < _LONGEST_WAIT else None

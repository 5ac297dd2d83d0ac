"""Run flows, with a blocking or an asyncio driver; only this module sleeps and waits.

``run`` and ``run_async`` return a flow's result. ``iterate`` and ``iterate_async`` yield the pages
that it emits.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from swagger_client._flow.effects import (
    Clock,
    Effect,
    EmitPage,
    Flow,
    Outcome,
    Perform,
    Send,
    WaitFor,
)
from swagger_client._security.frames import clear_locals

if TYPE_CHECKING:
    from asyncio import Future

T = TypeVar("T")

#: Waits longer than this have no limit; ``threading`` rejects an infinite timeout.
_LONGEST_WAIT = 1e6

Attempt = Callable[[Send], Outcome]
AsyncAttempt = Callable[[Send], Awaitable[Outcome]]


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


def run(flow: Flow[T], clock: Clock, send: Attempt) -> T:
    """Run a flow that emits no pages, blocking this thread.

    :param send: makes one attempt.
    :returns: the flow's result.
    :raises ApiException: as the flow does.
    """
    pages = iterate(flow, clock, send)
    try:
        next(pages)
    except StopIteration as end:
        result: T = end.value
        return result
    pages.close()
    raise TypeError("the flow emits pages: use iterate()")


def iterate(flow: Flow[T], clock: Clock, send: Attempt) -> Generator[Any, None, T]:
    """Run a flow and yield its pages, blocking this thread; closing it closes the flow.

    :param send: makes one attempt.
    :returns: the flow's result.
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
                resume = partial(flow.send, send(effect))
            elif isinstance(effect, Perform):
                resume = _perform(flow, effect)
            elif isinstance(effect, EmitPage):
                yield effect.page
            elif isinstance(effect, WaitFor):
                _wait(effect)
            else:
                clock.sleep(effect.seconds)
    except BaseException as error:
        clear_locals(error)
        resume = partial(flow.send, None)  # it held the last result
        raise
    finally:
        flow.close()


async def run_async(flow: Flow[T], clock: Clock, send: AsyncAttempt) -> T:
    """Run a flow that emits no pages on asyncio; cancelling it closes the flow at once.

    :param send: makes one attempt.
    :returns: the flow's result.
    :raises ApiException: as the flow does.
    """
    results: list[T] = []
    async with contextlib.aclosing(iterate_async(flow, clock, send, results)) as pages:
        async for _ in pages:
            raise TypeError("the flow emits pages: use iterate_async()")
    return results[0]


async def iterate_async(
    flow: Flow[T], clock: Clock, send: AsyncAttempt, results: list[T] | None = None
) -> AsyncGenerator[Any, None]:
    """Run a flow and yield its pages on asyncio; closing it closes the flow.

    :param send: makes one attempt.
    :param results: the flow's result is appended here: an async generator cannot return it.
    :raises ApiException: as the flow does.
    """
    resume: Callable[[], Effect] = partial(flow.send, None)
    try:
        while True:
            try:
                effect = resume()
            except StopIteration as end:
                if results is not None:
                    results.append(end.value)
                return
            resume = partial(flow.send, None)
            if isinstance(effect, Send):
                resume = partial(flow.send, await send(effect))
            elif isinstance(effect, Perform):
                resume = await _perform_async(flow, effect)
            elif isinstance(effect, EmitPage):
                yield effect.page
            elif isinstance(effect, WaitFor):
                await _wait_async(effect)
            else:
                await clock.sleep_async(effect.seconds)
    except BaseException as error:
        clear_locals(error)
        resume = partial(flow.send, None)  # it held the last result
        raise
    finally:
        flow.close()


def _perform(flow: Flow[Any], effect: Perform) -> Callable[[], Effect]:
    """Do the work; return how to resume the flow with its result."""
    try:
        return partial(flow.send, effect.work())
    except Exception as error:
        return partial(flow.throw, error)


async def _perform_async(flow: Flow[Any], effect: Perform) -> Callable[[], Effect]:
    import asyncio

    work = asyncio.ensure_future(asyncio.to_thread(effect.work))
    try:
        result = await asyncio.shield(work)
    except asyncio.CancelledError:
        if effect.undo is not None:
            work.add_done_callback(partial(_undo, effect.undo))
        raise
    except Exception as error:
        return partial(flow.throw, error)
    return partial(flow.send, result)


def _undo(undo: Callable[[Any], object], work: Future[Any]) -> None:
    """Undo work whose result nobody waits for any more."""
    if not work.cancelled() and work.exception() is None:
        undo(work.result())


def _wait(effect: WaitFor) -> None:
    from concurrent.futures import wait

    wait([effect.future], timeout=_finite(effect.seconds))


async def _wait_async(effect: WaitFor) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    def wake(_: object) -> None:
        # The loop may have been closed meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    # Cancelling this wait does not cancel the work that others wait for, too.
    effect.future.add_done_callback(wake)
    await asyncio.wait([done], timeout=_finite(effect.seconds))


def _finite(seconds: float) -> float | None:
    return seconds if seconds < _LONGEST_WAIT else None

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any, Generic, TypeVar

from swagger_client._flow.drivers import Driver, Limits, finite, run_in_thread
from swagger_client._flow.effects import (
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

T = TypeVar("T")
L = TypeVar("L", bound=Limits)


class AsyncDriver(Generic[L]):
    """Runs a client's flows (see :mod:`swagger_client._flow`) on asyncio.

    :param attempt: ``attempt(send, function)`` calls a function in a thread, which sends the
        request. If ``function`` is None, it calls the client's own function.
    :param blocking: the driver that runs the flows of :class:`Shield`.
    """

    def __init__(
        self,
        blocking: Driver[L],
        attempt: Callable[[Send, Callable[[Send, L], Outcome] | None], Awaitable[Outcome]],
    ) -> None:
        self.clock = blocking.clock
        self._blocking = blocking
        self._attempt = attempt

    async def run(self, flow: Flow[T], attempt: Callable[[Send, L], Outcome] | None = None) -> T:
        """Run a flow that emits no pages, and return its result; see :meth:`Driver.run`.

        If the calling task is cancelled, the flow is closed. But a flow that it has started with
        :class:`Shield` runs to its end.
        """
        results: list[T] = []
        pages = self.iterate(flow, attempt=attempt, results=results)
        async with contextlib.aclosing(pages):
            async for _ in pages:
                raise TypeError("the flow emits pages; use iterate()")
        return results[0]

    async def iterate(
        self,
        flow: Flow[T],
        *,
        attempt: Callable[[Send, L], Outcome] | None = None,
        tasks: FlowTasks | None = None,
        results: list[T] | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Run a flow, and yield the pages that it emits.

        :param tasks: runs the flows that this flow starts; None if it must not start any.
        :param results: a list to which the flow's result is appended.
        """
        result: Any = None
        failure: Exception | None = None
        try:
            while True:
                try:
                    effect = flow.send(result) if failure is None else flow.throw(failure)
                except StopIteration as end:
                    if results is not None:
                        results.append(end.value)
                    return
                result = failure = None
                if isinstance(effect, Send):
                    result = await self._attempt(effect, attempt)
                elif isinstance(effect, Perform | RunFlow | Shield):
                    try:
                        if isinstance(effect, Perform):
                            result = await _perform(effect)
                        elif isinstance(effect, RunFlow):
                            result = await self.run(effect.flow, attempt)
                        else:
                            result = await self._shield(effect.flow, attempt)
                    except Exception as error:
                        failure = error
                elif isinstance(effect, EmitPage):
                    yield effect.page
                elif isinstance(effect, WaitFor):
                    await _wait_async(effect)
                elif isinstance(effect, Sleep):
                    await self.clock.sleep_async(effect.seconds)
                elif tasks is None:
                    raise TypeError("the flow starts other flows; use iterate_concurrently()")
                elif isinstance(effect, StartFlow):
                    tasks.start(effect)
                else:
                    result = await tasks.wait_for_any()
        except BaseException as error:
            clear_locals(error)
            result = failure = None
            raise
        finally:
            flow.close()

    async def _shield(self, flow: Flow[T], attempt: Callable[[Send, L], Outcome] | None) -> T:
        """Run a flow in a thread, so that it ends even if the awaiting task is cancelled."""
        return await asyncio.wrap_future(run_in_thread(lambda: self._blocking.run(flow, attempt)))

    async def iterate_concurrently(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Run a flow that starts other flows, and yield its pages; then cancel the other flows."""
        tasks = FlowTasks(self.run)
        pages = self.iterate(flow, tasks=tasks)
        try:
            async with contextlib.aclosing(pages):
                async for page in pages:
                    yield page
        finally:
            await tasks.close()


class FlowTasks:
    def __init__(self, run: Callable[[Flow[Any]], Awaitable[Any]]) -> None:
        self._run = run
        self._keys: dict[asyncio.Task[Any], int] = {}

    def start(self, effect: StartFlow) -> None:
        self._keys[asyncio.create_task(self._run_flow(effect.flow))] = effect.key

    async def wait_for_any(self) -> tuple[int, Any]:
        """Wait until one of the flows ends; return its key, and its result or its exception."""
        done, _ = await asyncio.wait(self._keys, return_when=asyncio.FIRST_COMPLETED)
        first = min(done, key=self._keys.__getitem__)
        return self._keys.pop(first), first.result()

    async def close(self) -> None:
        """Cancel all flows that are running, and wait until they have ended."""
        for task in self._keys:
            task.cancel()
        await asyncio.gather(*self._keys, return_exceptions=True)

    async def _run_flow(self, flow: Flow[Any]) -> Any:
        try:
            return await self._run(flow)
        except Exception as error:
            return error


async def _perform(effect: Perform) -> Any:
    """Call a blocking function in a thread; if the flow is cancelled meanwhile, undo the result."""
    work = asyncio.ensure_future(asyncio.to_thread(effect.work))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        if effect.undo is not None:
            work.add_done_callback(partial(_undo, effect.undo))
        raise


def _undo(undo: Callable[[Any], object], work: asyncio.Future[Any]) -> None:
    if not work.cancelled() and work.exception() is None:
        undo(work.result())


async def _wait_async(effect: WaitFor) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    def wake(_: object) -> None:
        # call_soon_threadsafe raises RuntimeError if the loop has been closed.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    # Wait for another future, because cancelling this wait must not cancel effect.future.
    effect.future.add_done_callback(wake)
    await asyncio.wait([done], timeout=finite(effect.seconds))

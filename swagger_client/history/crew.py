"""Runs a flow that has several pages fetched at once: in threads, or in tasks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING

from swagger_client._flow.paging import Ask, Begin, Found, Next, Outcome, go_on

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

Crowd = Generator[Begin | Next | Found, tuple[int, Outcome] | None, None]


def run_abreast(
    flow: Crowd, fetch: Callable[[Ask, Callable[[], bool]], Outcome], width: int
) -> Generator[Found, None, None]:
    """Run a flow, fetching in threads that end with the iterator.

    A thread does nothing but fetch one page: however long the caller takes, none waits for it.

    :param fetch: fetches a page; is told whether the iterator has been closed meanwhile.
    :param flow: begins at most ``width`` fetches at once.
    """
    import threading
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    closed = threading.Event()
    under_way: dict[Future[Outcome], int] = {}
    threads = ThreadPoolExecutor(width, "swagger_client.history")
    try:
        effect = go_on(flow, None)
        while effect is not None:
            answer = None
            if isinstance(effect, Begin):
                under_way[threads.submit(fetch, effect.ask, closed.is_set)] = effect.ticket
            elif isinstance(effect, Next):
                done = wait(under_way, return_when=FIRST_COMPLETED).done
                first = min(done, key=under_way.__getitem__)
                answer = under_way.pop(first), first.result()
            else:
                yield effect
            effect = go_on(flow, answer)
    finally:
        closed.set()
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

"""The threads of ``async_req``."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from swagger_client._lazy import LazyModule

if TYPE_CHECKING:
    from multiprocessing import pool
else:
    pool = LazyModule("multiprocessing.pool")

T = TypeVar("T")


class CallThreads:
    """Threads of ``async_req``, with the interface of a ``multiprocessing.pool.ThreadPool``.

    It needs no semaphores of ``multiprocessing``, which AWS Lambda lacks. Threads start when they
    are needed, and are daemons: an interpreter that exits does not wait for them.
    """

    def __init__(self, size: int | None = None) -> None:
        self._make_result: Callable[..., Any] = pool.ApplyResult
        self._size = size or os.cpu_count() or 1
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._lock = threading.Lock()
        #: Results that have not arrived: ApplyResult registers itself here.
        self._cache: dict[int, Any] = {}

    def apply_async(
        self,
        func: Callable[..., T],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] | None = None,
    ) -> pool.ApplyResult[T]:
        """Call a function in a thread; ``.get()`` of the returned object waits for its result.

        :raises ValueError: after :meth:`close`.
        """
        result: pool.ApplyResult[T] = self._make_result(self, None, None)

        def task() -> None:
            try:
                outcome: tuple[bool, object] = True, func(*args, **(kwds or {}))
            except BaseException as error:
                outcome = False, error
            result._set(0, outcome)  # type: ignore[attr-defined]

        with self._lock:
            if self._closed:
                raise ValueError("the client's threads are closed")
            # The semaphore counts threads that wait for a task.
            if not self._idle.acquire(timeout=0) and len(self._threads) < self._size:
                self._start_thread()
            if self._threads:
                self._tasks.put(task)
                return result
        task()
        return result

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="swagger_client_async", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # none can be started, for example while the interpreter exits
            return
        self._threads.append(thread)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            del task
            self._idle.release()

    def close(self) -> None:
        """Accept no further calls; the threads end when all calls are finished."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._tasks.put(None)

    def join(self) -> None:
        """Wait for the threads to end, after :meth:`close`."""
        for thread in self._threads:
            thread.join()

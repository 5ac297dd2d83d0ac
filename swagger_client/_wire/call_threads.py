from __future__ import annotations

import contextvars
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
    """A thread pool with the interface of ``multiprocessing.pool.ThreadPool``.

    ``ThreadPool`` does not work on AWS Lambda, which lacks the semaphores of ``multiprocessing``;
    this class does. Its threads start when they are needed, and do not keep Python from exiting.
    """

    def __init__(self, size: int | None = None) -> None:
        self._make_result: Callable[..., Any] = pool.ApplyResult
        self._size = size or os.cpu_count() or 1
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._lock = threading.Lock()
        #: The pending results, to which ApplyResult adds itself.
        self._cache: dict[int, Any] = {}

    def apply_async(
        self,
        func: Callable[..., T],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] | None = None,
    ) -> pool.ApplyResult[T]:
        """Call a function in a thread, with the context variables of the caller.

        :returns: an object whose ``get()`` waits for the function's result.
        :raises ValueError: if :meth:`close` was called before.
        """
        result: pool.ApplyResult[T] = self._make_result(self, None, None)
        run = contextvars.copy_context().run

        def task() -> None:
            try:
                outcome: tuple[bool, object] = True, run(func, *args, **(kwds or {}))
            except BaseException as error:
                outcome = False, error
            result._set(0, outcome)  # type: ignore[attr-defined]

        with self._lock:
            if self._closed:
                raise ValueError("the client is closed. Create a new ApiClient")
            # The semaphore counts the threads that wait for a task.
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
        except RuntimeError:  # no thread can be started, for example while Python exits
            return
        self._threads.append(thread)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            del task
            self._idle.release()

    def close(self) -> None:
        """Accept no further calls. The threads end when they have made the pending calls."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._tasks.put(None)

    def join(self) -> None:
        """Wait until the threads have ended. They end only after :meth:`close` was called."""
        for thread in self._threads:
            thread.join()

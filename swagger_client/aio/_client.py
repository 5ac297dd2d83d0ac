"""``AsyncApiClient``, the asyncio version of ``ApiClient``.

It sends each request with the blocking client in a thread. Threads are fast enough for the 20
requests a second that Zoom permits, so no other HTTP library is needed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self, TypeVar

from swagger_client._flow.async_driver import AsyncDriver
from swagger_client._flow.exchange import exchange
from swagger_client._operation import Operation
from swagger_client._security.frames import hide_locals
from swagger_client.api_client import ApiClient
from swagger_client.configuration import Clock, Configuration
from swagger_client.exceptions import DeadlineExceededException, TransportException

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from swagger_client._flow.effects import Outcome, Send
    from swagger_client._operation import CallOptions
    from swagger_client._wire.deadline import AttemptLimits

T = TypeVar("T")

#: How many seconds after the deadline to wait until the thread of an attempt has ended.
_GRACE = 0.1


class AsyncApiClient:
    """The asyncio version of :class:`swagger_client.ApiClient`.

    ``async with AsyncApiClient(…) as client:`` closes the client at the end of the block. A client
    can be used in several event loops.

    :param configuration: the settings; a new :class:`Configuration` by default.
    :param header_name: the name of a header to send with every request.
    :param header_value: the value of this header.
    :param cookie: the value of a Cookie header to send with every request.
    :param clock: an object that reads the time and sleeps, so that tests need not wait.
    :param max_connections: the largest number of concurrent requests.
    """

    @hide_locals
    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        *,
        clock: Clock | None = None,
        max_connections: int = 32,
    ) -> None:
        #: The blocking client that prepares calls, makes attempts and decodes responses.
        self.client = ApiClient(configuration, header_name, header_value, cookie, clock=clock)
        self._max_connections = max_connections
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        # Called again after a fork, because the new process does not have the threads.
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: set[AttemptLimits] = set()

    @property
    def configuration(self) -> Configuration:
        """The settings of the client."""
        return self.client.configuration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Calls in progress fail, and so do later calls."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            self._closed = True
            executor, self._executor = self._executor, None
            under_way = list(self._under_way)
        for limits in under_way:
            limits.abort()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    async def _call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object:
        call = self.client._prepare(operation, arguments, options)
        response = await self._driver.run(exchange(call))
        data_only = options.get("_return_http_data_only")
        return self.client._result(call, response, operation.response_type, data_only=data_only)

    @property
    def _driver(self) -> AsyncDriver[AttemptLimits]:
        return AsyncDriver(self.client._driver, self._attempt)

    async def _attempt(
        self, send: Send, attempt: Callable[[Send, AttemptLimits], Outcome] | None
    ) -> Outcome:
        """Send a request once in a thread; return the response, or return the exception."""
        attempt = attempt or self.client._attempt
        limits = self.client._limits(send)
        executor = self._start(limits)
        if executor is None:
            return _closed()
        work: asyncio.Future[Outcome] | None = None
        try:
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(executor, attempt, send, limits)
            left = send.deadline - self.client.clock.monotonic()
            await asyncio.wait([work], timeout=min(left + _GRACE, threading.TIMEOUT_MAX))
            if not work.done():
                # Some steps, such as name resolution, cannot be interrupted.
                return DeadlineExceededException(reason="the deadline passed during an attempt")
            if work.cancelled() or (limits.aborted and self._closed):
                return _closed()
            return work.result()
        except RuntimeError:
            if self._closed:
                return _closed()
            raise
        finally:
            if work is not None and not work.done():
                # Nobody waits for the attempt: cancel it, or abort it if it has begun.
                work.cancel()
                limits.abort()
            with self._lock:
                self._under_way.discard(limits)

    def _start(self, limits: AttemptLimits) -> ThreadPoolExecutor | None:
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            if self._closed:
                return None
            if self._executor is None:
                from concurrent.futures import ThreadPoolExecutor

                self._executor = ThreadPoolExecutor(self._max_connections, "swagger_client")
            self._under_way.add(limits)
            return self._executor


def _closed() -> TransportException:
    failure = TransportException(reason="the client is closed. Create a new AsyncApiClient")
    failure.transient = False
    return failure

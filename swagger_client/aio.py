"""The same client for asyncio: the same decisions, awaited.

Sockets are read in the client's own few threads: Zoom permits an account some 20 requests a
second, which threads serve well, and no further dependency is needed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from swagger_client import history
from swagger_client._flow.drivers import run_async
from swagger_client._flow.exchange import exchange
from swagger_client._operation import Operation
from swagger_client.api.operations import (
    ACCOUNT_SMS_SESSION,
    GET_SMS_SESSIONS,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
from swagger_client.api.sms_api import split
from swagger_client.api_client import ApiClient, JSONResponse, fetch_json
from swagger_client.exceptions import DeadlineExceededException, TransportException

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from os import PathLike
    from typing import BinaryIO, Self

    from typing_extensions import Unpack

    from swagger_client._flow.effects import Clock, Flow, Outcome, Request, Send
    from swagger_client._flow.exchange import Call
    from swagger_client._operation import CallOptions
    from swagger_client._wire.connection import Limits
    from swagger_client.api import parameters
    from swagger_client.attachments import Download
    from swagger_client.configuration import Configuration
    from swagger_client.models import (
        InlineResponse20073,
        InlineResponse20073SmsSessions,
        InlineResponse20074,
        InlineResponse20074SmsHistories,
        InlineResponse20075,
        InlineResponse20075SmsHistories,
        InlineResponse20076,
        InlineResponse20088,
        InlineResponse20088SmsSessions,
        InlineResponse20089,
        InlineResponse20089SmsSessions,
        SmsAttachment,
    )

    Headers = Mapping[str, str]

T = TypeVar("T")

#: What an attempt may take beyond its deadline before its thread is given up.
_GRACE = 0.1


class AsyncApiClient:
    """A client whose calls are awaited; may be used from several event loops.

    ``async with AsyncApiClient(…) as client:`` closes it at the end.

    :param configuration: settings, as for :class:`swagger_client.ApiClient`.
    :param header_name: a header to send with every request, ...
    :param header_value: ... and its value.
    :param cookie: the value of a Cookie header to send with every request.
    :param clock: where the time is read, for tests.
    :param max_connections: how many requests may be under way at once.
    """

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
        #: The blocking client that prepares calls, makes attempts and reads answers.
        self.client = ApiClient(configuration, header_name, header_value, cookie, clock=clock)
        self._max_connections = max_connections
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        #: A forked process has none of its parent's threads, and its calls are not this one's.
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: set[Limits] = set()

    @property
    def configuration(self) -> Configuration:
        """The settings."""
        return self.client.configuration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; calls that are under way fail, later ones too."""
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

    async def call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object:
        """Call one of the six operations, see :meth:`swagger_client.ApiClient.call_operation`."""
        call = self.client.prepare_operation(operation, arguments, options)
        response = await self._run(exchange(call))
        return self.client.finish(
            response,
            operation.response_type,
            options.get("_return_http_data_only"),
            options.get("_preload_content", True),
        )

    async def _fetch_json(self, call: Call) -> JSONResponse:
        """Run a call and return its response as JSON, before any model is made of it."""
        return await self._run(fetch_json(call))

    async def _run(self, flow: Flow[T]) -> T:
        """Run a flow with this client's clock and connections."""
        return await run_async(flow, self.client.clock, self.attempt)

    async def attempt(
        self, send: Send, attempt_within: Callable[[Request, Limits], Outcome] | None = None
    ) -> Outcome:
        """Make one attempt in a thread; what fails is returned, not raised.

        :param attempt_within: makes it, instead of the client's own.
        """
        attempt_within = attempt_within or self.client.attempt_within
        limits = self.client.limits(send)
        executor = self._start(limits)
        if executor is None:
            return _closed()
        work: asyncio.Future[Outcome] | None = None
        try:
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(executor, attempt_within, send.request, limits)
            left = send.deadline - self.client.clock.monotonic()
            await asyncio.wait([work], timeout=min(left + _GRACE, threading.TIMEOUT_MAX))
            if not work.done():
                # A name server, say, that answers neither yes nor no.
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
                # Nobody waits any more: what has not begun does not begin, what has fails.
                work.cancel()
                limits.abort()
            with self._lock:
                self._under_way.discard(limits)

    def _start(self, limits: Limits) -> ThreadPoolExecutor | None:
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
    failure = TransportException(reason="the client is closed")
    failure.transient = False
    return failure


class AsyncSMSApi:
    """Reads the text messages of a Zoom Phone account; every method is a coroutine, or an async
    iterator when its name begins with ``iter_``.

    The methods have the names, arguments, results and errors of :class:`swagger_client.SMSApi`,
    whose page describes them. They are awaited: ``async_req`` is a TypeError.

    :param api_client: the client to call with; a new one, with a new configuration, if left out.
    """

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        self.api_client = AsyncApiClient() if api_client is None else api_client

    async def account_sms_session(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> InlineResponse20073:
        """List the conversations of the account."""
        return await self._data(ACCOUNT_SMS_SESSION, kwargs)

    async def account_sms_session_with_http_info(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> tuple[InlineResponse20073, int, Headers]:
        """As :meth:`account_sms_session`, and returns (data, status, headers)."""
        return await self._call(ACCOUNT_SMS_SESSION, kwargs)

    async def get_sms_sessions(
        self, user_id: str, sync_type: str, **kwargs: Unpack[parameters.GetSmsSessions]
    ) -> InlineResponse20089:
        """Synchronize the list of a user's conversations, newest first."""
        return await self._data(GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type)

    async def get_sms_sessions_with_http_info(
        self, user_id: str, sync_type: str, **kwargs: Unpack[parameters.GetSmsSessions]
    ) -> tuple[InlineResponse20089, int, Headers]:
        """As :meth:`get_sms_sessions`, and returns (data, status, headers)."""
        return await self._call(GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type)

    async def sms_by_message_id(
        self, session_id: str, message_id: str, **kwargs: Unpack[CallOptions]
    ) -> InlineResponse20076:
        """Read one message."""
        return await self._data(
            SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id
        )

    async def sms_by_message_id_with_http_info(
        self, session_id: str, message_id: str, **kwargs: Unpack[CallOptions]
    ) -> tuple[InlineResponse20076, int, Headers]:
        """As :meth:`sms_by_message_id`, and returns (data, status, headers)."""
        return await self._call(
            SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id
        )

    async def sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> InlineResponse20074:
        """List the messages of a conversation."""
        return await self._data(SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    async def sms_session_details_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> tuple[InlineResponse20074, int, Headers]:
        """As :meth:`sms_session_details`, and returns (data, status, headers)."""
        return await self._call(SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    async def sms_session_sync(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> InlineResponse20075:
        """Synchronize the messages of a conversation."""
        return await self._data(SMS_SESSION_SYNC, kwargs, session_id=session_id)

    async def sms_session_sync_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> tuple[InlineResponse20075, int, Headers]:
        """As :meth:`sms_session_sync`, and returns (data, status, headers)."""
        return await self._call(SMS_SESSION_SYNC, kwargs, session_id=session_id)

    async def user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> InlineResponse20088:
        """List the conversations of a user."""
        return await self._data(USER_SMS_SESSION, kwargs, user_id=user_id)

    async def user_sms_session_with_http_info(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> tuple[InlineResponse20088, int, Headers]:
        """As :meth:`user_sms_session`, and returns (data, status, headers)."""
        return await self._call(USER_SMS_SESSION, kwargs, user_id=user_id)

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> AsyncGenerator[InlineResponse20073SmsSessions, None]:
        """Read the conversations of the account, each once, over any span."""
        return history.items_async(self.api_client, history.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> AsyncGenerator[InlineResponse20088SmsSessions, None]:
        """Read the conversations of a user, each once, over any span."""
        wanted = {**kwargs, "user_id": user_id}
        return history.items_async(self.api_client, history.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> AsyncGenerator[InlineResponse20074SmsHistories, None]:
        """Read the messages of a conversation, each once, over any span."""
        wanted = {**kwargs, "session_id": session_id}
        return history.items_async(self.api_client, history.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> AsyncGenerator[history.AccountMessage, None]:
        """Read every message of the account in a span, each once, with its conversation."""
        return history.account_messages_async(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> history.AsyncSyncIterator[InlineResponse20075SmsHistories]:
        """Synchronize the messages of a conversation: everything, or what is new."""
        wanted = {**kwargs, "session_id": session_id, "sync_token": sync_token}
        return history.AsyncSyncIterator(self.api_client, history.SYNCED_MESSAGES, wanted)

    def iter_get_sms_sessions(
        self,
        user_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterGetSmsSessions],
    ) -> history.AsyncSyncIterator[InlineResponse20089SmsSessions]:
        """Synchronize the list of a user's conversations: everything, or what is new."""
        wanted = {**kwargs, "user_id": user_id, "sync_token": sync_token}
        return history.AsyncSyncIterator(self.api_client, history.SYNCED_SESSIONS, wanted)

    async def download_attachment(
        self,
        attachment: SmsAttachment,
        destination: str | PathLike[str] | BinaryIO,
        **kwargs: Unpack[parameters.DownloadAttachment],
    ) -> Download:
        """Download the file of an attachment; whole, or not at all."""
        from swagger_client.attachments import download_async

        return await download_async(self.api_client, attachment, destination, kwargs)

    async def _data(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> T:
        wanted = {**given, "_return_http_data_only": True}
        return cast(T, await self._call(operation, wanted, **required))

    async def _call(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> tuple[T, int, Headers]:
        arguments, options = split(operation, given)
        if options.get("async_req"):
            raise TypeError("async_req is for SMSApi: await the call, or make a task of it")
        arguments.update(required)
        answer = await self.api_client.call_operation(operation, arguments, options)
        return cast("tuple[T, int, Headers]", answer)

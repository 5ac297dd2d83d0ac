"""``ApiClient``, which prepares API calls, sends their requests and decodes the responses."""

from __future__ import annotations

import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from urllib3.response import BaseHTTPResponse

from swagger_client import rest
from swagger_client._compat import ConfiguredToken, GeneratedFace, Params, current_token
from swagger_client._flow.drivers import Driver, SystemClock
from swagger_client._flow.effects import Clock, Flow, Outcome, Request, Send
from swagger_client._flow.exchange import Call, Shared, exchange
from swagger_client._flow.pacing import LocalPacer
from swagger_client._flow.retry import REPEATABLE_METHODS, RetryBudget
from swagger_client._flow.tokens import AcceptedTokens
from swagger_client._operation import ResourcePath, check_deadline, check_retries, check_timeout
from swagger_client._security.frames import hide_locals
from swagger_client._serialization.arguments import check_arguments
from swagger_client._serialization.responses import parse
from swagger_client._version import __version__
from swagger_client._wire.call_threads import CallThreads
from swagger_client._wire.deadline import AttemptLimits
from swagger_client.configuration import Configuration
from swagger_client.exceptions import ApiException, DeadlineExceededException, RateLimitException
from swagger_client.rest import RESTResponse, Timeout

if TYPE_CHECKING:
    from swagger_client._flow.events import Event
    from swagger_client._flow.retry import RateLimit
    from swagger_client._flow.tokens import TokenSource
    from swagger_client._operation import CallOptions, Operation

__all__ = ["ApiClient", "CallThreads"]

T = TypeVar("T")

#: The attributes that a copy of a client does not take over.
_NOT_COPIED = frozenset(
    {"rest_client", "last_response", "_lock", "_pool", "_pool_process", "_shared",
     "_last_headers"}
)  # fmt: skip
_DEFAULT_HOST = "https://api.zoom.us/v2"
#: The rate limit label of endpoints that this package does not know.
_DEFAULT_LABEL = "medium"


class JSONResponse(NamedTuple):
    """A response whose body was parsed as JSON, but not converted to models."""

    data: object
    status: int
    headers: Mapping[str, str]


def fetch_json(call: Call) -> Flow[JSONResponse]:
    """Make an API call, and parse the JSON; raise if a key has two different values."""
    response: Any = yield from exchange(call)
    data = parse(response.content, unique_keys=True)
    return JSONResponse(data, response.status, response.getheaders())


class ApiClient(GeneratedFace):
    """A client of Zoom's API, which has the settings and connections that all calls use.

    A client is thread-safe. ``with ApiClient(…) as client:`` closes the connections at the end of
    the block. Without such a block, they are closed when the client is garbage-collected.

    :param configuration: the settings; a new :class:`Configuration` by default.
    :param header_name: the name of a header to send with every request.
    :param header_value: the value of this header.
    :param cookie: the value of a Cookie header to send with every request.
    :param clock: an object that reads the time and sleeps, so that tests need not wait.
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
    ) -> None:
        self.configuration = Configuration() if configuration is None else configuration
        self.default_headers: dict[str, str] = {}
        if header_name is not None:
            self.default_headers[header_name] = header_value or ""
        self.cookie = cookie
        self.user_agent = f"swagger-client/{__version__}/python"
        self._clock: Clock = SystemClock() if clock is None else clock
        self._open()

    def _open(self) -> None:
        """Create what each copy of a client has for itself, such as ``rest_client``."""
        self.rest_client = rest.RESTClientObject(self.configuration)
        self.last_response: RESTResponse | BaseHTTPResponse | None = None
        self._lock = threading.Lock()
        self._pool: CallThreads | None = None
        self._pool_process = 0
        self._shared: Shared | None = None
        self._last_headers = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pool", None) is not None:
            self.close()

    def close(self) -> None:
        """Close the connections; the threads of ``async_req`` end after their current calls."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # The threads are not terminated, because callers may wait for calls in progress.
            pool.close()
        self.rest_client.close()

    @hide_locals
    def __getstate__(self) -> dict[str, object]:
        # Attributes that a subclass has added are included.
        return {name: value for name, value in self.__dict__.items() if name not in _NOT_COPIED}

    @hide_locals
    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.default_headers = dict(self.default_headers)
        self._open()

    @property
    def clock(self) -> Clock:
        """The clock with which the client reads the time and sleeps; tests can pass another one."""
        return self._clock

    @property
    def pool(self) -> CallThreads:
        """The threads that run calls with ``async_req``; started when they are first needed."""
        with self._lock:
            # The threads do not exist in a forked process.
            if self._pool is None or self._pool_process != os.getpid():
                self._pool, self._pool_process = CallThreads(), os.getpid()
            return self._pool

    @hide_locals
    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Params | None = None,
        query_params: Params | None = None,
        header_params: Mapping[str, str | None] | None = None,
        body: object = None,
        post_params: Params | None = None,
        files: Mapping[str, str] | None = None,
        response_type: str | None = None,
        auth_settings: Iterable[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
        *,
        _retries: int | None = None,
        _deadline: float | None = None,
    ) -> object:
        """Call any endpoint of the API, with this client's pacing, tokens and retries.

        :param resource_path: the path after the host, with ``{names}`` for ``path_params``.
        :param method: the HTTP method.
        :param path_params: the values for the path, by name. A slash in a value is encoded.
        :param query_params: the query parameters.
        :param header_params: headers to send in addition to the client's default headers.
        :param body: a value to send as JSON.
        :param post_params: the fields of a form.
        :param files: the files of a form: paths, by the name of the form field.
        :param response_type: the name of the type to return, such as ``"InlineResponse20073"``.
            With None, the data that is returned is None.
        :param auth_settings: which authorization to send: ``["OAuth"]`` or nothing.
        :param async_req: if True, return at once an object whose ``get()`` waits for the result.
        :param _return_http_data_only: whether to return the data without status and headers.
        :param collection_formats: how to join the items of a list, by parameter name: ``"csv"``,
            ``"ssv"``, ``"tsv"``, ``"pipes"`` or ``"multi"``.
        :param _preload_content: if False, return urllib3's response without reading its body.
        :param _request_timeout: seconds for each attempt, or a (connect, read) pair.
        :param _retries: how often to retry, instead of ``configuration.retries``.
        :param _deadline: seconds for the whole call, instead of ``configuration.deadline``.
        :returns: the data, or (data, status, headers).
        :raises ApiException: if the call fails.
        """
        options: CallOptions = {
            "_preload_content": _preload_content,
            "_request_timeout": _request_timeout,
            "_retries": _retries,
            "_deadline": _deadline,
        }
        if not isinstance(resource_path, ResourcePath):
            resource_path = ResourcePath(resource_path, f"{method} {resource_path}", _DEFAULT_LABEL)
        request = self._make_request(
            resource_path,
            method,
            path_params,
            query_params,
            header_params,
            options,
            body=body,
            form=post_params,
            files=files,
            auth_settings=auth_settings,
            formats=collection_formats,
        )
        call = self._make_call(resource_path.operation, resource_path.label, request, options)
        wanted = {"data_only": _return_http_data_only}
        if async_req:
            return self.pool.apply_async(self._complete, (call, response_type), wanted)
        return self._complete(call, response_type, **wanted)

    @hide_locals
    def _prepare(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> Call:
        """Check the arguments of an operation, and create the call without sending a request."""
        path_params, query = check_arguments(operation, arguments)
        request = self._make_request(
            operation.resource_path,
            operation.method,
            path_params,
            query,
            {"Accept": "application/json"},
            options,
            auth_settings=("OAuth",),
        )
        return self._make_call(operation.name, operation.label, request, options)

    def _make_call(self, name: str, label: str, request: Request, options: CallOptions) -> Call:
        """Return a call that sends a request; its access token is acquired when the call runs."""
        settings = self.configuration
        if not settings._valid:
            settings._validate()
        retries, deadline = options.get("_retries"), options.get("_deadline")
        if retries is None:
            # Requests that change data are retried only if the caller says so.
            retries = settings.retries if request.method in REPEATABLE_METHODS else 0
        else:
            check_retries(retries)
        if deadline is None:
            deadline = settings.deadline
        else:
            check_deadline(deadline)
        if request.timeout is not None:
            check_timeout(request.timeout)
        shared = self._shared_state()
        tokens: TokenSource | None = None
        if "OAuth" in request.auth_settings:
            tokens = settings.credentials
            if tokens is None:
                tokens = ConfiguredToken(settings, shared.accepted)
        emit = self._emitter()
        moves = request.follows_token_host and settings.host == _DEFAULT_HOST
        return Call(
            shared,
            name,
            label,
            request,
            retries=retries,
            deadline=self._clock.monotonic() + (math.inf if deadline is None else deadline),
            tokens=tokens,
            api_host=settings.host if moves else "",
            emit=emit,
            id="" if emit is None else f"{random.getrandbits(64):016x}",
        )

    def _complete(self, call: Call, response_type: str | None, *, data_only: bool | None) -> object:
        response = self._driver.run(exchange(call))
        return self._result(call, response, response_type, data_only=data_only)

    def _result(
        self, call: Call, response: Any, response_type: str | None, *, data_only: bool | None
    ) -> object:
        data: object = response
        if call.request.preload:
            data = self.deserialize(response, response_type) if response_type else None
        return data if data_only else (data, response.status, response.getheaders())

    @property
    def _driver(self) -> Driver[AttemptLimits]:
        return Driver(self._clock, self._limits, self._attempt)

    def _attempt(self, send: Send, limits: AttemptLimits) -> Outcome:
        """Send a request once; return the response, or return (not raise) an ApiException."""
        request = send.request
        headers, query = self._authorize(send)
        try:
            response = self.request(
                request.method,
                request.url,
                query_params=query,
                headers=headers,
                post_params=request.form,
                body=request.body,
                _preload_content=request.preload,
                _request_timeout=limits,
            )
        except ApiException as error:
            # The local variables of the frames below contain the authorization header.
            error.__context__ = None
            return error._read_rate_limit(self._clock.time()).with_traceback(None)
        self.last_response = response
        return response

    def _authorize(self, send: Send) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Return the headers and the query of a request, including the authorization."""
        headers, query = dict(send.request.headers), list(send.request.query)
        if send.request.auth_settings:
            previous = current_token.set(send.token)
            try:
                self.update_params_for_auth(headers, query, send.request.auth_settings)
            finally:
                current_token.reset(previous)
        return headers, query

    def _limits(self, send: Send) -> AttemptLimits:
        """Return the timeouts of an attempt to send a request, limited by the call's deadline."""
        timeout = send.request.timeout
        if timeout is None:
            timeout = self.configuration.timeout
        now = time.monotonic()
        remaining = send.deadline - self._clock.monotonic()
        if not isinstance(timeout, tuple):
            if timeout < remaining:
                return AttemptLimits(timeout, timeout, now + timeout)
            timeout = (timeout, timeout)
        connect, read = timeout
        return AttemptLimits(min(connect, remaining), read, now + remaining, final=True)

    def _shared_state(self) -> Shared:
        with self._lock:
            if self._shared is None:
                self._shared = Shared(
                    self._clock,
                    random.random,
                    LocalPacer(self.configuration.rate_plan),
                    RetryBudget(),
                    AcceptedTokens(),
                    lambda reason: DeadlineExceededException(reason=reason),
                    _limit_error,
                )
        pacer = self.configuration.pacer
        return self._shared if pacer is None else self._shared._replace(pacer=pacer)

    def _emitter(self) -> Callable[[Event], None] | None:
        listener = self.configuration.on_event
        logger = self.configuration.logger["package_logger"]
        if listener is None and not logger.isEnabledFor(logging.DEBUG):
            return None

        from swagger_client._wire.event_log import make_emitter

        return make_emitter(listener, logger)


def _limit_error(limit: RateLimit) -> Exception:
    error = RateLimitException(
        429,
        "the request was not sent: Zoom has rate-limited an earlier request and does not permit "
        "another one yet",
    )
    error.retry_at, error.daily, error.limit, error.remaining = limit
    return error

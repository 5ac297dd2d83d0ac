"""The client: prepares a call, runs its flow, reads its answer. It owns the connections."""

from __future__ import annotations

import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from swagger_client import rest, serialization
from swagger_client._compat import GeneratedFace, Params, text
from swagger_client._flow.drivers import SystemClock, run
from swagger_client._flow.effects import Flow, Hidden, Outcome, Request, Send
from swagger_client._flow.exchange import Call, Shared, exchange
from swagger_client._flow.pacing import PLANS, Pacer
from swagger_client._flow.retry import REPEATABLE_METHODS, RetryBudget
from swagger_client._security.checks import (
    check_deadline,
    check_file,
    check_headers,
    check_most,
    check_proxy,
    check_retries,
    check_timeout,
    check_token,
    is_token,
)
from swagger_client._security.urls import check_url
from swagger_client._version import __version__
from swagger_client._wire.connection import Limits
from swagger_client.configuration import Configuration
from swagger_client.exceptions import ApiException, DeadlineExceededException

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool
    from typing import Self

    from urllib3.response import BaseHTTPResponse

    from swagger_client._flow.effects import Clock
    from swagger_client._flow.events import Event
    from swagger_client._flow.tokens import AccessToken
    from swagger_client._operation import CallOptions, Operation
    from swagger_client.rest import RESTResponse, Timeout

T = TypeVar("T")

#: How the headers that the client sets itself are written.
_SPELLED = {
    name.lower(): name
    for name in (
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Content-Type",
        "Cookie",
        "User-Agent",
    )
}
#: Attributes of a client that its copies do not share.
_OWN_ALONE = frozenset(
    {"rest_client", "last_response", "_lock", "_pool", "_pool_process", "_shared",
     "_checked_settings", "_checked_headers"}
)  # fmt: skip
_DEFAULT_HOST = "https://api.zoom.us/v2"
#: The rate label of endpoints that this package does not know.
_LABEL = "medium"


class JSONResponse(NamedTuple):
    """A response whose body was parsed as JSON and is not yet a model."""

    data: object
    status: int
    headers: Mapping[str, str]


def fetch_json(call: Call) -> Flow[JSONResponse]:
    """Run a call and parse its response: the step that models and raw JSON share.

    :raises ApiException: when the call fails; DecodeException when the body is not JSON.
    """
    response = cast("RESTResponse", (yield from exchange(call)))
    return JSONResponse(
        serialization.parse(response.content), response.status, response.getheaders()
    )


class ApiClient(GeneratedFace):
    """A client of Zoom's API: what all its calls share.

    It may be used by many threads at once. ``with ApiClient(…) as client:`` closes its connections
    at the end; without that they close when it is collected.

    :param configuration: settings; a new :class:`Configuration` when left out.
    :param header_name: a header to send with every request, ...
    :param header_value: ... and its value.
    :param cookie: the value of a Cookie header to send with every request.
    :param clock: where the time is read, for tests.
    """

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
        self._start()

    def _start(self) -> None:
        """Make what is not part of a copy; nothing here opens or starts anything."""
        self.rest_client = rest.RESTClientObject(self.configuration)
        self.last_response: RESTResponse | BaseHTTPResponse | None = None
        self._lock = threading.Lock()
        self._pool: ThreadPool | None = None
        self._pool_process = 0
        self._shared: Shared | None = None
        self._checked_settings: object = None
        self._checked_headers: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pool", None) is not None:
            self.close()

    def close(self) -> None:
        """Close the connections; the threads of ``async_req`` end when their calls are answered."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # Not terminated: somebody may wait for what is under way.
            pool.close()
        self.rest_client.close()

    def __getstate__(self) -> dict[str, object]:
        # All that a subclass may have added; not what _start() makes.
        return {name: held for name, held in self.__dict__.items() if name not in _OWN_ALONE}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.default_headers = dict(self.default_headers)
        self._start()

    @property
    def clock(self) -> Clock:
        """Where the time is read."""
        return self._clock

    @property
    def pool(self) -> ThreadPool:
        """The threads of ``async_req``, started when they are first needed."""
        with self._lock:
            # A forked process has none of its parent's threads.
            if self._pool is None or self._pool_process != os.getpid():
                from multiprocessing.pool import ThreadPool

                self._pool, self._pool_process = ThreadPool(), os.getpid()
            return self._pool

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Params | None = None,
        query_params: Params | None = None,
        header_params: Mapping[str, str] | None = None,
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
        """Call an endpoint, with this client's waits, tokens and retries.

        :param resource_path: the path behind the host, with ``{names}`` for ``path_params``.
        :param method: the HTTP method.
        :param path_params: values of the path, each one encoded segment.
        :param query_params: the query.
        :param header_params: further headers.
        :param body: a value to send as JSON.
        :param post_params: form fields.
        :param files: form files, as paths by field name.
        :param response_type: a generated type name; None returns no data.
        :param auth_settings: the kinds of authorization to send, as named by ``auth_settings()``.
        :param async_req: True returns at once; ``.get()`` of what is returned waits.
        :param _return_http_data_only: True returns the data alone, not (data, status, headers).
        :param collection_formats: how lists in parameters are joined, by name.
        :param _preload_content: False returns urllib3's response, unread.
        :param _request_timeout: seconds for each attempt, or a (connect, read) pair.
        :param _retries: further attempts, instead of ``configuration.retries``.
        :param _deadline: seconds for the whole call, instead of ``configuration.deadline``.
        :returns: the data, or (data, status, headers).
        :raises ApiException: when the call fails.
        """
        settings = self.configuration
        path = resource_path
        for name, value in self.parameters_to_tuples(path_params or (), collection_formats):
            segment = serialization.path_segment(
                name, value, resource_path, settings.safe_chars_for_path_param
            )
            path = path.replace("{" + name + "}", segment)
        query = self.parameters_to_tuples(query_params or (), collection_formats)
        form = self.parameters_to_tuples(post_params or (), collection_formats)
        call = self.prepare(
            f"{method} {resource_path}",
            _LABEL,
            method,
            path,
            [(name, text(value)) for name, value in query if value is not None],
            headers=header_params,
            form=self.prepare_post_parameters(form, files),
            body=None if body is None else self.sanitize_for_serialization(body),
            auth_settings=auth_settings or (),
            preload=_preload_content,
            timeout=_request_timeout,
            retries=_retries,
            deadline=_deadline,
        )
        finish = (response_type, _return_http_data_only, _preload_content)
        if async_req:
            return self.pool.apply_async(self._complete, (call, *finish))
        return self._complete(call, *finish)

    def call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object:
        """Call one of the six operations; :class:`SMSApi` is the typed face of this.

        :param operation: a row of ``api.operations``.
        :param arguments: by Python name; None is not sent.
        :param options: as :meth:`call_api` takes them.
        :returns: as :meth:`call_api` does.
        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        :raises ApiException: when the call fails.
        """
        call = self.prepare_operation(operation, arguments, options)
        preload = options.get("_preload_content", True)
        finish = (operation.response_type, options.get("_return_http_data_only"), preload)
        if options.get("async_req"):
            return self.pool.apply_async(self._complete, (call, *finish))
        return self._complete(call, *finish)

    def prepare_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> Call:
        """Check the arguments of an operation and make the call that is to be run."""
        safe = self.configuration.safe_chars_for_path_param
        path, query = serialization.split_arguments(operation, arguments, safe)
        return self.prepare(
            operation.name,
            operation.label,
            operation.method,
            path,
            query,
            preload=options.get("_preload_content", True),
            timeout=options.get("_request_timeout"),
            retries=options.get("_retries"),
            deadline=options.get("_deadline"),
        )

    def prepare(
        self,
        name: str,
        label: str,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        *,
        headers: Mapping[str, str] | None = None,
        form: Sequence[tuple[str, object]] = (),
        body: object = None,
        auth_settings: Iterable[str] = ("OAuth",),
        preload: bool = True,
        timeout: Timeout = None,
        retries: int | None = None,
        deadline: float | None = None,
    ) -> Call:
        """Make the call that is to be run; its token comes at the last moment."""
        settings = self.configuration
        self._check_settings()
        if retries is None:
            # Zoom's six endpoints are all GETs; what writes is repeated on demand only.
            retries = settings.retries if method in REPEATABLE_METHODS else 0
        else:
            check_retries(retries)
        if deadline is None:
            deadline = settings.deadline
        else:
            check_deadline(deadline)
        if timeout is not None:
            check_timeout(timeout)
        credentials = settings.credentials if "OAuth" in auth_settings else None
        base = settings.host.rstrip("/")
        sent = self._headers(headers)
        used = Hidden("")

        def request(token: AccessToken | None) -> Request:
            nonlocal used
            with_auth, url, asked = dict(sent), base, list(query)
            if token is not None:
                check_token(is_token(token.value))
                with_auth["Authorization"] = Hidden(f"Bearer {token.value}")
                if token.api_url is not None and settings.host == _DEFAULT_HOST:
                    url = token.api_url + "/v2"
            else:
                if settings.refresh_api_key_hook is not None:
                    settings.refresh_api_key_hook(settings)
                used = Hidden(settings.access_token)
                self.update_params_for_auth(with_auth, asked, auth_settings)
            return Request(method, url + path, asked, with_auth, form, body, preload, timeout)

        def renewed() -> bool:
            hook = settings.refresh_api_key_hook
            if hook is not None:
                hook(settings)
            return bool(settings.access_token) and settings.access_token != used

        emit = self._emitter()
        return Call(
            self._shared_state(),
            name,
            label,
            request,
            retries=retries,
            seconds=math.inf if deadline is None else deadline,
            tokens=credentials,
            expire=_expired,
            renewed=renewed,
            emit=emit,
            id=f"{random.getrandbits(64):016x}" if emit is not None else "",
        )

    def _complete(
        self, call: Call, response_type: str | None, data_only: bool | None, preload: bool
    ) -> object:
        response = self._run(exchange(call))
        return self.finish(response, response_type, data_only, preload)

    def _fetch_json(self, call: Call) -> JSONResponse:
        """Run a call and return its response as JSON, before any model is made of it.

        :raises ApiException: when the call fails; DecodeException when the body is not JSON.
        """
        return self._run(fetch_json(call))

    def _run(self, flow: Flow[T]) -> T:
        """Run a flow with this client's clock and connections."""
        return run(flow, self._clock, self.attempt)

    def finish(
        self, response: object, response_type: str | None, data_only: bool | None, preload: bool
    ) -> object:
        """What the caller gets for an answer: the data, or (data, status, headers)."""
        answer = cast("RESTResponse", response)
        data: object = answer
        if preload:
            data = self.deserialize(answer, response_type) if response_type else None
        return data if data_only else (data, answer.status, answer.getheaders())

    def attempt(self, send: Send) -> Outcome:
        """Make one attempt; what fails is returned, not raised."""
        return self.attempt_within(send.request, self.limits(send))

    def limits(self, send: Send) -> Limits:
        """How long an attempt may take: its own timeouts, and what is left of the call."""
        timeout = send.request.timeout
        if timeout is None:
            timeout = self.configuration.timeout
        now = time.monotonic()
        left = send.deadline - self._clock.monotonic()
        if not isinstance(timeout, tuple):
            if timeout < left:
                return Limits(timeout, timeout, now + timeout)
            timeout = (timeout, timeout)
        return Limits(*timeout, now + left, final=True)

    def attempt_within(self, request: Request, limits: Limits) -> Outcome:
        """Make one attempt within ``limits``; what fails is returned, not raised."""
        try:
            response = self.request(
                request.method,
                request.url,
                query_params=request.query,
                headers=request.headers,
                post_params=request.form,
                body=request.body,
                _preload_content=request.preload,
                _request_timeout=limits,
            )
        except ApiException as error:
            # The frames below hold headers; nobody who prints locals shall see them.
            error.__context__ = None
            return error.received(self._clock.time()).with_traceback(None)
        self.last_response = response
        return cast("Outcome", response)

    def _shared_state(self) -> Shared:
        if self._shared is None:
            plan = self.configuration.rate_plan
            if plan is not None and plan not in PLANS:
                raise ValueError(f"rate_plan must be one of {list(PLANS)} or None, not {plan!r}")
            with self._lock:
                if self._shared is None:
                    self._shared = Shared(self._clock, random.random, Pacer(plan), RetryBudget())
        return self._shared

    def _check_settings(self) -> None:
        """Refuse settings that no call can use, and a host that a token must not be sent to."""
        settings = self.configuration
        host, limits = settings.host, (settings.retries, settings.deadline, settings.timeout)
        tls = (settings.ssl_ca_cert, settings.cert_file, settings.key_file)
        others = (settings.max_response_bytes, settings.proxy, settings.credentials)
        wanted = (host, settings.allow_http, limits, tls, others)
        if wanted != self._checked_settings:
            check_url("configuration.host", host, settings.allow_http)
            check_retries(settings.retries)
            check_deadline(settings.deadline)
            check_timeout(settings.timeout)
            check_most(settings.max_response_bytes)
            if settings.proxy is not None and settings.proxy != "":
                check_proxy(settings.proxy)
            for name, path in zip(("ssl_ca_cert", "cert_file", "key_file"), tls, strict=True):
                if path:
                    check_file(f"configuration.{name}", path)
            if settings.credentials is not None and not hasattr(settings.credentials, "keeper"):
                raise TypeError("configuration.credentials must be one of swagger_client.oauth")
            self._checked_settings = wanted

    def _headers(self, further: Mapping[str, str] | None) -> dict[str, str]:
        """What a request carries beside its authorization."""
        sent = {"Accept": "application/json", "Accept-Encoding": "gzip", **self.default_headers}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if further:
            sent.update(further)
        given, made = self._checked_headers
        if sent != given:
            check_headers(sent)
            # Two spellings of a name would be two lines.
            made = {_SPELLED.get(name.lower(), name): value for name, value in sent.items()}
            self._checked_headers = sent, made
        return made

    def _emitter(self) -> Callable[[Event], None] | None:
        listener = self.configuration.on_event
        logger = self.configuration.logger["package_logger"]
        if listener is None and not logger.isEnabledFor(logging.DEBUG):
            return None

        from swagger_client._wire.event_log import teller

        return teller(listener, logger)


def _expired(doing: str) -> Exception:
    return DeadlineExceededException(reason=f"the deadline passed {doing}")

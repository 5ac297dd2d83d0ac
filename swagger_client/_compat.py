"""The helpers of a generated ``ApiClient``, which applications call and override."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import six

from swagger_client import serialization
from swagger_client._flow.effects import Hidden
from swagger_client._security.headers import check_token
from swagger_client.exceptions import DecodeException

if TYPE_CHECKING:
    from multiprocessing.pool import ApplyResult

    from urllib3.response import BaseHTTPResponse

    from swagger_client._security.redaction import Pairs
    from swagger_client.configuration import Configuration
    from swagger_client.rest import RESTClientObject, RESTResponse, Timeout

T = TypeVar("T")
Params = Mapping[str, object] | Sequence[tuple[str, object]]

#: The access token of the attempt that is being made.
current_token: ContextVar[str | None] = ContextVar("current_token", default=None)

_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
_WITH_BODY = ("DELETE", "OPTIONS", "POST", "PUT", "PATCH")
_WITH_FORM = ("OPTIONS", "POST", "PUT", "PATCH")


class GeneratedFace:
    """The helpers of a generated :class:`~swagger_client.ApiClient`.

    All requests pass through them, so that an override of any of them takes effect.
    """

    PRIMITIVE_TYPES: ClassVar[tuple[type, ...]] = (
        float,
        bool,
        bytes,
        six.text_type,
        *six.integer_types,
    )

    configuration: Configuration
    default_headers: dict[str, str]
    rest_client: RESTClientObject

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Add a header to every request."""
        self.default_headers[header_name] = header_value

    def request(
        self,
        method: str,
        url: str,
        query_params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make one request through ``rest_client``; every request of the client passes here.

        :raises ValueError: for an unknown HTTP method.
        :raises ApiException: when the request fails.
        """
        if method == "GET":
            return self.rest_client.GET(
                url,
                query_params=query_params,
                headers=headers,
                _preload_content=_preload_content,
                _request_timeout=_request_timeout,
            )
        if method != "HEAD" and method not in _WITH_BODY:
            raise ValueError(
                "http method must be `GET`, `HEAD`, `OPTIONS`, `POST`, `PATCH`, `PUT` or `DELETE`."
            )
        content: dict[str, object] = {"body": body} if method in _WITH_BODY else {}
        if method in _WITH_FORM:
            content["post_params"] = post_params
        send = getattr(self.rest_client, method)
        response: RESTResponse | BaseHTTPResponse = send(
            url,
            query_params=query_params,
            headers=headers,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            **content,
        )
        return response

    def deserialize(self, response: RESTResponse, response_type: object) -> object:
        """Decode a response body as a generated type name says.

        :param response: the response.
        :param response_type: a model's name or class, ``list[…]``, ``dict(str, …)``, a plain type.
        :returns: the data.
        :raises DecodeException: when the body does not have that type.
        """
        try:
            return _decode(response, response_type)
        except DecodeException as error:
            reason = error.reason
        # Raised here, where no local variable holds the body.
        failure = DecodeException(http_resp=response if hasattr(response, "getheaders") else None)
        failure.reason = reason
        failure.args = (failure.status, reason)
        raise failure

    def sanitize_for_serialization(self, obj: object) -> object:
        """Convert a value to JSON types: models to dicts, dates to ISO-8601 text."""
        return serialization.plain(obj)

    def parameters_to_tuples(
        self, params: Params, collection_formats: Mapping[str, str] | None
    ) -> list[tuple[str, object]]:
        """Convert parameters to pairs; join or repeat lists as their collection format says."""
        formats = collection_formats or {}
        pairs: list[tuple[str, object]] = []
        for name, value in params.items() if isinstance(params, Mapping) else params:
            kind = formats.get(name)
            if kind is None or not isinstance(value, list | tuple):
                pairs.append((name, value))
            elif kind == "multi":
                pairs += [(name, item) for item in value]
            else:
                pairs.append((name, _SEPARATORS.get(kind, ",").join(map(text, value))))
        return pairs

    def prepare_post_parameters(
        self,
        post_params: Sequence[tuple[str, object]] | None = None,
        files: Mapping[str, str | list[str]] | None = None,
    ) -> list[tuple[str, object]]:
        """Return form fields and the content of files as pairs."""
        from mimetypes import guess_type
        from pathlib import Path

        pairs = list(post_params or ())
        for name, paths in (files or {}).items():
            for path in [paths] if isinstance(paths, str) else paths:
                kind = guess_type(path)[0] or "application/octet-stream"
                pairs.append((name, (Path(path).name, Path(path).read_bytes(), kind)))
        return pairs

    def select_header_accept(self, accepts: Sequence[str] | None) -> str | None:
        """Return the Accept header for the types that an operation can return."""
        lowered = [accept.lower() for accept in accepts or ()]
        if not lowered:
            return None
        return "application/json" if "application/json" in lowered else ", ".join(lowered)

    def select_header_content_type(self, content_types: Sequence[str] | None) -> str:
        """Return the Content-Type header for the types that an operation accepts."""
        lowered = [kind.lower() for kind in content_types or ()]
        if not lowered or "application/json" in lowered or "*/*" in lowered:
            return "application/json"
        return lowered[0]

    def update_params_for_auth(
        self,
        headers: dict[str, str],
        querys: list[tuple[str, str]],
        auth_settings: Iterable[str] | None,
    ) -> None:
        """Add authorization to headers or query: the attempt's token, or what is configured.

        :raises ValueError: for an invalid token; the error text does not show it.
        """
        for name in auth_settings or ():
            token = current_token.get()
            if name == "OAuth" and token is not None:
                check_token(Hidden(token))
                headers["Authorization"] = Hidden(f"Bearer {token}")
                continue
            setting = self.configuration.auth_settings().get(name)
            if setting is None or not setting["value"]:
                continue
            value = Hidden(setting["value"])
            if setting["in"] == "header":
                check_token(Hidden(value.split(" ", 1)[-1]))
                headers[setting["key"]] = value
            elif setting["in"] == "query":
                querys.append((setting["key"], value))
            else:
                raise ValueError("Authentication token must be in `query` or `header`")


def _decode(response: RESTResponse, response_type: object) -> object:
    content = getattr(response, "content", None)
    if content is None:
        content = response.data
    if isinstance(response_type, str) and response_type in serialization.MODELS:
        status = getattr(response, "status", 200)
        if status != 200:
            raise DecodeException(status, f"the response has status {status} instead of 200")
        return serialization.to_model(content, serialization.model_class(response_type))
    return serialization.convert(serialization.parse(content), response_type)


def text(value: object) -> str:
    """Convert a parameter's value to text as generated clients do."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return serialization.date_text("parameter", value)
    # Not str(): for a member of an enum that is its name.
    if isinstance(value, str):
        return str.__str__(value)
    return str(int(value)) if isinstance(value, int) else str(value)


class CallThreads:
    """Threads of ``async_req``: what a client needs of ``multiprocessing.pool.ThreadPool``.

    It needs no semaphores of ``multiprocessing``, which AWS Lambda lacks. Threads start when they
    are needed, and are daemons: an interpreter that exits does not wait for them.
    """

    def __init__(self, size: int | None = None) -> None:
        from multiprocessing.pool import ApplyResult

        self._make_result: Callable[..., Any] = ApplyResult
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
    ) -> ApplyResult[T]:
        """Call a function in a thread; ``.get()`` of what is returned waits for its result.

        :raises ValueError: after :meth:`close`.
        """
        result: ApplyResult[T] = self._make_result(self, None, None)

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

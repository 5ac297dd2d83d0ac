"""The wire: one attempt, over urllib3. What goes wrong is one of ``exceptions``; nothing repeats.

Retries, waits and tokens are decided elsewhere; urllib3's own retries and redirects are off.
"""

from __future__ import annotations

import base64
import json
import math
import os
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from swagger_client._security.redaction import Pairs, redact, secrets_of
from swagger_client._wire.body import read_whole
from swagger_client._wire.connection import (
    LimitedHTTPPool,
    LimitedHTTPSPool,
    LimitedTLSSocket,
    Limits,
    current_limits,
)
from swagger_client._wire.errors import transport_failure
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DeadlineExceededException,
    DecodeException,
    ForbiddenException,
    NotFoundException,
    RateLimitException,
    RedirectException,
    ResponseTooLargeException,
    ServiceException,
    TLSException,
    TransportException,
    UnauthorizedException,
    exception_for,
)

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import BaseHTTPResponse

    from swagger_client.configuration import Configuration

__all__ = [
    "ApiException",
    "BadRequestException",
    "DeadlineExceededException",
    "DecodeException",
    "ForbiddenException",
    "NotFoundException",
    "RESTClientObject",
    "RESTResponse",
    "RateLimitException",
    "RedirectException",
    "ResponseTooLargeException",
    "ServiceException",
    "TLSException",
    "TransportException",
    "UnauthorizedException",
]

Timeout = int | float | tuple[float, float] | None
#: The headers, form and query of a request that is not known.
_NOTHING: tuple[Mapping[str, str], None, None] = ({}, None, None)
_ONE_ATTEMPT = Retry(False)
_HOSTS = 32


class RESTResponse:
    """An answer that was read whole.

    :ivar urllib3_response: the answer as urllib3 gave it.
    :ivar int status: the HTTP status.
    :ivar str | None reason: the HTTP reason phrase.
    :ivar bytes content: the body, decompressed.
    """

    __slots__ = ("_sent", "content", "reason", "status", "urllib3_response")

    def __init__(
        self,
        resp: BaseHTTPResponse,
        content: bytes | None = None,
        sent: tuple[Mapping[str, str], Pairs | None, Pairs | None] = _NOTHING,
    ) -> None:
        self.urllib3_response = resp
        self.status = resp.status
        self.reason = resp.reason
        self.content = resp.data if content is None else content
        self._sent = sent

    @property
    def data(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def secrets(self) -> list[str]:
        """What the request held that no exception about the answer may show."""
        return secrets_of(*self._sent)

    @property
    def tracking_id(self) -> str | None:
        """Zoom's id of the request."""
        given = self.getheader("x-zm-trackingid")
        return None if given is None else redact(given, self.secrets)

    def getheaders(self) -> Mapping[str, str]:
        """All headers."""
        return self.urllib3_response.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One header, by its name in any case."""
        return self.urllib3_response.headers.get(name, default)


class RESTClientObject:
    """Makes single requests within their limits; opens its first connection when it needs one."""

    def __init__(
        self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None
    ) -> None:
        self.configuration = configuration
        self._hosts = max(pools_size, _HOSTS)
        self._maxsize = maxsize or configuration.connection_pool_maxsize or 4
        self._pool_manager: urllib3.PoolManager | None = None
        self._pools: dict[str, HTTPConnectionPool] = {}
        self._process = os.getpid()

    @property
    def pool_manager(self) -> urllib3.PoolManager:
        """The connections, by host."""
        if self._pool_manager is None:
            self._pool_manager = self._make_pool_manager()
        return self._pool_manager

    @pool_manager.setter
    def pool_manager(self, value: urllib3.PoolManager) -> None:
        self._pool_manager = value
        self._pools = {}

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        manager, self._pool_manager = self._pool_manager, None
        self._pools = {}
        if manager is not None:
            # Dropping a pool would close it only when the last of its answers is dropped too.
            for pool in map(manager.pools.get, manager.pools.keys()):
                if pool is not None:
                    pool.close()
            manager.clear()

    def _make_pool_manager(self) -> urllib3.PoolManager:
        settings = self.configuration
        tls: dict[str, Any] = {"ssl_context": tls_context(settings)}
        if settings.assert_hostname is not None:
            tls["assert_hostname"] = settings.assert_hostname
        if settings.proxy:
            manager: urllib3.PoolManager = urllib3.ProxyManager(
                settings.proxy,
                num_pools=self._hosts,
                proxy_headers=_proxy_headers(settings.proxy),
                maxsize=self._maxsize,
                **tls,
            )
        else:
            manager = urllib3.PoolManager(num_pools=self._hosts, maxsize=self._maxsize, **tls)
        manager.pool_classes_by_scheme = {"http": LimitedHTTPPool, "https": LimitedHTTPSPool}
        return manager

    def request(
        self,
        method: str,
        url: str,
        query_params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        post_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make one request.

        :param method: GET, HEAD, DELETE, POST, PUT, PATCH or OPTIONS.
        :param url: absolute.
        :param query_params: (name, value) pairs, appended to the URL.
        :param headers: sent as they are.
        :param body: a value to send as JSON, or ``str`` or ``bytes`` to send as they are.
        :param post_params: form fields as (name, value) pairs, instead of a body.
        :param _preload_content: False returns urllib3's response, unread.
        :param _request_timeout: seconds for the attempt, or a (connect, read) pair.
        :returns: the answer, when its status is one of success.
        :raises ApiException: in all other cases, of the class that fits.
        """
        method = method.upper()
        sent = dict(headers or {})
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, quote_via=quote)
        data = _encode_body(body, post_params, sent)
        proxy = self.configuration.proxy
        told = ({**sent, **_proxy_headers(proxy)} if proxy else sent, post_params, query_params)
        limits = self._limits(_request_timeout)
        mark = current_limits.set(limits)
        try:
            response = self._open(method, url, data, sent, limits)
            if not 200 <= response.status <= 299:
                content = self._read_refusal(response)
            elif _preload_content:
                content = read_whole(response, self.configuration.max_response_bytes)
            else:
                # The caller reads it at leisure; each read keeps its own timeout.
                limits.deadline = math.inf
                return response
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            if isinstance(error, ApiException):
                raise
            raise transport_failure(error, limits, secrets_of(*told)) from None
        finally:
            current_limits.reset(mark)
        answer = RESTResponse(response, content, told)
        if not 200 <= response.status <= 299:
            raise exception_for(answer)
        return answer

    def _read_refusal(self, response: BaseHTTPResponse) -> bytes:
        try:
            return read_whole(response, self.configuration.max_response_bytes)
        except (HTTPError, HTTPException, OSError, DecodeException):
            # Its status and headers say what to do, and when; the body may be lost.
            response.close()
            return b""

    def _open(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], limits: Limits
    ) -> BaseHTTPResponse:
        if self._process != os.getpid():
            # A forked process must not read answers off its parent's connections.
            self._process, self._pool_manager, self._pools = os.getpid(), None, {}
        connect, read = limits
        timeout = _timeout(limits.within(connect), read)
        if self.configuration.proxy:
            return self.pool_manager.urlopen(
                method,
                url,
                redirect=False,
                body=body,
                headers=headers,
                retries=_ONE_ATTEMPT,
                timeout=timeout,
                preload_content=False,
                decode_content=True,
            )
        start = url.index("/", url.index("://") + 3)
        origin = url[:start]
        # Taken first: a pool that is closed meanwhile must not stay for the next call.
        pools = self._pools
        pool = pools.get(origin)
        if pool is None:
            pool = pools[origin] = self.pool_manager.connection_from_url(origin)
        return pool.urlopen(
            method,
            url[start:],
            body,
            headers,
            _ONE_ATTEMPT,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
        )

    def _limits(self, timeout: Timeout) -> Limits:
        if isinstance(timeout, Limits):
            return timeout
        if timeout is None:
            timeout = self.configuration.timeout
        if isinstance(timeout, tuple):
            return Limits(*timeout)
        return Limits(timeout, timeout, time.monotonic() + timeout)

    def GET(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a GET request, see :meth:`request`."""
        return self.request(
            "GET", url, query_params, headers, None, None, _preload_content, _request_timeout
        )

    def HEAD(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a HEAD request, see :meth:`request`."""
        return self.request(
            "HEAD", url, query_params, headers, None, None, _preload_content, _request_timeout
        )

    def OPTIONS(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make an OPTIONS request, see :meth:`request`."""
        return self.request(
            "OPTIONS",
            url,
            query_params,
            headers,
            body,
            post_params,
            _preload_content,
            _request_timeout,
        )

    def DELETE(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a DELETE request, see :meth:`request`."""
        return self.request(
            "DELETE", url, query_params, headers, body, None, _preload_content, _request_timeout
        )

    def POST(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a POST request, see :meth:`request`."""
        return self.request(
            "POST",
            url,
            query_params,
            headers,
            body,
            post_params,
            _preload_content,
            _request_timeout,
        )

    def PUT(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a PUT request, see :meth:`request`."""
        return self.request(
            "PUT",
            url,
            query_params,
            headers,
            body,
            post_params,
            _preload_content,
            _request_timeout,
        )

    def PATCH(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Make a PATCH request, see :meth:`request`."""
        return self.request(
            "PATCH",
            url,
            query_params,
            headers,
            body,
            post_params,
            _preload_content,
            _request_timeout,
        )


def tls_context(settings: Configuration) -> ssl.SSLContext:
    """How servers prove who they are, and how the client does where it must."""
    ca = settings.ssl_ca_cert
    if ca is None:
        # Imported here: it loads a lot, and plain HTTP to a sandbox needs none of it.
        import certifi

        ca = certifi.where()
    context = ssl.create_default_context(cafile=ca)
    context.sslsocket_class = LimitedTLSSocket
    if not settings.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.assert_hostname is not None:
        # urllib3 compares the name itself then.
        context.check_hostname = False
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context


def _proxy_headers(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    pair = f"{user}:{password}".encode("utf-8", "replace")
    return {"proxy-authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


@lru_cache(maxsize=64)
def _timeout(connect: float | None, read: float) -> urllib3.Timeout:
    """The timeouts of an attempt as urllib3 takes them; it makes a copy for each request."""
    return urllib3.Timeout(connect=connect, read=read)


def _encode_body(body: object, post_params: Pairs | None, headers: dict[str, str]) -> bytes | None:
    """The bytes of a request's body; sets its Content-Type."""
    if post_params:
        kind = headers.get("Content-Type", "application/x-www-form-urlencoded")
        if kind == "multipart/form-data":
            encoded, kind = urllib3.encode_multipart_formdata(list(post_params))  # type: ignore[arg-type]
        else:
            encoded = urlencode(post_params).encode("ascii")
        headers["Content-Type"] = kind
        return encoded
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8")
    headers.setdefault("Content-Type", "application/json")
    return json.dumps(body).encode("utf-8")

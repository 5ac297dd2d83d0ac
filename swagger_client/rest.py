"""Sends single HTTP requests with urllib3, and raises an exception for each failure.

Nothing is retried here, and no redirect is followed. ``ApiClient`` decides about retries.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from swagger_client._lazy import LazyModule
from swagger_client._security.redaction import Pairs, secrets_of
from swagger_client._wire.body import encode_body, read_body, read_error_body
from swagger_client._wire.deadline import AttemptLimits, current_limits
from swagger_client._wire.rest_response import RESTResponse, Sent
from swagger_client.configuration import Configuration
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DeadlineExceededException,
    DecodeException,
    ForbiddenException,
    NotFoundException,
    ProxyException,
    RateLimitException,
    RedirectException,
    ResponseTooLargeException,
    ServiceException,
    TLSException,
    TransportException,
    UnauthorizedException,
)

__all__ = [
    "ApiException",
    "BadRequestException",
    "DeadlineExceededException",
    "DecodeException",
    "ForbiddenException",
    "NotFoundException",
    "ProxyException",
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

if TYPE_CHECKING:
    from swagger_client._wire import pools
    from swagger_client._wire.tls import DeadlineContext
    from swagger_client._wire.trust import Trust
else:
    # Imported when a connection is needed, so that importing this package is fast.
    pools = LazyModule("swagger_client._wire.pools")

Timeout = int | float | tuple[float, float] | None
_MAX_HOSTS = 32


class RESTClientObject:
    """Sends single HTTP requests, and opens connections when they are needed.

    :param configuration: the settings, such as the proxy and the timeouts.
    :param pools_size: to how many hosts connections stay open; values below 32 count as 32.
    :param maxsize: how many connections to each host stay open; None for
        ``configuration.connection_pool_maxsize``.
    """

    def __init__(
        self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None
    ) -> None:
        self.configuration = configuration
        self._max_hosts = max(pools_size, _MAX_HOSTS)
        self._maxsize = maxsize or configuration.connection_pool_maxsize or 4
        self._connections: pools.ConnectionPools | None = None
        self._process = os.getpid()

    @property
    def pool_manager(self) -> PoolManager:
        """The urllib3 object that manages the connections to ``configuration.host``."""
        return self._pools().manager_of(self.configuration.host)

    @pool_manager.setter
    def pool_manager(self, value: PoolManager) -> None:
        self._connections = self._make_pools(value)

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        connections, self._connections = self._connections, None
        if connections is not None:
            connections.close()

    def _pools(self) -> pools.ConnectionPools:
        if self._process != os.getpid():
            # A forked process must not use the connections of its parent process.
            self._process, self._connections = os.getpid(), None
        connections = self._connections
        if connections is None:
            connections = self._connections = self._make_pools()
        return connections

    def _make_pools(self, manager: PoolManager | None = None) -> pools.ConnectionPools:
        settings = self.configuration
        return pools.ConnectionPools(
            pools.PoolSettings(
                # A bound method would create a reference cycle, which would keep the connections
                # of a discarded client open.
                partial(_tls_context, settings),
                settings.proxy or None,
                os.environ if settings.trust_env else {},
                settings.assert_hostname,
                self._max_hosts,
                self._maxsize,
            ),
            manager,
        )

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
        """Send one request, and return its response if the status is 2xx.

        :param method: GET, HEAD, DELETE, POST, PUT, PATCH or OPTIONS.
        :param url: the absolute URL.
        :param query_params: (name, value) pairs to append to the URL.
        :param headers: the headers, which are sent unchanged.
        :param body: a value to send as JSON, or ``str`` or ``bytes`` to send unchanged.
        :param post_params: form fields as (name, value) pairs, to send instead of ``body``.
        :param _preload_content: if False, return urllib3's response without reading its body.
        :param _request_timeout: seconds for the attempt, or a (connect, read) pair.
        :raises ApiException: if the status is not 2xx, or there is no complete response.
        """
        sent = dict(headers or {})
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, quote_via=quote)
        data = encode_body(body, post_params, sent)
        route = self._pools().route_to(url)
        secrets = ({**sent, **route.proxy_headers}, post_params, query_params)
        limits = self._limits(_request_timeout)
        token = current_limits.set(limits)
        try:
            response = route.send(method.upper(), url, headers=sent, body=data, limits=limits)
            if not 200 <= response.status <= 299:
                raise _failure_of(response, secrets)
            if not _preload_content:
                # The caller reads the body later. Then only the timeout of each read applies.
                limits.deadline = math.inf
                return response
            content = read_body(response, self.configuration.max_response_bytes)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            if isinstance(error, ApiException):
                raise
            from swagger_client._wire.errors import transport_exception

            raise transport_exception(error, limits, secrets_of(*secrets)) from None
        finally:
            current_limits.reset(token)
        return RESTResponse(response, content, secrets)

    def _limits(self, timeout: Timeout) -> AttemptLimits:
        if isinstance(timeout, AttemptLimits):
            return timeout
        if timeout is None:
            timeout = self.configuration.timeout
        if isinstance(timeout, tuple):
            return AttemptLimits(*timeout)
        return AttemptLimits(timeout, timeout, time.monotonic() + timeout)

    def GET(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Send a GET request; see :meth:`request`."""
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
        """Send a HEAD request; see :meth:`request`."""
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
        """Send an OPTIONS request; see :meth:`request`."""
        return self.request(
            "OPTIONS", url, query_params, headers, body, post_params,
            _preload_content, _request_timeout,
        )  # fmt: skip

    def DELETE(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Send a DELETE request; see :meth:`request`."""
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
        """Send a POST request; see :meth:`request`."""
        return self.request(
            "POST", url, query_params, headers, body, post_params,
            _preload_content, _request_timeout,
        )  # fmt: skip

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
        """Send a PUT request; see :meth:`request`."""
        return self.request(
            "PUT", url, query_params, headers, body, post_params,
            _preload_content, _request_timeout,
        )  # fmt: skip

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
        """Send a PATCH request; see :meth:`request`."""
        return self.request(
            "PATCH", url, query_params, headers, body, post_params,
            _preload_content, _request_timeout,
        )  # fmt: skip


def _failure_of(response: BaseHTTPResponse, secrets: Sent) -> ApiException:
    """Read the body of an error response, and return the exception to raise.

    If the body cannot be read, the exception is marked as transient, so that the call is retried.
    """
    from swagger_client._wire.errors import exception_for

    body, is_whole = read_error_body(response)
    failure = exception_for(RESTResponse(response, body, secrets))
    if not is_whole and response.status >= 400:
        failure.transient = True
    return failure


def trust_of(settings: Configuration) -> Trust:
    from swagger_client._wire.trust import find_trust

    return find_trust(
        ssl_context=settings.ssl_context,
        ca_cert=settings.ssl_ca_cert,
        verify=settings.verify_ssl,
        environment=os.environ if settings.trust_env else None,
    )


def _tls_context(settings: Configuration) -> DeadlineContext:
    from swagger_client._wire.tls import tls_context

    return tls_context(
        trust_of(settings),
        ssl_context=settings.ssl_context,
        check_hostname=settings.assert_hostname is None,
        cert_file=settings.cert_file,
        key_file=settings.key_file,
    )

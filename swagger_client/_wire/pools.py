"""The connections of one client: pools by origin, and single connections for downloads."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

import urllib3
from urllib3.util.retry import Retry

from swagger_client._security.urls import is_address, is_loopback
from swagger_client._wire.connection import (
    LimitedHTTPConnection,
    LimitedHTTPPool,
    LimitedHTTPSConnection,
    LimitedHTTPSPool,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import BaseHTTPResponse

    from swagger_client._wire.connection import CheckAddress
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client._wire.tls import DeadlineContext

#: urllib3's retries are off: retrying is decided elsewhere, an attempt is one request.
_ONE_ATTEMPT = Retry(False)


def make_pool_manager(proxy: str | None, **options: Any) -> urllib3.PoolManager:
    """Return a manager whose connections keep to the limits of the current attempt."""
    if proxy:
        manager: urllib3.PoolManager = urllib3.ProxyManager(
            proxy, proxy_headers=proxy_headers(proxy), **options
        )
    else:
        manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": LimitedHTTPPool, "https": LimitedHTTPSPool}
    return manager


def proxy_headers(proxy: str | None) -> dict[str, str]:
    """Return the headers that the credentials in a proxy's URL require."""
    parts = urlsplit(proxy or "")
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    pair = f"{user}:{password}".encode("utf-8", "replace")
    return {"proxy-authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


class ConnectionPools:
    """Keep-alive connections of a pool manager, and new connections like them.

    :param make_tls: makes TLS settings where the manager has none.
    """

    def __init__(
        self, manager: urllib3.PoolManager, make_tls: Callable[[], DeadlineContext]
    ) -> None:
        self.manager = manager
        self._make_tls = make_tls
        self._by_origin: dict[str, HTTPConnectionPool] = {}

    def close(self) -> None:
        """Close all connections."""
        # A pool that is only dropped closes when the last of its responses is dropped too.
        for pool in map(self.manager.pools.get, self.manager.pools.keys()):
            if pool is not None:
                pool.close()
        self.manager.clear()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        limits: AttemptLimits,
    ) -> BaseHTTPResponse:
        """Send one request and return its response, whose body is not read yet."""
        connect, read = limits
        options: dict[str, Any] = {
            "body": body,
            "headers": headers,
            "retries": _ONE_ATTEMPT,
            "redirect": False,
            "timeout": _timeout(limits.remaining(connect), read),
            "preload_content": False,
        }
        if isinstance(self.manager, urllib3.ProxyManager):
            return self.manager.urlopen(method, url, **options)
        start = url.index("/", url.index("://") + 3)
        pool = self._pool_of(url[:start])
        return pool.urlopen(method, url[start:], assert_same_host=False, **options)

    def _pool_of(self, origin: str) -> HTTPConnectionPool:
        # The manager would parse the URL and compare all settings at each request.
        pool = self._by_origin.get(origin)
        if pool is None:
            pool = self._by_origin[origin] = self.manager.connection_from_url(origin)
        return pool

    def new_connection(
        self, url: SplitResult, timeout: float | None, check_address: CheckAddress
    ) -> LimitedHTTPConnection:
        """Return a connection of its own for a URL, not opened yet.

        Through a proxy, names are resolved at its other end, so only addresses can be checked.

        :param check_address: raises for an address that must not be connected to.
        """
        host = url.hostname or ""
        if url.scheme == "http":
            plain = LimitedHTTPConnection(host, url.port or 80, timeout=timeout)
            plain.check_address = check_address
            return plain
        options: dict[str, Any] = {
            "timeout": timeout,
            "ssl_context": self.manager.connection_pool_kw.get("ssl_context") or self._make_tls(),
        }
        port = url.port or 443
        proxy = self.manager.proxy
        if proxy is None or is_loopback(host):
            connection = LimitedHTTPSConnection(host, port, **options)
            connection.check_address = check_address
            return connection
        if is_address(host):
            check_address(host.strip("[]"))
        options |= {"proxy": proxy, "proxy_config": self.manager.proxy_config}
        connection = LimitedHTTPSConnection(proxy.host or "", proxy.port, **options)
        headers = getattr(self.manager, "proxy_headers", {})
        connection.set_tunnel(host, port, headers, proxy.scheme or "http")
        return connection


@lru_cache(maxsize=64)
def _timeout(connect: float | None, read: float) -> urllib3.Timeout:
    """Return urllib3's form of the timeouts, which it copies for each request."""
    return urllib3.Timeout(connect=connect, read=read)

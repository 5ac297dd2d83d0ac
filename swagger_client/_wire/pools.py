from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import urllib3
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.retry import Retry

import swagger_client._wire.errors  # noqa: F401 - later, no file descriptor may be free
from swagger_client._security.frames import hide_locals
from swagger_client._security.urls import is_loopback, literal_address
from swagger_client._wire.connection import (
    LimitedHTTPConnection,
    LimitedHTTPPool,
    LimitedHTTPSConnection,
    LimitedHTTPSPool,
)
from swagger_client._wire.proxy import environment_proxy, proxy_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

    from urllib3.response import BaseHTTPResponse

    from swagger_client._wire.connection import CheckAddress
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client._wire.tls import DeadlineContext

#: urllib3's own connection class, to detect libraries such as VCR.py that replace it.
_URLLIB3_CONNECTION = HTTPConnectionPool.ConnectionCls
#: urllib3 must not retry: an attempt is one request, and the client decides about retries.
_ONE_ATTEMPT = Retry(False)


class PoolSettings(NamedTuple):
    """The settings of a client's connections.

    :ivar proxy: the URL of the proxy for all requests; None to use the environment variables.
    :ivar assert_hostname: the name that the certificates must contain; None for the name of the
        host. False disables the check.
    :ivar max_hosts: the largest number of hosts whose connections are kept open.
    :ivar max_connections: the largest number of connections to a host that are kept open.
    """

    make_tls: Callable[[], DeadlineContext]
    proxy: str | None = None
    environment: Mapping[str, str] = {}
    assert_hostname: str | bool | None = None
    max_hosts: int = 32
    max_connections: int = 4

    def find_proxy(self, url: str) -> str | None:
        """Return the URL of the proxy for requests to ``url``, or None for no proxy."""
        return self.proxy or environment_proxy(url, self.environment)


class Route(NamedTuple):
    """How requests to an origin, such as ``https://api.zoom.us``, are sent with urllib3.

    :ivar urlopen: the method of a urllib3 connection pool or pool manager that sends a request.
    :ivar skipped: how many characters at the beginning of the URL are not passed to ``urlopen``. A
        connection pool expects a URL without its origin.
    :ivar proxy_headers: the headers with the credentials for the proxy.
    """

    urlopen: Callable[..., BaseHTTPResponse]
    skipped: int
    proxy_headers: Mapping[str, str] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        limits: AttemptLimits,
    ) -> BaseHTTPResponse:
        """Send one request, and return the response without reading its body."""
        limits.remaining(None)
        return self.urlopen(
            method,
            url[self.skipped :],
            body=body,
            headers=headers,
            retries=_ONE_ATTEMPT,
            redirect=False,
            assert_same_host=False,
            timeout=_timeout(*limits),
            preload_content=False,
        )


class ConnectionPools:
    """Holds a client's urllib3 pool managers, or only ``manager`` if the user has passed one."""

    def __init__(self, settings: PoolSettings, manager: urllib3.PoolManager | None = None) -> None:
        self._settings = settings
        self._only_manager = manager
        self._managers: dict[tuple[str | None, bool], urllib3.PoolManager] = {}
        #: The routes without a proxy, by the origin of the URL.
        self._routes: dict[str, Route] = {}

    @hide_locals
    def manager_of(self, url: str) -> urllib3.PoolManager:
        if self._only_manager is not None:
            return self._only_manager
        proxy = self._settings.find_proxy(url)
        # For http:, as with a sandbox, no certificates are loaded, because loading takes long.
        key = proxy, proxy is not None or not url.startswith("http:")
        manager = self._managers.get(key)
        if manager is None:
            manager = self._managers[key] = self._make_manager(proxy, with_tls=key[1])
        return manager

    def _make_manager(
        self, proxy: str | None, *, with_tls: bool, limited: bool = True
    ) -> urllib3.PoolManager:
        settings = self._settings
        tls = settings.make_tls() if with_tls else None
        options: dict[str, Any] = {
            "num_pools": settings.max_hosts,
            "maxsize": settings.max_connections,
            "ssl_context": tls,
            "assert_hostname": settings.assert_hostname,
        }
        if proxy:
            manager: urllib3.PoolManager = urllib3.ProxyManager(
                proxy,
                proxy_headers=proxy_headers(proxy),
                proxy_ssl_context=tls,  # type: ignore[arg-type]
                **options,
            )
        else:
            manager = urllib3.PoolManager(**options)
        if limited:
            manager.pool_classes_by_scheme = {"http": LimitedHTTPPool, "https": LimitedHTTPSPool}
        return manager

    @hide_locals
    def close(self) -> None:
        for manager in [*self._managers.values(), self._only_manager]:
            if manager is not None:
                # Without close(), a pool stays open until its last response is garbage-collected.
                for pool in map(manager.pools.get, manager.pools.keys()):
                    if pool is not None:
                        pool.close()
                manager.clear()

    def route_to(self, url: str) -> Route:
        if HTTPConnectionPool.ConnectionCls is not _URLLIB3_CONNECTION:
            # A library such as VCR.py has replaced urllib3's connection class. Use its class.
            proxy = self._settings.find_proxy(url)
            return _through(self._make_manager(proxy, with_tls=True, limited=False))
        origin = url[: url.index("/", url.index("://") + 3)]
        route = self._routes.get(origin)
        if route is None:
            manager = self.manager_of(url)
            if isinstance(manager, urllib3.ProxyManager):
                return _through(manager)
            # Remember the pool, because the manager takes long to find it again.
            pool = manager.connection_from_url(origin)
            route = self._routes[origin] = Route(pool.urlopen, len(origin))
        return route

    def new_connection(
        self, url: SplitResult, timeout: float | None, check_address: CheckAddress
    ) -> LimitedHTTPConnection:
        """Create a connection for a URL. It is not opened yet, and belongs to no pool.

        :param check_address: raises an exception if an IP address is forbidden. With a proxy, which
            looks up host names itself, only an IP address in the URL is checked.
        """
        host = url.hostname or ""
        if url.scheme == "http":
            plain = LimitedHTTPConnection(host, url.port or 80, timeout=timeout)
            plain.check_address = check_address
            return plain
        manager = self.manager_of(url.geturl())
        tls = manager.connection_pool_kw.get("ssl_context") or self._settings.make_tls()
        options: dict[str, Any] = {"timeout": timeout, "ssl_context": tls}
        port = url.port or 443
        proxy = manager.proxy
        if is_loopback(host):
            check_address(literal_address(host) or "127.0.0.1")
        if proxy is None or is_loopback(host):
            connection = LimitedHTTPSConnection(host, port, **options)
            connection.check_address = check_address
            return connection
        if literal_address(host) is not None:
            check_address(literal_address(host) or "")
        options |= {"proxy": proxy, "proxy_config": manager.proxy_config}
        connection = LimitedHTTPSConnection(proxy.host or "", proxy.port, **options)
        headers = getattr(manager, "proxy_headers", {})
        connection.set_tunnel(host, port, headers, proxy.scheme or "http")
        return connection


def _through(manager: urllib3.PoolManager) -> Route:
    return Route(manager.urlopen, 0, getattr(manager, "proxy_headers", None) or {})


@lru_cache(maxsize=64)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)

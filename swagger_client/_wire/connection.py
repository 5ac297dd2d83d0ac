"""urllib3 connections and connection pools that respect the time limits of an attempt."""

from __future__ import annotations

import re
import socket
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family, create_connection

from swagger_client._security.urls import is_address
from swagger_client._wire.deadline import (
    AttemptAborted,
    DeadlinePassed,
    current_limits,
    limits_here,
)
from swagger_client._wire.http_response import DeadlineResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3.response import BaseHTTPResponse, HTTPResponse

    #: A function that raises an exception if connecting to an IP address is forbidden.
    CheckAddress = Callable[[str], None]


_TUNNEL_FAILED = r"Tunnel connection failed: (\d{3})\b"


class ProxyFailed(OSError):
    """A proxy cannot be reached, or did not open a connection to the server.

    :ivar status: the HTTP status of the proxy's response, or None if there was no response.
    :ivar with_credentials: whether a user and password were sent to the proxy.
    """

    def __init__(
        self, text: str, proxy: str, status: int | None, *, with_credentials: bool
    ) -> None:
        super().__init__(text)
        self.proxy, self.status, self.with_credentials = proxy, status, with_credentials


class LimitedHTTPConnection(HTTPConnection):
    """An HTTP connection that respects the time limits of the current request attempt."""

    # http.client.HTTPConnection.debuglevel would print all headers, including the access token.
    debuglevel = 0
    response_class = DeadlineResponse
    check_address: CheckAddress | None = None
    _served = False

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except (DeadlinePassed, AttemptAborted, TimeoutError):
            raise
        except (OSError, HTTPException) as error:
            found = re.match(_TUNNEL_FAILED, str(error))
            sent = {name.lower() for name in self._tunnel_headers}  # type: ignore[attr-defined]
            raise ProxyFailed(
                "the proxy's response is not HTTP"
                if isinstance(error, HTTPException)
                else "the proxy closed the connection",
                f"{self.host}:{self.port}",
                int(found[1]) if found else None,
                with_credentials="proxy-authorization" in sent,
            ) from None

    def connect(self) -> None:
        self._served = False
        self.timeout = limits_here().remaining(self.timeout)
        super().connect()

    def request(self, method: str, url: str, *args: Any, **options: Any) -> None:
        limits = current_limits.get()
        if limits is not None and self.sock is not None:
            # The connection is reused, so the connect timeout does not apply.
            self.timeout = limits.remaining(limits[1])
            limits.connection_reused = self._served
        # The target can be a _LoggedTarget, whose str() has no query.
        super().request(method, str.__str__(url), *args, **options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._served = True
        return response


class LimitedHTTPSConnection(LimitedHTTPConnection, HTTPSConnection):
    """An HTTPS connection that respects the time limits of the current request attempt."""


class LimitedHTTPPool(HTTPConnectionPool):
    ConnectionCls = LimitedHTTPConnection  # pyright: ignore[reportAssignmentType]

    def _make_request(
        self, conn: Any, method: str, url: str, *args: Any, **options: Any
    ) -> BaseHTTPResponse:
        return super()._make_request(conn, method, _LoggedTarget(url), *args, **options)


class LimitedHTTPSPool(LimitedHTTPPool, HTTPSConnectionPool):
    ConnectionCls = LimitedHTTPSConnection


class _LoggedTarget(str):
    """The path and query of a URL. urllib3 logs the ``str()``, which omits the secret query."""

    __slots__ = ()

    def __str__(self) -> str:
        path, query, _ = self.partition("?")
        return f"{path}?…" if query else path


def _connect(connection: HTTPConnection) -> socket.socket:
    """Open a socket to the first IP address of the host that accepts a connection.

    :raises ProxyFailed: if the host is a proxy that cannot be reached.
    :raises NameResolutionError: if the host name is unknown or invalid.
    """
    limits = limits_here()
    timeout = connection.timeout
    host = connection._dns_host.strip("[]")
    try:
        addresses = _resolve(host, connection.port, limits.remaining(timeout))
    except TimeoutError:
        limits.remaining(None)
        raise
    except OSError as error:
        if connection.proxy is not None:
            raise _proxy_unreachable(connection, error.strerror) from None
        error = socket.gaierror(error.errno, f"{error.strerror}: {connection.host}")
        raise NameResolutionError(connection.host, connection, error) from error
    except UnicodeError as error:
        raise NameResolutionError(connection.host, connection, error) from error  # type: ignore[arg-type]
    check_address: CheckAddress | None = getattr(connection, "check_address", None)
    if check_address is not None:
        # These IP addresses are also used to connect, because a second look-up could return others.
        for ip, _ in addresses:
            check_address(ip)
    failure: OSError | None = None
    for address in addresses:
        try:
            sock = create_connection(
                address,
                limits.remaining(timeout),
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except (DeadlinePassed, AttemptAborted):
            raise
        except OSError as error:
            failure = error
        else:
            limits.watch(sock)
            return sock
    limits.remaining(None)
    if connection.proxy is not None:
        raise _proxy_unreachable(connection, failure.strerror if failure else None)
    raise NewConnectionError(connection, f"no connection to {connection.host}: {failure}")


def _proxy_unreachable(connection: HTTPConnection, why: str | None) -> ProxyFailed:
    proxy = f"{connection.host}:{connection.port}"
    return ProxyFailed(why or "no connection", proxy, None, with_credentials=False)


def _resolve(host: str, port: int | None, seconds: float | None) -> list[tuple[str, int]]:
    """Look up the (IP address, port) pairs of a host, without duplicates, in at most ``seconds``.

    The time limit is necessary because the operating system's resolver has no timeout.
    """
    found: list[Any] = []
    errors: list[Exception] = []

    def look_up() -> None:
        try:
            family = allowed_gai_family()
            found.extend(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    if seconds is None or is_address(host):
        look_up()
    else:
        _run_in_thread(look_up, seconds)
    if errors:
        raise errors[0]
    return list(dict.fromkeys((str(entry[4][0]), int(entry[4][1])) for entry in found))


def _run_in_thread(look_up: Any, seconds: float) -> None:
    thread = threading.Thread(target=look_up, name="swagger_client_dns", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be started, for example while Python exits
        look_up()
        return
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError("no name server responded in time")

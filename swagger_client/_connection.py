"""Connections that keep to the limits of an attempt, down to the last byte of an answer.

A read timeout of urllib3 starts anew with every byte that arrives, so a server that drips holds a
caller for ever. These connections give each read only the time that the whole call has left.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import socket
import time
from contextvars import ContextVar
from http.client import IncompleteRead
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family, create_connection

if TYPE_CHECKING:
    from typing_extensions import Buffer


class OutOfTime(TimeoutError):
    """The call's deadline came while its attempt was under way."""


class Aborted(ConnectionAbortedError):
    """Another thread ended the attempt."""


class Limits(tuple[float, float]):
    """The (connect, read) timeouts of one attempt, and the moment at which it must be over.

    A plain pair to all who know no better; ``deadline`` is a reading of ``time.monotonic``.
    """

    deadline: float
    #: Whether the deadline is that of the whole call, so that no further attempt can follow.
    final: bool
    aborted: bool
    _socket: socket.socket | None

    def __new__(
        cls, connect: float, read: float, deadline: float = math.inf, *, final: bool = False
    ) -> Limits:
        limits = super().__new__(cls, (connect, read))
        limits.deadline = deadline
        limits.final = final
        limits.aborted = False
        limits._socket = None
        return limits

    def within(self, timeout: float | None) -> float | None:
        """``timeout``, cut to the time that is left.

        :raises OutOfTime: when none is left.
        :raises Aborted: when the attempt was aborted.
        """
        if self.aborted:
            raise Aborted("the call was cancelled")
        if self.deadline == math.inf:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime("the deadline has passed")
        return left if timeout is None or left < timeout else timeout

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def uses(self, sock: socket.socket) -> None:
        """Note the socket that the attempt waits on."""
        self._socket = sock
        if self.aborted:
            self.abort()

    def abort(self) -> None:
        """End the attempt from another thread: what it waits for fails at once."""
        self.aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own, which takes the TLS layer from under a thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


#: The limits of the attempt that is being made here. urllib3 has no way to hand them through.
current_limits: ContextVar[Limits | None] = ContextVar("current_limits", default=None)


class _LimitedReader(io.RawIOBase):
    """Reads a socket, each time for no longer than the attempt may still last."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._read_timeout = sock.gettimeout()
        self._limits = limits
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        self._sock.settimeout(self._limits.within(self._read_timeout))
        try:
            count = self._raw.readinto(buffer) or 0
        except TimeoutError:
            self._limits.within(None)
            raise
        if not count:
            if self._limits.aborted:
                raise Aborted("the call was cancelled")
            self.ended = True
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _LimitedSocket:
    """What http.client needs of a socket to read an answer from it."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        limits.uses(sock)
        self.reader = _LimitedReader(sock, limits)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.reader)


class _LimitedResponse(http.client.HTTPResponse):
    """An answer whose headers must be whole, read within the current limits."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        limits = current_limits.get()
        self._reader: _LimitedReader | None = None
        if limits is not None:
            limited = _LimitedSocket(sock, limits)
            self._reader = limited.reader
            sock = limited  # type: ignore[assignment]
        super().__init__(sock, debuglevel, method)

    def begin(self) -> None:
        super().begin()
        if self._reader is not None and self._reader.ended:
            # http.client takes the end of the stream for the end of the headers.
            self.close()
            raise IncompleteRead(b"")


def _connect(connection: HTTPConnection) -> socket.socket:
    """Try each address of the host, all of them within the attempt's limits."""
    limits = current_limits.get() or Limits(math.inf, math.inf)
    timeout = connection.timeout
    host = connection._dns_host.strip("[]")
    try:
        family = allowed_gai_family()
        found = socket.getaddrinfo(host, connection.port, family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, error) from error  # type: ignore[arg-type]
    failure: OSError | None = None
    for *_, address in dict.fromkeys(found):
        try:
            sock = create_connection(
                (str(address[0]), int(address[1])),
                limits.within(timeout),
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
            limits.uses(sock)
            return sock
        except OutOfTime:
            raise
        except OSError as error:
            failure = error
    limits.within(None)
    raise NewConnectionError(connection, f"no connection to {connection.host}: {failure}")


class LimitedHTTPConnection(HTTPConnection):
    """An HTTP connection that keeps to the current limits."""

    # A process-wide http.client.HTTPConnection.debuglevel would print headers with the token.
    debuglevel = 0
    response_class = _LimitedResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self)


class LimitedHTTPSConnection(HTTPSConnection):
    """An HTTPS connection that keeps to the current limits."""

    debuglevel = 0
    response_class = _LimitedResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def connect(self) -> None:
        limits = current_limits.get()
        if limits is not None:
            self.timeout = limits.within(self.timeout)
        super().connect()


class LimitedHTTPPool(HTTPConnectionPool):
    """Keep-alive connections to one host over plain HTTP."""

    ConnectionCls = LimitedHTTPConnection


class LimitedHTTPSPool(HTTPSConnectionPool):
    """Keep-alive connections to one host over TLS."""

    ConnectionCls = LimitedHTTPSConnection

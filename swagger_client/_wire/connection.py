"""Connections that keep to the limits of an attempt, down to the last byte of an answer.

A read timeout of urllib3 starts anew with every byte that arrives, so a server that drips holds a
caller for ever. These connections give each read only the time that the whole call has left, and
take the end of a stream for the end of nothing: not of a line, not of the headers.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import math
import re
import socket
import ssl
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family, create_connection
from urllib3.util.response import assert_header_parsing

from swagger_client._security.urls import is_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer
    from urllib3.response import BaseHTTPResponse, HTTPResponse

    Permit = Callable[[str], None]

#: So many interim answers (1xx) may come before the real one.
_MOST_INTERIM = 16
#: Headers that can be read one way only; all others are left to the standard library.
_PLAIN_HEADERS = re.compile(rb"(?:[0-9A-Za-z-]+:[ -~]*\r\n){1,100}\r\n")


class OutOfTime(TimeoutError):
    """The call's deadline came while its attempt was under way."""


class Aborted(ConnectionAbortedError):
    """Another thread ended the attempt."""


class CutShort(ConnectionResetError):
    """The server closed the connection before its answer was complete."""


class Limits(tuple[float, float]):
    """The (connect, read) timeouts of one attempt, and the moment at which it must be over.

    A plain pair to all who know no better; ``deadline`` is a reading of ``time.monotonic``.
    """

    deadline: float
    #: Whether the deadline is that of the whole call, so that no further attempt can follow.
    final: bool
    #: Whether the connection had carried an answer before, and whether it has begun this one.
    reused = False
    heard = False
    aborted = False
    _socket: socket.socket | None = None

    def __new__(
        cls, connect: float, read: float, deadline: float = math.inf, *, final: bool = False
    ) -> Limits:
        limits = super().__new__(cls, (connect, read))
        limits.deadline = deadline
        limits.final = final
        return limits

    # Two attempts with the same timeouts are two attempts.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

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
        limits.uses(sock)
        self._sock = sock
        # Keeps the socket open until this is closed, whatever becomes of the connection.
        self._held = sock.makefile("rb", buffering=0)
        self._read_timeout = self._timeout = sock.gettimeout()
        self._limits = limits
        self._done = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """All that http.client wants of a socket that it reads an answer from."""
        return _WholeLines(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        if self._done:
            return None
        limits = self._limits
        timeout = limits.within(self._read_timeout)
        if timeout != self._timeout:
            self._sock.settimeout(timeout)
            self._timeout = timeout
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            limits.within(None)
            raise
        if count:
            limits.heard = True
        elif limits.aborted:
            raise Aborted("the call was cancelled")
        return count

    def end_answer(self, ahead: io.BufferedReader) -> None:
        """Give up the connection when more came than the answer, read ahead or decrypted."""
        self._done = True
        if ahead.peek(1) or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
            with contextlib.suppress(OSError):
                # Whoever takes it from the pool finds it dropped.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()


class _WholeLines(io.BufferedReader):
    """Gives whole lines only: http.client takes what came of one for all of it.

    It would read "0" of a chunk's length "0a00" as the end of the body, for one.
    """

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        if line[-1:] != b"\n" and len(line) != size:
            raise CutShort("the server closed the connection before its answer was complete")
        return line


class _LimitedResponse(http.client.HTTPResponse):
    """An answer that is read within the current limits."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        limits = current_limits.get() or Limits(math.inf, math.inf)
        self._reader = _LimitedReader(sock, limits)
        super().__init__(self._reader, debuglevel, method)  # type: ignore[arg-type]

    def _close_conn(self) -> None:
        # What comes behind an answer would be read as the answer to the next request.
        try:
            self._reader.end_answer(self.fp)
        finally:
            super()._close_conn()  # type: ignore[misc]

    def begin(self) -> None:
        # As http.client's, except that any 1xx is skipped (it would take a 103 for the answer,
        # and read the answer as that to the next request), and that the headers are not read
        # by the parser for mail, which takes a fifth of a call.
        for _ in range(_MOST_INTERIM):
            version, self.status, reason = self._read_status()  # type: ignore[attr-defined]
            self.headers = self.msg = _read_headers(self.fp)
            if self.status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("the server changed the protocol, unasked (101)")
            if self.status >= 200:
                break
        else:
            raise http.client.HTTPException("too many interim answers (1xx)")
        if not version.startswith(("HTTP/1.", "HTTP/0.9")):
            raise http.client.UnknownProtocol(version)
        self.code, self.reason = self.status, reason.strip()
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        # Where a header comes twice, the first counts.
        given = dict(reversed([(name.lower(), text) for name, text in self.headers.raw_items()]))
        self.chunked = given.get("transfer-encoding", "").strip().lower() == "chunked"
        self.chunk_left = None
        length = given.get("content-length", "").strip()
        if length and not length.isdecimal():
            raise http.client.HTTPException("the length of the answer is no number")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if self._method == "HEAD" or self.status in (204, 304):  # type: ignore[attr-defined]
            self.length = 0
        endless = self.length is None and not self.chunked
        self.will_close = endless or self._check_close()  # type: ignore[attr-defined]


def _read_headers(stream: io.BufferedReader) -> http.client.HTTPMessage:
    """The headers of an answer, up to the empty line."""
    ahead = stream.peek()
    size = ahead.find(b"\r\n\r\n") + 4
    if size < 4 or not _PLAIN_HEADERS.fullmatch(ahead, 0, size):
        headers = http.client.parse_headers(stream)
        # urllib3 only logs what it cannot read, although a length or an encoding may be in it.
        assert_header_parsing(headers)
        return headers
    headers = http.client.HTTPMessage()
    for line in str(stream.read(size), "ascii").split("\r\n")[:-2]:
        name, _, value = line.partition(":")
        headers.set_raw(name, value.strip(" "))
    return headers


class _CalmSocket(socket.socket):
    """A socket that is told its timeout only when that changes: telling it is a system call."""

    def settimeout(self, value: float | None, /) -> None:
        if value != self.gettimeout():
            super().settimeout(value)


class LimitedTLSSocket(_CalmSocket, ssl.SSLSocket):
    """A TLS connection whose handshake keeps to the current limits."""

    def getpeername(self) -> Any:
        try:
            return super().getpeername()
        except OSError:
            # The server hung up before the handshake: ssl would skip that, or fail at the next
            # step, and nobody would close.
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, "the server hung up at once") from None

    def do_handshake(self, block: bool = False) -> None:
        # An end without TLS's own goodbye may have been forged: it is no end of a body.
        self.suppress_ragged_eofs = False
        limits = current_limits.get()
        if limits is not None:
            limits.uses(self)
            self.settimeout(limits.within(self.gettimeout()))
        super().do_handshake(block)


def _addresses(host: str, port: int | None, seconds: float | None) -> list[tuple[str, int]]:
    """The addresses of a host; asks for no longer than ``seconds``, as no resolver promises."""
    family = allowed_gai_family()

    def ask() -> None:
        try:
            answer.extend(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failure.append(error)

    answer: list[Any] = []
    failure: list[Exception] = []
    if seconds is None or is_address(host):
        ask()
    else:
        asking = threading.Thread(target=ask, name="swagger_client_dns", daemon=True)
        asking.start()
        asking.join(seconds)
        if asking.is_alive():
            raise TimeoutError("no name server answered in time")
    if failure:
        raise failure[0]
    return list(dict.fromkeys((str(found[4][0]), int(found[4][1])) for found in answer))


def _connect(connection: HTTPConnection) -> socket.socket:
    """Try each address of the host, all of them within the attempt's limits."""
    limits = current_limits.get() or Limits(math.inf, math.inf)
    timeout = connection.timeout
    host = connection._dns_host.strip("[]")
    try:
        found = _addresses(host, connection.port, limits.within(timeout))
    except TimeoutError:
        limits.within(None)
        raise
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, error) from error  # type: ignore[arg-type]
    permit: Permit | None = getattr(connection, "permit", None)
    if permit is not None:
        # These very addresses are connected to: no second look-up can give others.
        for ip, _ in found:
            permit(ip)
    failure: OSError | None = None
    for address in found:
        try:
            sock = create_connection(
                address,
                limits.within(timeout),
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
            calm = _CalmSocket(sock.family, sock.type, sock.proto, sock.detach())
            # Not its own: until now it has not been told the timeout that its descriptor has.
            socket.socket.settimeout(calm, sock.gettimeout())
            limits.uses(calm)
            return calm
        except (OutOfTime, Aborted):
            raise
        except OSError as error:
            failure = error
    limits.within(None)
    raise NewConnectionError(connection, f"no connection to {connection.host}: {failure}")


class _Target(str):
    """What a request asks for; shown without its query, which may hold a credential.

    urllib3 logs it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        path, asked, _ = self.partition("?")
        return f"{path}?…" if asked else path

    def whole(self) -> str:
        """The text itself."""
        return "".join((self,))


class LimitedHTTPConnection(HTTPConnection):
    """A connection that keeps to the current limits."""

    # A process-wide http.client.HTTPConnection.debuglevel would print headers with the token.
    debuglevel = 0
    response_class = _LimitedResponse
    # urllib3's own asks of each header whether it is a sign to leave one out: here none is.
    putheader = http.client.HTTPConnection.putheader
    #: Raises for an address that must not be connected to.
    permit: Permit | None = None
    _answered = False

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def connect(self) -> None:
        self._answered = False
        limits = current_limits.get()
        if limits is not None:
            self.timeout = limits.within(self.timeout)
        super().connect()

    def request(self, *args: Any, **options: Any) -> None:
        limits = current_limits.get()
        if limits is not None and self.sock is not None:
            # It has long been connected: what limits its reads limits what is sent.
            self.timeout = limits.within(limits[1])
        super().request(*args, **options)

    def putrequest(self, method: str, url: str, *args: bool, **options: bool) -> None:
        limits = current_limits.get()
        if limits is not None:
            limits.reused = self._answered and self.sock is not None
        if isinstance(url, _Target):
            url = url.whole()
        super().putrequest(method, url, *args, **options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._answered = True
        return response


class LimitedHTTPSConnection(LimitedHTTPConnection, HTTPSConnection):
    """A connection over TLS that keeps to the current limits."""


class LimitedHTTPPool(HTTPConnectionPool):
    """Keep-alive connections to one host over plain HTTP."""

    ConnectionCls = LimitedHTTPConnection  # pyright: ignore[reportAssignmentType]

    def _make_request(
        self, conn: Any, method: str, url: str, *args: Any, **options: Any
    ) -> BaseHTTPResponse:
        return super()._make_request(conn, method, _Target(url), *args, **options)


class LimitedHTTPSPool(LimitedHTTPPool, HTTPSConnectionPool):
    """Keep-alive connections to one host over TLS."""

    ConnectionCls = LimitedHTTPSConnection

"""A small HTTP/1.1 server on 127.0.0.1 with one thread for each connection."""

from __future__ import annotations

import contextlib
import http
import socket
import ssl
import struct
import threading
from collections.abc import Callable

from .http import Request, Response

__all__ = ["Server"]

_HEAD_LIMIT = 256 * 1024
_BODY_LIMIT = 4 * 1024 * 1024
_HANDSHAKE_SECONDS = 5


class _BadRequest(Exception):
    pass


class Server:
    """Serves HTTP on a port of 127.0.0.1 until `stop` is called.

    :param handle: a function that returns the response to a request; called from many threads.
    :param address: the address to listen on.
    :param port: the port to listen on; 0 selects a free port.
    :param tls: serve HTTPS with this context; None serves HTTP.
    """

    def __init__(
        self,
        handle: Callable[[Request], Response],
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._handle = handle
        self._tls = tls
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server((address, port), backlog=256)
        self.address, self.port = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._accept, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections."""
        self._closing.set()
        # On some platforms, closing the socket does not interrupt accept(); a connection does.
        with contextlib.suppress(OSError):
            socket.create_connection((self.address, self.port), timeout=1).close()
        self._thread.join(timeout=5)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._closing.is_set():
                    return
                continue
            if self._closing.is_set():
                connection.close()
                return
            threading.Thread(
                target=self._serve, args=(connection,), name="sandbox-connection", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection.settimeout(_HANDSHAKE_SECONDS)
                connection = self._tls.wrap_socket(connection, server_side=True)
                connection.settimeout(None)
        except OSError:  # the handshake failed
            connection.close()
            return
        with self._lock:
            if self._closing.is_set():
                connection.close()
                return
            self._open.add(connection)
        try:
            reader = _Reader(connection)
            while not self._closing.is_set() and self._exchange(connection, reader):
                pass
        except (OSError, ValueError):
            pass  # the client disconnected
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _exchange(self, connection: socket.socket, reader: _Reader) -> bool:
        """Receive one request and send its response.

        :returns: whether the connection stays open for another request.
        """
        try:
            request, keep = reader.request()
        except _BadRequest as error:
            connection.sendall(
                _head(Response(400), str(error).encode(), False) + str(error).encode()
            )
            return False
        if request is None:
            return False
        response = self._handle(request)
        transport = response.transport
        if transport.hold is not None:
            while not (transport.hold.wait(0.05) or self._closing.is_set()):
                pass
        if transport.hang:
            self._closing.wait()
            return False
        without_body = request.method == "HEAD" or response.status in (204, 304)
        body = b"" if without_body else response.body
        whole = transport.truncate is None
        sent = _head(response, response.body, keep and whole) + body[: transport.truncate]
        if transport.reset and whole:
            sent = b""
        if transport.drip is None:
            connection.sendall(sent)
        else:
            for byte in sent:
                connection.sendall(bytes([byte]))
                self._closing.wait(transport.drip)
        if transport.reset:
            linger = struct.pack("ii", 1, 0)  # close() sends RST instead of FIN
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return keep and whole and not transport.reset


def _head(response: Response, body: bytes, keep: bool) -> bytes:
    try:
        reason = http.HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    headers = dict(response.headers)
    given = {name.lower() for name in headers}
    if response.status not in (204, 304) and not given & {"content-length", "transfer-encoding"}:
        headers["Content-Length"] = str(len(body))
    if "connection" not in given:
        headers["Connection"] = "keep-alive" if keep else "close"
    lines = [f"HTTP/1.1 {response.status} {reason}", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


class _Reader:
    """Reads the requests of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def request(self) -> tuple[Request | None, bool]:
        """Read the next request.

        :returns: the request or None at EOF, and whether the connection stays open afterwards.
        """
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None, False
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise _BadRequest("The request line is malformed.")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise _BadRequest("A header line is malformed.")
            headers[name.strip().lower()] = value.strip()
        body = self._body(headers)
        keep = parts[2] == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        target = parts[1]
        if not target.startswith("/") and "://" in target:  # an absolute URL, sent to proxies
            target = "/" + target.partition("://")[2].partition("/")[2]
        return Request(parts[0], target, headers, body), keep

    def _body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            return self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _BODY_LIMIT:
            raise _BadRequest("The Content-Length is invalid or too large.")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            line = self._until(b"\r\n") or b""
            try:
                size = int(line.partition(b";")[0], 16)
            except ValueError:
                raise _BadRequest("A chunk size is malformed.") from None
            if not 0 <= size <= _BODY_LIMIT - len(body):
                raise _BadRequest("The body is too large.")
            if size == 0:
                while self._until(b"\r\n"):
                    pass
                return body
            body += self._exactly(size)
            self._until(b"\r\n")

    def _until(self, mark: bytes) -> bytes | None:
        while mark not in self._buffer and len(self._buffer) <= _HEAD_LIMIT:
            if not self._receive():
                return None
        found, _, rest = self._buffer.partition(mark)
        if len(found) > _HEAD_LIMIT:
            raise _BadRequest("The headers are too large.")
        self._buffer = rest
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not self._receive():
                raise _BadRequest("The body is truncated.")
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _receive(self) -> bool:
        received = self._connection.recv(65536)
        self._buffer += received
        return bool(received)

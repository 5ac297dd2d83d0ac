"""A server on loopback that sends the bytes of a test's script, slowly if needed.

It only reads requests and otherwise does not implement HTTP, so that a script can break every rule.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

Ending = Literal["keep", "close", "reset", "hang"]


@dataclass(frozen=True)
class Received:
    """A request, and the number of its connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Say:
    """The bytes to send for a request, and what then happens to the connection.

    With ``pace``, single bytes are sent at this interval in seconds, after the first ``at_once``
    bytes. Nothing is sent before ``gate`` is set.
    """

    data: bytes = b""
    then: Ending = "keep"
    pace: float = 0.0
    gate: threading.Event | None = None
    at_once: int = 0


Script = Say | Callable[[Received], Say]


def reply(
    body: bytes | str | object = b"{}",
    status: int = 200,
    headers: Mapping[str, object] | None = None,
    *,
    reason: str = "",
    length: int | None = None,
    compress: bool = False,
) -> bytes:
    """Return a correct response; ``length`` is a wrong Content-Length."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = {"Content-Type": "application/json"}
    if compress:
        body = gzip.compress(body)
        lines["Content-Encoding"] = "gzip"
    lines["Content-Length"] = str(len(body) if length is None else length)
    lines.update({name: str(value) for name, value in (headers or {}).items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: str = "") -> bytes:
    """Return a chunked response with this end."""
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{headers}\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def error_reply(status: int, code: int | None, message: str, **headers: object) -> bytes:
    """Return an error in Zoom's form. Underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(
        {"code": code, "message": message}, status, {"x-zm-trackingid": "v=2.0;clid=us", **named}
    )


@dataclass
class Wire:
    """The server. Each request gets the next entry of ``script``, then ``default``.

    ``greeting`` is what happens to a new connection: "serve", "reset", "hang" (with TLS, a
    handshake that never ends), or "early" (plain HTTP before a request).
    """

    script: list[Script] = field(default_factory=list)
    default: Script = field(default_factory=lambda: Say(reply()))
    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    greeting: Literal["serve", "reset", "hang", "early"] = "serve"

    def __post_init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.handshakes = 0
        self.hung_up = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, 0), family=family, backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection((self.address, self.port), timeout=1).close()
        with self._lock:
            held = list(self._open)
        for connection in held:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    @property
    def host(self) -> str:
        """The base URL of the API on this server."""
        return f"{self.origin}/v2"

    @property
    def origin(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.tls else 'http'}://{address}:{self.port}"

    @property
    def open_connections(self) -> int:
        with self._lock:
            return len(self._open)

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
                number = self.connections
            self._spawn(self._serve, connection, number)

    def _serve(self, plain: socket.socket, number: int) -> None:
        connection = plain
        try:
            if self.greeting == "reset":
                _reset(connection)
                return
            if self.greeting == "early":
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            if self.greeting in ("hang", "early"):
                self._wait_for_the_end(connection)
                return
            if self.tls is not None:
                with self._lock:
                    self.handshakes += 1
                connection = self.tls.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._open.discard(plain)
                    self._open.add(connection)
            while self._exchange(connection, number):
                pass
        except (OSError, ValueError):
            pass  # the client went away, as it may
        finally:
            with self._lock:
                self._open.discard(connection)
                self._open.discard(plain)
            connection.close()
            self.hung_up.release()

    def _exchange(self, connection: socket.socket, number: int) -> bool:
        request = _read(connection, number)
        if request is None or self._closing.is_set():
            return False
        with self._lock:
            self.requests.append(request)
            entry = self.script.pop(0) if self.script else self.default
        said = entry if isinstance(entry, Say) else entry(request)
        if said.gate is not None:
            while not said.gate.wait(0.02) and not self._closing.is_set():
                pass
        self._send(connection, said)
        if said.then == "hang":
            self._wait_for_the_end(connection)
        if said.then == "reset":
            _reset(connection)
        return said.then == "keep"

    def _send(self, connection: socket.socket, said: Say) -> None:
        if not said.pace:
            connection.sendall(said.data)
            return
        connection.sendall(said.data[: said.at_once])
        for byte in said.data[said.at_once :]:
            connection.sendall(bytes([byte]))
            if self._closing.wait(said.pace):
                return

    def _wait_for_the_end(self, connection: socket.socket) -> None:
        """Wait until the client closes the connection or the server is stopped."""
        connection.settimeout(0.05)
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                if not connection.recv(4096):
                    return


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _read(connection: socket.socket, number: int) -> Received | None:
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        received = connection.recv(65536)
        if not received:
            return None
        buffer += received
    head, _, body = buffer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    wanted = int(headers.get("content-length", "0"))
    while len(body) < wanted:
        received = connection.recv(65536)
        if not received:
            return None
        body += received
    return Received(method, target, headers, body, number)


def closed_port() -> int:
    """Return a port that is not open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

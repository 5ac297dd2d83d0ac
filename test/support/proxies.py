"""A proxy on loopback that opens tunnels."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from support.wire import Say, Wire

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Proxy(Wire):
    """A proxy that opens tunnels, unless its script says something else.

    ``credentials`` (``user:password``) are required if set. ``hosts`` are names that only this
    proxy resolves, with their ports on loopback.
    """

    default: Say = field(default_factory=lambda: Say(ESTABLISHED))
    credentials: str = ""
    hosts: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The proxy's URL, with its credentials."""
        at = f"{self.credentials}@" if self.credentials else ""
        return f"http://{at}127.0.0.1:{self.port}"

    def _exchange(self, connection: socket.socket, number: int) -> bool:
        known = len(self.requests)
        again = super()._exchange(connection, number)
        if again and self.requests[known].method == "CONNECT" and not self.script:
            host, _, port = self.requests[known].target.rpartition(":")
            address = ("127.0.0.1", self.hosts[host]) if host in self.hosts else (host, int(port))
            with socket.create_connection(address, timeout=5) as target:
                self._spawn(_pump, target, connection)
                _pump(connection, target)
            return False
        return again


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass

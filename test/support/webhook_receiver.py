"""A webhook receiver for tests, written from Zoom's documentation alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class Receiver:
    """Records events, and responds as a test says.

    :ivar url: the URL of the receiver
    :ivar secret: the secret that verifies signatures
    :ivar events: the events with a correct signature, in order
    :ivar forged: the number of requests with a wrong signature
    :ivar respond: returns the status for an event; 204 by default
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.events: list[Json] = []
        self.forged = 0
        self.respond: Callable[[Json], int] = lambda event: 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = receiver._receive(body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/zoom?app=1"
        threading.Thread(target=lambda: self._server.serve_forever(0.01), daemon=True).start()

    def _receive(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        signed = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + body
        if headers["x-zm-signature"] != "v0=" + self.mac(signed):
            self.forged += 1
            return 401, b""
        event = json.loads(body)
        if event["event"] == "endpoint.url_validation":
            token = event["payload"]["plainToken"]
            proof = {"plainToken": token, "encryptedToken": self.mac(token.encode())}
            return 200, json.dumps(proof).encode()
        self.events.append(event)
        return self.respond(event), b""

    def mac(self, text: bytes) -> str:
        return hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()

    def texts(self) -> list[str]:
        """The texts of the message events, in order."""
        return [event["payload"]["object"]["message"] for event in self.events]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving(secret: str) -> Iterator[Receiver]:
    receiver = Receiver(secret)
    try:
        yield receiver
    finally:
        receiver.stop()

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from swagger_client._flow.effects import Hidden

_PAGE = "<!doctype html><meta charset=utf-8><title>zoom-sms</title><p>{}</p>"


class CallbackServer(ThreadingHTTPServer):
    """Receives the request with which Zoom's consent page redirects the user's browser.

    :param port: the port on which to listen; 0 selects a free port.
    :param host: an IP address of this machine, or ``localhost``.
    :param path: the path of the URL to which Zoom redirects; requests to other paths receive 404.
    """

    daemon_threads = True
    timeout = 0.5

    def __init__(self, port: int, *, host: str = "127.0.0.1", path: str = "/") -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        self.path = path or "/"
        self.state = ""
        self.received: dict[str, str] | None = None

    @property
    def redirect_uri(self) -> str:
        """The URL of this server, which must be registered as a redirect URL of the app."""
        host = str(self.server_address[0])
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.server_address[1]}{self.path}"

    def wait(self, state: str, seconds: float, now: Callable[[], float]) -> dict[str, str] | None:
        """Wait until the user's browser is redirected to this server.

        :param state: the OAuth ``state`` of the authorization. A request with another state is
            rejected, because any program on this machine can send requests to the server.
        :param seconds: how long to wait.
        :param now: returns the monotonic time in seconds.
        :returns: the parameters in the URL of the redirect; None if it did not arrive in time.
        """
        self.state = state
        end = now() + seconds
        while self.received is None and now() < end:
            self.handle_request()
        return self.received


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server: CallbackServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: Hidden(values[0]) for name, values in parse_qs(url.query).items()}
        state = query.get("state", "").encode("utf-8", "surrogatepass")
        expected = hmac.compare_digest(state, self.server.state.encode())
        if url.path == self.server.path and expected and ("code" in query or "error" in query):
            self.server.received = dict(query)
            self._respond(200, "You can close this window and return to the program.")
        else:
            self._respond(404, "This page is only for the redirect from Zoom's consent page.")

    def _respond(self, status: int, text: str) -> None:
        body = _PAGE.format(text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Do not log the request, because its URL contains the authorization code."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Rejection(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Access:
    """ASGI middleware that passes permitted requests, and rejects all others.

    The `Host` header of a request, and its `Origin` header if present, must name this server. So
    pages of other sites in the same browser cannot read from this server, even if the host name of
    such a site resolves to 127.0.0.1.

    The first request must contain the one-time token of :attr:`address`. The response sets a
    cookie, which all later requests must contain. Scripts cannot read the cookie, and browsers do
    not send it with requests from other sites.
    """

    def __init__(self, app: App, *, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token: str | None = secrets.token_urlsafe(32)
        self._secret = secrets.token_urlsafe(32)
        self._cookie = f"zoom-sms-{port}"
        self._address = f"http://127.0.0.1:{port}/"

    @property
    def address(self) -> str:
        """The URL with the one-time token, for the user."""
        return f"{self._address}?token={self._token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._handle(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope)
            if self._has_cookie(scope):
                await self._app(scope, receive, send)
            else:
                self._exchange_token(scope)
                await _redirect(send, f"{self._cookie}={self._secret}")
        except Rejection as rejection:
            await _reject(send, rejection)

    def _check(self, scope: Scope) -> None:
        """Raise a Rejection if the method changes data, or Host or Origin names another server."""
        if scope["method"] not in ("GET", "HEAD"):
            raise Rejection(405, "The viewer accepts only GET and HEAD requests.")
        if [host.lower() for host in _headers(scope, b"host")] not in [[h] for h in self._hosts]:
            raise Rejection(403, "The Host header of the request names another server.")
        allowed = {f"http://{host}" for host in self._hosts}
        if not allowed.issuperset(_headers(scope, b"origin")):
            raise Rejection(403, "The request comes from a page of another server.")

    def _has_cookie(self, scope: Scope) -> bool:
        """Return whether the request has the cookie, and no other site caused the request."""
        sites = _headers(scope, b"sec-fetch-site")
        if not {"same-origin", "none"}.issuperset(sites):
            return False
        pairs = [pair.strip() for line in _headers(scope, b"cookie") for pair in line.split(";")]
        expected = f"{self._cookie}={self._secret}"
        return any(hmac.compare_digest(pair.encode(), expected.encode()) for pair in pairs)

    def _exchange_token(self, scope: Scope) -> None:
        """Use up the one-time token; raise a Rejection if the request does not contain it."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.get("token", [""])[0]
        prefetched = bool(_headers(scope, b"sec-purpose"))
        token = self._token or ""
        known = bool(token) and hmac.compare_digest(given.encode(), token.encode())
        if not known or scope["method"] != "GET" or scope["path"] != "/" or prefetched:
            raise Rejection(
                403,
                "Open the address that `zoom-sms browse` printed. An address works only once. To "
                "get a new one, start the command again.",
            )
        self._token = None


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _with_headers(send: Send) -> Send:
    """Return a function that adds security headers to a response and sends it."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            names = {name.lower() for name, _ in headers}
            extra = [one for one in (*_HEADERS, _POLICY) if one[0] not in names]
            message = {**message, "headers": [*headers, *extra]}
        await send(message)

    return sending


async def _redirect(send: Send, cookie: str) -> None:
    headers = [
        (b"location", b"/"),
        (b"set-cookie", f"{cookie}; HttpOnly; SameSite=Strict; Path=/".encode()),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _reject(send: Send, rejection: Rejection) -> None:
    body = f"{rejection.reason}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    if rejection.status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": rejection.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

from __future__ import annotations

import base64
import binascii
import http
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
#: An application as ASGI 3 defines it.
ASGIApplication = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

_Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """The HTTP response to send to Zoom."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


ACCEPTED = Reply(204)


def text(status: int, message: str, **headers: str) -> Reply:
    content_type = {"Content-Type": "text/plain; charset=utf-8"}
    return Reply(status, {**content_type, **headers}, message.encode() + b"\n")


def too_large(limit: int) -> Reply:
    return text(413, f"At most {limit} bytes are accepted.")


def only_post() -> Reply:
    return text(405, "Only POST is accepted.", Allow="POST")


class _Receiver(Protocol):
    @property
    def max_body(self) -> int: ...

    def handle(self, body: bytes, headers: _Pairs) -> Reply: ...

    async def handle_async(self, body: bytes, headers: _Pairs) -> Reply: ...


async def asgi(receiver: _Receiver, scope: Scope, receive: Receive, send: Send) -> None:
    """Handle an ASGI connection: an HTTP request or a lifespan; WebSockets are rejected."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        reply = await _asgi_reply(receiver, scope, receive)
        if reply is not None:
            headers = [(name.lower().encode(), value.encode()) for name, value in _headers(reply)]
            status = reply.status
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": reply.body})
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def _asgi_reply(receiver: _Receiver, scope: Scope, receive: Receive) -> Reply | None:
    """Read and handle a request; return the response, or None if the client has disconnected."""
    if scope["method"] != "POST":
        return only_post()
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    length = _length(dict(headers).get("content-length"))
    if length is not None and length > receiver.max_body:
        return too_large(receiver.max_body)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > receiver.max_body:
            return too_large(receiver.max_body)
        if not message.get("more_body", False):
            return await receiver.handle_async(bytes(body), headers)


def wsgi(
    receiver: _Receiver, environ: Mapping[str, Any], start_response: Callable[..., object]
) -> Iterable[bytes]:
    """Handle one WSGI request, and return the parts of the response's body."""
    reply = _wsgi_reply(receiver, environ)
    start_response(f"{reply.status} {http.HTTPStatus(reply.status).phrase}", _headers(reply))
    return [reply.body]


def _wsgi_reply(receiver: _Receiver, environ: Mapping[str, Any]) -> Reply:
    if environ["REQUEST_METHOD"] != "POST":
        return only_post()
    length, limit = _length(environ.get("CONTENT_LENGTH")), receiver.max_body
    if length is not None and length > limit:
        return too_large(limit)
    if length is not None:
        body = environ["wsgi.input"].read(length)
        if len(body) < length:
            return text(503, "The body is incomplete.")
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(limit + 1)
    else:
        body = b""
    headers = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    return receiver.handle(body, headers)


def aws_lambda(receiver: _Receiver, event: Mapping[str, Any]) -> dict[str, Any]:
    """Handle one AWS Lambda event from a function URL or from API Gateway."""
    context = event.get("requestContext") or {}
    method = event.get("httpMethod") or (context.get("http") or {}).get("method")
    if method != "POST":
        return _lambda_response(only_post())
    body = (event.get("body") or "").encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error:
            return _lambda_response(text(400, "The body is not valid Base64."))
    headers = {**(event.get("headers") or {}), **(event.get("multiValueHeaders") or {})}
    pairs = [
        (name, one)
        for name, value in headers.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return _lambda_response(receiver.handle(body, pairs))


def _lambda_response(reply: Reply) -> dict[str, Any]:
    return {
        "statusCode": reply.status,
        "headers": dict(reply.headers),
        "body": reply.body.decode(),
        "isBase64Encoded": False,
    }


def _headers(reply: Reply) -> _Pairs:
    length = [] if reply.status == 204 else [("Content-Length", str(len(reply.body)))]
    return [*reply.headers.items(), *length]


def _length(value: str | None) -> int | None:
    """Return a Content-Length, capped at 10^18, or None if the header is invalid."""
    if not value or not value.isascii() or not value.isdecimal():
        return None
    return int(value) if len(value) <= 18 else 10**18

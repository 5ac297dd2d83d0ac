"""ASGI and WSGI requests of every form are read, including hostile ones."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from swagger_client.webhooks import Receiver, Webhook
from webhooks.sample_events import NOW, SECRET, body, event

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
SENT = body(event("phone.sms_sent"))
SIGNED = WEBHOOK.sign(SENT)


def wsgi(content: bytes, **environ: Any) -> int:
    """Pass a WSGI request to a receiver; return the status."""
    statuses: list[str] = []
    given = {
        "REQUEST_METHOD": "POST",
        "HTTP_X_ZM_SIGNATURE": SIGNED["x-zm-signature"],
        "HTTP_X_ZM_REQUEST_TIMESTAMP": SIGNED["x-zm-request-timestamp"],
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        **environ,
    }
    receiver = Receiver(WEBHOOK, lambda event: None)
    parts = receiver.wsgi(given, lambda status, headers: statuses.append(status))
    assert b"".join(parts).endswith(b"\n") or statuses[0].startswith("204")
    return int(statuses[0].split()[0])


def test_a_wsgi_body_is_read_by_its_length_or_to_its_end() -> None:
    assert wsgi(SENT) == 204
    assert wsgi(SENT + b"rest", CONTENT_LENGTH=str(len(SENT))) == 204
    assert wsgi(SENT, CONTENT_LENGTH="", **{"wsgi.input_terminated": True}) == 204
    assert wsgi(SENT, CONTENT_LENGTH="") == 401
    assert wsgi(SENT, CONTENT_LENGTH=str(len(SENT) + 1)) == 503  # cut off: Zoom sends it again


@pytest.mark.parametrize("length", ["-1", "1e3", "many", "٣"])
def test_a_malformed_length_is_not_read(length: str) -> None:
    assert wsgi(SENT, CONTENT_LENGTH=length) == 401


@pytest.mark.parametrize("length", ["5000000", "9" * 18, "9" * 10_000])
def test_a_content_length_that_is_too_large_gets_a_413_response(length: str) -> None:
    assert wsgi(SENT, CONTENT_LENGTH=length) == 413
    assert asgi([SENT], headers=[(b"content-length", length.encode())])[0]["status"] == 413


def asgi(
    chunks: list[bytes], *, headers: Any = (), disconnect: bool = False, **scope: Any
) -> list[dict[str, Any]]:
    """Pass an ASGI request to a receiver; return the messages that it sends."""
    sent: list[dict[str, Any]] = []
    messages = [{"type": "http.request", "body": one, "more_body": True} for one in chunks]
    if disconnect:
        messages.append({"type": "http.disconnect"})
    elif messages:
        messages[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    signed = [(name.encode(), value.encode()) for name, value in SIGNED.items()]
    given = {"type": "http", "method": "POST", "headers": [*signed, *headers], **scope}
    asyncio.run(Receiver(WEBHOOK, lambda event: None).asgi(given, receive, send))
    return sent


def test_an_asgi_body_may_come_in_chunks() -> None:
    for chunks in ([SENT], [SENT[:9], b"", SENT[9:]], [bytes([byte]) for byte in SENT]):
        start, end = asgi(chunks)
        assert (start["status"], end["body"]) == (204, b"")


def test_a_client_that_disconnects_gets_no_response() -> None:
    assert asgi([SENT[:9]], disconnect=True) == []


def test_chunks_without_end_are_a_413() -> None:
    assert asgi([b"x" * 1_000_000] * 5)[0]["status"] == 413


def test_lifespan_and_websockets_are_handled() -> None:
    sent: list[Any] = []
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    application = Receiver(WEBHOOK, lambda event: None).asgi
    asyncio.run(application({"type": "lifespan"}, receive, send))
    asyncio.run(application({"type": "websocket"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swagger_client._version import check_extra
from swagger_client.archive import Archive
from swagger_client.cli.account import connected
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.events import NO_WEBHOOK_SECRET, UNUSABLE_WEBHOOK_SECRET
from swagger_client.cli.console import Console
from swagger_client.cli.opening import listen
from swagger_client.cli.options import add_zoom
from swagger_client.cli.problems import ProblemError

if TYPE_CHECKING:
    from swagger_client.archive.event_queue import EventQueue
    from swagger_client.webhooks import Receiver, Webhook, WebhookEvent

logger = logging.getLogger("swagger_client.cli")

_SECRET = "ZOOM_WEBHOOK_SECRET"


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--bind",
        metavar="ADDRESS:PORT",
        type=_address,
        default=("127.0.0.1", 8080),
        help="the address to listen on (default: 127.0.0.1:8080); Zoom requires HTTPS, so use a "
        "reverse proxy with TLS",
    )
    add("--path", metavar="PATH", type=_path, default="/", help="the path of the URL (default: /)")
    add_zoom(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    from swagger_client.archive.listening import archiving_events

    webhook = _webhook()
    check_extra("web", "uvicorn")
    with (
        listen(*options.bind, option="--bind") as listener,
        connected(options) as api,
        Archive(Path(options.database)) as archive,
        archiving_events(archive, api) as events,
    ):
        address, port = listener.getsockname()[:2]
        url = f"http://{address}:{port}{options.path}"
        console.announce(f"Listening at {url}. Press Ctrl-C to stop.")
        _serve(_receiver(webhook, events), options.path, listener)
        status = archive.event_status()
    console.print(f"Stopped. Events that are not archived yet: {status.pending:,}.")
    console.result({"pending": status.pending, "failed": len(status.failed)})
    return []


def _webhook() -> Webhook:
    from swagger_client.webhooks import Webhook

    secrets = os.environ.get(_SECRET, "").replace(",", " ").split()
    if not secrets:
        raise ProblemError(NO_WEBHOOK_SECRET())
    try:
        return Webhook(secrets)
    except ValueError as error:
        raise ProblemError(UNUSABLE_WEBHOOK_SECRET(message=error)) from None


def _receiver(webhook: Webhook, events: EventQueue) -> Receiver:
    from swagger_client.webhooks import Receiver

    async def store(event: WebhookEvent) -> None:
        if event.event.startswith("phone.sms"):
            await asyncio.wrap_future(events.submit(event))
        else:
            logger.info("Ignored an event that does not concern messages: %s", event.event)

    return Receiver(webhook, store, max_pending=10_000, on_validation=events.submit)


def _serve(receiver: Receiver, path: str, listener: socket.socket) -> None:
    """Serve the receiver over HTTP until a signal, such as Ctrl-C, stops the process."""
    import uvicorn

    application = receiver.asgi

    async def at_path(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] != path:
            logger.info("Rejected a request to the path %r; see --path.", scope["path"])
            headers = [(b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await application(scope, receive, send)

    config = uvicorn.Config(
        at_path, lifespan="off", log_level="warning", access_log=False, server_header=False
    )
    # After a signal, uvicorn finishes its requests and then raises KeyboardInterrupt.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _address(given: str) -> tuple[str, int]:
    host, colon, port = given.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise ArgumentTypeError("pass an address such as 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)


def _path(given: str) -> str:
    if not given.startswith("/"):
        raise ArgumentTypeError("pass a path that begins with /")
    return given


COMMAND = Command(
    summary="Receive Zoom's webhook events and archive messages as they come",
    group="Archive",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="Events that were confirmed are stored; the next start archives them.",
)

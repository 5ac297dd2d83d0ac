"""Receive Zoom's SMS events with FastAPI, and store each once.

    ZOOM_WEBHOOK_SECRET=... uvicorn webhook_receiver:app --app-dir examples --port 8080

Zoom must be able to reach it over https, for example through a reverse proxy. The secret is the
secret token of the app's event subscription. It needs ``fastapi`` and ``uvicorn``.
"""

from __future__ import annotations

import os
import sqlite3

from fastapi import FastAPI, Request, Response

from swagger_client.webhooks import Receiver, SmsEvent, SQLiteEventStore, Webhook, WebhookEvent

DATABASE = os.environ.get("EVENTS_DATABASE", "events.sqlite3")


def handle(event: WebhookEvent) -> None:
    """Store a message event. If this fails, Zoom sends the event again later."""
    if not isinstance(event, SmsEvent):
        return
    message = event.message
    with sqlite3.connect(DATABASE) as database:
        database.execute("CREATE TABLE IF NOT EXISTS inbox (event TEXT PRIMARY KEY, text TEXT)")
        database.execute("REPLACE INTO inbox VALUES (?, ?)", (event.key, message.message))


receiver = Receiver(
    Webhook(os.environ["ZOOM_WEBHOOK_SECRET"]), handle, store=SQLiteEventStore(DATABASE + ".seen")
)
app = FastAPI()


@app.post("/zoom")
async def zoom(request: Request) -> Response:
    """Handle an event; register this URL at Zoom."""
    reply = await receiver.handle_async(await request.body(), request.headers)
    return Response(reply.body, reply.status, dict(reply.headers))

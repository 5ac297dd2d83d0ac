"""A Celery application that creates and uses a client before the worker forks."""

from __future__ import annotations

import json
import os

from celery import Celery

import swagger_client
from swagger_client.oauth import FileTokenCache, ServerToServerOAuth

origin = os.environ["TEST_ORIGIN"]

app = Celery("celery_app")
app.conf.update(json.loads(os.environ["TEST_BROKER"]))

configuration = swagger_client.Configuration()
configuration.host = f"{origin}/v2"
configuration.credentials = ServerToServerOAuth(
    "account", "client", "secret",
    token_url=f"{origin}/oauth/token", cache=FileTokenCache(os.environ["TEST_TOKEN_CACHE"]),
)  # fmt: skip
api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
before_the_fork = api.sms_session_details(f"{os.getpid()}-0").next_page_token


@app.task(name="read")  # type: ignore[untyped-decorator]
def read(number: int, *, in_a_thread: bool) -> dict[str, object]:
    """Read a conversation; return the requested and the received id."""
    session_id = f"{os.getpid()}-{number}"
    found: swagger_client.InlineResponse20074
    if in_a_thread:
        found = api.sms_session_details(session_id, async_req=True).get(30)
    else:
        found = api.sms_session_details(session_id)
    return {"process": os.getpid(), "sent": session_id, "received": found.next_page_token}

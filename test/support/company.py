"""A company network with an authenticating proxy, and a server that responds like Zoom."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from email.utils import formatdate

from support.wire import Received, Say, error_reply, reply

API, FILES = "api.zoom.test", "files.zoom.test"
#: What the proxy requires; the password is written with its escapes.
USER, PASSWORD, ESCAPED = "company", "pr/xy p@ss-4711", "pr%2Fxy%20p%40ss-4711"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
NOW = datetime.now(timezone.utc)
MESSAGE = {
    "message_id": "m1", "message": "hello",
    "date_time": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    "direction": "In", "message_type": 2,
    "sender": {"phone_number": "+12065550100"}, "to_members": [{"phone_number": "+12065550199"}],
    "attachments": [{
        "id": "a", "name": "x.png", "size": 8, "type": "PNG",
        "download_url": f"https://{FILES}/file?jwt=x",
    }],
}  # fmt: skip


def respond(request: Received) -> Say:
    """Respond like Zoom's API, its token endpoint and its file server."""
    date = {"Date": formatdate(usegmt=True)}
    if request.path == "/oauth/token":
        token = {"access_token": "a-token-of-zoom", "expires_in": 3600, "token_type": "bearer"}
        return Say(reply({**token, "scope": "phone_sms:read:admin"}))
    if request.headers.get("authorization") != "Bearer a-token-of-zoom":
        return (
            Say(reply(b"the file")) if request.path == "/file" else Say(error_reply(401, 124, "no"))
        )
    if request.path.count("/") > 4:
        return Say(reply({"sms_histories": [MESSAGE], "next_page_token": ""}, headers=date))
    page = {"sms_sessions": [{"session_id": "s1", "participants": []}], "next_page_token": ""}
    return Say(reply(page, headers=date))

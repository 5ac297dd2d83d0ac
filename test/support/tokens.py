"""A server that issues tokens as a test's script says."""

from __future__ import annotations

import threading
from collections.abc import Callable

from support.wire import Received, Say, Wire, error_reply, reply
from swagger_client.oauth import ServerToServerOAuth


class Zoom:
    """A scripted Zoom that issues numbered tokens and accepts only the newest."""

    def __init__(self, wire: Wire, lifetime: float = 3600) -> None:
        self.issued = 0
        self.accepted = 0
        self.lifetime = lifetime
        self.token_answer: Callable[[], Say] = self.new_token
        self._lock = threading.Lock()
        wire.default = self.respond
        self.credentials = ServerToServerOAuth(
            "account", "app", "app-secret", token_url=f"{wire.origin}/oauth/token"
        )

    def respond(self, request: Received) -> Say:
        if request.path == "/oauth/token":
            with self._lock:
                self.issued += 1
                return self.token_answer()
        if request.headers.get("authorization") != f"Bearer token-{self.accepted}":
            return Say(error_reply(401, 124, "Invalid access token."))
        return Say(reply({"sms_sessions": []}))

    def new_token(self) -> Say:
        self.accepted = self.issued
        return Say(reply({"access_token": f"token-{self.issued}", "expires_in": self.lifetime}))

"""A server that issues tokens as a test's script says."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from support.waiting import wait_until
from support.wire import Received, Say, Wire, error_reply, reply
from swagger_client.oauth import AuthorizationCodeOAuth, FileTokenCache, ServerToServerOAuth


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


class Tokens:
    """A token endpoint that responds only when a test permits it."""

    def __init__(self, wire: Wire) -> None:
        self.gate, self.issued, self.origin = threading.Event(), 0, wire.origin
        wire.default = self.respond

    def respond(self, request: Received) -> Say:
        if request.path != "/oauth/token":
            return Say(reply())
        if (
            b"refresh_token" in request.body
            and f"refresh-{self.issued}".encode() not in request.body
        ):
            return Say(error_reply(400, 4741, "The refresh token is used"))
        self.issued += 1
        token = reply(
            {
                "access_token": f"token-{self.issued}",
                "refresh_token": f"refresh-{self.issued}",
                "expires_in": 3600,
            }
        )
        return Say(token, gate=self.gate)

    def app(self, cache: Path | None = None) -> AuthorizationCodeOAuth:
        """Return credentials of a user, whose refresh token can be used once."""
        return AuthorizationCodeOAuth(
            "app",
            "secret",
            refresh_token="refresh-0",
            token_url=f"{self.origin}/oauth/token",
            cache=None if cache is None else FileTokenCache(cache),
        )

    def credentials(self, cache: Path | None = None) -> ServerToServerOAuth:
        return ServerToServerOAuth(
            "account",
            "app",
            "secret",
            token_url=f"{self.origin}/oauth/token",
            cache=None if cache is None else FileTokenCache(cache),
        )


def end_during_token_request(program: str, tokens: Tokens, folder: Path) -> None:
    """Run a program that prints "ended" after it has read a line; its token request ends later."""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        wait_until(lambda: tokens.issued == 1)
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ended\n"
        tokens.gate.set()
        assert process.wait(30) == 0

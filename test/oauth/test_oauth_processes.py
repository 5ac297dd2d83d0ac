"""Processes that share a token: two that need one at the same instant make one token request."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from support.wire import Received, Say, Wire, error_reply, reply

#: A process that calls Zoom after each line of input, and prints the result.
PROGRAM = """
import json, sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.oauth import AuthorizationCodeOAuth, FileTokenCache, ServerToServerOAuth

host, origin, path, kind = sys.argv[1:]
cache, url = FileTokenCache(path), origin + "/oauth/token"
stored = []
if kind == "app":
    credentials = ServerToServerOAuth("account", "app", "secret", token_url=url, cache=cache)
else:
    credentials = AuthorizationCodeOAuth(
        "app", "secret", refresh_token="refresh-0", token_url=url, cache=cache,
        on_refresh_token=stored.append)
configuration = Configuration()
configuration.host, configuration.credentials, configuration.retries = host, credentials, 0
configuration.deadline = 30
api = SMSApi(ApiClient(configuration))
print("ready", flush=True)
for line in sys.stdin:
    try:
        api.account_sms_session()
        print(json.dumps({"error": None, "stored": stored}), flush=True)
    except Exception as error:
        print(json.dumps({"error": repr(error), "stored": stored}), flush=True)
"""


class Zoom:
    """An account: the newest token is valid alone, and a refresh token may be used once."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.issued: list[str] = []
        self.grants: list[dict[str, list[str]]] = []
        self.lifetime = 3600.0
        self.before_token: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        wire.default = self.respond

    def respond(self, request: Received) -> Say:
        if request.path == "/oauth/token":
            return self._issue(request)
        with self._lock:
            valid = self.issued and self.issued[-1]
        if request.headers.get("authorization") != f"Bearer {valid}":
            return Say(error_reply(401, 124, "Invalid access token"))
        return Say(reply({"sms_sessions": [], "next_page_token": ""}))

    def _issue(self, request: Received) -> Say:
        self.before_token()
        with self._lock:
            form = parse_qs(request.body.decode())
            self.grants.append(form)
            used = form.get("refresh_token", [f"refresh-{len(self.issued)}"])[0]
            if used != f"refresh-{len(self.issued)}":
                return Say(reply({"reason": "Invalid Token!", "error": "invalid_request"}, 400))
            self.issued.append(f"token-{len(self.issued) + 1}")
            fields = {"access_token": self.issued[-1], "expires_in": self.lifetime}
            return Say(reply({**fields, "refresh_token": f"refresh-{len(self.issued)}"}))

    def replace_token(self) -> None:
        """Make every token invalid that was issued so far."""
        with self._lock:
            self.issued[-1] += "-revoked"


class Process:
    def __init__(self, zoom: Zoom, path: Path, kind: str) -> None:
        arguments = [zoom.wire.host, zoom.wire.origin, str(path), kind]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line())
        return found

    def call(self) -> None:
        self.go()
        assert self.result()["error"] is None

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


Start = Callable[[str], Process]


@pytest.fixture
def zoom(wire: Wire) -> Zoom:
    return Zoom(wire)


@pytest.fixture
def start(zoom: Zoom, tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def make(kind: str) -> Process:
        started.append(Process(zoom, tmp_path / "tokens.json", kind))
        return started[-1]

    yield make
    for process in started:
        process.close()


def both(*processes: Process) -> list[dict[str, Any]]:
    for process in processes:
        process.go()
    return [process.result() for process in processes]


# Without the lease of the file, both fetch a token, and each makes the other's invalid.
@pytest.mark.parametrize("kind", ["app", "user"])
def test_two_that_need_a_token_at_once_make_one_request(
    zoom: Zoom, start: Start, kind: str
) -> None:
    processes = start(kind), start(kind)
    for rounds in range(1, 6):
        assert [one["error"] for one in both(*processes)] == [None, None]
        assert len(zoom.grants) == rounds
        assert all(one["error"] is None for one in both(*processes)), "nothing is left to renew"
        assert len(zoom.grants) == rounds
        zoom.replace_token()


def test_a_rotating_refresh_token_is_used_once(zoom: Zoom, start: Start) -> None:
    processes = start("user"), start("user")
    for _ in range(4):
        both(*processes)
        zoom.replace_token()
    used = [form["refresh_token"][0] for form in zoom.grants]
    assert used == ["refresh-0", "refresh-1", "refresh-2", "refresh-3"]


@pytest.mark.parametrize("kind", ["app", "user"])
def test_a_token_that_expires_for_both_is_renewed_once(zoom: Zoom, start: Start, kind: str) -> None:
    zoom.lifetime = 0.2
    first, second = start(kind), start(kind)
    assert [one["error"] for one in both(first, second)] == [None, None]
    before = len(zoom.grants)
    threading.Event().wait(0.3)  # real processes have real clocks
    zoom.lifetime = 3600.0
    assert [one["error"] for one in both(first, second)] == [None, None]
    assert len(zoom.grants) == before + 1


@pytest.mark.parametrize("kind", ["app", "user"])
def test_a_token_that_another_process_replaced_is_read_from_the_cache(
    zoom: Zoom, start: Start, kind: str
) -> None:
    first, second = start(kind), start(kind)
    first.call()
    second.call()
    assert len(zoom.grants) == 1
    zoom.replace_token()
    first.call()
    assert len(zoom.grants) == 2
    requests = len(zoom.wire.requests)
    second.call()  # a 401, then the other's token
    assert len(zoom.grants) == 2
    assert len(zoom.wire.requests) == requests + 2


# Otherwise each of these tokens, which are not too old, is sent and rejected, and the call fails.
def test_a_process_begins_with_the_newest_token_of_the_cache(zoom: Zoom, start: Start) -> None:
    first = start("user")
    for _ in range(6):
        first.call()
        zoom.replace_token()
    first.call()
    requests = len(zoom.wire.requests)
    start("user").call()
    assert len(zoom.wire.requests) == requests + 1


@pytest.mark.parametrize("kind", ["app", "user"])
def test_a_process_that_dies_during_its_token_request_blocks_no_other(
    zoom: Zoom, start: Start, kind: str
) -> None:
    reached, released = threading.Event(), threading.Event()

    def hold() -> None:
        if not reached.is_set():
            reached.set()
            released.wait(30)

    zoom.before_token = hold
    first, second = start(kind), start(kind)
    first.go()
    assert reached.wait(30)
    second.go()
    first.close()
    assert second.result()["error"] is None
    released.set()

"""Secrets are put into every input, and searched in every output."""

from __future__ import annotations

import base64
import http.client
import io
import logging
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.clocks import JumpingClock
from support.faces import Faces
from support.leaks import (
    BEARER,
    CANARIES,
    CODE,
    COOKIE,
    ECHOES,
    JWT,
    PROXY,
    REFRESH,
    SECRET,
    STATIC,
    Sinks,
    found_in,
    in_body,
)
from support.tls import Authority
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client.exceptions import ApiException
from swagger_client.oauth import AuthorizationCodeOAuth, FileTokenCache, ServerToServerOAuth


@pytest.fixture
def sinks(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sinks]:
    """The DEBUG log of every logger, the prints of http.client, stdout and stderr."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in ("urllib3", "swagger_client", "asyncio", "concurrent.futures"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    made = Sinks()
    yield made
    root.level, root.handlers[:] = before
    out, err = capfd.readouterr()
    made.shown += [log.getvalue(), out, err]
    assert log.getvalue()
    assert made.leaks() == {}


# Without the scrubbing, the repr of tokens, or the connections' own debuglevel, found at once.
@pytest.mark.parametrize("server", ECHOES, ids=lambda server: server.__name__)
@pytest.mark.parametrize("kind", ["static", "server to server", "refresh token"])
def test_no_secret_is_shown_even_if_the_server_repeats_it(
    wire: Wire, face: Faces, sinks: Sinks, server: Callable[[Received], Say], kind: str
) -> None:
    def response(request: Received) -> Say:
        if request.path == "/oauth/token":
            return Say(
                reply({"access_token": BEARER, "refresh_token": REFRESH + "2", "expires_in": 3600})
            )
        return server(request)

    wire.default = response
    url = f"{wire.origin}/oauth/token"
    caller = face(
        wire.host, clock=JumpingClock(), retries=1, on_event=sinks.events.append, debug=True
    )
    configuration = caller.client.configuration
    caller.client.cookie = f"session={COOKIE}"
    if kind == "static":
        configuration.access_token = STATIC
    elif kind == "server to server":
        configuration.credentials = ServerToServerOAuth("account", "app", SECRET, token_url=url)
    else:
        configuration.credentials = AuthorizationCodeOAuth(
            "app", SECRET, refresh_token=REFRESH, token_url=url
        )
    with pytest.raises(ApiException) as caught:
        caller.call()
    sinks.take(caught.value)
    sinks.shown += [repr(configuration), repr(configuration.credentials), repr(caller.client)]
    sinks.shown += [configuration.to_debug_report()]


@pytest.mark.parametrize("server", ECHOES, ids=lambda server: server.__name__)
@pytest.mark.parametrize("kind", ["server to server", "refresh token", "code"])
def test_no_secret_is_shown_by_a_token_endpoint_that_repeats_it(
    wire: Wire, face: Faces, sinks: Sinks, server: Callable[[Received], Say], kind: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    wire.default = server
    url = f"{wire.origin}/oauth/token"
    credentials: Any
    if kind == "server to server":
        cache = FileTokenCache(tmp_path / "token.json")
        credentials = ServerToServerOAuth("account", "app", SECRET, token_url=url, cache=cache)
    else:
        credentials = AuthorizationCodeOAuth("app", SECRET, refresh_token=REFRESH, token_url=url)
        if kind == "code":
            credentials.exchange_code(CODE)
    caller = face(wire.host, clock=JumpingClock(), retries=1, credentials=credentials, debug=True)
    for _ in range(2):
        with pytest.raises(ApiException) as caught:
            caller.call()
        sinks.take(caught.value)
    sinks.shown.append(repr(credentials))


@pytest.mark.parametrize("lifetime", [-1, "soon", None])
def test_a_token_that_cannot_be_used_is_not_shown(
    wire: Wire, face: Faces, sinks: Sinks, lifetime: object
) -> None:
    wire.default = Say(
        reply({"access_token": BEARER, "refresh_token": REFRESH, "expires_in": lifetime})
    )
    credentials = AuthorizationCodeOAuth(
        "app", SECRET, refresh_token=REFRESH, token_url=f"{wire.origin}/oauth/token"
    )
    with pytest.raises(ApiException) as caught:
        face(wire.host, clock=JumpingClock(), retries=0, credentials=credentials).call()
    sinks.take(caught.value)


def test_a_hook_that_fails_does_not_show_the_refresh_token(
    wire: Wire, face: Faces, sinks: Sinks
) -> None:
    wire.default = Say(
        reply({"access_token": BEARER, "refresh_token": REFRESH, "expires_in": 3600})
    )

    def fail(_: str) -> None:
        raise OSError("disk full")

    credentials = AuthorizationCodeOAuth(
        "app",
        SECRET,
        refresh_token=REFRESH,
        token_url=f"{wire.origin}/oauth/token",
        on_refresh_token=fail,
    )
    with pytest.raises(OSError, match="disk full") as caught:
        face(wire.host, credentials=credentials, debug=True).call()
    sinks.take(caught.value)


@pytest.mark.parametrize("odd", ["\n", "\r\nX: y", " ", "é"])
def test_an_error_about_an_invalid_token_does_not_show_it(
    wire: Wire, face: Faces, sinks: Sinks, odd: str
) -> None:
    caller = face(wire.host, access_token=STATIC + odd, debug=True)
    with pytest.raises(ValueError, match="token") as caught:
        caller.call()
    sinks.take(caught.value)
    caller.client.configuration.access_token = "fine"
    caller.client.cookie = COOKIE + "\n"
    with pytest.raises(ValueError, match="Cookie") as caught:
        caller.call()
    sinks.shown += [str(caught.value), repr(caught.value)]
    caller.client.cookie = None
    caller.call()


# urllib3 logs the target of each request; http.client prints it.
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_jwt_in_a_url_is_not_shown(wire: Wire, face: Faces, sinks: Sinks, status: int) -> None:
    client = face(wire.host, clock=JumpingClock(), debug=True).client
    for response in (
        Say(reply(b"{}", status)),
        Say(b"nonsense\r\n", then="close"),
        Say(then="reset"),
    ):
        wire.default = response
        for query in ({"jwt": JWT}, None):
            url = f"{wire.origin}/download" + ("" if query else f"?jwt={JWT}")
            try:
                client.request("GET", url, query_params=list((query or {}).items()), headers={})
            except ApiException as error:
                sinks.shown += [str(error), repr(error), repr(vars(error))]
                sinks.shown.append(pickle.dumps(error).decode("latin-1"))
    assert all(request.target.endswith(f"jwt={JWT}") for request in wire.requests)
    assert len(wire.requests) >= 6


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 {echo}\r\nX: {echo}\r\nContent-Length: 0\r\n\r\n",
        b"{echo}\r\n",
    ],
)
def test_the_password_of_a_proxy_is_not_shown(
    wire: Wire, face: Faces, sinks: Sinks, tmp_path: Path, scheme: str, said: bytes
) -> None:
    def response(request: Received) -> Say:
        sent = request.headers["proxy-authorization"]
        echoed = f"{sent} {sent[6:]} {base64.b64decode(sent[6:]).decode()}"
        return Say(said.replace(b"{echo}", echoed.encode()), then="close")

    wire.default = response
    authority = Authority(tmp_path)
    with Wire(tls=authority.context("127.0.0.1") if scheme == "https" else None) as target:
        caller = face(
            target.host,
            clock=JumpingClock(),
            retries=1,
            debug=True,
            access_token=STATIC,
            proxy=f"http://user:{quote(PROXY, safe='')}@127.0.0.1:{wire.port}",
        )
        with pytest.raises(ApiException) as caught:
            caller.call()
        sinks.take(caught.value)
        sinks.shown.append(repr(caller.client.configuration))


def test_basic_authorization_is_not_shown(wire: Wire, face: Faces, sinks: Sinks) -> None:
    caller = face(wire.host, clock=JumpingClock(), debug=True, username="user", password=SECRET)
    basic = caller.client.configuration.get_basic_auth_token()
    wire.default = in_body
    with pytest.raises(ApiException) as caught:
        caller.client.call_api("/x", "GET", header_params={"Authorization": basic})
    assert wire.requests[0].headers["authorization"] == basic
    # The call's own frame is the caller's; what the package shows is scanned.
    sinks.shown += [str(caught.value), repr(caught.value), repr(vars(caught.value))]


@pytest.mark.parametrize("place", ["X-Api-Key", "X-Session-Token", "Cookie", "query"])
def test_a_key_of_another_kind_is_not_shown(
    wire: Wire, face: Faces, sinks: Sinks, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    wire.default = Say(error_reply(400, 300, f"not accepted: {SECRET}", X_Echo=SECRET))
    caller = face(wire.host, clock=JumpingClock(), debug=True)
    client = caller.client
    if place == "Cookie":
        client.cookie = f"first=1; second={SECRET}; third=3"
    elif place == "query":
        keys = {"Key": {"type": "api_key", "in": "query", "key": "code", "value": SECRET}}
        monkeypatch.setattr(client.configuration, "auth_settings", lambda: keys)
    else:
        client.set_default_header(place, SECRET)
    with pytest.raises(ApiException) as caught:
        client.call_api("/x", "GET", auth_settings=["Key"])
    sinks.take(caught.value)


def test_the_scan_finds_a_secret_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for secret in CANARIES:
        assert found_in(f"x {secret} y")
        assert found_in(quote(secret, safe=""))
        for before in ("", "a", "ab"):
            assert found_in(base64.b64encode(f"{before}:{secret}:".encode()).decode())
    assert not found_in("nothing of the kind")
    assert sys.version_info >= (3, 11)

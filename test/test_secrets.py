"""Secrets are put everywhere, and looked for wherever people look."""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import json
import logging
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from support.clocks import JumpingClock
from support.faces import Faces
from support.tls import Authority
from support.wire import Received, Say, Wire, chunked, error_reply, reply

from swagger_client.events import Event
from swagger_client.exceptions import ApiException
from swagger_client.oauth import AuthorizationCodeOAuth, FileTokenCache, ServerToServerOAuth

# With letters that URL-encoding and base64 change.
BEARER = "canary-bearer.AbC_123~x+y/z="
SECRET = "canary-client-secret+/=5"
REFRESH = "canary-refresh.token+/=6"
CODE = "canary-auth-code-7"
JWT = "eyJjYW5hcnkiOjF9.canaryjwt8.c2ln"
PROXY = "canary-proxy-p@ss9"
STATIC = "canary-static-token-10"
COOKIE = "canary-cookie-11"
CANARIES = [BEARER, SECRET, REFRESH, CODE, JWT, PROXY, STATIC, COOKIE]


def forms(secret: str) -> set[str]:
    """The forms in which a secret can be met: raw, URL-encoded, and base64 at any offset."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}
    found |= {secret.replace("/", "\\/"), "".join(f"\\u{ord(letter):04x}" for letter in secret)}
    found.add("".join(f"%{ord(letter):02x}" for letter in secret))
    for text in (secret, f"Bearer {secret}"):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text.encode()).decode()
            # What surrounds it changes the letters at both ends.
            found.add(encoded[4:-4])
            found.add(encoded[4:-4].replace("+", "-").replace("/", "_"))
    return found


NEEDLES = {form for secret in CANARIES for form in forms(secret)}


def found_in(text: str) -> set[str]:
    return {needle for needle in NEEDLES if needle in text}


class Sinks:
    """Everything that was shown anywhere."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.events: list[Event] = []

    def take(self, error: BaseException) -> None:
        self.shown += [str(error), repr(error), repr(error.args), repr(vars(error))]
        for link in _chain(error):
            whole = traceback.TracebackException.from_exception(link, capture_locals=True)
            self.shown.append(_without_tests("".join(whole.format())))
        if isinstance(error, ApiException):
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                packed = pickle.dumps(error, protocol)
                self.shown.append(packed.decode("latin-1"))
                again = pickle.loads(packed)
                self.shown += [str(again), repr(vars(again))]

    def leaks(self) -> dict[str, str]:
        everything = [*self.shown, *map(repr, self.events)]
        everything += [pickle.dumps(event).decode("latin-1") for event in self.events]
        return {
            needle: text[max(0, text.index(needle) - 200) :][:400]
            for text in everything
            for needle in found_in(text)
        }


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _without_tests(shown: str) -> str:
    """The frames of the package: those of the tests know the secrets, as a caller's do."""
    return "".join(
        f'\n  File "{frame}'
        for frame in shown.split('\n  File "')
        if "/test/" not in frame.partition('"')[0] and "/test_" not in frame.partition('"')[0]
    )


@pytest.fixture
def sinks(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sinks]:
    """DEBUG of every logger, http.client's prints, stdout and stderr."""
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


def echo(request: Received) -> str:
    """All that a request holds, in each form, as a careless server might repeat it."""
    sent = [request.headers.get("authorization", ""), request.headers.get("cookie", "")]
    sent += [text.partition(" ")[2] for text in sent]
    with contextlib.suppress(ValueError):
        sent.append(base64.b64decode(sent[2]).decode("latin-1"))
    sent += [request.body.decode(), *(value for _, value in parse_qsl(request.body.decode()))]
    return " | ".join([*sent, *(quote(text, safe="") for text in sent)])


def in_reason(request: Received) -> Say:
    return Say(reply(b"{}", 400, reason=echo(request)))


def in_headers(request: Received) -> Say:
    names = ("X-Echo", "WWW-Authenticate", "Location", "x-zm-trackingid", "Set-Cookie")
    return Say(reply(b"{}", 403, dict.fromkeys(names, echo(request))))


def in_body(request: Received) -> Say:
    return Say(error_reply(404, 1001, echo(request)))


def in_html(request: Received) -> Say:
    return Say(reply(f"<html>{echo(request)}</html>"))


def in_invalid_json(request: Received) -> Say:
    return Say(reply(json.dumps({"m": echo(request)})[:-1]))


def in_list(request: Received) -> Say:
    return Say(reply([echo(request)], headers={"x-zm-trackingid": echo(request)}))


def in_status_line(request: Received) -> Say:
    return Say(f"{echo(request)}\r\n".encode(), then="close")


def in_header_line(request: Received) -> Say:
    return Say(f"HTTP/1.1 200 OK\r\n{echo(request)}\r\n\r\n{{}}".encode(), then="close")


def in_chunk_length(request: Received) -> Say:
    return Say(chunked(b"{}", end=f"{echo(request)}\r\n\r\n".encode()), then="close")


def in_encoding(request: Received) -> Say:
    return Say(reply(b"{}", headers={"Content-Encoding": echo(request)}))


def in_length(request: Received) -> Say:
    return Say(reply(b"{}", headers={"Content-Length": echo(request)}), then="close")


def in_redirect(request: Received) -> Say:
    return Say(reply(echo(request), 302, {"Location": f"/x?jwt={JWT}&y={echo(request)}"}))


def in_429(request: Received) -> Say:
    return Say(error_reply(429, 429, echo(request), Retry_After=echo(request)))


def in_500(request: Received) -> Say:
    return Say(reply(f'{{"error": "{echo(request)}"}}', 500))


def in_401(request: Received) -> Say:
    return Say(error_reply(401, 124, echo(request)))


def jwt_in_page(request: Received) -> Say:
    page = {
        "sms_histories": [{"attachments": [{"download_url": f"https://x.zoom.us/a?jwt={JWT}"}]}]
    }
    return Say(reply(json.dumps(page)[:-1]))


def cut(request: Received) -> Say:
    return Say(reply(echo(request))[:-3], then="close")


def in_escapes(request: Received) -> Say:
    """As JSON may write it: with a sign for each letter, or for the slash alone."""
    echoed = echo(request)
    spelled = ("".join(f"\\u{ord(letter):04x}" for letter in echoed), echoed.replace("/", "\\/"))
    fields = ", ".join(f'{{"message": "{text}"}}' for text in spelled)
    return Say(reply(f'{{"message": "{" ".join(spelled)}", "errors": [{fields}]}}', 400))


def in_other_spellings(request: Received) -> Say:
    """Percent signs in small letters, base64 without its end and with the letters of URLs."""
    echoed = echo(request)
    spelled = ["".join(f"%{ord(letter):02x}" for letter in echoed), quote(echoed, safe="").lower()]
    for text in echoed.split(" | "):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        spelled += [encoded, encoded.replace("+", "-").replace("/", "_")]
    return Say(reply({"message": " ".join(spelled)}, 400))


ECHOES = [value for name, value in list(globals().items()) if name.startswith("in_")]
ECHOES += [jwt_in_page, cut]


# Without the scrubbing, the repr of tokens, or the connections' own debuglevel, found at once.
@pytest.mark.parametrize("server", ECHOES, ids=lambda server: server.__name__)
@pytest.mark.parametrize("kind", ["static", "server to server", "refresh token"])
def test_no_secret_is_shown_though_the_server_repeats_it(
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
def test_a_token_that_is_rejected_before_it_is_sent_is_not_shown(
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


def test_the_scan_finds_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for secret in CANARIES:
        assert found_in(f"x {secret} y")
        assert found_in(quote(secret, safe=""))
        for before in ("", "a", "ab"):
            assert found_in(base64.b64encode(f"{before}:{secret}:".encode()).decode())
    assert not found_in("nothing of the kind")
    assert sys.version_info >= (3, 11)

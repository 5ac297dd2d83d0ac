"""Wrong arguments are rejected before a request is sent."""

from __future__ import annotations

import base64
import math
import socket
import traceback
from urllib.parse import unquote

import pytest
from support.faces import Faces
from support.wire import Wire

from swagger_client.oauth import AuthorizationCodeOAuth, ServerToServerOAuth, StaticToken

NAUGHTY = "naughty-token"


# Without the check the token travels in the clear.
@pytest.mark.parametrize(
    "host",
    [
        "http://api.zoom.us/v2",
        "http://127.0.0.1.nip.io/v2",
        "http://localhost.example/v2",
        "http://10.0.0.1/v2",
        "http://0.0.0.0/v2",
        "http://[2001:db8::1]/v2",
        "HTTP://api.zoom.us/v2",
        "ftp://api.zoom.us/v2",
        "api.zoom.us/v2",
        "https://",
        "https://user:p4ssw0rd@api.zoom.us/v2",
        "https://api.zoom.us/v2?x=y",
        "https://api.zoom.us/v2#x",
        "",
    ],
)
def test_a_host_that_must_not_get_a_token_is_rejected(face: Faces, host: str) -> None:
    with pytest.raises(ValueError, match=r"configuration\.host") as caught:
        face(host, deadline=0.5).call()
    assert "p4ssw0rd" not in str(caught.value)


def test_plain_http_needs_consent(wire: Wire, face: Faces, monkeypatch: pytest.MonkeyPatch) -> None:

    find = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more: find(host.replace("zoom.test", "127.0.0.1"), *more),
    )
    host = f"http://zoom.test:{wire.port}/v2"
    with pytest.raises(ValueError, match="allow_http"):
        face(host).call()
    assert wire.connections == 0
    face(host, allow_http=True).call()
    face(f"http://localhost:{wire.port}/v2").call()
    assert len(wire.requests) == 2


@pytest.mark.parametrize("url", ["http://zoom.us/oauth/token", "zoom.us", "https://a:b@zoom.us/"])
def test_a_client_secret_goes_nowhere_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="token_url"):
        ServerToServerOAuth("account", "id", "secret", token_url=url)
    with pytest.raises(ValueError, match="token_url"):
        AuthorizationCodeOAuth("id", "secret", token_url=url)


# Without the check a line break in the token adds headers to the request.
@pytest.mark.parametrize(
    "odd", ["\n", "\r\nX-Evil: 1", "\0", " ", "\t", "é", "漢", "\x7f", "\ud800", " a b"]
)
@pytest.mark.parametrize("kind", ["access_token", "credentials", "hook"])
def test_an_invalid_token_is_rejected_and_not_shown(
    wire: Wire, face: Faces, odd: str, kind: str
) -> None:
    caller = face(wire.host)
    configuration = caller.client.configuration
    if kind == "access_token":
        configuration.access_token = NAUGHTY + odd
    elif kind == "credentials":
        configuration.credentials = StaticToken(NAUGHTY + odd)
    else:
        configuration.refresh_api_key_hook = lambda settings: setattr(
            settings, "access_token", NAUGHTY + odd
        )
    with pytest.raises(ValueError, match="token") as caught:
        caller.call()
    shown = "".join(traceback.TracebackException.from_exception(
        caught.value, capture_locals=True).format())  # fmt: skip
    assert NAUGHTY not in _without_this_file(shown)
    assert wire.connections == 0


def _without_this_file(shown: str) -> str:
    frames = shown.split('\n  File "')
    return "\n".join(frame for frame in frames if "test_arguments.py" not in frame)


@pytest.mark.parametrize("odd", ["a\nb", "a\r\nX: y", "a\0b", "a\x85b", "漢"])
@pytest.mark.parametrize("part", ["cookie", "header", "name"])
def test_a_header_with_a_line_break_is_rejected(
    wire: Wire, face: Faces, odd: str, part: str
) -> None:
    client = face(wire.host)
    if part == "cookie":
        client.client.cookie = odd
    elif part == "header":
        client.client.set_default_header("X-Mine", odd)
    else:
        client.client.set_default_header(odd, "value")
    with pytest.raises(ValueError, match="header"):
        client.call()
    assert wire.connections == 0


def test_headers_of_latin_letters_and_tabs_pass(wire: Wire, face: Faces) -> None:
    client = face(wire.host)
    client.client.set_default_header("X-Mine", "caf\xe9\tau lait")
    client.call()
    assert wire.requests[0].headers["x-mine"] == "caf\xe9\tau lait"


BY_ID: dict[str, tuple[str, ...]] = {
    "user_sms_session": ("user_id",),
    "get_sms_sessions": ("user_id",),
    "sms_session_details": ("session_id",),
    "sms_session_sync": ("session_id",),
    "sms_by_message_id": ("session_id", "message_id"),
}
PLACES = [(method, place) for method, names in BY_ID.items() for place in range(len(names))]


def _arguments(method: str, place: int, value: object) -> list[object]:
    arguments: list[object] = ["good"] * len(BY_ID[method])
    arguments[place] = value
    return [*arguments, "FSync"] if method == "get_sms_sessions" else arguments


# Without the checks "" and ".." lead to another endpoint, and None asks for "None".
@pytest.mark.parametrize(("method", "place"), PLACES)
@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "\0", "\x1f", "\x7f", "\x85", "\ud800"])
def test_an_id_that_leads_elsewhere_is_rejected(
    wire: Wire, face: Faces, method: str, place: int, value: str
) -> None:
    with pytest.raises(ValueError, match=BY_ID[method][place]):
        face(wire.host).call(method, *_arguments(method, place, value))
    assert wire.connections == 0


@pytest.mark.parametrize(("method", "place"), PLACES)
@pytest.mark.parametrize("value", [None, 5, b"id", ["id"], object(), 1.5, True])
def test_an_id_of_another_type_is_rejected(
    wire: Wire, face: Faces, method: str, place: int, value: object
) -> None:
    with pytest.raises(ValueError if value is None else TypeError, match=BY_ID[method][place]):
        face(wire.host).call(method, *_arguments(method, place, value))
    assert wire.connections == 0


# Without the encoding each of these is another route.
@pytest.mark.parametrize(
    "value",
    ["a/b", "a?b=c", "a#b", "a%2Fb", "%", "%2e%2e", "../x", "./x", "a@b.example", "ü漢😀", " ",
     "a b", "a;b", "a\\b", "...", "~", "a&b=c", "a+b", "[::1]", "a:b", "*", "'\"<>"],
)  # fmt: skip
@pytest.mark.parametrize(("method", "place"), PLACES)
def test_an_id_of_any_letters_is_one_segment_of_its_route(
    wire: Wire, face: Faces, method: str, place: int, value: str
) -> None:
    face(wire.host).call(method, *_arguments(method, place, value))
    good = face(wire.host)
    good.call(method, *_arguments(method, place, "other"))
    sent, like = (request.target.split("?")[0].split("/") for request in wire.requests)
    assert len(sent) == len(like)
    differing = [(mine, its) for mine, its in zip(sent, like, strict=True) if mine != its]
    assert [(unquote(mine), its) for mine, its in differing] == [(value, "other")]
    assert wire.requests[0].target.isascii()


TIMEOUTS: list[tuple[object, type[Exception]]] = [
    (0, ValueError),
    (-1, ValueError),
    (math.nan, ValueError),
    (math.inf, ValueError),
    (-math.inf, ValueError),
    (1e300, ValueError),
    ((1, 0), ValueError),
    ((0, 1), ValueError),
    ((1, math.nan), ValueError),
    ((1, 2, 3), ValueError),
    ((1,), ValueError),
    ((), ValueError),
    ("5", TypeError),
    (b"5", TypeError),
    (True, TypeError),
    ([1, 2], TypeError),
    ((1, None), TypeError),
    (("1", "2"), TypeError),
    ({}, TypeError),
]


# Without the checks these are found out on the wire, as something else, or make calls endless.
@pytest.mark.parametrize(("timeout", "kind"), TIMEOUTS, ids=repr)
def test_an_invalid_timeout_is_rejected(
    wire: Wire, face: Faces, timeout: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="timeout"):
        face(wire.host).call(_request_timeout=timeout)
    with pytest.raises(kind, match="timeout"):
        face(wire.host, timeout=timeout).call()
    assert wire.connections == 0


@pytest.mark.parametrize("timeout", [5, 5.5, (5, 5), (5.5, 5), (1e-1, 3e7), None])
def test_a_timeout_is_seconds_or_a_pair(wire: Wire, face: Faces, timeout: object) -> None:
    face(wire.host).call(_request_timeout=timeout)
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("deadline", "kind"),
    [(-1, ValueError), (math.nan, ValueError), ("5", TypeError), (True, TypeError)],
)
def test_an_invalid_deadline_is_rejected(
    wire: Wire, face: Faces, deadline: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="deadline"):
        face(wire.host).call(_deadline=deadline)
    with pytest.raises(kind, match="deadline"):
        face(wire.host, deadline=deadline).call()
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("retries", "kind"),
    [(-1, ValueError), (1.5, TypeError), ("3", TypeError), (True, TypeError)],
)
def test_invalid_retries_are_rejected(
    wire: Wire, face: Faces, retries: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="retries"):
        face(wire.host).call(_retries=retries)
    with pytest.raises(kind, match="retries"):
        face(wire.host, retries=retries).call()
    assert wire.connections == 0


@pytest.mark.parametrize("deadline", [None, math.inf, 5, 5.5])
def test_a_call_may_have_no_deadline(wire: Wire, face: Faces, deadline: float | None) -> None:
    face(wire.host, deadline=None).call(_deadline=deadline)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("end", ["?", "#", " ", "\n", "\\", "\t", "/é"])
def test_a_host_with_a_stray_end_is_rejected(wire: Wire, face: Faces, end: str) -> None:
    with pytest.raises(ValueError, match=r"configuration\.host"):
        face(wire.host + end).call()
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("setting", "value", "kind"),
    [
        ("host", 5, TypeError),
        ("host", "http://127.0.0.1:99999/v2", ValueError),
        ("host", "http://127.0.0.1:abc/v2", ValueError),
        ("host", " http://127.0.0.1/v2", ValueError),
        ("host", "https://[x/v2", ValueError),
        ("proxy", "127.0.0.1:8080", ValueError),
        ("proxy", "http://user:p4ssw0rd@proxy:99999", ValueError),
        ("proxy", 5, TypeError),
        ("ssl_ca_cert", "/no/such/file", ValueError),
        ("cert_file", "/no/such/file", ValueError),
        ("max_response_bytes", "5", TypeError),
        ("max_response_bytes", 0, ValueError),
        ("deadline", 10**400, ValueError),
        ("credentials", "x", TypeError),
    ],
)
def test_an_invalid_setting_is_rejected(
    wire: Wire, face: Faces, setting: str, value: object, kind: type[Exception]
) -> None:
    caller = face(wire.host)
    setattr(caller.client.configuration, setting, value)
    with pytest.raises(kind, match=setting) as caught:
        caller.call()
    assert "p4ssw0rd" not in repr(caught.value)
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("", "x", ValueError), ("A: b", "x", ValueError), ("A b", "x", ValueError),
     ("X-Mine", None, TypeError), ("X-Mine", b"x", TypeError)],
)  # fmt: skip
def test_an_invalid_header_is_rejected(
    wire: Wire, face: Faces, name: str, value: object, kind: type[Exception]
) -> None:
    caller = face(wire.host)
    caller.client.default_headers[name] = value  # type: ignore[assignment]
    with pytest.raises(kind, match="header"):
        caller.call()
    assert wire.connections == 0


def test_a_proxys_password_may_have_any_letters(wire: Wire, face: Faces) -> None:
    face("http://127.0.0.1:1/v2", proxy=f"http://user:p€s@127.0.0.1:{wire.port}").call()
    sent = wire.requests[0].headers["proxy-authorization"]
    assert sent == "Basic " + base64.b64encode("user:p€s".encode()).decode()


def test_an_unknown_plan_is_rejected(wire: Wire, face: Faces) -> None:
    with pytest.raises(ValueError, match="rate_plan"):
        face(wire.host, rate_plan="enterprise").call()
    assert wire.connections == 0

"""No error of the token endpoint shows a token that it has just issued."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from support.clocks import JumpingClock
from support.faces import Faces
from support.leaks import Sinks, chain_of
from support.wire import Say, Wire, reply

from swagger_client.api.login import login_with_device_code
from swagger_client.exceptions import ApiException, UnauthorizedException
from swagger_client.oauth import AuthorizationCodeOAuth, ServerToServerOAuth

#: New tokens: a JSON Web Token, an opaque one, and one of hexadecimal digits.
TOKENS = [
    "eyJzdiI6IjAwMDAwMSJ9.eyJhdWQiOiJuZXdUb2tlbiJ9.c2lnbmF0dXJlT2ZOZXc",
    "Nz8kT4wQp2XyR7vLm9sJc3Hb6Df1Ga5Ze0Ui",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]


def spellings(token: str) -> list[str]:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in token)
    return [
        token,
        quote(token, safe=""),
        "".join(f"%{ord(letter):02x}" for letter in token),
        base64.b64encode(token.encode()).decode(),
        base64.urlsafe_b64encode(token.encode()).decode().rstrip("="),
        token.encode().hex(),
        escaped,
        escaped.replace("\\", "\\\\"),
        "".join(f"&#{ord(letter)};" for letter in token),
        html.escape(token),
    ]


def raw(body: str) -> Callable[[str], str]:
    """A body with the token in place of ``@``, unescaped: its spelling may be an escape."""
    return lambda token: body.replace("@", token)


BODIES = [
    raw('["@"]'), raw('"@"'), raw("@"), raw("access_token=@&token_type=bearer"),
    raw('{"access_token": "@"}'), raw('{"error": "@"}'), raw('{"reason": "invalid: @"}'),
    raw('{"error": {"detail": ["@"]}}'), raw('{"errors": [{"field": "x", "message": "@"}]}'),
    raw('{"@": 1}'), raw('{"message": "does not contain scopes:[@]", "code": 4711}'),
    raw("<html><body>@</body></html>"), raw('<a href="https://h/x?code=@">x</a>'),
    raw('[[{"a": {"b": "@"}}]]'), raw('{"error_description": "<@>", "error": "x"}'),
    raw('{"code": "@"}'), raw('{"reason": "@'), raw('{"error": "a\\n@"}'), raw("\x00@\x00"),
]  # fmt: skip
STATUSES = [302, 400, 401, 403, 404, 418, 429, 500, 503]


def failures(wire: Wire, face: Faces, say: bytes) -> list[ApiException]:
    """The errors of a call, and of a login with a code on another device."""
    wire.default = Say(say)
    url = f"{wire.origin}/oauth/token"
    credentials = ServerToServerOAuth("account", "app", "client-secret-1", token_url=url)
    caller = face(wire.host, clock=JumpingClock(), retries=0, credentials=credentials)
    raised = []
    with pytest.raises(ApiException) as caught:
        caller.call()
    raised.append(caught.value)
    app = AuthorizationCodeOAuth("app", "client-secret-1", token_url=url)
    device = reply({"device_code": "d", "user_code": "u", "verification_uri": "https://z/"})
    wire.script = [Say(device)]
    with pytest.raises(ApiException) as caught:
        login_with_device_code(caller.client, app, lambda _: None)
    raised.append(caught.value)
    return raised


def shown(errors: list[ApiException]) -> str:
    sinks = Sinks()
    for error in errors:
        sinks.take(error)
        for link in chain_of(error):
            sinks.shown.append(
                repr(getattr(link, "body", None)) + repr(getattr(link, "headers", ""))
            )
    return "\n".join(sinks.shown)


def check(text: str, token: str, spelled: str) -> None:
    for part in {token, spelled, token[:20], spelled[: max(20, len(spelled) // 2)]}:
        assert part not in text, text[max(0, text.index(part) - 300) :][:600]


# Nobody knows the token: what a response contains is shown only where it cannot be one.
@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body("@")))
def test_a_body_with_a_new_token_is_not_shown(
    wire: Wire, face: Faces, body: Callable[[str], str]
) -> None:
    for number, token in enumerate(TOKENS):
        # Each token in some spellings, and each spelling for some bodies.
        for place, spelled in list(enumerate(spellings(token)))[number::3]:
            status = STATUSES[(number + place) % len(STATUSES)]
            errors = failures(wire, face, reply(body(spelled), status))
            check(shown(errors), token, spelled)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "header",
    ["Location", "WWW-Authenticate", "Set-Cookie", "X-Echo", "x-zm-trackingid", "Server", "Via",
     "Retry-After", "Content-Type", "X-RateLimit-Type", "Content-Encoding"],
)  # fmt: skip
def test_a_header_with_a_new_token_is_not_shown(
    wire: Wire, face: Faces, header: str, status: int
) -> None:
    for token, form in zip(TOKENS, ("@", "https://h/x?code=@", "Bearer @"), strict=True):
        value = form.replace("@", token)
        errors = failures(wire, face, reply(b"{}", status, {header: value}))
        check(shown(errors), token, value)


@pytest.mark.parametrize("status", [*STATUSES, 200, 700])
def test_a_reason_phrase_with_a_new_token_is_not_shown(
    wire: Wire, face: Faces, status: int
) -> None:
    for token in TOKENS:
        errors = failures(wire, face, reply(b"[]", status, reason=token))
        check(shown(errors), token, token)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body("@")))
def test_a_success_that_is_no_token_response_is_not_shown(
    wire: Wire, face: Faces, body: Callable[[str], str]
) -> None:
    for token in TOKENS:
        if "access_token" not in body("@"):
            check(shown(failures(wire, face, reply(body(token)))), token, token)


def test_the_error_of_the_token_endpoint_is_still_explained(wire: Wire, face: Faces) -> None:
    fields = {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}
    tracking_id = "v=2.0;clid=us04;rid=WEB_0123456789abcdef0123456789abcdef"
    say = reply({**fields, "code": 4702}, 400, {"x-zm-trackingid": tracking_id})
    for error in failures(wire, face, say):
        assert isinstance(error, UnauthorizedException)
        assert "Invalid client_id or client_secret" in str(error)
        assert json.loads(error.body or "") == {**fields, "code": 4702}
        assert error.tracking_id == tracking_id
        assert error.code == 4702
        assert "does not know this pair" in error.next_step


def test_a_rate_limit_of_the_token_endpoint_says_when_to_retry(wire: Wire, face: Faces) -> None:
    headers = {"Retry-After": "30", "X-RateLimit-Type": "QPS"}
    for error in failures(wire, face, reply({"message": "slow down"}, 429, headers)):
        assert error.retry_at is not None
        assert error.headers is not None
        assert error.headers["retry-after"] == "30"

"""The authorization code grant with PKCE and rotation, the shared file, and the region's host."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from support.clocks import JumpingClock
from support.faces import Faces
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client._security.urls import is_zoom
from swagger_client.exceptions import TransportException, UnauthorizedException
from swagger_client.oauth import (
    AuthorizationCodeOAuth,
    FileTokenCache,
    ServerToServerOAuth,
)
from swagger_client.sandbox import Sandbox


def authorized(zoom: Sandbox, **more: object) -> AuthorizationCodeOAuth:
    return AuthorizationCodeOAuth(
        zoom.client_id,
        zoom.client_secret,
        redirect_uri="https://app.example/back",
        token_url=zoom.token_url,
        authorize_url=zoom.authorize_url,
        **more,  # type: ignore[arg-type]
    )


def consent(credentials: AuthorizationCodeOAuth) -> str:
    """What a browser brings back from Zoom's page."""
    page = credentials.authorization_url("some-state")
    response = urllib3.request("GET", page, redirect=False)
    back = parse_qs(urlsplit(response.headers["location"]).query)
    assert back["state"] == ["some-state"]
    return back["code"][0]


# Without the verifier the sandbox, as Zoom, rejects the code.
def test_a_user_authorizes_the_app_with_pkce(zoom: Sandbox, face: Faces) -> None:
    kept: list[str] = []
    credentials = authorized(zoom, on_refresh_token=kept.append)
    with pytest.raises(ValueError, match="authorization_url"):
        face(zoom.host, credentials=credentials).call()
    credentials.exchange_code(consent(credentials))
    caller = face(zoom.host, credentials=credentials)
    assert caller.call().sms_sessions
    assert len(kept) == 1
    asked = parse_qs(urlsplit(credentials.authorization_url("x")).query)
    assert asked["code_challenge_method"] == ["S256"]


def test_the_challenge_is_computed_from_the_verifier(wire: Wire, face: Faces) -> None:
    credentials = AuthorizationCodeOAuth("app", token_url=f"{wire.origin}/oauth/token")
    challenge = parse_qs(urlsplit(credentials.authorization_url("x")).query)["code_challenge"][0]
    credentials.exchange_code("the-code")
    wire.script = [Say(reply({"access_token": "t", "expires_in": 60}))]
    face(wire.host, credentials=credentials).call()
    form = parse_qs(wire.requests[0].body.decode())
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
    assert 43 <= len(form["code_verifier"][0]) <= 128
    # An app without a secret names itself in the form.
    assert form["client_id"] == ["app"]
    assert "authorization" not in wire.requests[0].headers


# Without keeping the new one, the second renewal uses a dead refresh token.
def test_refresh_tokens_rotate_and_are_handed_on_before_use(zoom: Sandbox, face: Faces) -> None:
    seen: list[tuple[str, int]] = []

    def keep(refresh_token: str) -> None:
        calls = [r for r in zoom.requests if r.operation == "account_sms_session"]
        seen.append((refresh_token, len([r for r in calls if r.status == 200])))

    credentials = authorized(zoom, on_refresh_token=keep)
    credentials.exchange_code(consent(credentials))
    caller = face(zoom.host, credentials=credentials)
    for _ in range(4):
        assert caller.call().sms_sessions
        zoom.expire_access_tokens()
    tokens = [token for token, _ in seen]
    assert len(set(tokens)) == 4
    # Each was passed on while the call that needed it had no response yet.
    assert [done for _, done in seen] == [0, 1, 2, 3]

    again = authorized(zoom, refresh_token=tokens[-1])
    assert face(zoom.host, credentials=again).call().sms_sessions
    dead = authorized(zoom, refresh_token=tokens[0])
    with pytest.raises(UnauthorizedException) as caught:
        face(zoom.host, credentials=dead).call()
    assert caught.value.code == 4741
    assert "authorize the app again" in str(caught.value)
    assert tokens[0] not in str(caught.value)


def test_a_hook_that_fails_ends_the_call_before_the_token_is_used(
    zoom: Sandbox, face: Faces
) -> None:
    def fail(_: str) -> None:
        raise OSError("disk full")

    credentials = authorized(zoom, on_refresh_token=fail)
    credentials.exchange_code(consent(credentials))
    caller = face(zoom.host, credentials=credentials)
    with pytest.raises(OSError, match="disk full"):
        caller.call()
    assert not [r for r in zoom.requests if r.operation == "account_sms_session"]
    credentials.on_refresh_token = None
    assert caller.call().sms_sessions


def test_an_expired_code_says_so(zoom: Sandbox, face: Faces) -> None:
    credentials = authorized(zoom)
    credentials.exchange_code("made-up-code")
    with pytest.raises(UnauthorizedException) as caught:
        face(zoom.host, credentials=credentials).call()
    assert caught.value.code == 4733
    assert "five minutes" in str(caught.value)
    assert "made-up-code" not in str(caught.value)


PROCESS = """
import sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.oauth import FileTokenCache, ServerToServerOAuth

host, token_url, path, account, app, secret = sys.argv[1:]
configuration = Configuration()
configuration.host = host
configuration.credentials = ServerToServerOAuth(
    account, app, secret, token_url=token_url, cache=FileTokenCache(path)
)
sys.stdin.readline()
with ApiClient(configuration) as client:
    print(len(SMSApi(client).account_sms_session().sms_sessions))
"""


# Without the lock each of the processes fetches a token.
def test_processes_share_one_token_through_a_private_file(zoom: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    zoom.fault(operation="oauth_token", drip=0.003, times=None)  # long enough to be met by all
    arguments = [zoom.host, zoom.token_url, str(path), zoom.account_id, zoom.client_id]
    # Only here, where the sandbox's made-up secret is not one.
    command = [sys.executable, "-c", PROCESS, *arguments, zoom.client_secret]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert {process.returncode for process in processes} == {0}
    assert len(set(outputs)) == 1
    assert zoom.token_requests == 1
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())
    assert zoom.client_secret not in path.read_text()
    assert zoom.account_id not in json.dumps(kept)
    assert [entry.name for entry in tmp_path.iterdir() if "tmp" in entry.name] == []


def cached(wire: Wire, path: Path, account: str = "account") -> ServerToServerOAuth:
    return ServerToServerOAuth(
        account,
        "app",
        "app-secret",
        token_url=f"{wire.origin}/oauth/token",
        cache=FileTokenCache(path),
    )


def tamper(path: Path, field: str, value: object) -> None:
    """Change a field of the token that a cache file contains."""
    stored = json.loads(path.read_text())
    (entry,) = stored.values()
    entry["value"] = json.dumps({**json.loads(entry["value"]), field: value})
    path.write_text(json.dumps(stored))


class Tokens:
    """Responds to token requests with numbered tokens, and all others with a page."""

    def __init__(self, wire: Wire) -> None:
        self.issued = 0
        self.rejected: set[str] = set()
        wire.default = self.respond

    def respond(self, request: Received) -> Say:
        if request.path == "/oauth/token":
            self.issued += 1
            return Say(reply({"access_token": f"token-{self.issued}", "expires_in": 3600}))
        if request.headers["authorization"] in self.rejected:
            return Say(error_reply(401, 124, "Invalid access token."))
        return Say(reply())


def test_a_rejected_token_of_the_file_is_not_taken_again(
    wire: Wire, face: Faces, tmp_path: Path
) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    face(wire.host, credentials=cached(wire, path)).call()
    caller = face(wire.host, credentials=cached(wire, path))
    caller.call()
    assert tokens.issued == 1
    tokens.rejected.add("Bearer token-1")
    caller.call()
    assert tokens.issued == 2
    face(wire.host, credentials=cached(wire, path)).call()
    assert tokens.issued == 2


# Without the identity one account reads the texts of another.
def test_the_token_of_another_account_is_not_used(wire: Wire, face: Faces, tmp_path: Path) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    face(wire.host, credentials=cached(wire, path)).call()
    face(wire.host, credentials=cached(wire, path, "other")).call()
    assert tokens.issued == 2


@pytest.mark.parametrize(
    ("spoilt", "requests"),
    [
        *[(text, 1) for text in ("", "{", "{}", "\0" * 9)],
        # Other content is not replaced, so processes do not share the token.
        *[(text, 2) for text in ("[]", "null", '{"key": 5}', "[" * 9999)],
    ],
)
def test_a_spoilt_file_costs_a_request(
    wire: Wire, face: Faces, tmp_path: Path, spoilt: str, requests: int
) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    path.write_text(spoilt)
    path.chmod(0o600)
    face(wire.host, credentials=cached(wire, path)).call()
    face(wire.host, credentials=cached(wire, path)).call()
    assert tokens.issued == requests
    assert (path.read_text() == spoilt) is (requests == 2)


@pytest.mark.parametrize("field", ["value", "expires_at", "renew_at", "api_url"])
@pytest.mark.parametrize("value", [None, 5, "x\r\ny", "", [], {}])
def test_a_file_that_was_tampered_with_sends_no_odd_token(
    wire: Wire, face: Faces, tmp_path: Path, field: str, value: object
) -> None:
    Tokens(wire)
    path = tmp_path / "token.json"
    face(wire.host, credentials=cached(wire, path)).call()
    tamper(path, field, value)
    face(wire.host, credentials=cached(wire, path)).call()
    assert {r.headers["authorization"] for r in wire.requests if r.path != "/oauth/token"} <= {
        "Bearer token-1",
        "Bearer token-2",
    }


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_file_that_others_can_read_is_not_trusted(
    wire: Wire, face: Faces, tmp_path: Path
) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    face(wire.host, credentials=cached(wire, path)).call()
    path.chmod(0o644)
    face(wire.host, credentials=cached(wire, path)).call()
    assert tokens.issued == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Without the check of the domain a forged response sends the token to anybody.
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://zoom.us.evil.example",
        "https://evilzoom.us",
        "https://zoom.us@evil.example",
        "https://evil.example\\@api.zoom.us",
        "https://evil.example/.zoom.us",
        "https://evil.example#.zoom.us",
        "https://evil.example?.zoom.us",
        "http://api.zoom.us",
        "https://api.zoom.us\r\n.evil.example",
        "https://api.zoom.us\t.evil.example",
        "//api.zoom.us",
        "api.zoom.us",
        "https://аpi.zoom.us",
        "https://",
        "",
    ],
)
def test_only_zoom_is_zoom(url: str) -> None:
    assert not is_zoom(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api-us.zoom.us",
        "https://api.zoomgov.com/",
        "https://zoom.us",
        "https://API.zoom.us:443",
    ],
)
def test_the_hosts_of_zoom_are_zoom(url: str) -> None:
    assert is_zoom(url)


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://api-us.zoom.us", "https://api-us.zoom.us/v2"),
        ("https://api-us.zoom.us/", "https://api-us.zoom.us/v2"),
        ("https://api-us.zoom.us/v2", "https://api-us.zoom.us/v2"),
        ("https://evil.example", "https://api.zoom.us/v2"),
        ("https://api-us.zoom.us/path", "https://api.zoom.us/v2"),
        ("https://api-us.zoom.us?x=", "https://api.zoom.us/v2"),
        (5, "https://api.zoom.us/v2"),
        (None, "https://api.zoom.us/v2"),
    ],
)
def test_the_region_of_a_token_is_honoured_on_zooms_domains(
    wire: Wire, face: Faces, monkeypatch: pytest.MonkeyPatch, api_url: object, expected: str
) -> None:
    token = {"access_token": "t", "expires_in": 60, "api_url": api_url}
    wire.default = Say(reply(token))
    credentials = ServerToServerOAuth("a", "b", "c-secret", token_url=f"{wire.origin}/oauth/token")
    caller = face(
        "https://api.zoom.us/v2", credentials=credentials, clock=JumpingClock(), retries=0
    )
    asked: list[str] = []

    def send(url: str, **_: object) -> None:
        asked.append(url)
        raise TransportException(reason="far away")

    monkeypatch.setattr(caller.client.rest_client, "GET", send)
    with pytest.raises(TransportException):
        caller.call()
    assert asked == [f"{expected}/phone/sms/sessions"]


def test_a_host_of_your_own_is_kept(zoom: Sandbox, face: Faces) -> None:
    # The sandbox names a region that does not exist.
    credentials = ServerToServerOAuth(
        zoom.account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
    )
    assert face(zoom.host, credentials=credentials).call().sms_sessions


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))],
    ids=["deep", "pickle"],
)
def test_credentials_that_have_no_token_yet_can_be_duplicated(
    wire: Wire,
    face: Faces,
    tmp_path: Path,
    duplicate: Callable[[ServerToServerOAuth], ServerToServerOAuth],
) -> None:
    tokens = Tokens(wire)
    face(wire.host, credentials=duplicate(cached(wire, tmp_path / "token.json"))).call()
    assert tokens.issued == 1


def test_credentials_pickle_without_their_locks(wire: Wire, face: Faces, tmp_path: Path) -> None:
    tokens = Tokens(wire)
    credentials = cached(wire, tmp_path / "token.json")
    face(wire.host, credentials=credentials).call()
    duplicate = pickle.loads(pickle.dumps(credentials))
    face(wire.host, credentials=duplicate).call()
    assert tokens.issued == 1
    assert "app-secret" not in repr(duplicate)


@pytest.mark.parametrize("hindrance", ["no folder", "a folder for a lock", "no lock permitted"])
def test_where_no_file_can_be_locked_a_token_is_fetched_all_the_same(
    wire: Wire, face: Faces, tmp_path: Path, hindrance: str
) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    if hindrance == "no folder":
        path = tmp_path / "missing" / "token.json"
    elif hindrance == "a folder for a lock":
        path.with_name("token.json.lock").mkdir()
    else:
        path.with_name("token.json.lock").symlink_to(tmp_path / "missing" / "lock")
    face(wire.host, credentials=cached(wire, path)).call(_deadline=5)
    assert tokens.issued == 1


def test_a_time_beyond_floats_in_the_file_costs_a_request(
    wire: Wire, face: Faces, tmp_path: Path
) -> None:
    tokens, path = Tokens(wire), tmp_path / "token.json"
    face(wire.host, credentials=cached(wire, path)).call()
    tamper(path, "expires_at", 10**400)
    face(wire.host, credentials=cached(wire, path)).call()
    assert tokens.issued == 2

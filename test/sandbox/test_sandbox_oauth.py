"""Tokens: how they are issued, what they allow, and when they expire."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.sandbox_caller import Caller, frozen

from swagger_client.sandbox import Sandbox

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-by-the-book"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
SERVER_TO_SERVER = {"grant_type": "account_credentials"}


def server_to_server(caller: Caller) -> dict[str, str]:
    return {"grant_type": "account_credentials", "account_id": caller.zoom.account_id}


def test_server_to_server_gets_a_token_for_an_hour(zoom: Sandbox, caller: Caller) -> None:
    body = caller.post("/oauth/token", server_to_server(caller)).json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["api_url"] == zoom.origin
    assert "phone:read:admin" in body["scope"].split()
    assert "refresh_token" not in body
    token = body["access_token"]
    zoom.clock.advance(3599)
    assert caller.get("/phone/sms/sessions", token=token).status == 200
    zoom.clock.advance(1)
    assert caller.error("/phone/sms/sessions", token=token) == (401, 124)


def test_a_token_request_may_put_its_parameters_in_the_query(zoom: Sandbox, caller: Caller) -> None:
    query = f"?grant_type=account_credentials&account_id={zoom.account_id}"
    assert caller.post("/oauth/token" + query, {}).status == 200


def test_several_tokens_are_valid_at_once(zoom: Sandbox, caller: Caller) -> None:
    issued = {
        caller.post("/oauth/token", server_to_server(caller)).json()["access_token"]
        for _ in range(3)
    }
    assert len(issued) == 3
    assert {caller.get("/phone/sms/sessions", token=t).status for t in issued} == {200}
    assert zoom.token_requests == 3


@pytest.mark.parametrize("wrong", [("x", "y"), ("", ""), ("é", "é")])
def test_a_wrong_client_is_rejected(caller: Caller, wrong: tuple[str, str]) -> None:
    response = caller.post("/oauth/token", server_to_server(caller), client=wrong)
    assert response.status == 400
    assert response.json()["error"] == "invalid_client"
    assert response.json()["reason"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "account_credentials", "account_id": "other"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "made-up"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, "invalid_grant"),
    ],
)
def test_invalid_grants_are_rejected(caller: Caller, form: dict[str, str], error: str) -> None:
    response = caller.post("/oauth/token", form)
    assert (response.status, response.json()["error"]) == (400, error)


def exchange(caller: Caller, code: str, **more: str) -> tuple[int, Any]:
    form = {"grant_type": "authorization_code", "code": code, **more}
    response = caller.post("/oauth/token", form)
    return response.status, response.json()


def test_a_code_with_pkce_is_valid_once(zoom: Sandbox, caller: Caller) -> None:
    code = zoom.authorize(code_challenge=CHALLENGE, scopes=["phone_sms:read"])
    status, body = exchange(caller, code, code_verifier=VERIFIER)
    assert (status, body["scope"]) == (200, "phone_sms:read")
    assert caller.get("/phone/sms/sessions", token=body["access_token"]).status == 200
    assert exchange(caller, code, code_verifier=VERIFIER)[0] == 400


def test_a_code_needs_its_verifier(zoom: Sandbox, caller: Caller) -> None:
    for more in ({}, {"code_verifier": "another"}):
        code = zoom.authorize(code_challenge=CHALLENGE)
        assert exchange(caller, code, **more)[0] == 400


def test_a_code_needs_its_redirect_uri(zoom: Sandbox, caller: Caller) -> None:
    uri = "http://127.0.0.1:9/back"
    assert exchange(caller, zoom.authorize(redirect_uri=uri))[0] == 400
    assert exchange(caller, zoom.authorize(redirect_uri=uri), redirect_uri=uri)[0] == 200


def test_a_code_is_valid_for_five_minutes(zoom: Sandbox, caller: Caller) -> None:
    code = zoom.authorize()
    zoom.clock.advance(300)
    status, body = exchange(caller, code)
    assert (status, body["code"]) == (400, 4733)


def test_the_consent_page_redirects_with_a_code(zoom: Sandbox, caller: Caller) -> None:
    uri = "http://127.0.0.1:9/back"
    fields = {
        "response_type": "code",
        "client_id": zoom.client_id,
        "redirect_uri": uri,
        "state": "s 1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    response = caller.http.request("GET", zoom.authorize_url, fields=fields, redirect=False)
    assert response.status == 302
    back = parse_qs(urlsplit(response.headers["location"]).query)
    assert back["state"] == ["s 1"]
    more = {"code_verifier": VERIFIER, "redirect_uri": uri}
    assert exchange(caller, back["code"][0], **more)[0] == 200


def refresh(caller: Caller, token: str) -> tuple[int, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    response = caller.post("/oauth/token", form)
    return response.status, response.json()


def test_a_refresh_token_is_replaced_by_its_use(zoom: Sandbox, caller: Caller) -> None:
    _, first = exchange(caller, zoom.authorize())
    status, second = refresh(caller, first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    status, body = refresh(caller, first["refresh_token"])
    assert (status, body["code"]) == (400, 4741)
    assert refresh(caller, second["refresh_token"])[0] == 200


def test_refresh_tokens_expire_on_demand(zoom: Sandbox, caller: Caller) -> None:
    _, body = exchange(caller, zoom.authorize())
    zoom.expire_refresh_tokens()
    assert refresh(caller, body["refresh_token"])[0] == 400


def test_a_device_code_needs_the_users_approval(zoom: Sandbox, caller: Caller) -> None:
    begun = caller.post("/oauth/devicecode", {}).json()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
    }
    assert caller.post("/oauth/token", form).json()["error"] == "authorization_pending"
    zoom.approve_device(begun["user_code"])
    assert caller.post("/oauth/token", form).json()["access_token"]
    assert caller.post("/oauth/token", form).status == 400


def test_access_token_is_always_valid(zoom: Sandbox, caller: Caller) -> None:
    first = zoom.access_token
    assert zoom.access_token == first
    zoom.clock.advance(3600)
    assert zoom.access_token != first
    zoom.expire_access_tokens()
    caller.json("/phone/sms/sessions")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer made-up"])
def test_requests_without_a_valid_token_are_rejected(caller: Caller, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    url = caller.zoom.host + "/phone/sms/sessions"
    response = caller.http.request("GET", url, headers=headers)
    assert (response.status, response.json()["code"]) == (401, 124)


def test_revoking_one_token_leaves_the_others(zoom: Sandbox, caller: Caller) -> None:
    one, two = zoom.issue_token(), zoom.issue_token()
    zoom.revoke_token(one)
    assert caller.error("/phone/sms/sessions", token=one) == (401, 124)
    assert caller.get("/phone/sms/sessions", token=two).status == 200


def test_missing_scopes_are_named(zoom: Sandbox, caller: Caller) -> None:
    token = zoom.issue_token(scopes=["phone:read:sms_message"])
    response = caller.get("/phone/users/me/sms/sessions", token=token)
    assert (response.status, response.json()["code"]) == (400, 4711)
    assert "does not contain scopes:[phone:read:admin, phone:read, " in response.json()["message"]


def test_a_granular_scope_allows_its_operation_only(zoom: Sandbox, caller: Caller) -> None:
    message = zoom.messages()[0]
    session = f"/phone/sms/sessions/{message.session_id}"
    by_id = f"{session}/messages/{message.message_id}"
    token = zoom.issue_token(scopes=["phone:read:sms_message:admin"])
    assert caller.get(by_id, token=token).status == 200
    for path in ("/phone/sms/sessions", session, f"{session}/sync"):
        assert caller.error(path, token=token) == (400, 4711)


def test_the_api_url_in_token_responses_can_be_set() -> None:
    with frozen(api_url="https://api-eu.zoom.us") as zoom:
        caller = Caller(zoom)
        body = caller.post("/oauth/token", server_to_server(caller)).json()
        assert body["api_url"] == "https://api-eu.zoom.us"
        zoom.add_message(attachments=[zoom.attachment()])


def test_the_environment_property_selects_the_sandbox(zoom: Sandbox) -> None:
    assert zoom.environment == {
        "ZOOM_API_HOST": zoom.host,
        "ZOOM_TOKEN_URL": zoom.token_url,
        "ZOOM_ACCOUNT_ID": zoom.account_id,
        "ZOOM_CLIENT_ID": zoom.client_id,
        "ZOOM_CLIENT_SECRET": zoom.client_secret,
        "ZOOM_WEBHOOK_SECRET": zoom.webhook_secret,
    }

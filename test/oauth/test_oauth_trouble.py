"""Trouble with tokens: whose it is, how long it lasts, and what is said of it."""

from __future__ import annotations

import json
import threading
import traceback
from typing import Any

import pytest
from support.clocks import ManualClock
from support.faces import Faces, configured
from support.tokens import Zoom
from support.wire import Say, Wire, error_reply, reply

from swagger_client import ApiClient, SMSApi
from swagger_client.events import Event, TokenRenewedEvent
from swagger_client.exceptions import (
    DeadlineExceededException,
    DecodeException,
    RateLimitException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.oauth import AuthorizationCodeOAuth, ServerToServerOAuth

TOKEN = b"fresh-canary-token"


def test_a_deadline_that_passes_while_fetching_is_that_callers_alone(
    wire: Wire, face: Faces
) -> None:
    zoom = Zoom(wire)
    zoom.token_answer = lambda: Say(then="hang")
    hurried = ApiClient(configured(wire.host, credentials=zoom.credentials))
    first: Any = SMSApi(hurried).account_sms_session(async_req=True, _deadline=0.3)
    while not zoom.issued:
        threading.Event().wait(0.002)
    zoom.token_answer = zoom.new_token
    face(wire.host, credentials=zoom.credentials).call(_deadline=30)
    with pytest.raises(DeadlineExceededException):
        first.get(10)
    assert zoom.issued == 2
    hurried.close()


@pytest.mark.parametrize(
    "trouble", [Say(then="reset"), Say(reply({"access_token": "token-1"})[:-3], then="close")]
)
def test_an_endpoint_that_one_caller_could_not_reach_is_tried_by_the_next(
    wire: Wire, face: Faces, trouble: Say
) -> None:
    zoom, clock = Zoom(wire), ManualClock()
    zoom.token_answer = lambda: trouble
    caller = face(wire.host, credentials=zoom.credentials, clock=clock)
    with pytest.raises(TransportException):
        caller.call(_retries=0)
    responses = [trouble, trouble, None]
    zoom.token_answer = lambda: responses.pop(0) or zoom.new_token()
    caller.call(_retries=3)
    assert zoom.issued == 4


def test_a_good_token_serves_while_the_endpoint_cannot_be_reached(wire: Wire, face: Faces) -> None:
    zoom, clock = Zoom(wire), ManualClock()
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    caller.call()
    zoom.token_answer = lambda: Say(then="reset")
    clock.jump(3400)
    with pytest.raises(TransportException):
        caller.call()
    caller.call()  # not everybody waits for the network in vain
    assert zoom.issued == 2


def test_a_error_ends_when_the_machines_clock_is_set_back(wire: Wire, face: Faces) -> None:
    zoom, clock = Zoom(wire), ManualClock()
    zoom.token_answer = lambda: Say(reply({"error": "invalid_client"}, 400))
    caller = face(wire.host, credentials=zoom.credentials, clock=clock)
    with pytest.raises(UnauthorizedException):
        caller.call()
    zoom.token_answer = zoom.new_token
    clock.correct(-86_400)
    caller.call()
    assert zoom.issued == 2


def test_no_token_request_is_sent_before_retry_after(wire: Wire, face: Faces) -> None:
    zoom, clock = Zoom(wire), ManualClock()
    zoom.token_answer = lambda: Say(error_reply(429, None, "Slow down", Retry_After=3600))
    caller = face(wire.host, credentials=zoom.credentials, clock=clock)
    for _ in range(60):
        with pytest.raises(RateLimitException):
            caller.call()
        clock.jump(59)
    assert zoom.issued == 1
    zoom.token_answer = zoom.new_token
    clock.jump(61)
    caller.call()
    assert zoom.issued == 2


ENDLESS = b"1" + b"0" * 400
ODD = {
    "a number beyond floats": b'"expires_in": ' + ENDLESS,
    "a text beyond floats": b'"expires_in": "' + ENDLESS + b'"',
    "a text of too many digits": b'"expires_in": "1' + b"0" * 5000 + b'"',
    "too many digits": b'"expires_in": 1' + b"0" * 5000,
}


@pytest.mark.parametrize("kind", ODD)
def test_a_lifetime_without_end_is_a_typed_error(wire: Wire, face: Faces, kind: str) -> None:
    zoom = Zoom(wire)
    response = b'{"access_token": "' + TOKEN + b'", ' + ODD[kind] + b"}"
    zoom.token_answer = lambda: Say(reply(response))
    with pytest.raises(DecodeException):
        face(wire.host, credentials=zoom.credentials).call()


@pytest.mark.parametrize("url", ["https://[x", "https://api.zoom.us:99999", "https://zoom.us:x"])
def test_an_invalid_api_url_is_not_used(wire: Wire, face: Faces, url: str) -> None:
    zoom = Zoom(wire)
    zoom.accepted = 1
    token = {"access_token": "token-1", "expires_in": 3600, "api_url": url}
    zoom.token_answer = lambda: Say(reply(token))
    caller = face(wire.host, credentials=zoom.credentials)
    caller.call()
    held = zoom.credentials._holder.current(0)
    assert held is not None
    assert held.api_url is None


def test_no_traceback_shows_a_token_that_could_not_be_kept(wire: Wire, face: Faces) -> None:
    zoom = Zoom(wire)
    response = {"access_token": TOKEN.decode(), "refresh_token": "next-canary-token"}
    zoom.token_answer = lambda: Say(reply(response))

    def fail(_: str) -> None:
        raise OSError("disk full")

    credentials = AuthorizationCodeOAuth(
        "app",
        token_url=f"{wire.origin}/oauth/token",
        refresh_token="old-canary-token",
        on_refresh_token=fail,
    )
    with pytest.raises(OSError, match="disk full") as caught:
        face(wire.host, credentials=credentials).call()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in shown.stack if "swagger_client" in frame.filename]
    assert any(frame.name == "_read_token" for frame in ours)
    assert "canary" not in repr([frame.locals for frame in ours])


class Response:
    """A response of the endpoint; its repr shows nothing."""

    def __init__(self, **fields: object) -> None:
        self.status = 200
        self.data = json.dumps({"access_token": TOKEN.decode(), **fields}).encode()


@pytest.mark.parametrize("response", [Response(expires_in=-1), Response(expires_in=[])])
def test_no_traceback_shows_a_token_that_came_with_nonsense(response: Response) -> None:
    credentials = ServerToServerOAuth("account", "app", "app-secret")
    with pytest.raises(DecodeException) as caught:
        credentials._read_token(response, 0.0)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "expires_in" in repr([frame.locals for frame in shown.stack])
    assert "canary" not in repr([frame.locals for frame in shown.stack])


def test_a_listener_that_learns_of_a_new_token_may_call_the_api(wire: Wire, face: Faces) -> None:
    zoom, heard = Zoom(wire), list[Event]()
    other = ApiClient(configured(wire.host, credentials=zoom.credentials, deadline=5))

    def listen(event: Event) -> None:
        if isinstance(event, TokenRenewedEvent):
            SMSApi(other).account_sms_session()
            heard.append(event)

    face(wire.host, credentials=zoom.credentials, on_event=listen).call()
    assert len(heard) == 1
    assert zoom.issued == 1
    other.close()


# Without the check it waits for itself, and without a deadline for ever.
def test_a_refresh_token_hook_that_calls_the_api_fails(wire: Wire, face: Faces) -> None:
    zoom = Zoom(wire)
    zoom.token_answer = lambda: Say(
        reply({"access_token": "token-1", "refresh_token": "next", "expires_in": 3600})
    )
    credentials = AuthorizationCodeOAuth(
        "app", token_url=f"{wire.origin}/oauth/token", refresh_token="old"
    )
    other = ApiClient(configured(wire.host, credentials=credentials, deadline=5))
    credentials.on_refresh_token = lambda _: SMSApi(other).account_sms_session()
    with pytest.raises(RuntimeError, match="on_refresh_token"):
        face(wire.host, credentials=credentials).call()
    other.close()

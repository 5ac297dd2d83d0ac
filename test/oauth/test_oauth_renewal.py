"""Tokens: fetched when needed, renewed in time, by one for all; rejected ones replaced once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from support.clocks import JumpingClock, ManualClock
from support.faces import Faces, configured
from support.tokens import Zoom
from support.waiting import wait_until
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.events import Event, ResponseEvent, TokenRenewedEvent
from swagger_client.exceptions import (
    ApiException,
    DeadlineExceededException,
    DecodeException,
    ServiceException,
    UnauthorizedException,
)
from swagger_client.oauth import ServerToServerOAuth, StaticToken
from swagger_client.sandbox import Sandbox


def server_to_server(zoom: Sandbox) -> ServerToServerOAuth:
    return ServerToServerOAuth(
        zoom.account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
    )


def test_a_token_is_fetched_when_needed_and_kept(wire: Wire, face: Faces) -> None:
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials)
    assert zoom.issued == 0
    for _ in range(3):
        caller.call()
    assert zoom.issued == 1
    assert len(wire.requests) == 4


# Without the margin the last requests of a token's life are rejected.
def test_a_token_is_renewed_before_it_expires(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock)
    caller.call()
    clock.jump(3600 - 300 - 5)
    caller.call()
    assert zoom.issued == 1
    clock.jump(10)
    caller.call()
    assert zoom.issued == 2


# Without the replay a revoked token fails the call; without "once" it loops.
def test_a_rejected_token_is_replaced_and_the_request_replayed_once(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    caller.call()
    zoom.accepted = -1  # revoked
    caller.call()
    assert zoom.issued == 2
    assert clock.sleeps == []
    zoom.token_answer = lambda: Say(reply({"access_token": "bad", "expires_in": 3600}))
    zoom.accepted = -1
    before = len(wire.requests)
    with pytest.raises(UnauthorizedException) as caught:
        caller.call()
    assert caught.value.code == 124
    assert zoom.issued == 3
    assert len(wire.requests) - before == 3  # the request, the token, the replay


def expire_every_third(zoom: Zoom, wire: Wire) -> None:
    """Reject every third request, whatever its token is; the token is invalid from then on.

    The client learns of a rejection after it has read the responses that were sent before it.
    Otherwise a busy machine decides whether a call knows that the API has accepted other tokens.
    """
    lock, numbers = threading.Lock(), count(1)
    accepted = 0

    def respond(request: Received) -> Say:
        nonlocal accepted
        if request.path == "/oauth/token":
            return zoom.respond(request)
        with lock:
            rejects = next(numbers) % 3 == 0
            response = error_reply(401, 124, "Invalid access token.")
            said = Say(response) if rejects else zoom.respond(request)
            if b" 200 " in said.data[:20]:
                accepted += 1
                return said
            sent_before = accepted
        wait_until(lambda: zoom.credentials._accepted.count >= sent_before)
        return said

    wire.default = respond


def test_tokens_that_expire_at_every_third_request_end_no_call(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    zoom = Zoom(wire)
    expire_every_third(zoom, wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    for _ in range(12):
        caller.call()
    assert clock.sleeps == []


class PatientClock(JumpingClock):
    """A clock on which a call that sleeps waits until a concurrent request is accepted."""

    def __init__(self) -> None:
        super().__init__()
        self._accepted = threading.Event()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._accepted.clear()
        self._accepted.wait(5)  # on a busy machine

    def on_event(self, event: Event) -> None:
        if isinstance(event, ResponseEvent) and event.status == 200:
            self._accepted.set()


def test_concurrent_calls_survive_tokens_that_expire_at_every_third_request(wire: Wire) -> None:
    zoom = Zoom(wire)
    expire_every_third(zoom, wire)
    configuration = configured(wire.host, credentials=zoom.credentials, retries=1)
    clock = PatientClock()
    configuration.on_event = clock.on_event
    with ApiClient(configuration, clock=clock) as client:
        calls: list[Any] = [SMSApi(client).account_sms_session(async_req=True) for _ in range(200)]
        for call in calls:
            call.get(30)


def test_clients_that_share_credentials_survive_tokens_that_expire_soon(wire: Wire) -> None:
    zoom = Zoom(wire)
    expire_every_third(zoom, wire)
    clock = PatientClock()

    def call_repeatedly() -> int:
        configuration = configured(wire.host, credentials=zoom.credentials, retries=1)
        configuration.on_event = clock.on_event
        with ApiClient(configuration, clock=clock) as client:
            for _ in range(25):
                SMSApi(client).account_sms_session()
        return 25

    assert _together(8, call_repeatedly) == [25] * 8


def test_a_call_whose_tokens_are_always_rejected_ends(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    """Requests of other calls are accepted, so that each token seems to have expired."""
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    reject_after_other_calls(wire, caller.client, zoom.respond)
    with pytest.raises(UnauthorizedException):
        caller.call(page_size=5)
    assert zoom.issued == 21


def test_a_hook_replaces_tokens_that_expire_again_and_again(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    caller = face(wire.host, clock=clock, retries=0)
    set_new_token_before_each_request(caller.client.configuration)
    reject_after_other_calls(wire, caller.client, lambda _: Say(reply()), times=10)
    caller.call(page_size=5)
    assert clock.sleeps == []


def test_a_call_whose_tokens_from_a_hook_are_always_rejected_ends(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    caller = face(wire.host, clock=clock, retries=0)
    set_new_token_before_each_request(caller.client.configuration)
    reject_after_other_calls(wire, caller.client, lambda _: Say(reply()))
    with pytest.raises(UnauthorizedException):
        caller.call(page_size=5)
    assert sum("page_size" in request.target for request in wire.requests) == 23


def test_a_hook_that_sets_wrong_tokens_ends_the_call(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.default = Say(error_reply(401, 124, "Invalid access token."))
    caller = face(wire.host, clock=clock, retries=0)
    set_new_token_before_each_request(caller.client.configuration)
    with pytest.raises(UnauthorizedException):
        caller.call()
    assert len(wire.requests) == 3


def reject_after_other_calls(
    wire: Wire, client: ApiClient, respond: Callable[[Received], Say], times: int = 1000
) -> None:
    """Reject the first requests with a page size, each after a request of another call succeeds."""
    other, rejections = SMSApi(client), iter(range(times))

    def reject(request: Received) -> Say:
        if "page_size" in request.target and next(rejections, None) is not None:
            other.account_sms_session()
            return Say(error_reply(401, 124, "Invalid access token."))
        return respond(request)

    wire.default = reject


def set_new_token_before_each_request(configuration: Configuration) -> None:
    numbers = count(1)

    def renew(settings: Configuration) -> None:
        settings.access_token = f"token-{next(numbers)}"

    configuration.refresh_api_key_hook = renew


def test_the_replay_does_not_use_up_a_retry(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=1)
    caller.call()
    zoom.accepted = -1
    responses = [zoom.respond, zoom.respond, lambda _: Say(error_reply(503, 503, "Sorry"))]
    wire.script = [partial(response) for response in responses]
    caller.call()
    assert zoom.issued == 2


@pytest.mark.parametrize("code", [4711, 4700, 104])
def test_missing_scopes_do_not_refresh_the_token(wire: Wire, face: Faces, code: int) -> None:
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials)
    caller.call()
    wire.script = [
        Say(
            error_reply(
                401, code, "Invalid access token, does not contain scopes:[phone:read, a:b]."
            )
        )
    ]
    with pytest.raises(UnauthorizedException) as caught:
        caller.call()
    assert zoom.issued == 1
    assert caught.value.missing_scopes == ("phone:read", "a:b")
    assert "phone:read, a:b" in str(caught.value)


# Without the single flight each of the fifty fetches its own token.
def _together(count: int, act: Callable[[], object]) -> list[object]:
    barrier, results = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            results.append(act())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.parametrize("how", ["expired", "rejected", "none yet"])
@pytest.mark.parametrize(("threads", "tasks", "loops"), [(50, 0, 0), (0, 50, 1), (16, 17, 2)])
def test_fifty_calls_with_an_expired_token_send_one_token_request(
    wire: Wire, how: str, threads: int, tasks: int, loops: int
) -> None:
    zoom, clock = Zoom(wire), JumpingClock()
    configuration = configured(wire.host, credentials=zoom.credentials)
    client = ApiClient(configuration, clock=clock)
    api = SMSApi(client)
    others = [AsyncApiClient(configuration, clock=clock) for _ in range(loops)]
    if how != "none yet":
        api.account_sms_session()
    if how == "expired":
        clock.jump(3601)
    if how == "rejected":
        zoom.accepted = -1
    before = zoom.issued
    entered = threading.Barrier(threads + loops) if loops else None

    def block() -> object:
        if entered is not None:
            entered.wait()
        return api.account_sms_session()

    async def many(other: AsyncApiClient) -> list[object]:
        async with other:
            asynchronous = AsyncSMSApi(other)
            return await asyncio.gather(
                *(asynchronous.account_sms_session() for _ in range(tasks)), return_exceptions=True
            )

    gathered: list[object] = []

    def loop(other: AsyncApiClient) -> None:
        assert entered is not None
        entered.wait()
        gathered.extend(asyncio.run(many(other)))

    workers = [threading.Thread(target=loop, args=(other,)) for other in others]
    for worker in workers:
        worker.start()
    results = _together(threads, block) if threads else []
    for worker in workers:
        worker.join(30)
    client.close()
    pages: list[Any] = results + gathered
    assert [page.sms_sessions for page in pages] == [[]] * (threads + tasks * loops)
    assert zoom.issued - before == 1


# Without the checks a bad token is used; without the pause every call sends a token request.
NONSENSE = {
    "500": error_reply(500, None, "Sorry"),
    "502 of a proxy": reply("<html>Bad gateway</html>", 502),
    "html": reply("<html>Log in</html>"),
    "empty": reply(b""),
    "list": reply(b"[]"),
    "null": reply(b"null"),
    "no token": reply({"expires_in": 3600}),
    "empty token": reply({"access_token": "", "expires_in": 3600}),
    "null token": reply({"access_token": None, "expires_in": 3600}),
    "number for a token": reply({"access_token": 5, "expires_in": 3600}),
    "token with a line break": reply({"access_token": "a\r\nX-Evil: 1", "expires_in": 3600}),
    "token with a space": reply({"access_token": "a b", "expires_in": 3600}),
    "negative": reply({"access_token": "t", "expires_in": -5}),
    "zero": reply({"access_token": "t", "expires_in": 0}),
    "nan": reply(b'{"access_token": "t", "expires_in": NaN}'),
    "infinite": reply(b'{"access_token": "t", "expires_in": Infinity}'),
    "true": reply({"access_token": "t", "expires_in": True}),
    "text": reply({"access_token": "t", "expires_in": "soon"}),
    "nested": reply(b"[" * 200_000),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "redirect": reply(b"", 302, {"Location": "/elsewhere"}),
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_token_endpoint_that_fails_is_a_typed_error_and_no_storm(
    wire: Wire, face: Faces, kind: str
) -> None:
    clock = ManualClock()
    zoom = Zoom(wire)
    zoom.token_answer = lambda: Say(NONSENSE[kind])
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=1)
    with pytest.raises(ApiException) as caught:
        caller.call()
    assert str(caught.value).rstrip().splitlines()[-1].startswith("What to do: ")
    calls = zoom.issued
    assert calls <= 2
    for _ in range(20):
        with pytest.raises(type(caught.value)):
            caller.call()
    assert zoom.issued == calls
    assert not [request for request in wire.requests if request.path.startswith("/v2")]
    assert all(request.path != "/elsewhere" for request in wire.requests)

    zoom.token_answer = zoom.new_token
    clock.jump(61)
    caller.call()
    assert zoom.issued == calls + 1


def test_the_rest_after_failures_grows_to_a_minute(wire: Wire, face: Faces) -> None:
    clock = ManualClock()
    zoom = Zoom(wire)
    zoom.token_answer = lambda: Say(error_reply(500, None, "Sorry"))
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    for _ in range(600):  # ten minutes, a call each second
        with pytest.raises(ServiceException):
            caller.call()
        clock.jump(1.0)
    assert 10 <= zoom.issued <= 20


@pytest.mark.parametrize("lifetime", [30, "3600", 1e9])
def test_odd_lifetimes_are_lived_with(
    wire: Wire, face: Faces, clock: JumpingClock, lifetime: object
) -> None:
    zoom = Zoom(wire, lifetime=lifetime)  # type: ignore[arg-type]
    caller = face(wire.host, credentials=zoom.credentials, clock=clock)
    for _ in range(3):
        caller.call()
    assert zoom.issued == 1


def test_a_token_stays_in_use_while_its_renewal_fails(wire: Wire, face: Faces) -> None:
    clock = ManualClock()
    zoom = Zoom(wire)
    caller = face(wire.host, credentials=zoom.credentials, clock=clock, retries=0)
    caller.call()
    zoom.token_answer = lambda: Say(error_reply(500, None, "Sorry"))
    clock.jump(3400)
    with pytest.raises(ServiceException):
        caller.call()
    caller.call()  # within the rest: with what there is
    assert zoom.issued == 2


def test_each_token_renewal_is_reported_once(wire: Wire) -> None:
    zoom, events = Zoom(wire), list[Event]()
    configuration = configured(wire.host, credentials=zoom.credentials, on_event=events.append)
    with ApiClient(configuration) as client:
        results = _together(20, SMSApi(client).account_sms_session)
    assert len(results) == 20
    assert zoom.issued == 1
    assert len([event for event in events if isinstance(event, TokenRenewedEvent)]) == 1


def test_each_caller_waiting_for_a_token_has_its_own_deadline(wire: Wire) -> None:
    zoom, gate = Zoom(wire), threading.Event()
    response = reply({"access_token": "token-1", "expires_in": 3600})

    def slowly() -> Say:
        zoom.accepted = 1
        return Say(response, gate=gate)

    zoom.token_answer = slowly
    configuration = configured(wire.host, credentials=zoom.credentials)
    with ApiClient(configuration) as client:
        api = SMSApi(client)
        patient = api.account_sms_session(async_req=True)
        while zoom.issued == 0:
            threading.Event().wait(0.005)
        with pytest.raises(DeadlineExceededException):
            api.account_sms_session(_deadline=0.1)
        gate.set()
        assert patient.get(5).sms_sessions == []
    assert zoom.issued == 1


def test_a_static_token_is_used_until_it_is_rejected(zoom: Sandbox, face: Faces) -> None:
    token = zoom.issue_token()
    caller = face(zoom.host, credentials=StaticToken(token), access_token="")
    assert caller.call().sms_sessions
    zoom.revoke_token(token)
    zoom.clear_requests()
    with pytest.raises(UnauthorizedException) as caught:
        caller.call()
    assert len(zoom.requests) == 1
    assert "configuration.credentials" in str(caught.value)


def test_server_to_server_against_the_sandbox(zoom: Sandbox, face: Faces) -> None:
    caller = face(zoom.host, credentials=server_to_server(zoom))
    assert caller.call().sms_sessions
    zoom.expire_access_tokens()
    assert caller.call().sms_sessions
    assert zoom.token_requests == 2


@pytest.mark.parametrize("part", ["account_id", "client_id", "client_secret"])
def test_wrong_credentials_are_a_clear_error(zoom: Sandbox, face: Faces, part: str) -> None:
    given = {name: getattr(zoom, name) for name in ("account_id", "client_id", "client_secret")}
    credentials = ServerToServerOAuth(**{**given, part: "wrong"}, token_url=zoom.token_url)
    with pytest.raises(UnauthorizedException) as caught:
        face(zoom.host, credentials=credentials).call()
    assert zoom.token_requests == 1
    assert "the token endpoint issued no token" in str(caught.value)
    assert caught.value.next_step in str(caught.value)
    assert given["client_secret"] not in str(caught.value)


def test_a_static_access_token_is_renewed_by_the_hook(wire: Wire, face: Faces) -> None:
    zoom = Zoom(wire)
    zoom.accepted = 7
    caller = face(wire.host, access_token="token-6")
    with pytest.raises(UnauthorizedException):
        caller.call()
    calls = []

    def renew(settings: object) -> None:
        calls.append(settings)
        caller.client.configuration.access_token = "token-7"

    caller.client.configuration.refresh_api_key_hook = renew
    caller.call()
    assert calls
    assert calls[0] is caller.client.configuration


def test_a_token_replaced_meanwhile_is_tried(wire: Wire, face: Faces) -> None:
    zoom = Zoom(wire)
    zoom.accepted = 7
    caller = face(wire.host, access_token="token-6")

    def meanwhile(request: Received) -> Say:
        caller.client.configuration.access_token = "token-7"
        return zoom.respond(request)

    wire.script = [meanwhile]
    caller.call()
    assert len(wire.requests) == 2


def test_an_error_about_a_bad_token_response_does_not_show_it(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    zoom = Zoom(wire)
    zoom.token_answer = lambda: Say(reply({"access_token": "canary-token", "expires_in": -1}))
    with pytest.raises(DecodeException) as caught:
        face(wire.host, credentials=zoom.credentials, clock=clock).call()
    assert "canary" not in repr(caught.value) + str(caught.value)

"""Faults apply to the selected requests, and requests are logged."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import urllib3
from support.sandbox_caller import Caller, frozen

from swagger_client.sandbox import RequestRecord, Sandbox

LIST = "/phone/sms/sessions"


def statuses(caller: Caller, count: int, path: str = LIST) -> list[int]:
    return [caller.get(path).status for _ in range(count)]


def test_a_fault_applies_once_by_default(zoom: Sandbox, caller: Caller) -> None:
    fault = zoom.fault(
        status=503, headers={"Retry-After": "soon"}, body={"code": 1, "message": "x"}
    )
    response = caller.get(LIST)
    assert response.status == 503
    assert response.headers["retry-after"] == "soon"
    assert response.json() == {"code": 1, "message": "x"}
    assert statuses(caller, 2) == [200, 200]
    assert fault.hits == 1


def test_faults_can_skip_repeat_and_be_removed(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(status=500, after=1, times=2)
    assert statuses(caller, 5) == [200, 500, 500, 200, 200]
    zoom.fault(status=502, every=3, times=None)
    assert statuses(caller, 6) == [200, 200, 502] * 2
    zoom.clear_faults()
    fault = zoom.fault(status=504, times=None)
    assert statuses(caller, 2) == [504, 504]
    fault.cancel()
    assert statuses(caller, 1) == [200]


def test_faults_apply_to_matching_requests_only(zoom: Sandbox, caller: Caller) -> None:
    session = f"/phone/sms/sessions/{zoom.sessions()[0].session_id}"
    zoom.fault(status=500, operation="sms_session_details", times=None)
    zoom.fault(status=501, path="/v2/phone/users/*", times=None)
    zoom.fault(status=502, where=lambda request: request.query.get("page_size") == "7", times=None)
    zoom.fault(status=503, method="POST", times=None)
    assert caller.get(LIST).status == 200
    assert caller.get(session).status == 500
    assert caller.get(session + "/sync").status == 200
    assert caller.get("/phone/users/me/sms/sessions").status == 501
    assert caller.get(LIST, page_size=7).status == 502
    assert caller.post("/oauth/token", {}).status == 503


def test_a_reset_drops_the_connection(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(reset=True)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        caller.get(LIST)
    assert statuses(caller, 1) == [200]


@pytest.mark.parametrize("reset", [False, True])
def test_a_truncated_body_is_shorter_than_its_content_length(
    zoom: Sandbox, caller: Caller, reset: bool
) -> None:
    zoom.fault(truncate=10, reset=reset)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        caller.get(LIST)
    assert statuses(caller, 1) == [200]


def test_a_hanging_response_never_arrives(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(hang=True)
    client = urllib3.PoolManager(retries=False, timeout=0.05)
    headers = {"Authorization": f"Bearer {zoom.access_token}"}
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.request("GET", zoom.host + LIST, headers=headers)
    assert statuses(caller, 1) == [200]


def test_a_response_can_be_held_until_an_event_is_set(zoom: Sandbox, caller: Caller) -> None:
    gate = threading.Event()
    zoom.fault(hold=gate, times=None)
    got: list[int] = []
    waiting = [
        threading.Thread(target=lambda: got.extend(statuses(Caller(zoom), 1))) for _ in range(3)
    ]
    for thread in waiting:
        thread.start()
    assert got == []
    gate.set()
    for thread in waiting:
        thread.join(5)
    assert got == [200] * 3


def test_a_dripped_response_is_complete(zoom: Sandbox, caller: Caller) -> None:
    whole = caller.json(LIST, page_size=1)["sms_sessions"]
    zoom.fault(drip=0)
    assert caller.json(LIST, page_size=1)["sms_sessions"] == whole


def test_garbage_is_a_page_of_html_with_status_200(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(garbage=True)
    response = caller.get(LIST)
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_a_response_without_a_body_leaves_the_connection_usable(
    zoom: Sandbox, caller: Caller
) -> None:
    zoom.fault(status=204)
    assert statuses(caller, 3) == [204, 200, 200]


def test_page_tokens_can_expire_every_few_pages(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(
        expire_page_tokens=True,
        where=lambda request: "next_page_token" in request.query,
        every=2,
        times=None,
    )
    query: dict[str, Any] = {"page_size": 1, "session_type": "all"}
    first = caller.json(LIST, **query)
    second = caller.json(LIST, **query, next_page_token=first["next_page_token"])
    token = second["next_page_token"]
    assert caller.error(LIST, **query, next_page_token=token) == (400, 400)


def test_access_tokens_can_expire_in_flight(zoom: Sandbox, caller: Caller) -> None:
    zoom.fault(expire_access_tokens=True)
    assert statuses(caller, 2) == [401, 200]


def test_sync_tokens_can_expire_in_flight(zoom: Sandbox, caller: Caller) -> None:
    path = f"/phone/sms/sessions/{zoom.sessions()[0].session_id}/sync"
    token = caller.json(path)["sync_token"]
    zoom.fault(expire_sync_tokens=True)
    assert caller.error(path, sync_type="ISync", sync_token=token) == (400, 300)


def test_the_clock_can_jump_in_flight(zoom: Sandbox, caller: Caller) -> None:
    before = zoom.clock.time()
    zoom.fault(advance=120)
    caller.json(LIST)
    assert zoom.clock.time() == before + 120


def outage(seed: int) -> list[int]:
    with frozen(seed=seed) as zoom:
        zoom.fault(status=500, probability=0.3, times=None)
        return statuses(Caller(zoom), 40)


def test_chance_follows_the_seed() -> None:
    assert outage(1) == outage(1) != outage(2)
    assert 3 < outage(1).count(500) < 25


def test_listeners_see_requests_before_they_are_handled(zoom: Sandbox, caller: Caller) -> None:
    seen: list[RequestRecord] = []

    @zoom.on_request
    def listen(request: RequestRecord) -> None:
        seen.append(request)
        assert request.status is None
        zoom.add_message(text=f"message {request.index}")

    shown = caller.json(LIST, page_size=1)["sms_sessions"][0]["session_id"]
    assert zoom.messages(shown)[0].text == "message 0"
    zoom.remove_listener(listen)
    caller.json(LIST)
    assert [request.status for request in seen] == [200]


def test_a_failing_listener_causes_a_500_response_with_the_reason() -> None:
    with frozen() as zoom:

        @zoom.on_request
        def fail(request: RequestRecord) -> None:
            raise RuntimeError("the test is wrong")

        response = Caller(zoom).get(LIST)
        assert response.status == 500
        assert "the test is wrong" in zoom.crashes[0]


def test_requests_are_logged_without_secrets(zoom: Sandbox, caller: Caller) -> None:
    caller.json(LIST, page_size=3)
    caller.get("/nowhere")
    caller.post("/oauth/token", {"grant_type": "x"})
    zoom.fault(status=500)
    caller.get(LIST, token="another")
    one, two, three, four = zoom.requests
    assert (one.operation, one.path, one.method) == ("account_sms_session", "/v2" + LIST, "GET")
    assert (one.query, one.status, one.faulted) == ({"page_size": "3"}, 200, False)
    assert (two.operation, two.status) == (None, 404)
    assert (three.operation, three.method, three.token) == ("oauth_token", "POST", None)
    assert (four.status, four.faulted) == (500, True)
    assert one.token == two.token != four.token
    assert one.at == zoom.clock.time()
    assert [request.index for request in zoom.requests] == [0, 1, 2, 3]
    for secret in (zoom.access_token, zoom.client_secret, "another"):
        assert secret not in repr(zoom.requests)
    zoom.clear_requests()
    assert zoom.requests == []
    assert zoom.token_requests == 1


def test_the_request_log_can_be_bounded() -> None:
    with frozen(request_log=2) as zoom:
        statuses(Caller(zoom), 5)
        assert [request.index for request in zoom.requests] == [3, 4]


def test_many_threads_are_served_while_the_account_changes(zoom: Sandbox) -> None:
    session_id = zoom.sessions()[0].session_id
    got: list[int] = []

    def work() -> None:
        caller = Caller(zoom)
        for _ in range(15):
            zoom.add_message(session_id)
            got.append(caller.get(f"/phone/sms/sessions/{session_id}/sync", count=250).status)
            got.append(caller.get(LIST, session_type="all").status)

    before = len(zoom.messages(session_id))
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [200] * 240
    assert len(zoom.messages(session_id)) == before + 120

"""Each of the six methods calls the same steps as a generated client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from support.faces import configured
from support.wire import Received, Say, Wire, reply

from swagger_client import ApiClient, SMSApi
from swagger_client.rest import RESTClientObject

METHODS: dict[str, tuple[str, ...]] = {
    "account_sms_session": (),
    "get_sms_sessions": ("me", "FSync"),
    "sms_by_message_id": ("session", "message"),
    "sms_session_details": ("session",),
    "sms_session_sync": ("session",),
    "user_sms_session": ("me",),
}
#: What a generated client calls on itself for one request, in this order.
GENERATED = [
    "select_header_accept",
    "call_api",
    "sanitize_for_serialization",
    "parameters_to_tuples",
    "update_params_for_auth",
    "request",
    "GET",
    "deserialize",
]
HOOKS = [name for name in GENERATED if name != "GET"]


@pytest.fixture(autouse=True)
def page(wire: Wire) -> None:
    wire.default = Say(reply({"page_size": 30}))


def recording(calls: list[str], name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def record(self: object, *args: object, **kwargs: object) -> Any:
        if name not in calls:
            calls.append(name)
        return original(self, *args, **kwargs)

    return record


@pytest.fixture
def calls() -> Iterator[list[str]]:
    made: list[str] = []
    with mock.patch.object(RESTClientObject, "GET", recording(made, "GET", RESTClientObject.GET)):
        yield made


@pytest.mark.parametrize("method", METHODS)
def test_a_method_calls_the_same_steps_as_a_generated_client(
    wire: Wire, method: str, calls: list[str]
) -> None:
    names = {
        name: recording(calls, name, getattr(ApiClient, name))
        for name in GENERATED
        if name != "GET"
    }
    subclass = type("Recording", (ApiClient,), names)
    twin = f"{method}_with_http_info"
    api_class = type("Api", (SMSApi,), {twin: recording(calls, twin, getattr(SMSApi, twin))})
    getattr(api_class(subclass(configured(wire.host))), method)(*METHODS[method])
    assert calls == [twin, *GENERATED]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("hook", GENERATED)
def test_a_mock_of_a_step_prevents_the_request(wire: Wire, method: str, hook: str) -> None:
    client = ApiClient(configured(wire.host))
    target = RESTClientObject if hook == "GET" else ApiClient
    original = getattr(target, hook)
    with mock.patch.object(target, hook, autospec=True, side_effect=original) as step:
        getattr(SMSApi(client), method)(*METHODS[method])
    assert step.called
    canned = mock.Mock(status=200, content=b'{"page_size": 1}', getheaders=dict)
    if hook in ("call_api", "request", "GET"):
        before = len(wire.requests)
        with mock.patch.object(target, hook, return_value=canned):
            getattr(SMSApi(client), method)(*METHODS[method])
        assert len(wire.requests) == before


def test_a_request_has_the_changes_of_an_override(wire: Wire) -> None:
    class Own(ApiClient):
        def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
            headers["X-Signature"] = "signed"
            querys.append(("key", "value"))

        def select_header_accept(self, accepts: Any) -> str:
            return "application/vnd.zoom+json"

        def sanitize_for_serialization(self, obj: object) -> object:
            if isinstance(obj, dict) and "sessionId" in obj:
                return {"sessionId": "other"}
            return super().sanitize_for_serialization(obj)

        def deserialize(self, response: Any, response_type: object) -> object:
            return response_type

    result: object = SMSApi(Own(configured(wire.host))).sms_session_details("session")
    request = wire.requests[0]
    assert result == "InlineResponse20074"
    assert request.path.startswith("/v2/phone/sms/sessions/other")
    assert request.target.endswith("key=value")
    assert request.headers["x-signature"] == "signed"
    assert request.headers["accept"] == "application/vnd.zoom+json"
    assert "authorization" not in request.headers


# Authorization is the last step of each attempt: a retry is signed anew, with the present token.
def test_each_attempt_is_authorized_again(wire: Wire) -> None:
    class Signing(ApiClient):
        signed = 0

        def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
            super().update_params_for_auth(headers, querys, auth_settings)
            self.signed += 1
            headers["X-Signature"] = f"{self.signed} of {headers['Authorization']}"

    wire.script = [Say(reply({"code": 500}, 500))]
    configuration = configured(wire.host)
    with mock.patch("random.random", return_value=0.0):
        SMSApi(Signing(configuration)).account_sms_session()
    signatures = [request.headers["x-signature"] for request in wire.requests]
    assert signatures == ["1 of Bearer a-token", "2 of Bearer a-token"]


def test_a_stand_in_client_needs_only_the_methods_that_generated_code_calls(wire: Wire) -> None:
    class StandIn:
        def call_api(self, *args: object, **named: object) -> object:
            return args, named

        def select_header_accept(self, accepts: list[str]) -> str:
            return accepts[0]

    api = SMSApi(StandIn())  # type: ignore[arg-type]
    called: Any = api.sms_session_details("session", page_size=5)
    args, named = called
    assert args == (
        "/phone/sms/sessions/{sessionId}",
        "GET",
        {"sessionId": "session"},
        [("page_size", "5")],
        {"Accept": "application/json"},
    )
    assert set(named) == {
        "body", "post_params", "files", "response_type", "auth_settings", "async_req",
        "_return_http_data_only", "_preload_content", "_request_timeout", "collection_formats",
    }  # fmt: skip


def test_a_wrapper_of_call_api_keeps_the_name_and_the_rate_of_the_operation(wire: Wire) -> None:
    class Wrapper:
        def __init__(self, client: ApiClient) -> None:
            self.call_api = client.call_api
            self.select_header_accept = client.select_header_accept

    events: list[Any] = []
    client = ApiClient(configured(wire.host, on_event=events.append))
    SMSApi(Wrapper(client)).account_sms_session()  # type: ignore[arg-type]
    assert {event.operation for event in events} == {"account_sms_session"}


def received(wire: Wire) -> Received:
    return wire.requests[-1]


def test_default_headers_win_over_those_of_a_call(wire: Wire) -> None:
    client = ApiClient(configured(wire.host), "x-mine", "default")
    client.call_api("/x", "GET", header_params={"X-Mine": "call", "X-Other": "call"})
    assert received(wire).headers["x-mine"] == "default"
    assert received(wire).headers["x-other"] == "call"

"""What the hot paths cost, counted and not timed: these fail when a path grows.

A count that has to grow for a good reason is raised here, in the same change.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.wire import Say, Wire

import swagger_client
from swagger_client import models, serialization
from swagger_client._flow.drivers import SystemClock, run
from swagger_client._flow.effects import Request
from swagger_client._flow.exchange import Call, Shared, exchange
from swagger_client._flow.pacing import Pacer
from swagger_client._flow.retry import RetryBudget
from swagger_client.models import _compile
from swagger_client.oauth import StaticToken

PACKAGE = str(Path(swagger_client.__file__).parent)
MESSAGE = {
    "message_id": "IQ-cRH5P5EiTWCwpNzScnECJw",
    "date_time": "2022-03-23T02:58:01Z",
    "direction": "In",
    "message": "welcome",
    "message_type": 1,
    "sender": {
        "phone_number": "18108001001",
        "display_name": "A",
        "owner": {"id": "x", "type": "user"},
    },
    "to_members": [{"phone_number": "12092693625", "display_name": "B"}],
    "delivery_status": "delivered",
}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


class Answer:
    """What ``rest_client`` gives back."""

    status, reason, content = 200, "OK", json.dumps(MESSAGE).encode()

    def getheaders(self) -> dict[str, str]:
        return {}


class Wireless:
    """A ``rest_client`` that answers at once."""

    def GET(self, url: str, **given: object) -> Answer:
        return Answer()


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls, Python's and C's, when it is not run first."""
    work()
    work()
    count = 0

    def counting(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count - 1  # for setprofile itself


def client(host: str = "https://api.zoom.us/v2") -> swagger_client.ApiClient:
    configuration = swagger_client.Configuration()
    configuration.host = host
    configuration.access_token = "token"
    return swagger_client.ApiClient(configuration)


def test_a_call_without_its_wire() -> None:
    wireless = client()
    wireless.rest_client = Wireless()  # type: ignore[assignment]
    api = swagger_client.SMSApi(wireless)
    assert calls_of(lambda: api.sms_by_message_id("session", "message")) <= 120


def test_a_call_of_a_list_with_all_its_parameters() -> None:
    wireless = client()
    wireless.rest_client = Wireless()  # type: ignore[assignment]
    api = swagger_client.SMSApi(wireless)
    page = {"page_size": 100, "_from": "2022-03-01", "to": "2022-03-31", "next_page_token": "x"}
    assert calls_of(lambda: api.account_sms_session(**page)) <= 144  # type: ignore[arg-type]


def test_a_whole_call_takes_fewer_steps_than_urllib3s_own_face(wire: Wire) -> None:
    import urllib3

    body = Answer.content
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    wire.default = Say(head.encode() + b"\r\n" + body)
    url = f"{wire.host}/phone/sms/sessions/session/messages/message"
    headers = {"Accept": "application/json", "User-Agent": "x", "Authorization": "Bearer token"}
    http = urllib3.PoolManager()
    with client(wire.host) as ours:
        api = swagger_client.SMSApi(ours)
        whole = calls_of(lambda: api.sms_by_message_id("session", "message"))
    bare = calls_of(lambda: json.loads(http.request("GET", url, headers=headers).data))
    http.clear()
    assert whole < 0.92 * bare


def test_a_kept_connection_is_not_told_its_timeout_again(wire: Wire) -> None:
    # Each time is a system call, at which threads change places.
    body = Answer.content
    wire.default = Say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    told = []

    def noting(frame: object, event: str, argument: object) -> None:
        if event == "c_call" and getattr(argument, "__name__", "") == "settimeout":
            told.append(argument)

    with client(wire.host) as ours:
        api = swagger_client.SMSApi(ours)
        sys.setprofile(noting)
        try:
            api.sms_by_message_id("session", "message")
            opening = len(told)
            api.sms_by_message_id("session", "message")
        finally:
            sys.setprofile(None)
    assert opening
    assert len(told) == opening


def test_decisions_take_a_few_steps() -> None:
    shared = Shared(SystemClock(), lambda: 0.5, Pacer(), RetryBudget())
    credentials = StaticToken("token")
    request, answer = Request("GET", "https://api.zoom.us/v2", (), {}), Answer()

    def decide() -> object:
        call = Call(
            shared, "name", "medium", lambda token: request,
            retries=3, seconds=300.0, tokens=credentials,
            expire=TimeoutError,
        )  # fmt: skip
        return run(exchange(call), shared.clock, lambda effect: answer)  # type: ignore[arg-type, return-value]

    assert calls_of(decide) <= 33


def page_of(count: int) -> bytes:
    return json.dumps(
        {"next_page_token": "", "page_size": 100, "sms_histories": [MESSAGE] * count}
    ).encode()


def test_decoding_calls_next_to_nothing_per_message() -> None:
    def decode(count: int) -> int:
        content = page_of(count)
        return calls_of(lambda: serialization.to_model(content, models.InlineResponse20074))

    # A message, its sender with an owner, a recipient: each object is made, and measured once.
    assert (decode(60) - decode(10)) / 50 <= 11


def test_a_decoder_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models.InlineResponse20074._decode(json.loads(page_of(1)))
    monkeypatch.setattr(_compile, "_compiled", None)
    models.InlineResponse20074._decode(json.loads(page_of(3)))


def test_a_message_holds_less_memory_than_its_dict() -> None:
    content = page_of(100)

    def held(read: Callable[[], Any]) -> int:
        read()
        tracemalloc.start()
        kept = [read() for _ in range(10)]
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(kept) == 10
        return size

    as_dicts = held(lambda: json.loads(content))
    as_models = held(lambda: models.InlineResponse20074._decode(json.loads(content)))
    assert as_models <= 0.7 * as_dicts


def test_models_have_nothing_but_slots() -> None:
    page = models.InlineResponse20074._decode(json.loads(page_of(1)))
    message = page.sms_histories[0]
    for model in (page, message, message.sender, message.sender.owner, message.to_members[0]):
        assert not hasattr(model, "__dict__")
        assert not hasattr(type(model), "__getattr__")
        assert not any("__getattribute__" in vars(kind) for kind in type(model).__mro__[:-1])


def test_importing_leaves_out_what_a_first_call_does_not_need() -> None:
    import subprocess

    code = (
        "import sys, urllib3; before = set(sys.modules)\n"
        "import swagger_client; swagger_client.SMSApi()\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        cwd=Path(PACKAGE).parent,
    ).stdout.split()  # fmt: skip
    others = {name for name in loaded if not name.startswith("swagger_client")}
    assert others <= {"_contextvars", "contextvars", "copy", "six", "six.moves"}
    assert len(loaded) <= 32

"""Budgets for imports, memory and function calls. No time is measured.

Each budget has some slack, so that a new helper function does not exceed it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from support.wire import Say, Wire, reply

import swagger_client
from swagger_client import models
from swagger_client._serialization import responses

PACKAGE = Path(swagger_client.__file__).parent
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
#: The same without most fields, and with an unknown one.
SPARSE = {"message_id": "x", "sender": {}, "to_members": [{"new": 1}]}


def page_of(count: int, message: object = MESSAGE) -> bytes:
    return json.dumps(
        {"next_page_token": "", "page_size": 100, "sms_histories": [message] * count}
    ).encode()


def calls_of(work: Callable[[], object]) -> int:
    """Count the function calls of code that has run before, including functions in C."""
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
    return count


def test_a_whole_call_takes_about_as_many_steps_as_urllib3(wire: Wire) -> None:
    wire.default = Say(reply(page_of(1)))
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = wire.host, "token"
    headers = {"Accept": "application/json", "User-Agent": "x", "Authorization": "Bearer token"}
    http = urllib3.PoolManager()
    with swagger_client.ApiClient(configuration) as client:
        api = swagger_client.SMSApi(client)
        whole = calls_of(lambda: api.sms_session_details("session"))
    bare = calls_of(lambda: json.loads(http.request("GET", wire.host, headers=headers).data))
    http.clear()
    assert whole < 1.5 * bare


@pytest.mark.parametrize("message", [MESSAGE, SPARSE], ids=["usual", "sparse"])
def test_decoding_a_page_takes_few_steps_for_each_message(message: object) -> None:
    def decode(count: int) -> int:
        content = page_of(count, message)
        return calls_of(lambda: responses.to_model(content, models.InlineResponse20074))

    assert (decode(60) - decode(10)) / 50 <= 60


def test_a_page_of_models_takes_less_memory_than_its_dicts() -> None:
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


def test_importing_loads_little_beside_urllib3() -> None:
    code = (
        "import sys, urllib3; before = set(sys.modules)\n"
        "import swagger_client; swagger_client.SMSApi()\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        cwd=PACKAGE.parent,
    ).stdout.split()  # fmt: skip
    others = [name for name in loaded if not name.startswith("swagger_client")]
    assert len(others) <= 12, others
    assert len(loaded) <= 50, loaded

"""``async_req``: the result of a call arrives even after the client is closed."""

from __future__ import annotations

import threading
from typing import Any

from support.faces import configured
from support.wire import Say, Wire, reply

from swagger_client import ApiClient, SMSApi

PAGE = {"page_size": 30, "sms_sessions": []}


def test_a_call_in_progress_completes_after_close(wire: Wire) -> None:
    gate = threading.Event()
    wire.default = Say(reply(PAGE), gate=gate)
    with ApiClient(configured(wire.host)) as client:
        later: Any = SMSApi(client).account_sms_session(async_req=True)
    gate.set()
    assert later.get(10).page_size == 30


def test_queued_calls_complete_after_close(wire: Wire) -> None:
    gate = threading.Event()
    wire.default = Say(reply(PAGE), gate=gate)
    with ApiClient(configured(wire.host)) as client:
        api = SMSApi(client)
        waiting: list[Any] = [api.account_sms_session(async_req=True) for _ in range(40)]
    gate.set()
    assert [later.get(10).page_size for later in waiting] == [30] * 40


# The thread that makes the call is the last to hold the client, and closes it.
def test_a_result_arrives_after_its_client_was_garbage_collected(wire: Wire) -> None:
    wire.default = Say(reply(PAGE))
    for _ in range(20):
        later: Any = SMSApi(ApiClient(configured(wire.host))).account_sms_session(async_req=True)
        assert later.get(10).page_size == 30

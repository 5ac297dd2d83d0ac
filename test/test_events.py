"""The events of ``on_event`` and the log lines are complete, in order and without secrets."""

from __future__ import annotations

import logging
import pickle
import re

import pytest
from support.clocks import JumpingClock, ManualClock
from support.faces import Faces
from support.wire import Say, Wire, error_reply, reply

from swagger_client.events import Event, RequestEvent, ResponseEvent, RetryEvent, WaitEvent


def test_a_call_is_reported_from_its_first_attempt_to_its_last(wire: Wire, face: Faces) -> None:
    wire.script = [
        Say(error_reply(503, 503, "Sorry")),
        Say(b"HTTP/1.1 2", then="close"),
        Say(reply(b"{}", headers={"x-zm-trackingid": "t3"})),
    ]
    events: list[Event] = []
    face(wire.host, clock=JumpingClock(), on_event=events.append).call(page_size=5)
    kinds = [type(event) for event in events]
    assert kinds == [RequestEvent, ResponseEvent, RetryEvent] * 2 + [RequestEvent, ResponseEvent]
    assert len({event.call_id for event in events}) == 1  # type: ignore[union-attr]
    requests = [event for event in events if isinstance(event, RequestEvent)]
    assert [event.attempt for event in requests] == [1, 2, 3]
    assert {event.path for event in requests} == {"/v2/phone/sms/sessions"}
    responses = [event for event in events if isinstance(event, ResponseEvent)]
    assert [(event.status, event.error) for event in responses] == [
        (503, "ServiceException"),
        (None, "TransportException"),
        (200, None),
    ]
    assert [event.tracking_id for event in responses] == ["v=2.0;clid=us", None, "t3"]
    assert [pickle.loads(pickle.dumps(event)) for event in events] == events


def test_waits_for_the_rate_are_reported(wire: Wire, face: Faces) -> None:
    events: list[Event] = []
    caller = face(wire.host, clock=ManualClock(), rate_plan="pro", on_event=events.append)
    for _ in range(5):
        caller.call()
    waits = [event.seconds for event in events if isinstance(event, WaitEvent)]
    assert waits == pytest.approx([1 / 9.5] * 4)


def test_a_listener_that_fails_fails_no_call(
    wire: Wire, face: Faces, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Event) -> None:
        raise RuntimeError("metrics are down")

    face(wire.host, on_event=fail).call()
    assert "metrics are down" in caplog.text


def test_each_attempt_is_logged_with_its_result_duration_and_ids(
    wire: Wire, face: Faces, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "swagger_client")
    wire.script = [Say(error_reply(500, 500, "Sorry"))]
    face(wire.host, clock=JumpingClock()).call()
    lines = [record.getMessage() for record in caplog.records if record.name == "swagger_client"]
    assert len(lines) == 5
    failed = lines[1]
    for part in ("account_sms_session", "500", "attempt 1", "tracking id v=2.0;clid=us", "call "):
        assert part in failed
    assert re.search(r"after \d+\.\d{3} s ", failed)
    assert lines[2].startswith("account_sms_session: retry in ")


def test_nothing_is_logged_by_default(
    wire: Wire, face: Faces, caplog: pytest.LogCaptureFixture
) -> None:
    face(wire.host).call()
    assert [record for record in caplog.records if record.name == "swagger_client"] == []

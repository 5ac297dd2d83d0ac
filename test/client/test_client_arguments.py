"""Arguments that Zoom cannot accept raise one class of error, before a request is sent."""

from __future__ import annotations

import os
import warnings
from datetime import date, datetime, timezone

import pytest
from support.faces import Faces
from support.wire import Say, Wire, error_reply

import swagger_client
from swagger_client.exceptions import ApiException, InvalidArgumentException, RateLimitException

INVALID: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
    ("account_sms_session", (), {"page_size": 101}),
    ("account_sms_session", (), {"session_type": "mine"}),
    ("account_sms_session", (), {"_from": "2026-01-01"}),
    ("user_sms_session", ("",), {}),
    ("sms_session_details", ("a\nb",), {}),
    ("sms_session_details", ("s",), {"sort": 56}),
    ("sms_session_sync", ("s",), {"sync_type": "sync_type_example"}),
    ("get_sms_sessions", ("me", "FSync"), {"count": 0}),
    ("sms_by_message_id", ("s", ".."), {}),
]


@pytest.mark.parametrize(("method", "args", "arguments"), INVALID)
def test_an_argument_that_zoom_cannot_accept_is_a_value_error_and_an_api_exception(
    wire: Wire, face: Faces, method: str, args: tuple[str, ...], arguments: dict[str, object]
) -> None:
    caller = face(wire.host)
    with pytest.raises(InvalidArgumentException) as caught:
        caller.call(method, *args, **arguments)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ApiException)
    assert str(caught.value) == caught.value.reason
    assert wire.requests == []


def test_an_argument_of_the_wrong_type_is_a_type_error(wire: Wire, face: Faces) -> None:
    with pytest.raises(TypeError):
        face(wire.host).call(page_size=3.5)
    assert wire.requests == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-01", "2026-02-05"),
        ("2026-02-01", "2026-03-02"),
        ("2026-01-31", "2026-03-01"),
        ("2025-12-31", "2026-02-01"),
        ("2026-01-01T00:00:00Z", "2026-02-02"),
        (date(2026, 1, 1), date(2026, 2, 2)),
        (datetime(2026, 1, 1, tzinfo=timezone.utc), "2026-02-02T00:00:00Z"),
    ],
)
def test_a_span_of_more_than_a_month_is_sent_with_a_warning(
    wire: Wire, face: Faces, start: object, end: object
) -> None:
    with pytest.warns(UserWarning, match=r"iter_account_sms_session\(\)") as caught:
        face(wire.host).call(_from=start, to=end)
    assert len(wire.requests) == 1
    assert not caught[0].filename.startswith(os.path.dirname(swagger_client.__file__))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01", "2026-02-01"),
        ("2026-01-31", "2026-02-28"),
        ("2025-12-15", "2026-01-15"),
        ("2026-01-01T12:00:00Z", "2026-01-01"),
    ],
)
def test_other_spans_are_sent_without_a_warning(
    wire: Wire, face: Faces, start: str, end: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        face(wire.host).call(_from=start, to=end)
    assert len(wire.requests) == 1


def test_retry_at_is_available_as_a_datetime(wire: Wire, face: Faces) -> None:
    wire.script = [Say(error_reply(429, 429, "slow down", Retry_After=60))]
    with pytest.raises(RateLimitException) as caught:
        face(wire.host, retries=0).call()
    assert caught.value.retry_at is not None
    assert caught.value.retry_at_utc == datetime.fromtimestamp(caught.value.retry_at, timezone.utc)
    assert ApiException().retry_at_utc is None

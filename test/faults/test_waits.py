"""429 responses, and the forms of Retry-After."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from support.clocks import JumpingClock
from support.faces import Faces
from support.wire import Say, Wire, error_reply

from swagger_client.exceptions import (
    DeadlineExceededException,
    RateLimitException,
    ServiceException,
)

PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
DAILY = "You have reached the maximum daily rate limit for this API. It resumes at 00:00 GMT."


def in_seconds(now: float) -> str:
    return "7"


def iso(now: float) -> str:
    return datetime.fromtimestamp(now + 8, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_with_offset(now: float) -> str:
    return datetime.fromtimestamp(now + 8 + 7200, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+02:00")


def http_date(now: float) -> str:
    return format_datetime(datetime.fromtimestamp(now + 8, timezone.utc), usegmt=True)


def rfc_850_date(now: float) -> str:
    return datetime.fromtimestamp(now + 8, timezone.utc).strftime("%A, %d-%b-%y %H:%M:%S GMT")


def asctime_date(now: float) -> str:
    return datetime.fromtimestamp(now + 8, timezone.utc).strftime("%a %b %d %H:%M:%S %Y")


FORMS = [in_seconds, iso, iso_with_offset, http_date, rfc_850_date, asctime_date]


# Without the parsing of a form, its wait is the client's own backoff, which is too short.
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_wait_is_never_shorter_than_requested(
    wire: Wire, face: Faces, clock: JumpingClock, form: Callable[[float], str], status: int
) -> None:
    asked = error_reply(status, status, PER_SECOND, Retry_After=form(clock.time()))
    wire.script = [Say(asked)]
    before = clock.time()
    face(wire.host, clock=clock).call()
    assert len(wire.requests) == 2
    assert clock.time() - before >= 7 - 1  # all forms but the first drop part of a second
    assert sum(clock.sleeps) >= 6


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
def test_the_reset_of_the_limit_is_waited_for(
    wire: Wire, face: Faces, clock: JumpingClock, unit: int
) -> None:
    reset = int(clock.time() + 8) * unit
    wire.script = [Say(error_reply(429, 429, PER_SECOND, X_RateLimit_Reset=reset))]
    face(wire.host, clock=clock).call()
    assert sum(clock.sleeps) >= 6


# Without the range checks these are an OverflowError, a wait of years, or a hot loop.
@pytest.mark.parametrize(
    "odd",
    [
        "-5",
        "2.5",
        "soon",
        "inf",
        "nan",
        "1e400",
        "1e5",
        "99999999999999999999",
        "0x10",
        "2026-13-45T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "Mon,_99_Foo_2026_99:99:99_GMT",
        ",,,",
        "٣",
    ],
)
def test_an_odd_retry_after_is_survived(
    wire: Wire, face: Faces, clock: JumpingClock, odd: str
) -> None:
    encoded = odd.encode("utf-8").decode("latin-1")
    wire.script = [Say(error_reply(429, 429, PER_SECOND, Retry_After=encoded))]
    face(wire.host, clock=clock).call()
    assert len(wire.requests) == 2
    assert 0.25 <= sum(clock.sleeps) <= 60


def test_two_and_a_half_seconds_are_two_and_a_half(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.script = [Say(error_reply(429, 429, PER_SECOND, Retry_After="2.5"))]
    face(wire.host, clock=clock).call()
    assert sum(clock.sleeps) >= 2.4


# Without the comparison with the deadline the call sleeps for an hour.
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_beyond_the_deadline_ends_the_call_at_once(
    wire: Wire, face: Faces, clock: JumpingClock, status: int
) -> None:
    asked = {"Retry_After": "3600", "X_RateLimit_Limit": "20", "X_RateLimit_Remaining": "0"}
    wire.script = [Say(error_reply(status, status, PER_SECOND, **asked))]
    with pytest.raises(RateLimitException if status == 429 else ServiceException) as caught:
        face(wire.host, clock=clock, deadline=60.0).call()
    assert clock.sleeps == []
    assert len(wire.requests) == 1
    assert caught.value.retry_at == pytest.approx(clock.time() + 3600, abs=5)
    assert (caught.value.limit, caught.value.remaining) == (20, 0)
    assert not caught.value.daily
    assert "No request before: 20" in str(caught.value)


def test_a_wait_for_the_rate_that_would_exceed_the_deadline_is_not_begun(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    caller = face(wire.host, clock=clock, rate_plan="pro")
    caller.call()
    with pytest.raises(DeadlineExceededException, match=r"requires a wait of 0\.1 s, which would"):
        caller.call(_deadline=0.02)
    assert clock.sleeps == []
    assert len(wire.requests) == 1


def test_a_limit_of_the_second_without_a_date_is_waited_for(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.script = [Say(error_reply(429, 429, PER_SECOND))] * 2
    face(wire.host, clock=clock).call()
    assert len(wire.requests) == 3
    assert 0.5 <= sum(clock.sleeps) < 10


# Without the pacer's memory of the 429 each further call sends one more request.
@pytest.mark.parametrize(
    "headers", [{}, {"X_RateLimit_Type": "Daily-limit"}], ids=["message", "header"]
)
def test_the_limit_of_the_day_is_not_hammered(
    wire: Wire, face: Faces, clock: JumpingClock, headers: dict[str, str]
) -> None:
    message = "Too many requests." if headers else DAILY
    wire.default = Say(error_reply(429, 429, message, **headers))
    caller = face(wire.host, clock=clock, deadline=30.0)
    clock.jump(3600 - time.time() % 3600)  # no test of this runs into midnight
    if 86_400 - clock.time() % 86_400 < 3600:
        clock.jump(3600)
    for _ in range(5):
        with pytest.raises(RateLimitException) as caught:
            caller.call()
        assert caught.value.daily
        assert caught.value.retry_at == (clock.time() // 86_400 + 1) * 86_400
        assert "daily limit is used up" in str(caught.value)
    assert len(wire.requests) == 1
    assert clock.sleeps == []

    clock.jump(86_400)
    wire.default = Say(error_reply(429, 429, PER_SECOND))
    with pytest.raises(RateLimitException):
        caller.call(_retries=0)
    assert len(wire.requests) == 2


# Without the least wait these are hot loops.
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("past", ["0", "2020-05-31T00:00:00Z", "Sun, 31 May 2020 00:00:00 GMT"])
def test_a_zero_wait_does_not_cause_a_hot_loop(
    wire: Wire, face: Faces, clock: JumpingClock, past: str, status: int
) -> None:
    wire.script = [Say(error_reply(status, status, PER_SECOND, Retry_After=past))] * 3
    face(wire.host, clock=clock).call()
    waits = [seconds for seconds in clock.sleeps if seconds > 0.01]
    assert len(waits) >= 3
    assert min(waits[:3]) >= 0.25 or sum(waits) >= 0.75
    assert sum(waits) < 10


# Without the error's status the truncated body is a transport error, and its wait is forgotten.
def test_a_429_whose_body_is_cut_short_is_still_obeyed(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    cut = error_reply(429, 429, PER_SECOND, Retry_After="9")[:-20]
    wire.script = [Say(cut, then="close")]
    face(wire.host, clock=clock).call()
    assert sum(clock.sleeps) >= 8


def test_a_429_counts_against_retries_but_not_the_budget(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.default = Say(error_reply(429, 429, PER_SECOND))
    caller = face(wire.host, clock=clock, retries=2)
    with pytest.raises(RateLimitException):
        caller.call()
    assert len(wire.requests) == 3

"""The wait before a retry, for any header and any time."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._flow.effects import Failure
from swagger_client._flow.retry import (
    DAY,
    LEAST_WAIT,
    LONGEST_BACKOFF,
    RetryBudget,
    backoff,
    delay_after,
    parse_retry_after,
    read_rate_limit,
)

NOW = 1_800_000_000.25
TIMES = st.floats(0, 4e9)
PARTS = [
    *("Mon,", "Tue", "Sunday,", "31", "Feb", "Nov", "2026", "26", "99999", "1994", "0000-01-01"),
    *("08:49:37", "24:61:61", "GMT", "EST", "+9999", "-2400", "T", "Z", "z", "+", "-", ":", "."),
    *("2026-11-23T10:00:00", "1e400"),
]
DATES = st.sampled_from(PARTS)


# The date parsers raise IndexError and OverflowError, too.
@given(
    st.one_of(st.text(), st.lists(DATES, max_size=8).map(" ".join), st.binary().map(repr)), TIMES
)
def test_any_retry_after_is_a_plausible_time_or_none(text: str, now: float) -> None:
    time = parse_retry_after(text, now)
    assert time is None or (math.isfinite(time) and time < now + 366 * DAY)


@given(st.one_of(st.text(), st.floats().map(str), st.integers().map(str)), st.text(), TIMES)
def test_any_rate_limit_header_can_be_read(text: str, message: str, now: float) -> None:
    names = ("retry-after", "x-ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining")
    found = read_rate_limit(dict.fromkeys(names, text), message, now)
    assert found.retry_at is None or found.retry_at <= now + DAY
    assert found.limit is None or found.limit >= 0


@given(st.integers(0, 10**7), TIMES)
def test_all_forms_of_a_time_agree(ahead: int, now: float) -> None:
    time = datetime.fromtimestamp(int(now) + ahead, timezone.utc)
    forms = [
        time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        time.strftime("%Y-%m-%dt%H:%M:%S+00:00"),
        time.strftime("%Y-%m-%dT%H:%M:%S"),
        format_datetime(time, usegmt=True),
        time.strftime("%A, %d-%b-%Y %H:%M:%S GMT"),
        time.strftime("%a %b %d %H:%M:%S %Y"),
    ]
    expected = time.timestamp()
    if expected:
        assert {parse_retry_after(form, now) for form in forms} == {expected}
    assert parse_retry_after(str(ahead), now) == now + ahead


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59:59Z", str(11 * 366 * DAY), "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_a_time_years_away_is_ignored(far: str) -> None:
    assert parse_retry_after(far, NOW) is None


def test_a_daily_limit_ends_at_midnight_in_greenwich() -> None:
    limit = read_rate_limit({}, "maximum daily rate limit", NOW)
    assert limit.daily
    assert limit.retry_at == (NOW // DAY + 1) * DAY
    assert not read_rate_limit({}, "maximum per-second rate limit", NOW).daily
    at_once = read_rate_limit({"retry-after": "0"}, "maximum daily rate limit", NOW)
    assert at_once.retry_at == limit.retry_at
    assert read_rate_limit({"x-ratelimit-type": "Daily-limit"}, None, NOW).daily


def test_a_retry_after_stops_a_client_for_an_hour_at_most() -> None:
    limit = read_rate_limit({"retry-after": str(30 * DAY)}, "maximum per-second rate limit", NOW)
    assert limit.retry_at == NOW + 3600


def _failure(status: int | None, retry_at: float | None) -> Failure:
    failure = Failure()
    failure.status, failure.retry_at = status, retry_at
    return failure


@given(
    st.sampled_from([429, 503, 500, None]),
    st.one_of(st.none(), st.floats(NOW - 1e9, NOW + 1e6)),
    st.integers(0, 10_000),
    st.floats(0, 1, exclude_max=True),
)
def test_no_retry_is_earlier_than_the_server_permits(
    status: int | None, retry_at: float | None, retry: int, random: float
) -> None:
    delay = delay_after(_failure(status, retry_at), retry, NOW, lambda: random)
    assert 0 <= delay < 1.1e6
    if retry_at is not None:
        assert NOW + delay >= retry_at
        assert delay >= LEAST_WAIT
        assert delay <= max(retry_at - NOW, LEAST_WAIT) + 0.5
    if status == 429:
        assert delay >= LEAST_WAIT


def test_backoff_doubles_up_to_a_maximum() -> None:
    longest = [backoff(retry, lambda: 0.999999999) for retry in (0, 1, 2, 3, 10, 10**6)]
    assert longest == pytest.approx([0.5, 1, 2, 4, LONGEST_BACKOFF, LONGEST_BACKOFF])
    assert backoff(5, lambda: 0.0) == 0.0


@given(st.lists(st.sampled_from(["earn", "spend", "give back"])))
def test_a_retry_budget_is_never_overdrawn(steps: list[str]) -> None:
    budget, calls, made = RetryBudget(), 0, 0
    for step in steps:
        if step == "earn":
            budget.earn()
            calls += 1
        elif step == "spend":
            made += budget.spend()
        elif made:
            budget.give_back()
            made -= 1
    assert made <= 10 + 0.08 * calls + 1e-6

"""How long to wait: pure decisions, for any text and any moment."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._flow.effects import Failure
from swagger_client._flow.ratelimit import DAY, parse_retry_after, read_rate_limit
from swagger_client._flow.retry import (
    LEAST_WAIT,
    LONGEST_BACKOFF,
    RetryBudget,
    backoff,
    delay_after,
)

NOW = 1_800_000_000.25
MOMENTS = st.floats(0, 4e9)
PARTS = [
    *("Mon,", "Tue", "Sunday,", "31", "Feb", "Nov", "2026", "26", "99999", "1994", "0000-01-01"),
    *("08:49:37", "24:61:61", "GMT", "EST", "+9999", "-2400", "T", "Z", "z", "+", "-", ":", "."),
    *("2026-11-23T10:00:00", "1e400"),
]
DATES = st.sampled_from(PARTS)


# Without the catches of what the parsers of dates raise, these are an IndexError, an OverflowError.
@given(
    st.one_of(st.text(), st.lists(DATES, max_size=8).map(" ".join), st.binary().map(repr)), MOMENTS
)
def test_any_retry_after_is_a_moment_or_none(text: str, now: float) -> None:
    moment = parse_retry_after(text, now)
    assert moment is None or (math.isfinite(moment) and moment < now + 11 * 366 * DAY)


@given(st.one_of(st.text(), st.floats().map(str), st.integers().map(str)), st.text(), MOMENTS)
def test_any_header_of_the_limit_is_survived(text: str, message: str, now: float) -> None:
    names = ("retry-after", "x-ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining")
    found = read_rate_limit(dict.fromkeys(names, text), message, now)
    assert found.retry_at is None or math.isfinite(found.retry_at)
    assert found.limit is None or found.limit >= 0


@given(st.integers(0, 10**8), MOMENTS)
def test_the_forms_of_a_moment_agree(ahead: int, now: float) -> None:
    moment = datetime.fromtimestamp(int(now) + ahead, timezone.utc)
    forms = [
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%Y-%m-%dT%H:%M:%S.250Z"),
        moment.strftime("%Y-%m-%dt%H:%M:%S+00:00"),
        moment.strftime("%Y-%m-%dT%H:%M:%S"),
        format_datetime(moment, usegmt=True),
        moment.strftime("%A, %d-%b-%Y %H:%M:%S GMT"),
        moment.strftime("%a %b %d %H:%M:%S %Y"),
    ]
    expected = moment.timestamp()
    if expected:
        assert {parse_retry_after(form, now) for form in forms} == {expected}
    assert parse_retry_after(str(ahead), now) == now + ahead


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59:59Z", str(11 * 366 * DAY), "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_years_are_no_answer(far: str) -> None:
    assert parse_retry_after(far, NOW) is None


def test_the_limit_of_the_day_ends_at_midnight_in_greenwich() -> None:
    told = read_rate_limit({}, "maximum daily rate limit", NOW)
    assert told.daily
    assert told.retry_at == (NOW // DAY + 1) * DAY
    assert not read_rate_limit({}, "maximum per-second rate limit", NOW).daily
    at_once = read_rate_limit({"retry-after": "0"}, "maximum daily rate limit", NOW)
    assert at_once.retry_at == told.retry_at
    assert read_rate_limit({"x-ratelimit-type": "Daily-limit"}, None, NOW).daily


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
def test_nobody_comes_back_earlier_than_asked(
    status: int | None, retry_at: float | None, retry: int, chance: float
) -> None:
    delay = delay_after(_failure(status, retry_at), retry, NOW, lambda: chance)
    assert 0 <= delay < 1.1e6
    if retry_at is not None:
        assert NOW + delay >= retry_at
        assert delay >= LEAST_WAIT
        assert delay <= max(retry_at - NOW, LEAST_WAIT) + 0.5
    if status == 429:
        assert delay >= LEAST_WAIT


def test_backoff_doubles_up_to_a_bound() -> None:
    longest = [backoff(retry, lambda: 0.999999999) for retry in (0, 1, 2, 3, 10, 10**6)]
    assert longest == pytest.approx([0.5, 1, 2, 4, LONGEST_BACKOFF, LONGEST_BACKOFF])
    assert backoff(5, lambda: 0.0) == 0.0


@given(st.lists(st.sampled_from(["earn", "spend", "give back"])))
def test_a_budget_is_never_overdrawn(steps: list[str]) -> None:
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

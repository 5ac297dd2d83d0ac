"""The pacer: no window of any second, or minute, holds more requests than the plan permits."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._flow.effects import Failure
from swagger_client._flow.pacing import PLANS, Pacer


def most_within(moments: list[float], window: float) -> int:
    """The most moments that any window of that length holds."""
    ordered = sorted(moments)
    return max(
        (i + 1 - bisect_left(ordered, at - window + 1e-9) for i, at in enumerate(ordered)),
        default=0,
    )


def refusal(limit: int | None = None, daily: bool = False) -> Failure:
    failure = Failure()
    failure.status, failure.limit, failure.daily = 429, limit, daily
    return failure


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "release", "refused", "succeeded"]),
        st.floats(0, 0.4),
    ),
    max_size=120,
)


# Without exact moments given back in order, cancelled calls let others through twice as fast.
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("label", PLANS["pro"])
@given(steps=STEPS)
def test_a_plan_is_never_exceeded(plan: str, label: str, steps: list[tuple[str, float]]) -> None:
    pacer, now, taken = Pacer(plan), 100.0, []
    closed = -math.inf
    for what, passed in steps:
        now += passed
        if what == "reserve":
            taken.append(now + pacer.reserve(label, now, math.inf))
            assert taken[-1] >= closed
        elif what == "release" and taken and taken[-1] > now:
            pacer.release(label, taken.pop())
        elif what == "refused":
            pacer.refused(label, refusal(), now, passed)
            closed = max(closed, now + passed)
            # Those who wait wake, see it, and reserve anew.
            taken = [moment for moment in taken if moment <= now or moment >= closed]
        elif what == "succeeded":
            pacer.succeeded(label)
    rate = PLANS[plan][label]
    window = 1.0 if rate >= 1 else 60.0
    assert most_within(taken, window) <= round(rate * window)


def test_a_busy_hour_uses_nearly_all_of_the_plan() -> None:
    pacer = Pacer("business")
    moments = [pacer.reserve("medium", 0.0, math.inf) for _ in range(20 * 3600)]
    within = sum(moment < 3600 for moment in moments)
    assert within >= 0.94 * 20 * 3600


def test_without_a_plan_requests_are_free_until_the_first_refusal() -> None:
    pacer = Pacer()
    assert [pacer.reserve("medium", 5.0, math.inf) for _ in range(100)] == [0.0] * 100
    pacer.refused("medium", refusal(limit=20), 5.5, 0.5)
    waits = [pacer.reserve("medium", 5.5, math.inf) for _ in range(20)]
    assert waits[0] == pytest.approx(0.5)
    assert waits[-1] == pytest.approx(0.5 + 19 / 19)


def test_refusals_of_one_moment_count_once_and_later_ones_again() -> None:
    pacer = Pacer()
    for _ in range(30):
        pacer.reserve("medium", 5.0, math.inf)

    def rate() -> float:
        first, second = (pacer.reserve("medium", 50.0, math.inf) for _ in range(2))
        return 1 / (second - first)

    for _ in range(30):
        pacer.refused("medium", refusal(), 5.5, 1.0)
    assert rate() == pytest.approx(0.7 * 30)


def test_it_grows_again_up_to_the_limit_that_was_named() -> None:
    pacer = Pacer()
    for _ in range(30):
        pacer.reserve("medium", 0.0, math.inf)
    pacer.refused("medium", refusal(limit=20), 0.5, 0.5)
    pacer.reserve("medium", 2.0, math.inf)
    pacer.refused("medium", refusal(limit=20), 2.5, 0.5)
    slow = pacer._lanes["medium"].rate
    assert slow < 0.95 * 20
    for _ in range(5000):
        pacer.succeeded("medium")
    assert pacer._lanes["medium"].rate == pytest.approx(0.95 * 20)


def test_a_wait_beyond_the_horizon_reserves_nothing() -> None:
    pacer = Pacer("pro")
    first = pacer.reserve("medium", 0.0, math.inf)
    pacer.refused("medium", refusal(), 0.0, 100.0)
    assert first == 0.0
    waits = {pacer.reserve("medium", 0.0, 10.0) for _ in range(50)}
    assert waits == {100.0}


# Without giving moments back, a thousand cancelled calls keep the lane shut for minutes.
def test_moments_given_back_serve_others() -> None:
    pacer = Pacer("business")
    waits = [pacer.reserve("medium", 0.0, math.inf) for _ in range(1000)]
    for wait in waits[1:]:
        pacer.release("medium", wait)
    assert pacer.reserve("medium", 0.0, math.inf) == waits[1]


def test_the_refusal_is_known_while_it_lasts() -> None:
    pacer, failure = Pacer(), refusal(daily=True)
    assert pacer.closed_by("medium", 0.0) is None
    pacer.refused("medium", failure, 0.0, 10.0)
    assert pacer.closed_by("medium", 9.9) is failure
    assert pacer.closed_by("medium", 10.0) is None
    assert pacer.closed_by("light", 0.0) is None

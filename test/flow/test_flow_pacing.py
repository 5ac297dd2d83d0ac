"""The local pacer never exceeds the plan in any second or minute."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._flow.pacing import PLANS, LocalPacer, Slot
from swagger_client._flow.retry import RateLimit

LIMITED = RateLimit()


def most_within(times: list[float], window: float) -> int:
    """Return the largest number of times in any window of this length."""
    ordered = sorted(times)
    return max(
        (i + 1 - bisect_left(ordered, at - window + 1e-9) for i, at in enumerate(ordered)),
        default=0,
    )


def wait_of(pacer: LocalPacer, now: float, longest: float = math.inf) -> float:
    return pacer.reserve("medium", now, longest).wait


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "release", "limit", "success"]),
        st.floats(0, 0.4),
    ),
    max_size=120,
)


# Unless slots are released exactly and in order, cancelled calls let others through twice as fast.
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("label", PLANS["pro"])
@given(steps=STEPS)
def test_a_plan_is_never_exceeded(plan: str, label: str, steps: list[tuple[str, float]]) -> None:
    pacer, now = LocalPacer(plan), 100.0
    taken: list[tuple[float, Slot]] = []
    closed = -math.inf
    for action, seconds in steps:
        now += seconds
        if action == "reserve":
            slot = pacer.reserve(label, now, math.inf)
            taken.append((now + slot.wait, slot))
            assert taken[-1][0] >= closed
        elif action == "release" and taken and taken[-1][0] > now:
            pacer.release(label, taken.pop()[1])
        elif action == "limit":
            pacer.report_limit(label, LIMITED, now, seconds)
            closed = max(closed, now + seconds)
            # Waiting calls see the limit when they wake up, and reserve again.
            taken = [(time, slot) for time, slot in taken if time <= now or time >= closed]
        elif action == "success":
            pacer.report_success(label)
    rate = PLANS[plan][label]
    window = 1.0 if rate >= 1 else 60.0
    assert most_within([time for time, _ in taken], window) <= round(rate * window)


def test_a_busy_hour_uses_nearly_all_of_the_plan() -> None:
    pacer = LocalPacer("business")
    waits = [wait_of(pacer, 0.0) for _ in range(20 * 3600)]
    assert sum(wait < 3600 for wait in waits) >= 0.94 * 20 * 3600


def test_without_a_plan_requests_are_unlimited_until_the_first_429() -> None:
    pacer = LocalPacer()
    assert [wait_of(pacer, 5.0) for _ in range(100)] == [0.0] * 100
    pacer.report_limit("medium", RateLimit(limit=20), 5.5, 0.5)
    waits = [wait_of(pacer, 5.5) for _ in range(20)]
    assert waits[0] == pytest.approx(0.5)
    assert waits[-1] == pytest.approx(0.5 + 19 / 19)


def test_several_429s_of_one_burst_slow_down_once() -> None:
    pacer = LocalPacer()
    for _ in range(30):
        wait_of(pacer, 5.0)

    def rate() -> float:
        first, second = (wait_of(pacer, 50.0) for _ in range(2))
        return 1 / (second - first)

    for _ in range(30):
        pacer.report_limit("medium", LIMITED, 5.5, 1.0)
    assert rate() == pytest.approx(0.7 * 30)


def test_the_rate_grows_again_up_to_the_limit_that_zoom_named() -> None:
    pacer = LocalPacer()
    for _ in range(30):
        wait_of(pacer, 0.0)
    pacer.report_limit("medium", RateLimit(limit=20), 0.5, 0.5)
    wait_of(pacer, 2.0)
    pacer.report_limit("medium", RateLimit(limit=20), 2.5, 0.5)
    slow = pacer._paces["medium"].rate
    assert slow < 0.95 * 20
    for _ in range(5000):
        pacer.report_success("medium")
    assert pacer._paces["medium"].rate == pytest.approx(0.95 * 20)


def test_a_slot_with_too_long_a_wait_is_not_reserved() -> None:
    pacer = LocalPacer("pro")
    assert wait_of(pacer, 0.0) == 0.0
    pacer.report_limit("medium", LIMITED, 0.0, 100.0)
    assert {wait_of(pacer, 0.0, longest=10.0) for _ in range(50)} == {100.0}


# Without releasing slots, a thousand cancelled calls block all others for minutes.
def test_released_slots_are_reserved_again() -> None:
    pacer = LocalPacer("business")
    slots = [pacer.reserve("medium", 0.0, math.inf) for _ in range(1000)]
    for slot in slots[1:]:
        pacer.release("medium", slot)
    assert wait_of(pacer, 0.0) == slots[1].wait


def test_a_limit_is_reported_while_it_is_in_force() -> None:
    pacer, limit = LocalPacer(), RateLimit(daily=True)
    assert pacer.limit_in_force("medium", 0.0) is None
    pacer.report_limit("medium", limit, 0.0, 10.0)
    assert pacer.limit_in_force("medium", 9.9) == limit
    assert pacer.limit_in_force("medium", 10.0) is None
    assert pacer.limit_in_force("light", 0.0) is None

"""Hours of virtual time: an outage, a limiter, a daily limit. ``pytest -s`` prints figures."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.simulation import Caller, Reply, World

from swagger_client.exceptions import RateLimitException
from swagger_client.sandbox.limits import Limiter, Plan, RetryAfterForm

HOUR = 3600.0


def report(*figures: str) -> None:
    """Print figures with ``pytest -s``."""
    print("\n" + ", ".join(figures))


def one_after_another(world: World, pause: float) -> Caller:
    while True:
        yield from world.call()
        yield pause


# Without the budget the extra share is 300%.
@pytest.mark.parametrize(("callers", "pause"), [(1, 1.0), (10, 1.0), (1, 30.0)])
def test_an_outage_of_an_hour_is_not_amplified(callers: int, pause: float) -> None:
    down = Reply(503, b"down")
    world = World(lambda _: down)
    for _ in range(callers):
        world.start(one_after_another(world, pause))
    world.run(HOUR)
    calls, requests = world.calls, world.requests
    extra = requests / calls - 1
    report(f"outage, {callers} callers, pause {pause} s", f"{calls} calls", f"{extra:.1%} extra")
    assert calls >= 110
    assert extra < 0.10 + (10 / calls if calls < 500 else 0)  # the reserve, where calls are few
    assert len(world.failures) == pytest.approx(calls, abs=callers)


def test_after_an_outage_calls_succeed_at_once() -> None:
    over, down, up = 1_800_000_000.0 + HOUR, Reply(503), Reply(200)
    world = World(lambda now: down if now < over else up)
    world.start(one_after_another(world, 1.0))
    world.run(HOUR)
    failed = len(world.failures)
    world.run(60)
    assert len(world.failures) - failed <= 1
    assert world.succeeded >= 50


class Account:
    """The sandbox's limiter as a server, with counts of its responses."""

    def __init__(self, form: RetryAfterForm, headers: bool, plan: Plan | None, **more: Any) -> None:
        self.limiter = Limiter(plan, retry_after=form, headers=headers, **more)
        self.counts: Counter[int] = Counter()

    def __call__(self, now: float) -> Reply:
        rejection, headers = self.limiter.admit("account_sms_session", now)
        self.counts[200 if rejection is None else rejection.status] += 1
        if rejection is None:
            return Reply(200, headers=headers)
        return Reply(rejection.status, rejection.body, dict(rejection.headers))

    @property
    def share_rejected(self) -> float:
        return self.counts[429] / self.counts.total()


def busy(account: Account, seconds: float = HOUR, **settings: object) -> World:
    world = World(account, 0.08, retries=5, **settings)
    for _ in range(40):
        world.start(one_after_another(world, 0.0))
    world.run(seconds)
    return world


# Without pacing nearly half of all requests are rejection.
@pytest.mark.parametrize(("plan", "permitted"), [("pro", 10), ("business", 20)])
def test_a_busy_hour_within_a_plan_meets_no_errors(plan: Plan, permitted: int) -> None:
    account = Account("iso", True, plan)
    world = busy(account, rate_plan=plan)
    used = account.counts[200] / (permitted * HOUR)
    report(f"plan {plan}", f"{used:.1%} of the rate", f"{account.share_rejected:.2%} rejected")
    assert account.share_rejected < 0.001
    assert used >= 0.90
    assert world.failures == []


@pytest.mark.parametrize(
    ("form", "headers", "seconds"),
    [("iso", True, HOUR), ("seconds", False, 900), ("http-date", False, 900), ("none", False, 900)],
)
def test_a_busy_hour_without_a_plan_adapts(
    form: RetryAfterForm, headers: bool, seconds: float
) -> None:
    account = Account(form, headers, "business")
    world = busy(account, seconds)
    used = account.counts[200] / (20 * seconds)
    report(
        f"no plan, Retry-After {form}, headers {headers}",
        f"{used:.1%} of the rate",
        f"{account.share_rejected:.2%} rejected",
        f"{len(world.failures)} of {world.calls} calls failed",
    )
    assert account.share_rejected < 0.02
    assert used >= 0.75
    assert len(world.failures) < 0.001 * world.calls


def test_the_plan_is_shared_with_other_apps() -> None:
    # They take three quarters of it: the plan alone would be rejected for ever.
    account = Account("iso", True, "pro", labels={"account_sms_session": "heavy"})
    world = busy(account, 900, rate_plan="business")
    used = account.counts[200] / (5 * 900)
    report(
        "a quarter of the plan left", f"{used:.1%} used", f"{account.share_rejected:.2%} rejected"
    )
    assert account.share_rejected < 0.10
    assert used >= 0.75
    assert len(world.failures) < 0.001 * world.calls


# Without closing the pace, each of the 40 callers goes on asking all night.
def test_after_a_daily_limit_no_further_request_is_sent() -> None:
    account = Account("none", False, None, daily_limit=1000)
    world = World(account, deadline=60.0)
    world.clock.jump(-world.clock.time() % 86_400 + 6 * HOUR)  # six in the morning
    for _ in range(40):
        world.start(one_after_another(world, 1.0))
    world.run(600)
    report("daily limit", f"{account.counts[429]} rejected", f"{len(world.failures)} calls failed")
    assert account.counts[200] == 1000
    assert account.counts[429] <= 40  # those that were under way when it was used up
    assert len(world.failures) > 20_000
    assert all(isinstance(failure, RateLimitException) for failure in world.failures)
    assert all(failure.daily for failure in world.failures)

    world.clock.jump(18 * HOUR)
    world.run(10)
    assert account.counts[200] > 1100

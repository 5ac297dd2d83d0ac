"""Rate limits by plan, on the sandbox's clock, with every form of header."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from support.sandbox_caller import Caller, frozen


@pytest.mark.parametrize(("plan", "permitted"), [("pro", 10), ("business", 20)])
def test_a_plan_permits_its_medium_rate_each_second(plan: str, permitted: int) -> None:
    with frozen(plan=plan) as zoom:
        caller = Caller(zoom)
        for _ in range(2):
            got = [caller.get("/phone/sms/sessions").status for _ in range(permitted + 2)]
            assert got == [200] * permitted + [429] * 2
            zoom.clock.advance(1)


def test_all_six_operations_share_the_limit_of_their_label() -> None:
    with frozen(plan="pro") as zoom:
        caller, session = Caller(zoom), f"/phone/sms/sessions/{zoom.sessions()[0].session_id}"
        for path in ("/phone/sms/sessions", session) * 5:
            assert caller.get(path).status == 200
        assert caller.get("/phone/users/me/sms/sessions").status == 429


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("iso", "2026-07-15T12:00:01Z"),
        ("seconds", "1"),
        ("http-date", "Wed, 15 Jul 2026 12:00:01 GMT"),
        ("none", None),
    ],
)
def test_retry_after_has_the_configured_form(form: str, expected: str | None) -> None:
    with frozen(plan="pro", retry_after_form=form) as zoom:
        caller = Caller(zoom)
        responses = [caller.get("/phone/sms/sessions") for _ in range(11)]
        rejected = responses[-1]
        assert rejected.headers.get("retry-after") == expected
        assert rejected.json()["code"] == 429
        assert "per-second" in rejected.json()["message"]
        reset = int(rejected.headers["x-ratelimit-reset"])
        assert datetime.fromtimestamp(reset, timezone.utc).second == 1
        assert rejected.headers["x-ratelimit-remaining"] == "0"
        assert rejected.headers["x-ratelimit-limit"] == "10"
        assert rejected.headers["x-ratelimit-category"] == "Medium"
        assert rejected.headers["x-ratelimit-type"] == "QPS"
        assert [a.headers["x-ratelimit-remaining"] for a in responses[:2]] == ["9", "8"]


def test_rate_limit_headers_can_be_left_out() -> None:
    with frozen(plan="pro", rate_limit_headers=False, retry_after_form="none") as zoom:
        caller = Caller(zoom)
        rejected = [caller.get("/phone/sms/sessions") for _ in range(11)][-1]
        assert rejected.status == 429
        assert not [name for name in rejected.headers if "ratelimit" in name.lower()]


def test_a_daily_limit_lasts_until_midnight() -> None:
    with frozen(daily_limit=3) as zoom:
        caller = Caller(zoom)
        rejected = [caller.get("/phone/sms/sessions") for _ in range(4)][-1]
        assert rejected.status == 429
        assert "daily" in rejected.json()["message"]
        assert rejected.headers["x-ratelimit-type"] == "Daily-limit"
        assert rejected.headers["retry-after"] == "2026-07-16T00:00:00Z"
        zoom.clock.advance(12 * 3600 - 1)
        assert caller.get("/phone/sms/sessions").status == 429
        zoom.clock.advance(1)
        assert caller.get("/phone/sms/sessions").status == 200


def test_an_operation_can_carry_another_label() -> None:
    labels = {"account_sms_session": "heavy", "user_sms_session": "resource_intensive"}
    with frozen(plan="pro", labels=labels) as zoom:
        caller = Caller(zoom)
        heavy = [caller.get("/phone/sms/sessions").status for _ in range(6)]
        assert heavy == [200] * 5 + [429]
        slow = [caller.get("/phone/users/me/sms/sessions") for _ in range(6)]
        assert [a.status for a in slow] == [200] * 5 + [429]
        zoom.clock.advance(30)
        assert caller.get("/phone/users/me/sms/sessions").status == 429
        zoom.clock.advance(30)
        assert caller.get("/phone/users/me/sms/sessions").status == 200


def test_heavy_operations_have_their_own_limit() -> None:
    with frozen(plan="pro", labels={"account_sms_session": "heavy"}) as zoom:
        response = Caller(zoom).get("/phone/sms/sessions")
        assert response.headers["x-ratelimit-category"] == "Heavy"
        assert response.headers["x-ratelimit-limit"] == "5"


def test_unauthorized_requests_do_not_count_against_the_limit() -> None:
    with frozen(plan="pro") as zoom:
        caller = Caller(zoom)
        for _ in range(15):
            assert caller.error("/phone/sms/sessions", token="made-up") == (401, 124)
        assert [caller.get("/phone/sms/sessions").status for _ in range(10)] == [200] * 10

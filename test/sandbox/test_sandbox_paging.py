"""Pages and windows: together they contain every record once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sandbox_caller import NOW, Caller, frozen

from swagger_client.sandbox import RequestRecord, Sandbox

DAY = timedelta(days=1)


def zulu(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def windows(start: datetime, end: datetime, step: timedelta) -> Iterator[tuple[str, str]]:
    """Split a span into windows. Each begins where the one before it ends."""
    while True:
        stop = min(start + step, end)
        yield zulu(start), zulu(stop)
        if stop >= end:
            return
        start = stop


@pytest.fixture(scope="module")
def shared() -> Iterator[Caller]:
    """An account that the property tests read but never change."""
    with frozen(seed=11, users=4, sessions=40, messages=1500, years=0.4) as zoom:
        yield Caller(zoom)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), size=st.integers(1, 100), sort=st.sampled_from([1, 2]))
def test_the_pages_of_a_session_are_its_messages_in_order(
    shared: Caller, data: st.DataObject, size: int, sort: int
) -> None:
    session = data.draw(st.sampled_from(shared.zoom.sessions()[:8]))
    path = f"/phone/sms/sessions/{session.session_id}"
    got = shared.all(path, "sms_histories", page_size=size, sort=sort)
    since = (NOW - timedelta(days=30)).timestamp() * 1000
    held = [m.message_id for m in shared.zoom.messages(session.session_id) if m.at_ms >= since]
    assert [m["message_id"] for m in got] == (held if sort == 1 else held[::-1])


@settings(max_examples=15, deadline=None)
@given(data=st.data(), days=st.integers(5, 28), offset=st.integers(0, 86_400))
def test_windows_without_gaps_contain_every_message(
    shared: Caller, data: st.DataObject, days: int, offset: int
) -> None:
    session = data.draw(st.sampled_from(shared.zoom.sessions()))
    start = NOW - timedelta(days=150, seconds=offset)
    seen: set[str] = set()
    for first, last in windows(start, NOW, timedelta(days=days)):
        path = f"/phone/sms/sessions/{session.session_id}"
        page = shared.all(path, "sms_histories", page_size=100, from_=first, to=last)
        seen.update(m["message_id"] for m in page)
    assert seen == {m.message_id for m in shared.zoom.messages(session.session_id)}


@settings(max_examples=10, deadline=None)
@given(size=st.integers(1, 100), days=st.integers(7, 28))
def test_windows_without_gaps_contain_every_session(shared: Caller, size: int, days: int) -> None:
    got: list[str] = []
    for first, last in windows(NOW - timedelta(days=150), NOW, timedelta(days=days)):
        query = {"session_type": "all", "page_size": size, "from_": first, "to": last}
        got += [s["session_id"] for s in shared.all("/phone/sms/sessions", "sms_sessions", **query)]
    assert set(got) == {s.session_id for s in shared.zoom.sessions()}


def add_at(zoom: Sandbox, session_id: str, *times: datetime) -> list[str]:
    return [zoom.add_message(session_id, at=when).message_id for when in times]


def test_both_edges_of_a_window_are_inside_it(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    start, end = datetime(2026, 3, 5, 10, tzinfo=timezone.utc), NOW - 110 * DAY
    inside = add_at(zoom, session_id, start, end, end + timedelta(milliseconds=999))
    add_at(zoom, session_id, start - timedelta(milliseconds=1), end + timedelta(seconds=1))
    path = f"/phone/sms/sessions/{session_id}"
    got = caller.all(path, "sms_histories", from_=zulu(start), to=zulu(end), sort=1)
    assert [m["message_id"] for m in got] == inside


def test_a_date_as_end_covers_its_whole_day(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    day = datetime(2026, 3, 5, tzinfo=timezone.utc)
    inside = add_at(zoom, session_id, day, day + timedelta(hours=23, minutes=59, seconds=59))
    add_at(zoom, session_id, day + DAY, day - timedelta(seconds=1))
    path = f"/phone/sms/sessions/{session_id}"
    got = caller.all(path, "sms_histories", from_="2026-03-05", to="2026-03-05", sort=1)
    assert [m["message_id"] for m in got] == inside


def test_a_span_over_a_month_is_cut_to_its_first_month(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    first = datetime(2026, 1, 31, 8, tzinfo=timezone.utc)
    month_end = datetime(2026, 2, 28, 8, tzinfo=timezone.utc)  # the shorter month's last day
    inside = add_at(zoom, session_id, first, month_end)
    add_at(zoom, session_id, month_end + timedelta(seconds=1), month_end + 20 * DAY)
    path = f"/phone/sms/sessions/{session_id}"
    got = caller.all(path, "sms_histories", from_=zulu(first), to="2026-06-01T00:00:00Z", sort=1)
    assert [m["message_id"] for m in got] == inside


def test_without_a_span_the_last_thirty_days_are_listed(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    inside = add_at(zoom, session_id, NOW - 30 * DAY, NOW)
    add_at(zoom, session_id, NOW - 30 * DAY - timedelta(seconds=1))
    got = caller.all(f"/phone/sms/sessions/{session_id}", "sms_histories", sort=1)
    assert [m["message_id"] for m in got] == inside


def test_messages_of_one_millisecond_are_paged_exactly(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    held = {zoom.add_message(session_id, text=str(n)).message_id for n in range(9)}
    for sort in (1, 2):
        path = f"/phone/sms/sessions/{session_id}"
        got = caller.all(path, "sms_histories", page_size=2, sort=sort)
        assert len(got) == 9
        assert {m["message_id"] for m in got} == held


@pytest.mark.parametrize("sort", [1, 2])
def test_messages_that_arrive_do_not_shift_the_pages(
    zoom: Sandbox, caller: Caller, sort: int
) -> None:
    session_id = zoom.add_session()
    before = add_at(zoom, session_id, *(NOW - timedelta(minutes=n) for n in range(20)))

    @zoom.on_request
    def arrive(request: RequestRecord) -> None:
        zoom.add_message(session_id, at=NOW - timedelta(seconds=1))

    path = f"/phone/sms/sessions/{session_id}"
    got = [m["message_id"] for m in caller.all(path, "sms_histories", page_size=3, sort=sort)]
    assert len(got) == len(set(got))
    assert set(before) <= set(got)


def test_sessions_that_move_up_do_not_shift_the_pages(zoom: Sandbox, caller: Caller) -> None:
    query = {"session_type": "all", "page_size": 2}
    before = [s["session_id"] for s in caller.all("/phone/sms/sessions", "sms_sessions", **query)]

    @zoom.on_request
    def arrive(request: RequestRecord) -> None:
        zoom.add_message(before[-1])

    got = [s["session_id"] for s in caller.all("/phone/sms/sessions", "sms_sessions", **query)]
    assert sorted(got) == sorted(before)


def first_token(caller: Caller, **query: object) -> str:
    token = caller.json("/phone/sms/sessions", page_size=1, **query)["next_page_token"]
    assert token
    return str(token)


def test_a_page_token_expires_after_fifteen_minutes(zoom: Sandbox, caller: Caller) -> None:
    token = first_token(caller)
    zoom.clock.advance(899)
    caller.json("/phone/sms/sessions", page_size=1, next_page_token=token)
    zoom.clock.advance(1)
    response = caller.get("/phone/sms/sessions", page_size=1, next_page_token=token)
    assert response.status == 400
    assert response.json()["code"] == 400
    assert "page token" in response.json()["message"]
    assert "invalid or expired" in response.json()["message"]


def test_a_page_token_can_be_reused_until_it_expires(caller: Caller) -> None:
    token = first_token(caller)
    again = [
        caller.json("/phone/sms/sessions", page_size=1, next_page_token=token)["sms_sessions"]
        for _ in range(2)
    ]
    assert again[0] == again[1]


@pytest.mark.parametrize(
    "changed", [{"page_size": 2}, {"session_type": "all"}, {"phone_number": "1"}]
)
def test_a_page_token_is_bound_to_its_parameters(
    caller: Caller, changed: dict[str, object]
) -> None:
    query: dict[str, Any] = {"page_size": 1, **changed, "next_page_token": first_token(caller)}
    assert caller.error("/phone/sms/sessions", **query) == (400, 400)


def test_a_page_token_is_bound_to_its_path(zoom: Sandbox, caller: Caller) -> None:
    token = first_token(caller)
    path = "/phone/users/me/sms/sessions"
    assert caller.error(path, page_size=1, next_page_token=token) == (400, 400)


def test_page_tokens_expire_on_demand(zoom: Sandbox, caller: Caller) -> None:
    token = first_token(caller)
    zoom.expire_page_tokens()
    query: dict[str, Any] = {"page_size": 1, "next_page_token": token}
    assert caller.error("/phone/sms/sessions", **query) == (400, 400)


def test_the_end_of_a_list_can_be_marked_in_three_ways() -> None:
    ends: dict[str, object] = {}
    for style in ("empty", "null", "missing"):
        with frozen(last_page=style) as zoom:
            page = Caller(zoom).json("/phone/sms/sessions", page_size=100)
            ends[style] = page.get("next_page_token", "no such key")
    assert ends == {"empty": "", "null": None, "missing": "no such key"}


def test_details_can_return_their_page_token_as_sync_token() -> None:
    with frozen(details_token_field="sync_token") as zoom:
        session_id = zoom.add_session()
        zoom.add_message(session_id)
        zoom.add_message(session_id)
        caller, path = Caller(zoom), f"/phone/sms/sessions/{session_id}"
        page = caller.json(path, page_size=1)
        assert "next_page_token" not in page
        rest = caller.json(path, page_size=1, next_page_token=page["sync_token"])
        assert len(rest["sms_histories"]) == 1
        assert rest["sync_token"] == ""

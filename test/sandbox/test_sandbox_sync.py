"""Sync tokens cover a range of time and lose nothing at its edges."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sandbox_caller import NOW, Caller, frozen

from swagger_client.sandbox import Sandbox, Session


def fill(zoom: Sandbox, seconds_ago: list[int]) -> str:
    session_id = zoom.add_session(at=NOW - timedelta(days=1))
    for ago in seconds_ago:
        zoom.add_message(session_id, at=NOW - timedelta(seconds=ago))
    return session_id


def backwards(caller: Caller, path: str, items: str, **query: object) -> tuple[list[Any], str]:
    """Read all records: the newest, then older ones until a response is empty."""
    page = caller.json(path, sync_type="FSync", **query)
    got = list(page[items])
    while page[items]:
        assert len(got) < 2000, "the way back does not end"
        token = page["sync_token"]
        page = caller.json(path, sync_type="BSync", sync_token=token, **query)
        got += page[items]
    return got, page["sync_token"]


def seen_by(zoom: Sandbox, user_id: str) -> list[Session]:
    """Return the sessions that a user's list shows."""
    mine = {x.id for x in zoom.extensions() if user_id == x.id or user_id in x.members}
    return [
        s for s in zoom.sessions() if any(p.owner and p.owner.id in mine for p in s.participants)
    ]


@settings(max_examples=30, deadline=None)
@given(
    old=st.lists(st.integers(0, 4), max_size=12),
    new=st.lists(st.integers(-4, 0), max_size=4),
    count=st.integers(4, 7),
)
def test_full_backward_and_forward_syncs_return_every_record_once(
    old: list[int], new: list[int], count: int
) -> None:
    with frozen(sessions=0, messages=0) as zoom:
        caller, session_id = Caller(zoom), fill(zoom, old)
        path = f"/phone/sms/sessions/{session_id}/sync"
        got, token = backwards(caller, path, "sms_histories", count=count)
        start = max([0, *(-ago for ago in old)])
        zoom.clock.advance(start + 4)
        newest_ms = max([m.at_ms for m in zoom.messages(session_id)], default=0)
        for ago in new:  # some of them in the very millisecond where the range ends
            zoom.add_message(session_id, at=max(newest_ms / 1000, NOW.timestamp() - ago))
        page = caller.json(path, sync_type="ISync", sync_token=token, count=count)
        got += page["sms_histories"]
        ids = [m["message_id"] for m in got]
        assert len(ids) == len(set(ids))
        assert set(ids) == {m.message_id for m in zoom.messages(session_id)}
        again = caller.json(path, sync_type="ISync", sync_token=page["sync_token"], count=count)
        assert again["sms_histories"] == []


@settings(max_examples=10, deadline=None)
@given(count=st.integers(1, 20), session_type=st.sampled_from(["user", "call_queue", "all"]))
def test_a_sync_of_a_users_sessions_is_complete(count: int, session_type: str) -> None:
    with frozen(seed=5, users=3, sessions=40) as zoom:
        caller, path = Caller(zoom), "/phone/users/me/sms/sessions/sync"
        got, _ = backwards(caller, path, "sms_sessions", count=count, session_type=session_type)
        ids = [s["session_id"] for s in got]
        assert len(ids) == len(set(ids))
        assert set(ids) == {
            s.session_id
            for s in seen_by(zoom, zoom.users()[0].id)
            if session_type in ("all", s.session_type)
        }
        times = [s["last_access_time"] for s in got]
        assert times == sorted(times, reverse=True)


def test_a_session_with_a_new_message_is_returned_again(zoom: Sandbox, caller: Caller) -> None:
    path = "/phone/users/me/sms/sessions/sync"
    page = caller.json(path, sync_type="FSync")
    oldest = page["sms_sessions"][-1]["session_id"]
    for text in ("one", "two"):  # within the same millisecond of a frozen clock
        zoom.add_message(oldest, text=text)
        page = caller.json(path, sync_type="ISync", sync_token=page["sync_token"])
        assert [s["session_id"] for s in page["sms_sessions"]] == [oldest]
        latest = zoom.messages(oldest)[-1]
        assert page["sms_sessions"][0]["latest_message"]["message"] == latest.text


def test_the_token_contains_its_range(zoom: Sandbox, caller: Caller) -> None:
    session_id = fill(zoom, [30, 20, 10])
    now_ms = int(NOW.timestamp() * 1000)
    path = f"/phone/sms/sessions/{session_id}/sync"

    def covered(page: dict[str, str]) -> tuple[int, int]:
        _, start, end = base64.b64decode(page["sync_token"]).decode().split("_")
        return now_ms - int(start), now_ms - int(end)

    page = caller.json(path, sync_type="FSync", count=1)
    assert covered(page) == (10_000, 10_000)
    page = caller.json(path, sync_type="BSync", sync_token=page["sync_token"], count=1)
    assert covered(page) == (20_000, 10_000)
    zoom.add_message(session_id)
    page = caller.json(path, sync_type="ISync", sync_token=page["sync_token"], count=1)
    assert covered(page) == (20_000, 0)


def test_a_sync_without_a_type_is_full_and_newest_first(zoom: Sandbox, caller: Caller) -> None:
    session_id = fill(zoom, [10, 30, 20])
    got = caller.json(f"/phone/sms/sessions/{session_id}/sync")["sms_histories"]
    times = [m["date_time"] for m in got]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


def test_more_new_records_than_count_are_rejected(zoom: Sandbox, caller: Caller) -> None:
    session_id = fill(zoom, [10])
    path = f"/phone/sms/sessions/{session_id}/sync"
    token = caller.json(path, sync_type="FSync")["sync_token"]
    for _ in range(3):
        zoom.add_message(session_id)
    query = {"sync_type": "ISync", "sync_token": token}
    assert caller.error(path, count=2, **query) == (400, 7035)
    assert len(caller.json(path, count=3, **query)["sms_histories"]) == 3


@pytest.mark.parametrize("token", ["", "x", "AAAA", "MFgyQ0Z3UDkwaF8xXzI=", "é", "MTIzNDU2Nzg5MF9"])
@pytest.mark.parametrize("kind", ["ISync", "BSync"])
def test_a_token_that_was_never_issued_is_rejected(caller: Caller, kind: str, token: str) -> None:
    session_id = caller.zoom.sessions()[0].session_id
    query = {"sync_type": kind, "sync_token": token}
    assert caller.error(f"/phone/sms/sessions/{session_id}/sync", **query) == (400, 300)
    response = caller.get("/phone/users/me/sms/sessions/sync", **query)
    assert (response.status, response.json()["code"]) == (404, 300)
    assert "sync token" in response.json()["message"]


def test_a_token_of_another_session_is_rejected(caller: Caller) -> None:
    one, two = caller.zoom.sessions()[:2]
    token = caller.json(f"/phone/sms/sessions/{one.session_id}/sync")["sync_token"]
    query = {"sync_type": "ISync", "sync_token": token}
    assert caller.error(f"/phone/sms/sessions/{two.session_id}/sync", **query) == (400, 300)


def test_expired_sync_tokens_get_the_configured_status() -> None:
    with frozen(sync_error_status=404) as zoom:
        caller = Caller(zoom)
        path = f"/phone/sms/sessions/{zoom.sessions()[0].session_id}/sync"
        token = caller.json(path)["sync_token"]
        zoom.expire_sync_tokens()
        assert caller.error(path, sync_type="ISync", sync_token=token) == (404, 300)


def test_a_token_of_an_earlier_run_repeats_only_its_edge() -> None:
    with frozen(seed=9) as zoom:
        path = f"/phone/sms/sessions/{zoom.sessions()[0].session_id}/sync"
        first = Caller(zoom).json(path, count=1)
    with frozen(seed=9) as zoom:
        query = {"sync_type": "ISync", "sync_token": first["sync_token"]}
        again = Caller(zoom).json(path, **query)
    assert again["sms_histories"] == first["sms_histories"]


def test_count_can_be_required() -> None:
    with frozen(require_count=True) as zoom:
        caller = Caller(zoom)
        path = f"/phone/sms/sessions/{zoom.sessions()[0].session_id}/sync"
        assert caller.error(path) == (400, 300)
        caller.json(path, count=250)


def test_a_sync_of_sessions_returns_ids_with_any_characters(zoom: Sandbox, caller: Caller) -> None:
    user_id = zoom.users()[0].id
    ids = {"Ab+/=", "ab+/=", "a%2Fb", "a/b", "a b"}
    for one in ids:
        zoom.add_session(owner_id=user_id, session_id=one)
        zoom.add_message(one, at=NOW - timedelta(seconds=5))
    path = f"/phone/users/{user_id}/sms/sessions/sync"
    got, _ = backwards(caller, path, "sms_sessions", count=2)
    assert ids <= {one["session_id"] for one in got}

"""Every message of an account is returned exactly once, despite changes and failures."""

from __future__ import annotations

import gc
import random
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from support.faces import Faces, configured
from support.history_reader import Reader, account

from swagger_client import ApiClient, SMSApi
from swagger_client.exceptions import BadRequestException, ServiceException
from swagger_client.sandbox import RequestRecord, Sandbox

LONG_AGO = "2025-12-01"
SPAN: dict[str, Any] = {"_from": LONG_AGO, "to": "2026-07-31"}


def counted(found: Iterable[Any]) -> Counter[str]:
    return Counter(str(one.message.message_id) for one in found)


def each_once(zoom: Sandbox) -> Counter[str]:
    return Counter(message.message_id for message in zoom.messages())


def test_each_message_comes_once_with_its_conversation(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_account_messages", **SPAN)
    assert counted(found) == each_once(zoom)
    assert {one.session.session_type for one in found} > {"user", "call_queue"}
    for session, message in found:
        assert zoom.message(message.message_id).session_id == session.session_id
        assert message.delivery_status


def test_messages_are_ordered_by_month_and_within_a_conversation(
    face: Reader, zoom: Sandbox
) -> None:
    found = face.read("iter_account_messages", page_size=2, **SPAN)
    months = [one.message.date_time[:7] for one in found]
    assert months == sorted(months)
    by_session: dict[str, list[str]] = {}
    for session, message in found:
        by_session.setdefault(session.session_id, []).append(message.date_time)
    assert all(times == sorted(times) for times in by_session.values())


def test_a_message_is_found_although_its_conversation_continued_after_the_span(
    face: Reader, zoom: Sandbox
) -> None:
    end = datetime(2026, 4, 20, tzinfo=timezone.utc)
    found = face.read("iter_account_messages", _from="2026-03-10", to=end)
    start = datetime(2026, 3, 10, tzinfo=timezone.utc)
    wanted = [
        one.message_id
        for one in zoom.messages()
        if start.timestamp() * 1000 <= one.at_ms < end.timestamp() * 1000 + 1000
    ]
    assert counted(found) == Counter(wanted)
    assert len(wanted) > 40


@pytest.mark.parametrize("page_size", [1, 7])
def test_small_pages_and_a_single_conversation_at_a_time(
    face: Reader, zoom: Sandbox, page_size: int
) -> None:
    found = face.read("iter_account_messages", page_size=page_size, concurrency=1, **SPAN)
    assert counted(found) == each_once(zoom)


def test_messages_with_equal_times_at_a_month_border_are_read_once(faces: Faces) -> None:
    with account(sessions=3, messages=9) as zoom:
        for session in zoom.sessions():
            for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
                for time in ("00:00:00", "00:00:00", "00:00:00", "00:00:00.999"):
                    at = datetime.fromisoformat(f"{day}T{time}+00:00")
                    zoom.add_message(session.session_id, at=at)
        face = Reader(faces, zoom)
        found = face.read("iter_account_messages", _from="2026-01-01", to="2026-07-31", page_size=2)
        wanted = [one.message_id for one in zoom.messages() if one.date_time >= "2026-01-01"]
        assert counted(found) == Counter(wanted)
        for session in zoom.sessions():
            for sort in (1, 2):
                messages = face.read(
                    "iter_sms_session_details",
                    session.session_id,
                    _from="2026-01-01",
                    page_size=2,
                    sort=sort,
                )
                assert len({one.message_id for one in messages}) == len(messages)


def arrivals(zoom: Sandbox, every: int, most: int = 25) -> list[str]:
    """Add a message at every ``every``-th request; return the ids."""
    rng = random.Random(3)
    lock = threading.Lock()
    arrived: list[str] = []

    @zoom.on_request
    def message_comes(request: RequestRecord) -> None:
        with lock:
            if request.index % every == every - 1 and len(arrived) < most:
                zoom.clock.advance(1)
                session = rng.choice(zoom.sessions()).session_id if rng.random() < 0.8 else None
                arrived.append(zoom.add_message(session).message_id)

    return arrived


def test_messages_that_arrive_during_the_iteration_are_yielded_once(
    face: Reader, zoom: Sandbox
) -> None:
    arrived = arrivals(zoom, every=9)
    found = counted(face.read("iter_account_messages", page_size=3, **SPAN))
    assert len(arrived) == 25
    assert found == each_once(zoom)


@pytest.mark.parametrize("sort", [1, 2])
def test_items_that_arrive_during_the_iteration_are_yielded_once(
    face: Reader, zoom: Sandbox, sort: int
) -> None:
    arrived = arrivals(zoom, every=4)
    session = zoom.sessions()[0].session_id
    before = {one.message_id for one in zoom.messages(session)}
    found = face.read("iter_sms_session_details", session, page_size=3, sort=sort, **SPAN)
    ids = [one.message_id for one in found]
    assert before <= set(ids)
    assert len(ids) == len(set(ids))
    sessions = {one.session_id for one in zoom.sessions()}
    found = face.read(
        "iter_account_sms_session", session_type="all", page_size=2, sort=sort, **SPAN
    )
    ids = [one.session_id for one in found]
    assert sessions <= set(ids)
    assert len(ids) == len(set(ids))
    assert len(arrived) > 5


def test_page_tokens_that_expire_every_few_pages(face: Reader, zoom: Sandbox) -> None:
    expiring = zoom.fault(expire_page_tokens=True, every=4, times=None)
    found = face.read("iter_account_messages", page_size=4, **SPAN)
    assert counted(found) == each_once(zoom)
    assert expiring.hits > 20


@pytest.mark.parametrize("sort", [1, 2])
def test_page_tokens_that_expire_within_a_month_lose_no_message(
    face: Reader, zoom: Sandbox, sort: int
) -> None:
    zoom.fault(expire_page_tokens=True, every=3, times=None)
    session = max(zoom.sessions(), key=lambda one: one.message_count).session_id
    found = face.read("iter_sms_session_details", session, page_size=2, sort=sort, **SPAN)
    wanted = [one.message_id for one in zoom.messages(session)]
    assert [one.message_id for one in found] == (wanted if sort == 1 else wanted[::-1])


def test_a_slow_caller_loses_no_message(face: Reader, zoom: Sandbox) -> None:
    session = max(zoom.sessions(), key=lambda one: one.message_count).session_id
    wanted = [one.message_id for one in zoom.messages(session)]
    found = []
    for message in face.iterate("iter_sms_session_details", session, page_size=5, **SPAN):
        found.append(message.message_id)
        zoom.clock.advance(20 * 60)
    assert found == wanted
    assert sum(one.status == 400 for one in zoom.requests) > 5


def test_a_token_that_is_always_rejected_raises_zooms_error(face: Reader, zoom: Sandbox) -> None:
    rejection = {"code": 400, "message": "This page token is invalid or expired."}
    zoom.fault(
        where=lambda one: "next_page_token" in one.query, status=400, body=rejection, times=None
    )
    session = max(zoom.sessions(), key=lambda one: one.message_count).session_id
    for _ in range(5):
        zoom.add_message(session, at=datetime(2026, 7, 1, tzinfo=timezone.utc))
    with pytest.raises(BadRequestException, match="invalid or expired"):
        face.read("iter_sms_session_details", session, page_size=2, **SPAN)


@pytest.mark.parametrize("seed", range(3))
def test_expiring_tokens_new_messages_and_failures_together(faces: Faces, seed: int) -> None:
    with account(seed=seed, sessions=20, messages=900) as zoom:
        arrived = arrivals(zoom, every=13)
        expiring = zoom.fault(expire_page_tokens=True, every=7, times=None)
        failing = zoom.fault(status=500, probability=0.05, times=None)
        resetting = zoom.fault(reset=True, probability=0.02, times=None)
        found = counted(Reader(faces, zoom).read("iter_account_messages", page_size=10, **SPAN))
        assert len(arrived) == 25
        assert found == each_once(zoom)
        assert min(expiring.hits, failing.hits, resetting.hits) > 5
        assert zoom.crashes == []


def test_an_outage_longer_than_a_call_is_waited_out(face: Reader, zoom: Sandbox) -> None:
    zoom.fault(status=503, after=20, times=12)
    found = face.read("iter_account_messages", concurrency=1, **SPAN)
    assert counted(found) == each_once(zoom)
    assert sum(face.clock.sleeps) > 3


def test_a_lasting_outage_is_an_error(face: Reader, zoom: Sandbox) -> None:
    zoom.fault(status=503, after=20, times=None)
    with pytest.raises(ServiceException):
        face.read("iter_account_messages", **SPAN)
    assert threading_names() == []


def test_without_retries_a_page_is_requested_once(face: Reader, zoom: Sandbox) -> None:
    zoom.fault(status=503, times=None)
    with pytest.raises(ServiceException):
        face.read("iter_sms_session_details", "a-session", _retries=0)
    assert len(zoom.requests) == 1
    assert face.clock.sleeps == []


def threading_names() -> list[str]:
    return [one.name for one in threading.enumerate() if "history" in one.name]


class TestThreads:
    """Blocking iterators use threads, and end them."""

    @pytest.fixture
    def messages(self, zoom: Sandbox, blocking: Reader) -> Iterator[Any]:
        api = blocking.face.api
        assert isinstance(api, SMSApi)
        return api.iter_account_messages(page_size=3, **SPAN)

    def test_none_before_the_first_message(self, messages: Iterator[Any]) -> None:
        assert threading_names() == []
        next(messages)
        assert threading_names() != []

    def test_none_after_the_last(self, messages: Iterator[Any]) -> None:
        assert list(messages)
        assert threading_names() == []

    def test_none_after_closing(self, messages: Any) -> None:
        next(messages)
        messages.close()
        assert threading_names() == []


def test_a_garbage_collected_iterator_ends_its_threads(blocking: Reader) -> None:
    for _ in blocking.iterate("iter_account_messages", page_size=3, **SPAN):
        assert threading_names() != []
        break
    gc.collect()
    assert threading_names() == []


TROUBLES: dict[str, dict[str, Any]] = {
    "a limit": {"status": 429, "headers": {"Retry-After": "200"}},
    "an outage": {"status": 503, "headers": {"Retry-After": "200"}},
    "silence": {"hang": True},
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_closing_does_not_wait_for_sleeping_threads(zoom: Sandbox, trouble: str) -> None:
    fault = zoom.fault(operation="sms_session_details", after=1, times=None, **TROUBLES[trouble])
    # By the machine's own clock, whose waits last.
    with ApiClient(configured(zoom.host, access_token=zoom.access_token)) as client:
        messages = SMSApi(client).iter_account_messages(page_size=3, **SPAN)
        next(messages)
        while not fault.hits:
            threading.Event().wait(0.001)
        closing = threading.Thread(target=messages.close, daemon=True)
        closing.start()
        closing.join(20)
    assert not closing.is_alive()
    assert threading_names() == []

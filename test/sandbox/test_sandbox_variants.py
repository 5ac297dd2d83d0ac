"""Options for behaviour that Zoom does not document or documents differently."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.sandbox_caller import NOW, Caller, frozen

from swagger_client.sandbox import Sandbox, Spans

#: Messages of one conversation, by their age in days; a span of 400 days covers all of them.
AGES = (1, 20, 40, 200, 390)
SPAN = {"from_": "2025-06-10", "to": "2026-07-15"}


def conversation(zoom: Sandbox) -> str:
    session_id = zoom.add_session(at=NOW - timedelta(days=500))
    for age in AGES:
        zoom.add_message(session_id, text=str(age), at=NOW - timedelta(days=age))
    return session_id


@pytest.mark.parametrize(
    ("spans", "covered"),
    [("first_month", ["390"]), ("last_month", ["1", "20"]), ("all", list(map(str, AGES)))],
)
def test_details_of_a_long_span_depend_on_details_spans(spans: Spans, covered: list[str]) -> None:
    with frozen(details_spans=spans) as zoom:
        path = f"/phone/sms/sessions/{conversation(zoom)}"
        found = Caller(zoom).all(path, "sms_histories", page_size=1, **SPAN)
    assert [one["message"] for one in found] == covered


@pytest.mark.parametrize(("spans", "covered"), [("first_month", 2), ("all", len(AGES))])
def test_details_without_a_span_return_a_month_or_the_whole_conversation(
    spans: Spans, covered: int
) -> None:
    with frozen(details_spans=spans) as zoom:
        path = f"/phone/sms/sessions/{conversation(zoom)}"
        assert len(Caller(zoom).all(path, "sms_histories", page_size=2)) == covered


@pytest.mark.parametrize(
    ("spans", "covered"),
    [("first_month", {"390"}), ("last_month", {"1", "20"}), ("all", set(map(str, AGES)))],
)
@pytest.mark.parametrize("path", ["/phone/sms/sessions", "/phone/users/me/sms/sessions"])
def test_lists_of_a_long_span_depend_on_list_spans(
    path: str, spans: Spans, covered: set[str]
) -> None:
    with frozen(list_spans=spans, sessions=0, messages=0) as zoom:
        for age in AGES:
            when = NOW - timedelta(days=age)
            zoom.add_message(zoom.add_session(session_id=str(age), at=when), at=when)
        found = Caller(zoom).all(path, "sms_sessions", page_size=1, **SPAN)
    assert {one["session_id"] for one in found} == covered


def test_lists_can_return_their_page_token_as_sync_token() -> None:
    with frozen(list_token_field="sync_token") as zoom:
        page = Caller(zoom).json("/phone/sms/sessions", page_size=1)
        assert "next_page_token" not in page
        token = page["sync_token"]
        again = Caller(zoom).json("/phone/sms/sessions", page_size=1, next_page_token=token)
        assert again["sms_sessions"] != page["sms_sessions"]


def test_lists_of_all_types_can_omit_some() -> None:
    with frozen(omitted_session_types=["service_endpoint", "call_queue"]) as zoom:
        caller = Caller(zoom)
        found = caller.all("/phone/sms/sessions", "sms_sessions", session_type="all")
        assert {one["session_type"] for one in found} == {"user", "auto_receptionist"}
        named = caller.all("/phone/sms/sessions", "sms_sessions", session_type="call_queue")
        assert {one["session_type"] for one in named} == {"call_queue"}


def test_sessions_can_lack_the_fields_that_older_examples_lack() -> None:
    with frozen(legacy_sessions=True) as zoom:
        session = Caller(zoom).json("/phone/sms/sessions")["sms_sessions"][0]
        assert session.keys() == {"session_id", "last_access_time", "participants"}
        assert all("is_session_owner" not in one for one in session["participants"])


def test_the_api_can_learn_of_a_new_session_late() -> None:
    with frozen(rest_lag=5) as zoom:
        caller, message = Caller(zoom), zoom.add_message()
        session = f"/phone/sms/sessions/{message.session_id}"
        paths = (session, f"{session}/sync", f"{session}/messages/{message.message_id}")
        lists = ("/phone/sms/sessions", "/phone/users/me/sms/sessions")

        def listed() -> list[bool]:
            return [
                message.session_id
                in {one["session_id"] for one in caller.all(path, "sms_sessions")}
                for path in lists
            ]

        assert [caller.error(path) for path in paths] == [(404, 7013), (404, 12004), (404, 2001)]
        assert listed() == [False, False]
        sync = caller.json("/phone/users/me/sms/sessions/sync", sync_type="FSync")["sms_sessions"]
        assert message.session_id not in {one["session_id"] for one in sync}
        zoom.clock.advance(5)
        assert [caller.get(path).status for path in paths] == [200] * 3
        assert listed() == [True, True]

"""Lists over any span: each item once, in the requested order."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from support.faces import Faces
from support.history_reader import Reader, account

from swagger_client import history
from swagger_client.exceptions import DecodeException, InvalidArgumentException, PageTokenException
from swagger_client.sandbox import Sandbox

LONG_AGO = "2025-12-01"


def longest(zoom: Sandbox) -> str:
    return max(zoom.sessions(), key=lambda session: session.message_count).session_id


def ids(messages: list[object]) -> list[str]:
    return [message.message_id for message in messages]  # type: ignore[attr-defined]


def test_messages_of_all_months_are_yielded_oldest_first(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_sms_session_details", longest(zoom), _from=LONG_AGO)
    assert ids(found) == [one.message_id for one in zoom.messages(longest(zoom))]
    assert len(found) > 30


def test_descending_is_the_newest_first(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_sms_session_details", longest(zoom), _from=LONG_AGO, sort=2)
    assert ids(found) == [one.message_id for one in reversed(zoom.messages(longest(zoom)))]


@pytest.mark.parametrize("sort", [1, 2])
@pytest.mark.parametrize("page_size", [1, 3, 100])
def test_no_page_size_loses_a_message(
    face: Reader, zoom: Sandbox, sort: int, page_size: int
) -> None:
    session = zoom.sessions()[3]
    found = face.read(
        "iter_sms_session_details",
        session.session_id,
        _from=LONG_AGO,
        sort=sort,
        page_size=page_size,
    )
    assert sorted(ids(found)) == sorted(one.message_id for one in zoom.messages(session.session_id))


def test_the_conversations_of_an_account(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_account_sms_session", _from=LONG_AGO, session_type="all", page_size=2)
    assert [one.session_id for one in found] == [one.session_id for one in zoom.sessions()]


def test_by_default_only_conversations_of_users_are_listed(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_account_sms_session", _from=LONG_AGO)
    users = [one.session_id for one in zoom.sessions() if one.session_type == "user"]
    assert [one.session_id for one in found] == users


def test_a_filter_that_finds_a_conversation_in_every_month_yields_it_once(
    face: Reader, zoom: Sandbox
) -> None:
    found = face.read(
        "iter_account_sms_session",
        _from=LONG_AGO,
        session_type="all",
        filter_type="sent_received_message_time",
        sort=1,
    )
    assert sorted(one.session_id for one in found) == sorted(
        one.session_id for one in zoom.sessions()
    )


def test_the_conversations_of_a_user(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_user_sms_session", "me", _from=LONG_AGO, session_type="all")
    me = zoom.users()[0].id
    mine = {
        one.session_id
        for one in zoom.sessions()
        if any(who.owner and who.owner.id == me for who in one.participants)
    }
    assert mine <= {one.session_id for one in found}
    assert len(found) == len({one.session_id for one in found})


def test_a_day_includes_its_last_second(face: Reader, zoom: Sandbox) -> None:
    session = zoom.add_session()
    for time in ("00:00:00", "12:00:00", "23:59:59.999"):
        zoom.add_message(session, at=datetime.fromisoformat(f"2026-07-01T{time}+00:00"))
    zoom.add_message(session, at=datetime(2026, 7, 2, tzinfo=timezone.utc))
    day = date(2026, 7, 1)
    assert len(face.read("iter_sms_session_details", session, _from=day, to=day)) == 3
    assert len(face.read("iter_account_messages", _from=day, to=day)) >= 3


def test_fractions_of_the_last_second_are_read(faces: Faces) -> None:
    with account(messages=0, sessions=0) as zoom:
        face = Reader(faces, zoom)
        session = zoom.add_session()
        message = zoom.add_message(
            session, at=datetime(2026, 7, 1, 23, 59, 59, 999_000, timezone.utc)
        )
        asked = {"_from": "2026-07-01", "to": "2026-07-01"}
        assert ids(face.read("iter_sms_session_details", session, **asked)) == [message.message_id]
        # Had `to` been sent as given, such a server would have left it out.
        assert zoom.requests[-1].query["to"] > "2026-07-01T23:59:59Z"


def test_without_a_span_the_last_30_days_are_read(face: Reader, zoom: Sandbox) -> None:
    found = face.read("iter_sms_session_details", longest(zoom))
    since = zoom.clock.time() * 1000 - 30 * 86_400_000
    recent = [one.message_id for one in zoom.messages(longest(zoom)) if one.at_ms >= since]
    assert ids(found) == recent


def test_every_request_covers_a_calendar_month_at_most(face: Reader, zoom: Sandbox) -> None:
    face.read("iter_sms_session_details", longest(zoom), _from="2026-01-31", to="2026-05-31")
    asked = [(one.query["from"], one.query["to"]) for one in zoom.requests]
    months = sorted({(start[:10], end[:10]) for start, end in asked})
    assert months == [
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-28"),
        ("2026-03-28", "2026-04-28"),
        ("2026-04-28", "2026-05-28"),
        ("2026-05-28", "2026-06-01"),
    ]


def test_no_request_covers_more_than_a_month_in_the_future(face: Reader, zoom: Sandbox) -> None:
    face.read("iter_sms_session_details", longest(zoom), _from="2026-07-01", to="2026-12-31")
    for one in zoom.requests:
        start, end = (datetime.fromisoformat(one.query[key][:-1]) for key in ("from", "to"))
        assert end - start <= timedelta(days=31)


@pytest.mark.parametrize("name", ["next_page_token", "async_req", "sync_type", "nonsense"])
def test_an_iterator_rejects_unknown_arguments(face: Reader, zoom: Sandbox, name: str) -> None:
    api: Any = face.face.api
    with pytest.raises(TypeError, match=name):
        api.iter_account_sms_session(**{name: "1"})
    assert zoom.requests == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"_from": "2026-02-30"}, InvalidArgumentException),
        ({"_from": "tomorrow"}, InvalidArgumentException),
        ({"_from": "2026-02-02", "to": "2026-02-01"}, InvalidArgumentException),
        ({"_from": 20260101}, TypeError),
        ({"page_size": 101}, InvalidArgumentException),
        ({"progress": "bar"}, TypeError),
    ],
)
def test_invalid_arguments_raise_when_the_method_is_called(
    face: Reader, zoom: Sandbox, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        face.face.api.iter_sms_session_details("a-session", **arguments)
    with pytest.raises(error):
        face.face.api.iter_account_messages(**arguments)
    assert zoom.requests == []


def test_invalid_numbers_raise_when_the_method_is_called(face: Reader, zoom: Sandbox) -> None:
    with pytest.raises(InvalidArgumentException, match="sort"):
        face.face.api.iter_sms_session_details("a-session", sort=3)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentException, match="concurrency"):
        face.face.api.iter_account_messages(concurrency=0)
    assert zoom.requests == []


def test_a_missing_id_raises_when_the_method_is_called(face: Reader, zoom: Sandbox) -> None:
    api: Any = face.face.api
    with pytest.raises(ValueError, match="session_id"):
        api.iter_sms_session_details(None)
    assert zoom.requests == []


def test_a_repeated_token_is_an_error_that_names_it(face: Reader, zoom: Sandbox) -> None:
    body = {"next_page_token": "round-and-round", "page_size": 1, "sms_histories": []}
    zoom.fault(operation="sms_session_details", status=200, body=body, times=None)
    with pytest.raises(PageTokenException, match="round-and-round"):
        face.read("iter_sms_session_details", longest(zoom))
    assert len(zoom.requests) == 2


def test_tokens_in_a_cycle_are_an_error_that_names_one(face: Reader, zoom: Sandbox) -> None:
    for number, letter in enumerate("abc"):
        body = {"next_page_token": f"token-{letter}", "sms_sessions": []}
        zoom.fault(status=200, body=body, times=None, every=3, after=number - 2)
    with pytest.raises(PageTokenException, match="token-a"):
        face.read("iter_account_sms_session")
    assert len(zoom.requests) == 4


@pytest.mark.parametrize("body", [{}, {"code": 200}, {"sms_histories": {}, "page_size": 3}])
def test_a_response_without_a_list_is_an_error(
    face: Reader, zoom: Sandbox, body: dict[str, object]
) -> None:
    zoom.fault(status=200, body=body, after=1, times=None)
    with pytest.raises(DecodeException):
        face.read("iter_sms_session_details", longest(zoom), _from=LONG_AGO)


@pytest.mark.parametrize("token", [{}, [], ["a"], 0, 5, False, True], ids=str)
@pytest.mark.parametrize("field", ["next_page_token", "sync_token"])
def test_a_token_that_is_no_text_is_not_taken_for_the_end(
    face: Reader, zoom: Sandbox, field: str, token: object
) -> None:
    zoom.fault(status=200, body={"sms_histories": [], field: token}, times=None)
    with pytest.raises(DecodeException, match="token"):
        face.read("iter_sms_session_details", longest(zoom), _from=LONG_AGO)


@pytest.mark.parametrize("body", [{"page_size": 100}, {"page_size": 100, "sms_histories": None}])
def test_an_empty_page_may_come_without_its_list(
    face: Reader, zoom: Sandbox, body: dict[str, object]
) -> None:
    zoom.fault(status=200, body=body, times=None)
    assert face.read("iter_sms_session_details", longest(zoom)) == []


@pytest.mark.parametrize("last_page", ["empty", "null", "missing"])
def test_the_page_token_can_be_in_the_field_sync_token(faces: Faces, last_page: str) -> None:
    with account(details_token_field="sync_token", last_page=last_page) as zoom:
        found = Reader(faces, zoom).read(
            "iter_sms_session_details", longest(zoom), _from=LONG_AGO, page_size=5
        )
        assert ids(found) == [one.message_id for one in zoom.messages(longest(zoom))]


def test_items_without_an_id_are_kept(face: Reader, zoom: Sandbox) -> None:
    body = {"page_size": 9, "sms_histories": [{"message": "one"}, {"message": "two"}]}
    zoom.fault(status=200, body=body, times=None)
    found = face.read("iter_sms_session_details", longest(zoom))
    assert [one.message for one in found] == ["one", "two"]


def test_progress_counts_items_pages_and_months(face: Reader, zoom: Sandbox) -> None:
    calls: list[history.Progress] = []
    found = face.read(
        "iter_sms_session_details",
        longest(zoom),
        _from=LONG_AGO,
        page_size=7,
        progress=calls.append,
    )
    assert calls[-1].items == len(found)
    assert calls[-1].months == calls[-1].of_months == 8
    assert [one.pages for one in calls] == list(range(1, len(calls) + 1))
    assert [one.items for one in calls] == sorted(one.items for one in calls)


class TestPages:
    """Pages, for programs that store items."""

    def test_reading_can_be_resumed_after_any_page(self, zoom: Sandbox, faces: Faces) -> None:
        client = Reader(faces, zoom).client
        session = {"session_id": longest(zoom), "page_size": 7}
        wanted = [one.message_id for one in zoom.messages(longest(zoom))]
        pages = list(history.pages(client, history.MESSAGES, session, _from=LONG_AGO))
        kept: list[str] = []
        for page in pages:
            kept += [str(message.message_id) for message in page.items]
            later = history.pages(client, history.MESSAGES, session, _from=page.resume)
            rest = [str(message.message_id) for page in later for message in page.items]
            assert sorted({*kept, *rest}) == sorted(wanted)
        assert pages[-1].resume == datetime.fromtimestamp(
            zoom.clock.time(), timezone.utc
        ) - timedelta(minutes=5)

    def test_reading_can_be_resumed_in_descending_order(self, zoom: Sandbox, faces: Faces) -> None:
        client = Reader(faces, zoom).client
        session = {"session_id": longest(zoom), "page_size": 7}
        wanted = {one.message_id for one in zoom.messages(longest(zoom))}
        kept: set[str] = set()
        for page in history.pages(client, history.MESSAGES, session, _from=LONG_AGO, sort=2):
            kept |= {str(message.message_id) for message in page.items}
            later = history.pages(
                client, history.MESSAGES, session, _from=LONG_AGO, to=page.resume, sort=2
            )
            assert kept | {str(one.message_id) for page in later for one in page.items} == wanted

    def test_no_request_is_sent_before_the_first_page_is_requested(
        self, zoom: Sandbox, faces: Faces
    ) -> None:
        history.pages(Reader(faces, zoom).client, history.ACCOUNT_SESSIONS, {})
        assert zoom.requests == []

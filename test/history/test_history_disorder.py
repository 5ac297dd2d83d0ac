"""Servers that ignore the requested order or span, and missing conversations."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.history_reader import Reader

from swagger_client import history
from swagger_client.exceptions import ApiException
from swagger_client.history import GoneException, IncompleteException
from swagger_client.sandbox import RequestRecord, Sandbox

MAY: dict[str, Any] = {"_from": "2026-05-01", "to": "2026-05-25"}


def _asks_for(token: str | None) -> Callable[[RequestRecord], bool]:
    return lambda request: request.query.get("next_page_token") == token


def day(number: int) -> tuple[str, str]:
    """Return the id and the time of a message."""
    return f"m{number}", f"2026-05-{number:02}T00:00:00Z"


def send_pages(zoom: Sandbox, *pages: list[tuple[str, str]]) -> None:
    """Make the server send these pages of (id, date) for a conversation."""
    for number, page in enumerate(pages):
        token = f"page-{number}" if number else None
        found = [{"message_id": name, "date_time": at} for name, at in page]
        following = f"page-{number + 1}" if number + 1 < len(pages) else ""
        zoom.fault(
            operation="sms_session_details",
            where=_asks_for(token),
            status=200,
            body={"sms_histories": found, "next_page_token": following, "page_size": 2},
            times=None,
        )


def read_pages(reader: Reader, sort: int = 1) -> list[tuple[list[str], str]]:
    """Return the ids on each page, and the day at which a later run can continue."""
    pages = history.pages(reader.client, history.MESSAGES, {"session_id": "one"}, sort=sort, **MAY)
    return [([one.message_id for one in page.items], f"{page.resume:%m-%d}") for page in pages]


# A cursor taken from the last message skips those on the next page that are older.
@pytest.mark.parametrize(
    "pages",
    [
        ([day(3), day(4)], [day(4), day(9)], [], [day(20)]),
        ([day(20), day(19)], [day(18)], [day(5)], [day(4), day(3)]),
        ([day(3), day(9)], [day(8)], [day(20)], [day(21)]),
    ],
)
def test_a_window_is_resumed_at_its_start_for_any_order_of_messages(
    zoom: Sandbox, blocking: Reader, pages: tuple[list[tuple[str, str]], ...]
) -> None:
    send_pages(zoom, *pages)
    assert [resume for _, resume in read_pages(blocking)] == ["05-01"] * 3 + ["05-25"]


def test_the_same_with_the_newest_first(zoom: Sandbox, blocking: Reader) -> None:
    send_pages(zoom, [day(20), day(19)], [day(8), day(9)], [day(5)], [day(4), day(3)])
    assert [resume for _, resume in read_pages(blocking, sort=2)] == ["05-25"] * 3 + ["05-01"]


def test_an_item_listed_outside_of_its_window_comes_once(face: Reader, zoom: Sandbox) -> None:
    send_pages(zoom, [("edge", "2026-04-30T23:59:59Z")])
    found = face.read("iter_sms_session_details", "one", _from="2026-03-01", to="2026-07-20")
    assert [one.message_id for one in found] == ["edge"]
    asked = [one for one in zoom.requests if one.operation == "sms_session_details"]
    assert len(asked) > 3


def test_a_missing_conversation_does_not_stop_the_others(face: Reader, zoom: Sandbox) -> None:
    gone = sorted({one.session_id for one in zoom.messages()})[3]
    rejection = {"code": 7013, "message": "This session does not exist."}
    zoom.fault(status=404, body=rejection, path=f"/v2/phone/sms/sessions/{gone}", times=None)
    found: list[str] = []

    def read() -> None:
        for one in face.iterate("iter_account_messages", _from="2025-12-01", to="2026-07-31"):
            found.append(one.message.message_id)

    with pytest.raises(GoneException, match=gone) as caught:
        read()
    wanted = [one.message_id for one in zoom.messages() if one.session_id != gone]
    assert sorted(found) == sorted(wanted)
    assert caught.value.session_ids == (gone,)
    assert caught.value.status == 404
    assert pickle.loads(pickle.dumps(caught.value)).session_ids == (gone,)


@pytest.mark.parametrize(
    "listed",
    [
        {"session_type": "user"},
        {"session_id": None},
        {"session_id": ""},
        {"session_id": "."},
        {"session_id": "a\tb"},
        {"session_id": 7},
    ],
)
def test_a_conversation_without_a_usable_id_does_not_stop_the_others(
    face: Reader, zoom: Sandbox, listed: dict[str, object]
) -> None:
    others = [{"session_id": one.session_id} for one in zoom.sessions()]
    body = {"sms_sessions": [listed, *others], "next_page_token": ""}
    zoom.fault(operation="account_sms_session", status=200, body=body, times=None)
    found, error = read_account(face)
    assert found == sorted(one.message_id for one in zoom.messages() if one.date_time < "2026-07")
    assert len(error.session_ids) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        {"reset": True},
        {"status": 403},
        {"status": 500},
        {"status": 200, "body": b"<"},
        {"status": 200, "body": {"sms_histories": {"message": "x"}}},
    ],
)
def test_an_error_of_one_conversation_does_not_stop_the_others(
    face: Reader, zoom: Sandbox, trouble: dict[str, Any]
) -> None:
    failing = sorted({one.session_id for one in zoom.messages()})[3]
    zoom.fault(path=f"/v2/phone/sms/sessions/{failing}", times=None, **trouble)
    found, error = read_account(face)
    wanted = [one for one in zoom.messages() if one.session_id != failing]
    assert found == sorted(one.message_id for one in wanted if one.date_time < "2026-07")
    assert error.session_ids == (failing,)
    assert not isinstance(error, GoneException)


def read_account(face: Reader) -> tuple[list[str], IncompleteException]:
    """Return the ids of the messages, and the error at the end."""
    found: list[str] = []

    def read() -> None:
        for one in face.iterate("iter_account_messages", _from="2025-12-01", to="2026-06-30"):
            found.append(one.message.message_id)

    with pytest.raises(IncompleteException) as caught:
        read()
    return sorted(found), caught.value


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_of_all_conversations_ends_the_iteration(
    face: Reader, zoom: Sandbox, status: int
) -> None:
    zoom.fault(operation="sms_session_details", status=status, times=None)
    with pytest.raises(ApiException) as caught:
        face.read("iter_account_messages", _from="2025-12-01", to="2026-06-30", _retries=0)
    assert not isinstance(caught.value, IncompleteException)
    details = [one for one in zoom.requests if one.operation == "sms_session_details"]
    assert len(details) <= 20


@pytest.mark.parametrize(
    ("ends", "asked"),
    [
        ({"next_page_token": None, "sync_token": "covered"}, 1),
        ({"next_page_token": "", "sync_token": "covered"}, 1),
        ({"next_page_token": None}, 1),
        ({}, 1),
        ({"sync_token": "next"}, 2),
        ({"sync_token": "covered", "next_page_token": "next"}, 2),
    ],
)
def test_a_sync_token_is_a_page_token_only_without_a_page_token(
    face: Reader, zoom: Sandbox, ends: dict[str, object], asked: int
) -> None:
    name, at = day(2)
    body = {"sms_histories": [{"message_id": name, "date_time": at}], **ends}
    zoom.fault(operation="sms_session_details", status=200, body=body)
    last = {"sms_histories": [], "next_page_token": ""}
    zoom.fault(
        operation="sms_session_details",
        where=_asks_for("next"),
        status=200,
        body=last,
    )
    found = face.read("iter_sms_session_details", "one", **MAY)
    assert [one.message_id for one in found] == ["m2"]
    assert len(zoom.requests) == asked


def sessions_page(names: list[str], **tokens: object) -> dict[str, object]:
    return {"sms_sessions": [{"session_id": name} for name in names], **tokens}


def is_first(request: RequestRecord) -> bool:
    return "next_page_token" not in request.query


def is_second(request: RequestRecord) -> bool:
    return "next_page_token" in request.query


def test_a_list_of_conversations_can_continue_with_a_sync_token(
    face: Reader, zoom: Sandbox
) -> None:
    zoom.fault(status=200, body=sessions_page(["one"], sync_token="next"), where=is_first)
    zoom.fault(status=200, body=sessions_page(["two"], next_page_token=""), where=is_second)
    found = face.read("iter_account_sms_session", **MAY)
    assert [one.session_id for one in found] == ["one", "two"]
    assert zoom.requests[1].query["next_page_token"] == "next"


# If a rejected sync token ended the reading with an error, no such list could be read.
def test_a_list_ends_where_zoom_rejects_its_sync_token_as_a_page_token(
    face: Reader, zoom: Sandbox
) -> None:
    zoom.fault(status=200, body=sessions_page(["one"], sync_token="covered"), where=is_first)
    rejection = {"code": 400, "message": "The next page token is invalid or expired."}
    zoom.fault(status=400, body=rejection, where=is_second)
    found = face.read("iter_account_sms_session", **MAY)
    assert [one.session_id for one in found] == ["one"]
    assert len(zoom.requests) == 2


@pytest.mark.parametrize("name", ["_from", "to"])
def test_a_time_outside_the_years_of_utc_is_a_value_error(blocking: Reader, name: str) -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    last = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
    for time in (first, last):
        with pytest.raises(ValueError, match=name):
            blocking.read("iter_account_sms_session", **{name: time})

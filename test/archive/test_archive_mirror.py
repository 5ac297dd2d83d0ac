"""A run archives all that Zoom shows, once; the next ones add what is new and what changed."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.archives import NOW, SINCE, api_of, content, small_account

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import (
    Archive,
    ArchiveDamagedError,
    ArchiveLockedError,
    NotAnArchiveError,
    OtherAccountError,
    Progress,
)
from swagger_client.exceptions import (
    DecodeException,
    RateLimitException,
    ServiceException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import Message, RequestRecord, Sandbox

DAY = 86_400


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with small_account() as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "sms.sqlite3") as made:
        yield made


def held(archive: Archive) -> list[tuple[object, ...]]:
    return sorted(
        (m.message_id, m.session_id, m.date_time, m.text, m.delivery_status, m.direction,
         m.message_type, m.sender.phone_number, len(m.recipients), len(m.attachments))
        for m in archive.messages()
    )  # fmt: skip


def told(messages: list[Message]) -> list[tuple[object, ...]]:
    return sorted(
        (m.message_id, m.session_id, m.date_time, m.text, m.delivery_status, m.direction,
         m.message_type, None if "phone_number" in m.sender.missing else m.sender.phone_number,
         len(m.to_members), len(m.attachments))
        for m in messages
    )  # fmt: skip


# What a run archives.


def test_the_first_run_archives_every_message_of_every_kind_of_conversation(
    archive: Archive, zoom: Sandbox
) -> None:
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert held(archive) == told(zoom.messages())
    assert report.new_messages == len(zoom.messages()) > 50
    assert report.new_sessions == len(zoom.sessions())
    assert {m.session_type for m in archive.messages()} >= {
        "user", "call_queue", "auto_receptionist", "service_endpoint",
    }  # fmt: skip
    assert archive.verify().problems == []


def test_the_raw_json_is_kept_but_for_download_urls(archive: Archive, zoom: Sandbox) -> None:
    extra = {"future_field": {"a": [1, 2.5, None]}, "message_type": 17, "direction": None}
    zoom.add_message(zoom.sessions()[0].session_id, extra=extra, attachments=[zoom.attachment()])
    newest = zoom.messages()[-1]
    archive.mirror(api_of(zoom), since=SINCE)

    one = next(m for m in archive.messages() if m.message_id == newest.message_id)
    raw = json.loads(one.raw)
    assert {name: raw[name] for name in extra} == extra
    assert one.message_type == 17
    assert one.direction is None
    assert set(raw["attachments"][0]) == {"id", "name", "type", "size"}


def test_odd_values_are_kept_and_never_end_a_run(archive: Archive, zoom: Sandbox) -> None:
    session_id = zoom.sessions()[0].session_id
    odd: list[dict[str, object]] = [
        {"message_id": None}, {"message_id": ""}, {"date_time": None}, {"date_time": "soon"},
        {"message_type": 10**40}, {"message": {"rich": "text"}}, {"sender": None},
        {"to_members": None}, {"attachments": "none"}, {"attachments": [None, {"id": None}]},
        {"to_members": [None, "x", {"owner": "y"}]},
    ]  # fmt: skip
    for extra in odd:
        zoom.clock.advance(1)
        zoom.add_message(session_id, text=f"odd {extra}", extra=extra)
    archive.mirror(api_of(zoom), since=SINCE)

    assert len(held(archive)) == len(zoom.messages())
    assert archive.verify().problems == []


def test_half_a_surrogate_pair_is_kept(archive: Archive, zoom: Sandbox) -> None:
    session = zoom.sessions()[0].session_id
    page = b'{"next_page_token":"","page_size":100,"sms_histories":[{"message":"\\ud83d",'
    page += b'"message_id":"\\ud800x","date_time":"2026-03-09T00:00:00Z"}]}'
    zoom.fault(path=f"*/sessions/{session}", body=page, times=None)
    archive.mirror(api_of(zoom), since=SINCE)

    (one,) = archive.messages(session_id=session)
    assert one.text == "\ufffd"
    assert json.loads(one.raw)["message"] == "\ud83d"
    assert archive.verify().problems == []


def test_messages_of_one_second_on_several_pages_are_all_archived(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    for number in range(230):
        zoom.add_message(session_id, text=f"burst {number}", at=NOW - timedelta(days=3))
    archive.mirror(api_of(zoom), since=SINCE)

    assert held(archive) == told(zoom.messages())


def test_nothing_is_lost_where_zoom_answers_in_another_order(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    for number in range(250):
        zoom.add_message(session_id, text=f"n {number}", at=NOW - timedelta(hours=number + 1))
    # The newest first, although the oldest first was asked for; and cut off after a page.
    listed = {m.message_id: m for m in zoom.messages(session_id)}
    newest = sorted(listed.values(), key=lambda m: m.key, reverse=True)
    shown = [
        {"message_id": m.message_id, "date_time": m.date_time, "message": m.text}
        for m in newest[:100]
    ]
    body = {"next_page_token": "more", "page_size": 100, "sms_histories": shown}
    path = f"*/sessions/{session_id}"
    zoom.fault(path=path, body=body, where=lambda r: r.query["to"] >= "2026-03")
    zoom.fault(path=path, status=503, where=lambda r: "next_page_token" in r.query)
    assert archive.mirror(api_of(zoom), since=SINCE).left == 1

    archive.mirror(api_of(zoom), since=SINCE)
    assert {m.message_id for m in archive.messages(session_id=session_id)} == set(listed)


def test_the_end_of_a_run_is_told_by_zooms_clock(archive: Archive, zoom: Sandbox) -> None:
    api = api_of(zoom)
    zoom.clock.advance(1)
    zoom_now = zoom.clock.now()
    api.api_client._clock.time = lambda: zoom.clock.time() + 400 * DAY  # type: ignore[method-assign]
    report = archive.mirror(api, since=SINCE)

    assert report.span_to == zoom_now.strftime("%Y-%m-%dT%H:%M:%SZ")


# Later runs.


def test_a_later_run_adds_what_is_new_and_says_what_changed(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    late = zoom.add_message(zoom.sessions()[0].session_id, direction="Out", delivery_status="sent")
    archive.mirror(api_of(zoom))
    zoom.clock.advance(2 * DAY)
    zoom.set_delivery_status(late.message_id, "failed_to_deliver")
    new = zoom.add_message(text="new conversation")
    zoom.clear_requests()
    report = archive.mirror(api_of(zoom))

    assert (report.new_messages, report.changed_messages) == (1, 1)
    assert report.changes == {"delivery_status: sent → failed_to_deliver": 1}
    assert held(archive) == told(zoom.messages())
    (change,) = archive.changes(report.run)
    assert change.message_id == late.message_id
    assert change.fields == {"delivery_status": ("sent", "failed_to_deliver")}
    assert new.session_id in {m.session_id for m in archive.messages()}
    # Both versions are provable.
    assert archive.verify().problems == []
    versions = [row for row in content(archive.path)["records"] if row[3] == late.message_id]
    assert len(versions) == 2


def test_a_text_that_changes_is_found_by_its_new_words_only(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, text="walrus 日本", message_id="one")
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.remove_message("one")
    zoom.add_message(session_id, text="penguin", message_id="one")
    report = archive.mirror(api_of(zoom))

    assert report.changes == {"message": 1}
    assert [m.text for m in archive.search("penguin")] == ["penguin"]
    assert list(archive.search("walrus")) == []
    assert archive.verify().problems == []


def test_a_run_with_nothing_new_adds_no_record(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    before = content(archive.path)
    report = archive.mirror(api_of(zoom))

    assert content(archive.path) == before
    assert (report.new_messages, report.changed_messages, report.left) == (0, 0, 0)


def test_messages_that_zoom_lists_late_arrive_within_the_days_that_are_read_again(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[-1].session_id
    zoom.add_message(session_id, text="late", at=NOW - timedelta(days=6))
    zoom.add_message(session_id, text="very late", at=NOW - timedelta(days=20))
    archive.mirror(api_of(zoom))
    assert {"late"} == {m.text for m in archive.messages()} & {"late", "very late"}

    archive.mirror(api_of(zoom), reread_days=None)
    assert held(archive) == told(zoom.messages())


def test_a_message_that_vanishes_at_zoom_stays_in_the_archive(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    before = held(archive)
    zoom.remove_message(zoom.messages()[-1].message_id)
    archive.mirror(api_of(zoom), reread_days=None)

    assert held(archive) == before


def test_an_earlier_beginning_is_filled_in_later(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since="2026-02-01")
    assert len(held(archive)) < len(zoom.messages())
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert held(archive) == told(zoom.messages())
    assert report.covered_from == f"{SINCE}T00:00:00Z"


def test_all_kinds_of_conversations_are_read_from_the_start_when_asked_for_later(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, session_type="user")
    assert {m.session_type for m in archive.messages()} == {"user"}
    with pytest.raises(ValueError, match="from when on"):
        archive.mirror(api_of(zoom))
    archive.mirror(api_of(zoom), since=SINCE)
    assert held(archive) == told(zoom.messages())

    # What "all" has read, "user" need not read from the start.
    assert archive.mirror(api_of(zoom), session_type="user").span_from > "2026"


def test_a_conversation_that_moves_while_a_list_is_read_is_read_in_that_window_too(
    archive: Archive, zoom: Sandbox
) -> None:
    first, moved, last = (one.session_id for one in zoom.sessions()[:3])
    for session_id in (first, moved, last):
        zoom.add_message(session_id, text="old", at=NOW - timedelta(days=20))

    def page(session_id: str, token: str) -> dict[str, object]:
        return {"sms_sessions": [{"session_id": session_id}], "next_page_token": token}

    def of_the_old_month(request: RequestRecord) -> bool:
        return request.query.get("from", "").startswith("2026-02-01")

    # It is on the second page when the first is read, and on the first when the second is.
    zoom.fault(
        operation="account_sms_session",
        where=lambda r: of_the_old_month(r) and "next_page_token" not in r.query,
        status=200,
        body=page(first, "second"),
        times=None,
    )
    zoom.fault(
        operation="account_sms_session",
        where=lambda r: of_the_old_month(r) and "next_page_token" in r.query,
        status=200,
        body=page(last, ""),
        times=None,
    )
    zoom.add_message(moved, text="new")
    archive.mirror(api_of(zoom), since="2026-02-01", width=1)

    assert {"old", "new"} <= {m.text for m in archive.messages(session_id=moved)}


def test_a_clock_of_zoom_that_was_ahead_once_leaves_no_gap(archive: Archive, zoom: Sandbox) -> None:
    zoom.fault(headers={"Date": "Mon, 01 Mar 2027 00:00:00 GMT"}, operation="account_sms_session")
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(10 * DAY)
    zoom.add_message(zoom.sessions()[0].session_id, text="ten days on")
    zoom.clock.advance(20 * DAY)
    archive.mirror(api_of(zoom))

    assert held(archive) == told(zoom.messages())


def test_a_span_that_begins_after_zooms_now_is_a_mistake(archive: Archive, zoom: Sandbox) -> None:
    zoom.fault(headers={"Date": "Tue, 10 Mar 2026 08:00:00 GMT"}, operation="account_sms_session")
    with pytest.raises(ValueError, match="ends before it begins"):
        archive.mirror(api_of(zoom), since=NOW - timedelta(minutes=30))
    assert archive.runs() == []

    archive.mirror(api_of(zoom), since=SINCE)
    assert held(archive) == told(zoom.messages())


def test_everything_is_read_again_when_asked_for_also_after_an_interrupted_run(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    oldest = zoom.messages()[0]
    zoom.set_delivery_status(oldest.message_id, "failed_to_deliver")
    zoom.clock.advance(DAY)

    def interrupted(**arguments: Any) -> None:
        cut = zoom.fault(reset=True, after=3, times=None)
        zoom.add_message(zoom.sessions()[0].session_id, text="one more")
        with pytest.raises(TransportException):
            archive.mirror(api_of(zoom), **arguments)
        cut.cancel()

    interrupted()
    assert archive.mirror(api_of(zoom), reread_days=None).changed_messages == 1
    assert len(archive.runs()) == 3

    # One that reads everything need not be followed by another such run.
    interrupted(reread_days=None)
    assert archive.mirror(api_of(zoom), reread_days=None).resumed


# What goes wrong.


@pytest.mark.parametrize("after", range(0, 30, 3))
def test_a_run_that_loses_the_network_goes_on_where_it_was(
    tmp_path: Path, zoom: Sandbox, after: int
) -> None:
    folder = tmp_path / "undisturbed"
    Archive(tmp_path / "whole.sqlite3").mirror(api_of(zoom), since=SINCE, attachments=folder)
    usual = pages(zoom)
    zoom.clear_requests()

    archive = Archive(tmp_path / "cut.sqlite3")
    cut = zoom.fault(reset=True, after=after, times=None)
    with pytest.raises(TransportException):
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "cut")
    cut.cancel()
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert content(archive.path, tmp_path / "cut") == content(tmp_path / "whole.sqlite3", folder)
    assert report.resumed == (after > 0)
    assert all(count <= usual[path] + 1 for path, count in pages(zoom).items())


def pages(zoom: Sandbox) -> Counter[str]:
    """How often a page of each conversation was had."""
    return Counter(
        r.path for r in zoom.requests if r.operation == "sms_session_details" and not r.faulted
    )


def test_a_run_that_uses_up_the_day_goes_on_the_next_day(tmp_path: Path) -> None:
    with small_account() as zoom:
        Archive(tmp_path / "whole.sqlite3").mirror(api_of(zoom), since=SINCE)
    with small_account(daily_limit=25) as zoom:
        archive = Archive(tmp_path / "cut.sqlite3")
        with pytest.raises(RateLimitException) as caught:
            archive.mirror(api_of(zoom), since=SINCE)
        assert caught.value.daily
        zoom.clock.advance(DAY)
        assert archive.mirror(api_of(zoom), since=SINCE).resumed

    whole, cut = content(tmp_path / "whole.sqlite3"), content(tmp_path / "cut.sqlite3")
    assert cut == whole


def test_page_tokens_that_expire_while_a_run_is_slow_lose_nothing(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    for number in range(450):
        zoom.add_message(session_id, text=f"n {number}", at=NOW - timedelta(minutes=number + 1))
    zoom.fault(operation="sms_session_details", expire_page_tokens=True, every=3, times=None)
    archive.mirror(api_of(zoom), since=SINCE)

    assert held(archive) == told(zoom.messages())


def test_messages_that_arrive_during_a_run_are_archived_by_it_or_the_next(
    archive: Archive, zoom: Sandbox
) -> None:
    @zoom.on_request
    def arrive(request: object) -> None:
        zoom.clock.advance(7)
        zoom.add_message(zoom.sessions()[-1].session_id, text="meanwhile")

    archive.mirror(api_of(zoom), since=SINCE)
    zoom.remove_listener(arrive)
    archive.mirror(api_of(zoom))

    assert held(archive) == told(zoom.messages())


def test_a_conversation_that_zoom_refuses_to_show_is_tried_again_and_told(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    body = {"code": 7013, "message": "The messages could not be read."}
    refusal = zoom.fault(path=f"*/sessions/{session_id}", status=404, body=body, times=None)
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert report.refused == [(session_id, "7013: The messages could not be read.")]
    assert report.left > 0

    refusal.cancel()
    report = archive.mirror(api_of(zoom))
    assert (report.refused, report.left) == ([], 0)
    assert held(archive) == told(zoom.messages())


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "body": {"code": 300, "message": "The request is invalid."}},
        {"status": 500},
        {"status": 410},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "body": b'{"sms_histories":[' + b"[" * 985 + b"]" * 985 + b"]}"},
        {"status": 200, "body": {"sms_histories": [], "next_page_token": "the same"}},
    ],
)
def test_a_conversation_that_cannot_be_read_keeps_no_other_from_being_archived(
    archive: Archive, zoom: Sandbox, answer: dict[str, Any]
) -> None:
    session_id, other = (one.session_id for one in zoom.sessions()[:2])
    refusal = zoom.fault(path=f"*/sessions/{session_id}", times=None, **answer)
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.add_message(other, text="later")
    zoom.clock.advance(1)
    report = archive.mirror(api_of(zoom))
    assert {one for one, _ in report.refused} == {session_id}
    assert report.left > 0
    assert held(archive) == told([m for m in zoom.messages() if m.session_id != session_id])

    refusal.cancel()
    assert archive.mirror(api_of(zoom)).left == 0
    assert held(archive) == told(zoom.messages())
    assert archive.verify().problems == []


def test_a_conversation_that_zoom_fails_to_show_is_never_given_up(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    failure = zoom.fault(path=f"*/sessions/{session_id}", status=500, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    for _ in range(7):
        zoom.clock.advance(8 * DAY)  # beyond what is listed again
        assert archive.mirror(api_of(zoom)).left > 0

    failure.cancel()
    archive.mirror(api_of(zoom))
    assert held(archive) == told(zoom.messages())


def test_a_run_ends_when_zoom_fails_to_show_any_conversation(tmp_path: Path) -> None:
    with small_account(sessions=40, messages=80) as zoom, Archive(tmp_path / "a.sqlite3") as one:
        outage = zoom.fault(operation="sms_session_details", status=503, times=None)
        with pytest.raises(ServiceException):
            one.mirror(api_of(zoom), since=SINCE, width=1)
        assert len([r for r in zoom.requests if r.operation == "sms_session_details"]) < 20

        outage.cancel()
        one.mirror(api_of(zoom))
        one.mirror(api_of(zoom))
        assert held(one) == told(zoom.messages())


@pytest.mark.parametrize("odd", ["..", "a\nb", "a/b", "\ud800", 7, "", None])
def test_a_conversation_without_a_usable_id_keeps_no_other_from_being_archived(
    archive: Archive, zoom: Sandbox, odd: object
) -> None:
    listed = [{"session_id": odd}, *({"session_id": one.session_id} for one in zoom.sessions())]
    body = {"sms_sessions": listed if odd != "" else [None, *listed], "next_page_token": ""}
    zoom.fault(
        operation="account_sms_session", status=200, body=json.dumps(body).encode(), times=None
    )
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert held(archive) == told(zoom.messages())
    assert report.left > 0
    assert report.refused
    assert archive.verify().problems == []


def test_where_a_conversation_was_listed_without_an_id_the_next_run_lists_again(
    archive: Archive, zoom: Sandbox
) -> None:
    missing = zoom.sessions()[0].session_id
    body = {
        "sms_sessions": [None, *({"session_id": one.session_id} for one in zoom.sessions()[1:])],
        "next_page_token": "",
    }
    trouble = zoom.fault(operation="account_sms_session", status=200, body=body, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    assert missing not in {m.session_id for m in archive.messages()}

    trouble.cancel()
    zoom.clock.advance(30 * DAY)
    archive.mirror(api_of(zoom))
    assert held(archive) == told(zoom.messages())


def test_a_conversation_that_is_refused_five_times_is_given_up_but_told(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since="2026-03-01")
    lefts = []
    for _ in range(12):
        zoom.clock.advance(8 * DAY)  # beyond what is listed again
        lefts.append(archive.mirror(api_of(zoom)).left)

    assert lefts[0] > 0
    assert lefts[-1] == 0
    assert archive.mirror(api_of(zoom)).refused[0][0] == session_id


def test_a_refused_conversation_is_read_to_its_end_when_its_window_has_grown(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    refusal = zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since="2026-03-08")
    zoom.clock.advance(DAY)
    zoom.add_message(session_id, text="later")
    refusal.cancel()
    archive.mirror(api_of(zoom))  # reads from 2026-03-08 again, a day further

    assert "later" in {m.text for m in archive.messages(session_id=session_id)}


def test_a_conversation_that_was_given_up_is_read_when_it_is_listed_again(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    refusal = zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    for _ in range(6):
        archive.mirror(api_of(zoom))
    refusal.cancel()
    archive.mirror(api_of(zoom), reread_days=None)

    assert held(archive) == told(zoom.messages())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sms_sessions": "none", "page_size": 30},
    ],
)
def test_a_list_that_cannot_be_read_ends_the_run(
    archive: Archive, zoom: Sandbox, body: dict[str, object]
) -> None:
    zoom.fault(operation="account_sms_session", after=1, body=body, times=None)
    with pytest.raises(DecodeException):
        archive.mirror(api_of(zoom), since=SINCE)

    zoom.clear_faults()
    archive.mirror(api_of(zoom), since=SINCE)
    assert held(archive) == told(zoom.messages())


def test_a_token_that_is_refused_is_told_before_a_run_begins(
    archive: Archive, zoom: Sandbox
) -> None:
    zoom.expire_access_tokens()
    api = api_of(zoom)
    api.api_client.configuration.access_token = "stale"
    with pytest.raises(UnauthorizedException):
        archive.mirror(api, since=SINCE)

    assert archive.runs() == []


# Files.


def test_files_are_fetched_once_and_hashed(archive: Archive, zoom: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    report = archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    wanted = [one for m in zoom.messages() for one in m.attachments]
    files = [one for m in archive.messages() for one in m.attachments]

    assert report.files_done == len(wanted) == len(files) > 3
    sizes = {one.id: one.size for one in wanted}
    for one in files:
        assert one.state == "done"
        assert one.path is not None
        assert (folder / one.path).stat().st_size == sizes[one.attachment_id]
    assert archive.verify().files == len(wanted)
    # The folder is remembered, and nothing is fetched twice.
    zoom.clear_requests()
    archive.mirror(api_of(zoom), reread_days=None)
    assert [r for r in zoom.requests if r.operation == "download"] == []


def test_files_that_were_left_at_zoom_are_fetched_when_asked_for(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    assert {a.state for m in archive.messages() for a in m.attachments} == {"pending"}
    zoom.clock.advance(30 * DAY)
    report = archive.mirror(api_of(zoom), attachments=tmp_path / "files")

    assert report.files_done == len([a for m in zoom.messages() for a in m.attachments])
    assert archive.verify().problems == []


def test_a_file_that_comes_short_is_recorded_as_failed_and_fetched_by_a_later_run(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    short = zoom.attachment(b"12345", size=2000)
    sent = zoom.add_message(zoom.sessions()[0].session_id, attachments=[short])
    report = archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    assert (report.files_failed, report.left) == (1, 1)
    (one,) = next(m for m in archive.messages() if m.message_id == sent.message_id).attachments
    assert one.state == "failed"
    assert one.path is None
    assert "5" in (one.reason or "")

    # It is tried by five runs, and then left as it is.
    reports = [archive.mirror(api_of(zoom)) for _ in range(5)]
    assert [one.left for one in reports] == [1, 1, 1, 0, 0]
    assert [one.files_given_up for one in reports] == [0, 0, 0, 1, 1]
    assert archive.verify().problems == []


def test_a_file_that_zoom_does_not_renew_keeps_no_message_from_being_archived(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    zoom.fault(operation="download", status=404, times=None)
    body = {"code": 1004, "message": "The message id is invalid."}
    zoom.fault(operation="sms_by_message_id", status=400, body=body, times=None)
    for number in range(2):
        zoom.clock.advance(1)
        zoom.add_message(zoom.sessions()[0].session_id, text=f"new {number}")
        zoom.clock.advance(1)
        report = archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
        assert report.left == report.files_failed > 3

    assert held(archive) == told(zoom.messages())


@pytest.mark.parametrize("operation", ["download", "sms_by_message_id"])
def test_files_are_not_given_up_for_an_outage(
    archive: Archive, zoom: Sandbox, tmp_path: Path, operation: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(30 * DAY)
    outage = zoom.fault(operation=operation, status=503, times=None)
    lefts = [archive.mirror(api_of(zoom), attachments=tmp_path / "files").left for _ in range(7)]
    assert min(lefts) == max(lefts) > 3

    outage.cancel()
    report = archive.mirror(api_of(zoom))
    assert (report.left, report.files_given_up) == (0, 0)
    assert {a.state for m in archive.messages() for a in m.attachments} == {"done"}
    assert archive.verify().problems == []


def test_a_file_that_is_gone_at_first_is_fetched_by_the_next_run(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    gone = zoom.fault(operation="download", status=404, times=None)
    report = archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    assert report.files_done == 0
    assert report.files_failed == report.left > 3
    gone.cancel()
    report = archive.mirror(api_of(zoom))

    assert report.left == 0
    assert {a.state for m in archive.messages() for a in m.attachments} == {"done"}


def test_a_folder_of_files_is_not_left_behind(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    with pytest.raises(ValueError, match="move them to"):
        archive.mirror(api_of(zoom), attachments=tmp_path / "others")

    (tmp_path / "files").rename(tmp_path / "others")
    archive.mirror(api_of(zoom), attachments=tmp_path / "others")
    assert archive.verify().problems == []


def test_no_name_of_a_file_leads_out_of_the_folder(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    names = ["../x", "/etc/x", "", "con", "x" * 5000, "a\0b", None]
    files = [zoom.attachment(name=name, type="../../evil") for name in names]
    zoom.add_message(zoom.sessions()[0].session_id, attachments=files)
    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)

    assert {a.state for m in archive.messages() for a in m.attachments} == {"done"}
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {folder, tmp_path}
    assert all(path.suffix in {".bin", ".png", ".gif", ".jpg", ".amr", ".mp4"}
               for path in folder.iterdir())  # fmt: skip


def test_what_a_killed_run_left_half_written_is_removed_and_nothing_of_others(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    seen: set[Path] = set()

    @zoom.on_request
    def downloading(request: RequestRecord) -> None:
        seen.update(folder.glob(".*"))

    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    with Archive(tmp_path / "other.sqlite3") as other:
        other.mirror(api_of(zoom), since=SINCE, attachments=folder)
    assert len(seen) > 3
    strangers = folder / ".precious.iso.part"
    for left in (*seen, strangers):
        left.write_bytes(b"half")
    archive.mirror(api_of(zoom))
    still = set(folder.glob(".*"))
    assert strangers in still
    assert still - {strangers} < seen

    with Archive(tmp_path / "other.sqlite3") as other:
        other.mirror(api_of(zoom))
    assert set(folder.glob(".*")) == {strangers}


# Who else is there.


def test_a_second_run_stops_with_a_clear_message(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    api = api_of(zoom)
    seen: list[str] = []

    def meanwhile(at: Progress) -> None:
        if not seen:
            with pytest.raises(ArchiveLockedError, match="Another run is writing") as caught:
                Archive(archive.path).mirror(api, since=SINCE)
            seen.append(str(caught.value))
            with Archive(archive.path) as reader:
                list(reader.messages())  # reading is possible

    archive.mirror(api, since=SINCE, progress=meanwhile)
    assert seen
    assert held(archive) == told(zoom.messages())


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a signal to a thread is POSIX's")
@pytest.mark.parametrize(
    ("operation", "trouble"),
    [
        ("sms_session_details", {"status": 429, "headers": {"Retry-After": "60"}}),
        ("sms_session_details", {"hang": True}),
        ("download", {"hang": True}),
    ],
)
def test_an_interrupt_ends_a_run_whatever_it_waits_for(
    archive: Archive, zoom: Sandbox, tmp_path: Path, operation: str, trouble: dict[str, Any]
) -> None:
    zoom.fault(operation=operation, times=None, **trouble)
    interrupts: list[str] = []
    main = threading.main_thread().ident
    assert main is not None

    @zoom.on_request
    def interrupt(request: RequestRecord) -> None:
        if request.operation == operation and not interrupts:
            interrupts.append(request.path)
            signal.pthread_kill(main, signal.SIGINT)

    configuration = Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    with ApiClient(configuration) as client, pytest.raises(KeyboardInterrupt):
        archive.mirror(SMSApi(client), since=SINCE, attachments=tmp_path / "files")
    zoom.clear_faults()
    archive.mirror(api_of(zoom))
    assert held(archive) == told(zoom.messages())


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (
            b"no database at all, but some text that is long enough to be one" * 20,
            ArchiveDamagedError,
        ),
        (b"SQLite format 3\0" + b"\1" * 4080, ArchiveDamagedError),
    ],
)
def test_a_file_that_is_no_database_is_left_as_it_is(
    archive: Archive, zoom: Sandbox, made: bytes, error: type[Exception]
) -> None:
    archive.path.write_bytes(made)
    with pytest.raises(error):
        archive.mirror(api_of(zoom), since=SINCE)
    with pytest.raises(error):
        archive.verify()

    assert archive.path.read_bytes() == made


def test_a_database_of_something_else_is_left_as_it_is(archive: Archive, zoom: Sandbox) -> None:
    import sqlite3

    with sqlite3.connect(archive.path) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    before = archive.path.read_bytes()
    with pytest.raises(NotAnArchiveError, match="something else"):
        archive.mirror(api_of(zoom), since=SINCE)

    assert archive.path.read_bytes() == before


def test_a_database_that_another_program_locks_is_told(archive: Archive, zoom: Sandbox) -> None:
    import sqlite3

    from swagger_client.archive import database

    archive.mirror(api_of(zoom), since=SINCE)
    other = sqlite3.connect(archive.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_BUSY_SECONDS", 0.0)
        with pytest.raises(ArchiveLockedError, match="Another program"):
            archive.mirror(api_of(zoom))
    other.close()


def test_two_accounts_are_never_mixed(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(credentials(zoom, zoom.account_id), since=SINCE)
    with pytest.raises(OtherAccountError, match="one for each account"):
        archive.mirror(credentials(zoom, "another"))


def credentials(zoom: Sandbox, account_id: str) -> SMSApi:
    made = api_of(zoom)
    made.api_client.configuration.credentials = ServerToServerOAuth(
        account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
    )
    return made


def test_an_archive_belongs_to_an_account_once_zoom_has_answered(
    archive: Archive, zoom: Sandbox
) -> None:
    with pytest.raises(UnauthorizedException):
        archive.mirror(credentials(zoom, "a-typo"), since=SINCE)

    archive.mirror(credentials(zoom, zoom.account_id), since=SINCE)
    assert held(archive) == told(zoom.messages())


def test_an_archive_is_locked_by_whatever_name_it_is_called(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    other = tmp_path / "link.sqlite3"
    other.symlink_to(archive.path)
    seen = []

    def meanwhile(at: Progress) -> None:
        with pytest.raises(ArchiveLockedError) as caught:
            Archive(other).mirror(api_of(zoom), since=SINCE)
        seen.append(caught.value)

    archive.mirror(api_of(zoom), since=SINCE, progress=meanwhile)
    assert seen


def test_an_archive_is_a_file_whatever_its_name(
    zoom: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Archive(":memory:") as archive:
        archive.mirror(api_of(zoom), since=SINCE)
        assert held(archive) == told(zoom.messages())


def test_a_folder_of_files_that_is_none_is_not_remembered(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="is a file"):
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "file")

    archive.mirror(api_of(zoom), since=SINCE)
    assert archive.attachments is None


def test_a_mistake_is_told_by_the_name_of_the_parameter(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    with pytest.raises(ValueError, match="`since`"):
        archive.messages(since="nope")
    with pytest.raises(ValueError, match="`until`"):
        archive.messages(until="nope")
    with pytest.raises(ValueError, match="`since`"):
        archive.mirror(api_of(zoom), since="nope")


def test_an_archive_that_is_not_there_is_told(archive: Archive) -> None:
    with pytest.raises(NotAnArchiveError, match="no archive at"):
        list(archive.messages())
    with pytest.raises(NotAnArchiveError):
        archive.verify()
    assert not archive.path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "from when on"),
        ({"since": "yesterday"}, "2026-01-31"),
        ({"since": "2999-01-01"}, "ends before it begins"),
        ({"since": SINCE, "session_type": "users"}, "must be one of"),
        ({"since": SINCE, "reread_days": 0}, "at least 1"),
        ({"since": SINCE, "width": 0}, "at least 1"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(
    archive: Archive, zoom: Sandbox, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        archive.mirror(api_of(zoom), **arguments)  # type: ignore[arg-type]
    assert zoom.requests == []


def test_no_secret_is_in_the_archive(zoom: Sandbox, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "sms.sqlite3")
    seen: list[str] = []
    api = api_of(zoom)
    archive.mirror(api, since=SINCE, attachments=tmp_path / "files")
    seen.append(zoom.access_token)
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite3*"))

    assert b"jwt" not in everything
    assert b"download_url" not in everything
    assert all(secret.encode() not in everything for secret in seen)


def test_progress_counts_to_the_end(archive: Archive, zoom: Sandbox) -> None:
    told: list[Progress] = []
    report = archive.mirror(api_of(zoom), since=SINCE, progress=told.append)

    assert told[0].phase == "conversations"
    assert told[-1].phase == "messages"
    assert told[-1].done == told[-1].total
    assert told[-1].messages >= report.new_messages
    assert report.requests == told[-1].requests

"""Later runs add new and changed messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.archives import (
    DAY,
    NOW,
    SINCE,
    api_of,
    archived_messages,
    content,
    sent_messages,
)

from swagger_client.archive import (
    Archive,
)
from swagger_client.exceptions import (
    BadRequestException,
    TransportException,
)
from swagger_client.sandbox import RequestRecord, Sandbox


def test_a_later_run_adds_new_messages_and_reports_changes(archive: Archive, zoom: Sandbox) -> None:
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
    assert archived_messages(archive) == sent_messages(zoom.messages())
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


def test_messages_that_zoom_lists_late_are_found_within_the_reread_days(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[-1].session_id
    zoom.add_message(session_id, text="late", at=NOW - timedelta(days=6))
    zoom.add_message(session_id, text="very late", at=NOW - timedelta(days=20))
    archive.mirror(api_of(zoom))
    assert {"late"} == {m.text for m in archive.messages()} & {"late", "very late"}

    archive.mirror(api_of(zoom), reread_days=None)
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_message_that_zoom_deletes_stays_in_the_archive(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    before = archived_messages(archive)
    zoom.remove_message(zoom.messages()[-1].message_id)
    archive.mirror(api_of(zoom), reread_days=None)

    assert archived_messages(archive) == before


def test_an_earlier_start_is_read_later(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since="2026-02-01")
    assert len(archived_messages(archive)) < len(zoom.messages())
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert report.covered_from == f"{SINCE}T00:00:00Z"


def test_kinds_of_conversations_that_are_added_later_are_read_from_the_start(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, session_type="user")
    assert {m.session_type for m in archive.messages()} == {"user"}
    with pytest.raises(ValueError, match="is required for the first run"):
        archive.mirror(api_of(zoom))
    archive.mirror(api_of(zoom), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())

    # What "all" has read, "user" need not read from the start.
    assert archive.mirror(api_of(zoom), session_type="user").span_from > "2026"


def test_a_conversation_that_moves_while_a_list_is_read_is_found(
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


def test_a_date_of_zoom_in_the_future_leaves_no_gap(archive: Archive, zoom: Sandbox) -> None:
    zoom.fault(headers={"Date": "Mon, 01 Mar 2027 00:00:00 GMT"}, operation="account_sms_session")
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(10 * DAY)
    zoom.add_message(zoom.sessions()[0].session_id, text="ten days on")
    zoom.clock.advance(20 * DAY)
    archive.mirror(api_of(zoom))

    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize("date", ["", "garbage", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_run_by_a_wrong_clock_of_this_machine_says_so_and_leaves_no_gap(
    archive: Archive, zoom: Sandbox, date: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    fault = zoom.fault(headers={"Date": date}, operation="account_sms_session", times=None)
    zoom.clock.advance(DAY)
    api = api_of(zoom)
    api.api_client._clock.time = lambda: zoom.clock.time() + 30 * DAY  # type: ignore[method-assign]
    report = archive.mirror(api)
    assert not report.clock_confirmed
    fault.cancel()
    zoom.clock.advance(3600)
    zoom.add_message(zoom.sessions()[0].session_id, text="soon after the wrong run")
    zoom.clock.advance(20 * DAY)
    report = archive.mirror(api_of(zoom))
    assert report.clock_confirmed
    assert report.complete
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_span_that_begins_after_zooms_now_is_an_error(archive: Archive, zoom: Sandbox) -> None:
    zoom.fault(headers={"Date": "Tue, 10 Mar 2026 08:00:00 GMT"}, operation="account_sms_session")
    with pytest.raises(ValueError, match="begins in the future"):
        archive.mirror(api_of(zoom), since=NOW - timedelta(minutes=30))
    assert not archive.path.exists()

    archive.mirror(api_of(zoom), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_everything_is_reread_on_request_also_after_an_interrupted_run(
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


@pytest.mark.parametrize("is_first", [True, False], ids=["first run", "later run"])
def test_a_session_type_that_zoom_rejects_does_not_block_later_runs(
    archive: Archive, zoom: Sandbox, is_first: bool
) -> None:
    if not is_first:
        archive.mirror(api_of(zoom), since=SINCE)
    zoom.fault(
        status=400,
        body={"code": 400, "message": "Invalid session type."},
        where=lambda request: request.query.get("session_type") == "service_endpoint",
        times=None,
    )
    with pytest.raises(BadRequestException):
        archive.mirror(api_of(zoom), since=SINCE, session_type="service_endpoint")
    zoom.add_message(text="new")
    zoom.clock.advance(DAY)
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert report.complete
    assert not report.resumed
    assert archived_messages(archive) == sent_messages(zoom.messages())

"""The first run archives every message that Zoom lists, once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from dateutil.relativedelta import relativedelta
from support.archives import (
    DAY,
    NOW,
    SINCE,
    api_of,
    archived_messages,
    sent_messages,
)

from swagger_client._flow.paging import Window
from swagger_client.archive import Archive, Progress
from swagger_client.history import _spans
from swagger_client.sandbox import Sandbox


def test_the_first_run_archives_every_message_of_every_kind_of_conversation(
    archive: Archive, zoom: Sandbox
) -> None:
    report = archive.mirror(api_of(zoom), since=SINCE)

    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert report.new_messages == len(zoom.messages()) > 50
    assert report.new_sessions == len(zoom.sessions())
    assert {m.session_type for m in archive.messages()} >= {
        "user", "call_queue", "auto_receptionist", "service_endpoint",
    }  # fmt: skip
    assert archive.verify().problems == []


def test_the_raw_json_is_stored_without_download_urls(archive: Archive, zoom: Sandbox) -> None:
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


def test_odd_values_are_stored_and_never_end_a_run(archive: Archive, zoom: Sandbox) -> None:
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

    assert len(archived_messages(archive)) == len(zoom.messages())
    assert archive.verify().problems == []


def test_a_lone_surrogate_is_stored(archive: Archive, zoom: Sandbox) -> None:
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

    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_nothing_is_lost_if_zoom_ignores_the_requested_order(
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


def test_a_run_ends_by_zooms_clock(archive: Archive, zoom: Sandbox) -> None:
    api = api_of(zoom)
    zoom.clock.advance(1)
    zoom_now = zoom.clock.now()
    api.api_client._clock.time = lambda: zoom.clock.time() + 400 * DAY  # type: ignore[method-assign]
    report = archive.mirror(api, since=SINCE)

    assert report.span_to == zoom_now.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Tue, 10 Mar 2026 08:00:00 +9999",
        "Sat, 99 Jan 2026 12:00:00 GMT",
        "Tue, 10 Mar 2026 07:00:00 -0000",
        "garbage",
        "",
    ],
)
def test_an_odd_date_of_zoom_neither_raises_nor_leaves_a_gap(
    archive: Archive, zoom: Sandbox, date: str
) -> None:
    fault = zoom.fault(headers={"Date": date}, operation="account_sms_session", times=None)
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert "2026-03-10T07:00:00Z" <= report.span_to <= "2026-03-10T09:00:59Z"
    zoom.clock.advance(9 * DAY)
    zoom.add_message(zoom.sessions()[0].session_id)
    fault.cancel()
    archive.mirror(api_of(zoom), reread_days=1)
    assert archived_messages(archive) == sent_messages(zoom.messages())


def split_at_own_day(span: Window) -> list[Window]:
    """Split a time span as older versions did: from November 30 to December 31, for example."""
    ends = [span.start + relativedelta(months=number) for number in range(100)]
    times = [*(end for end in ends if end < span.end), span.end]
    return [Window(*pair) for pair in pairwise(times)]


def test_an_unfinished_run_of_an_older_version_is_sound_and_finished(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoom.add_message(at=datetime(2025, 12, 30, 12, tzinfo=timezone.utc).timestamp())

    def stop(progress: Progress) -> None:
        if progress.phase == "messages" and progress.done > 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as older:
        older.setattr(_spans, "split_months", split_at_own_day)
        with pytest.raises(KeyboardInterrupt):
            archive.mirror(api_of(zoom), since="2025-10-31", width=1, progress=stop)
    report = archive.verify()
    assert report.problems == []
    assert report.interrupted is not None
    assert archive.mirror(api_of(zoom)).complete
    assert {m.message_id for m in archive.messages()} >= since_october_31(zoom)
    assert archive.verify().problems == []


def test_a_gap_of_an_older_version_that_is_longer_than_a_month_is_read_completely(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, at=datetime(2025, 12, 30, 12, tzinfo=timezone.utc).timestamp())
    fault = zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    with monkeypatch.context() as older:
        older.setattr(_spans, "split_months", split_at_own_day)
        assert not archive.mirror(api_of(zoom), since="2025-10-31").complete
    fault.cancel()
    assert archive.mirror(api_of(zoom)).complete
    assert {m.message_id for m in archive.messages()} >= since_october_31(zoom)
    assert archive.verify().problems == []


def since_october_31(zoom: Sandbox) -> set[str]:
    begin = datetime(2025, 10, 31, tzinfo=timezone.utc).timestamp() * 1000
    return {one.message_id for one in zoom.messages() if one.at_ms >= begin}

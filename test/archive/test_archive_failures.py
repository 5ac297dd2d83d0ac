"""Interrupted runs, and conversations that cannot be read."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
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
    small_account,
)

from swagger_client.archive import (
    Archive,
    ArchiveDamagedError,
    OutageException,
)
from swagger_client.exceptions import (
    DecodeException,
    RateLimitException,
    ServiceException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.sandbox import Sandbox


@pytest.mark.parametrize("after", range(0, 30, 3))
def test_a_run_that_loses_the_network_is_resumed(tmp_path: Path, zoom: Sandbox, after: int) -> None:
    folder = tmp_path / "undisturbed"
    Archive(tmp_path / "whole.sqlite3").mirror(api_of(zoom), since=SINCE, attachments=folder)
    usual = pages(zoom)
    zoom.clear_requests()

    archive = Archive(tmp_path / "cut.sqlite3")
    cut = zoom.fault(reset=True, after=after, times=None)
    with pytest.raises(TransportException):
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "cut")
    cut.cancel()
    # A run that has not begun has left nothing, so the same arguments are given again.
    report = archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "cut")

    assert content(archive.path, tmp_path / "cut") == content(tmp_path / "whole.sqlite3", folder)
    assert report.resumed == (after > 0)
    assert all(count <= usual[path] + 1 for path, count in pages(zoom).items())


def pages(zoom: Sandbox) -> Counter[str]:
    """Return the number of requested pages for each conversation."""
    return Counter(
        r.path for r in zoom.requests if r.operation == "sms_session_details" and not r.faulted
    )


def test_a_run_that_meets_the_daily_limit_is_resumed_the_next_day(tmp_path: Path) -> None:
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

    assert archived_messages(archive) == sent_messages(zoom.messages())


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

    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_conversation_that_zoom_rejects_is_reported_and_tried_again(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    body = {"code": 7013, "message": "The messages could not be read."}
    rejection = zoom.fault(path=f"*/sessions/{session_id}", status=404, body=body, times=None)
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert report.refused == [(session_id, "7013: The messages could not be read.")]
    assert report.left > 0

    rejection.cancel()
    report = archive.mirror(api_of(zoom))
    assert (report.refused, report.left) == ([], 0)
    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize(
    "response",
    [
        {"status": 400, "body": {"code": 300, "message": "The request is invalid."}},
        {"status": 500},
        {"status": 410},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "body": b'{"sms_histories":[' + b"[" * 985 + b"]" * 985 + b"]}"},
        {"status": 200, "body": {"sms_histories": [], "next_page_token": "the same"}},
    ],
)
def test_an_unreadable_conversation_does_not_stop_the_others(
    archive: Archive, zoom: Sandbox, response: dict[str, Any]
) -> None:
    session_id, other = (one.session_id for one in zoom.sessions()[:2])
    rejection = zoom.fault(path=f"*/sessions/{session_id}", times=None, **response)
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.add_message(other, text="later")
    zoom.clock.advance(1)
    report = archive.mirror(api_of(zoom))
    assert {one for one, _ in report.refused} == {session_id}
    assert report.left > 0
    assert archived_messages(archive) == sent_messages(
        [m for m in zoom.messages() if m.session_id != session_id]
    )

    rejection.cancel()
    assert archive.mirror(api_of(zoom)).left == 0
    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert archive.verify().problems == []


def test_a_conversation_with_server_errors_is_never_given_up(
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
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_run_stops_in_an_outage(tmp_path: Path) -> None:
    with small_account(sessions=40, messages=80) as zoom, Archive(tmp_path / "a.sqlite3") as one:
        outage = zoom.fault(operation="sms_session_details", status=503, times=None)
        with pytest.raises(OutageException) as caught:
            one.mirror(api_of(zoom), since=SINCE, width=1)
        assert isinstance(caught.value.__cause__, ServiceException)
        assert pickle.loads(pickle.dumps(caught.value)).outage == caught.value.outage
        assert len([r for r in zoom.requests if r.operation == "sms_session_details"]) < 25

        outage.cancel()
        one.mirror(api_of(zoom))
        one.mirror(api_of(zoom))
        assert archived_messages(one) == sent_messages(zoom.messages())


@pytest.mark.parametrize("odd", ["..", "a\nb", "a/b", "\ud800", 7, "", None])
def test_a_conversation_without_a_usable_id_does_not_stop_the_others(
    archive: Archive, zoom: Sandbox, odd: object
) -> None:
    listed = [{"session_id": odd}, *({"session_id": one.session_id} for one in zoom.sessions())]
    body = {"sms_sessions": listed if odd != "" else [None, *listed], "next_page_token": ""}
    zoom.fault(
        operation="account_sms_session", status=200, body=json.dumps(body).encode(), times=None
    )
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert report.left > 0
    assert report.refused
    assert archive.verify().problems == []


def test_a_list_with_a_conversation_without_an_id_is_read_again(
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
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_conversation_that_fails_on_five_days_is_given_up_but_reported(
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


def test_a_rejected_conversation_is_read_to_the_end_of_a_longer_window(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    rejection = zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since="2026-03-08")
    zoom.clock.advance(DAY)
    zoom.add_message(session_id, text="later")
    rejection.cancel()
    archive.mirror(api_of(zoom))  # reads from 2026-03-08 again, a day further

    assert "later" in {m.text for m in archive.messages(session_id=session_id)}


def test_a_conversation_that_was_given_up_is_read_when_it_is_listed_again(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    rejection = zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    for _ in range(6):
        archive.mirror(api_of(zoom))
    rejection.cancel()
    archive.mirror(api_of(zoom), reread_days=None)

    assert archived_messages(archive) == sent_messages(zoom.messages())


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
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_rejected_access_token_is_an_error_before_a_run_begins(
    archive: Archive, zoom: Sandbox
) -> None:
    zoom.expire_access_tokens()
    api = api_of(zoom)
    api.api_client.configuration.access_token = "stale"
    with pytest.raises(UnauthorizedException):
        archive.mirror(api, since=SINCE)

    assert not archive.path.exists()


def change_rows(archive: Archive, statement: str) -> None:
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("table", ["listings", "readings"])
@pytest.mark.parametrize("after", [3, 14, 20])
def test_deleted_rows_of_pending_items_are_restored(
    archive: Archive, zoom: Sandbox, table: str, after: int
) -> None:
    cut = zoom.fault(reset=True, after=after, times=None)
    with pytest.raises(TransportException):
        archive.mirror(api_of(zoom), since=SINCE, width=1)
    cut.cancel()
    change_rows(archive, f"DELETE FROM {table}")
    assert archive.mirror(api_of(zoom), since=SINCE).resumed
    assert archived_messages(archive) == sent_messages(zoom.messages())


# Taken for a run that was interrupted, it would hide all that came since the last one.
def test_an_invented_run_hides_nothing(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(20 * DAY)
    for session in zoom.sessions():
        zoom.add_message(session.session_id, text="new")
    zoom.clock.advance(10 * DAY)
    now = f"{zoom.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    change_rows(
        archive,
        "INSERT INTO runs (run, session_type, span_from, span_to, covered_from, started_at, spans)"
        f" SELECT max(run) + 1, session_type, '{now}', '{now}', covered_from, '{now}',"
        f' \'[["{now}","{now}"]]\' FROM runs',
    )
    with pytest.raises(ArchiveDamagedError, match="no record of the start of run 2"):
        archive.mirror(api_of(zoom))
    change_rows(archive, "DELETE FROM runs WHERE run = 2")
    archive.mirror(api_of(zoom))
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_conversation_that_is_gone_costs_one_request_a_run(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    assert sum(session_id in one.path for one in zoom.requests) == 1
    months = {one.date_time[:7] for one in zoom.messages(session_id)}
    assert len(archive.coverage().gaps) >= len(months) > 1

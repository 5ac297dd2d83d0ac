"""A year, month or week means all of its days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.archives import api_of
from support.clocks import ManualClock

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
from swagger_client.history._spans import parse_span
from swagger_client.sandbox import Clock, Sandbox

NOW = datetime(2026, 3, 10, 9, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2026-W02", "2026-01-05", "2026-01-11"),
        ("2026W02", "2026-01-05", "2026-01-11"),
        ("2026-W02-3", "2026-01-07", "2026-01-07"),
        ("20260105", "2026-01-05", "2026-01-05"),
        ("2026-01-05", "2026-01-05", "2026-01-05"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_period_has_all_of_its_days(text: str, first: str, last: str) -> None:
    span = parse_span(text, text, NOW)
    assert span.start.isoformat() == f"{first}T00:00:00+00:00"
    assert span.end.isoformat() == f"{last}T23:59:59+00:00"


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "0000", "2026-W54", "20260230", "2026-02-30", "202601", "26-01"]
)
def test_a_period_that_does_not_exist_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="`_from` must be like 2026-01-31"):
        parse_span(text, None, NOW)


def test_a_time_is_not_a_period() -> None:
    span = parse_span("2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z", NOW)
    assert span.start.hour == 10
    assert span.end.hour == 11


# Zoom returns one month of a longer span: of April 30 to May 31, not the messages of May 30.
@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_no_message_is_lost_if_the_span_begins_at_the_end_of_a_month(
    day: int, tmp_path: Path
) -> None:
    begin = datetime(2025, 12, day, tzinfo=timezone.utc)
    with Sandbox(sessions=0, messages=0, now=datetime(2026, 6, 15, tzinfo=timezone.utc)) as zoom:
        session_id = zoom.add_session(at=begin)
        for after in range(160):
            zoom.add_message(session_id, at=begin + timedelta(days=after, hours=5))
        sent = {message.message_id for message in zoom.messages()}
        api = api_of(zoom)
        read = api.iter_sms_session_details(session_id, _from=begin)
        assert {message.message_id for message in read} == sent
        with Archive(tmp_path / "sms.sqlite3") as archive:
            archive.mirror(api, since=begin)
            assert {message.message_id for message in archive.messages()} == sent


@pytest.mark.parametrize("behind", [300, 7200, 3 * 86_400])
def test_the_newest_message_is_read_although_the_clock_is_slow(behind: int) -> None:
    with Sandbox(clock=Clock(frozen=True), sessions=2, messages=10) as zoom:
        configuration = Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        clock = ManualClock(zoom.clock.time() - behind)
        with ApiClient(configuration, clock=clock) as client:
            api = SMSApi(client)
            new = zoom.add_message(text="just now")
            start = datetime.fromtimestamp(zoom.clock.time() - 20 * 86_400, timezone.utc)
            read = [message.message_id for _, message in api.iter_account_messages(_from=start)]
            assert read.count(new.message_id) == 1
            assert len(read) == len(set(read))
            sessions = api.iter_account_sms_session(_from=start, session_type="all")
            assert new.session_id in [session.session_id for session in sessions]
            messages = api.iter_sms_session_details(new.session_id, _from=start)
            assert [message.message_id for message in messages].count(new.message_id) == 1


def test_a_time_of_another_year_does_not_lengthen_the_period() -> None:
    with Sandbox(clock=Clock(frozen=True), sessions=2, messages=10) as zoom:
        configuration = Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        now = zoom.clock.time()
        zoom.clock.advance(60 * 86_400)  # Zoom's Date header
        configuration.access_token = zoom.access_token
        with ApiClient(configuration, clock=ManualClock(now)) as client:
            list(SMSApi(client).iter_account_sms_session())
        ends = [datetime.fromisoformat(one.query["to"]).timestamp() for one in zoom.requests]
        assert max(ends) <= now + 2

"""Dates are days in the time zone of ``--timezone``, in every command."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.command_line import Runner
from support.viewer import Viewer

from swagger_client.archive import Archive
from swagger_client.archive.periods import period
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox

ZONE = "America/New_York"
#: The times of messages, in UTC: the first two are of 31 December and 31 January in New York.
TIMES = {
    "new-year": datetime(2026, 1, 1, 4, 30, tzinfo=timezone.utc),
    "late": datetime(2026, 2, 1, 2, 52, tzinfo=timezone.utc),
    "next-day": datetime(2026, 2, 1, 5, 0, tzinfo=timezone.utc),
}
JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"]


@pytest.fixture
def dated(run: Runner, zoom: Sandbox) -> Sandbox:
    """An archive with messages at the edges of January. Their texts are the keys of TIMES."""
    for text, at in TIMES.items():
        zoom.add_message(text=f"edge {text}", at=at, session_id=zoom.sessions()[0].session_id)
    assert run("archive", "--from", "2025-10-01") == ExitStatus.COMPLETE
    return zoom


def edges(text: str) -> set[str]:
    return set(re.findall(r"edge ([a-z-]+)", text))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"new-year"}),
        (["--timezone", "UTC"], {"new-year"}),
        (["--timezone", ZONE], {"late"}),
        (["--timezone", "Asia/Tokyo"], {"new-year"}),
    ],
    ids=["without", "UTC", "west", "east"],
)
def test_dates_are_of_the_time_zone(
    run: Runner, dated: Sandbox, options: list[str], expected: set[str]
) -> None:
    assert run("search", "edge", *JANUARY, *options) == ExitStatus.COMPLETE
    assert edges(run.out) == expected
    assert run("export", *JANUARY, *options) == ExitStatus.COMPLETE
    assert edges(run.out) == expected
    with Archive("sms.sqlite3") as archive:
        zone = options[-1] if options else None
        archive.export("api.jsonl", since="2026-01", until="2026-01", timezone=zone)
    assert edges(Path("api.jsonl").read_text("utf-8")) == expected


def test_an_export_states_the_selected_times(run: Runner, dated: Sandbox) -> None:
    run("export", *JANUARY, "--timezone", ZONE, "--format", "html", "-o", "out")
    cover = Path("out/index.html").read_text("utf-8")
    selection = f"from 2026-01-01 00:00:00-05:00 ({ZONE}), to 2026-01-31 23:59:59-05:00 ({ZONE})"
    assert selection in cover
    manifest = json.loads(Path("out/manifest.json").read_text("utf-8"))
    assert manifest["selection"] == selection
    assert manifest["selected_from"] == "2026-01-01T05:00:00Z"
    assert manifest["selected_to"] == "2026-02-01T04:59:59Z"
    with Archive("sms.sqlite3") as archive:
        selected = archive.audit_log()[-1].fields["selection"]
    assert isinstance(selected, dict)
    assert selected["timezone"] == ZONE
    assert selected["since"] == "2026-01-01T05:00:00+00:00"
    assert selected["until"] == "2026-02-01T04:59:59+00:00"


def test_export_without_a_time_zone_says_utc(run: Runner, dated: Sandbox) -> None:
    run("export", *JANUARY, "--format", "html", "-o", "out")
    selection = "from 2026-01-01 00:00:00 UTC, to 2026-01-31 23:59:59 UTC"
    assert selection in Path("out/index.html").read_text("utf-8")
    manifest = json.loads(Path("out/manifest.json").read_text("utf-8"))
    assert (manifest["selection"], manifest["time_zone"]) == (selection, "UTC")
    assert manifest["selected_from"] == "2026-01-01T00:00:00Z"


def test_span_outside_of_the_archive_is_compared_in_the_time_zone(
    run: Runner, dated: Sandbox
) -> None:
    begin = ["export", "--from", "2025-10-01", "-o", "out.jsonl", "--timezone"]
    assert run(*begin, ZONE) == ExitStatus.COMPLETE
    assert run(*begin, "Europe/Berlin") == ExitStatus.INCOMPLETE
    assert "`zoom-sms archive --from 2025-09-30T22:00:00Z`" in run.err


def test_search_and_show_print_times_of_the_time_zone(run: Runner, dated: Sandbox) -> None:
    run("search", "edge", *JANUARY, "--timezone", ZONE)
    assert "2026-01-31 21:52:00-05:00  " in run.out
    run("search", "edge", "--from", "2026-02-01", "--to", "2026-02-01")
    assert "2026-02-01 02:52:00Z  " in run.out
    run("show", dated.sessions()[0].session_id, "--timezone", ZONE)
    assert f"-- 2026-01-31 ({ZONE})\n21:52  " in run.out
    assert run("sessions", "--timezone", ZONE) == ExitStatus.COMPLETE
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d-0[45]:00  ", run.out, re.MULTILINE)


def test_hold_covers_the_days_of_the_time_zone(run: Runner, dated: Sandbox) -> None:
    number = dated.sessions()[0].participants[0].phone_number or ""
    hold = ["hold", "--number", number, "--reason", "case", *JANUARY, "--timezone", ZONE]
    assert run(*hold, "--json") == ExitStatus.COMPLETE
    (held,) = json.loads(run.out)["holds"]
    assert held["selection"]["since"] == "2026-01-01T05:00:00Z"
    assert held["selection"]["until"] == "2026-02-01T04:59:59Z"


def test_profile_sets_the_time_zone_of_dates(run: Runner, dated: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "zoom-sms.toml"
    config.write_text(f'[profiles.main]\ndatabase = "sms.sqlite3"\ntime-zone = "{ZONE}"\n', "utf-8")
    config.chmod(0o600)
    for command in ("search", "export"):
        assert run(command, *JANUARY, "--config", str(config)) == ExitStatus.COMPLETE
        assert edges(run.out) == {"late"}


def test_chart_counts_the_days_of_the_time_zone(run: Runner, dated: Sandbox) -> None:
    from swagger_client.archive import Filters
    from swagger_client.export.source import Source

    with Archive("sms.sqlite3") as archive, Source(archive, Filters()) as source:
        utc, local = dict(source.days(None)), dict(source.days(ZoneInfo(ZONE)))
        times = [one.when.astimezone(ZoneInfo(ZONE)) for one in archive.messages() if one.when]
    days = [f"{at:%Y-%m-%d}" for at in times]
    assert local == {day: days.count(day) for day in days}
    assert sum(utc.values()) == sum(local.values())
    assert utc != local


def test_viewer_searches_days_of_its_time_zone(run: Runner, dated: Sandbox) -> None:
    query = "/search?q=edge&from=2026-01-01&to=2026-01-31"
    for options, expected in (((), {"new-year"}), (("--timezone", ZONE), {"late"})):
        with Viewer(Path("sms.sqlite3").resolve(), *options) as viewer:
            text = re.sub(r"</?mark>", "", viewer.get(query).text)
            assert edges(text) == expected


@pytest.mark.parametrize(
    ("value", "zone", "first", "last"),
    [
        ("2026-01-31", ZONE, "2026-01-31T05:00:00", "2026-02-01T04:59:59"),
        ("2026-03-08", ZONE, "2026-03-08T05:00:00", "2026-03-09T03:59:59"),  # 23 hours
        ("2026-11-01", ZONE, "2026-11-01T04:00:00", "2026-11-02T04:59:59"),  # 25 hours
        ("2026-W05", ZONE, "2026-01-26T05:00:00", "2026-02-02T04:59:59"),
        ("2026-03", ZONE, "2026-03-01T05:00:00", "2026-04-01T03:59:59"),
        ("2026-01-31T21", ZONE, "2026-02-01T02:00:00", "2026-02-01T02:59:59"),
        ("2026-11-01T01", ZONE, "2026-11-01T05:00:00", "2026-11-01T06:59:59"),  # shown twice
        ("2026-01-31T21:52", ZONE, "2026-02-01T02:52:00", "2026-02-01T02:52:59"),
        ("2026-01-31T21:52:00Z", ZONE, "2026-01-31T21:52:00", "2026-01-31T21:52:00"),
        ("2026-01-31T21:52+01:00", ZONE, "2026-01-31T20:52:00", "2026-01-31T20:52:59"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00", "2018-11-05T01:59:59"),
        (datetime(2026, 1, 31, 21, 52), ZONE, "2026-02-01T02:52:00", "2026-02-01T02:52:00"),
        (TIMES["late"], ZONE, "2026-02-01T02:52:00", "2026-02-01T02:52:00"),
        ("9999", ZONE, "9999-01-01T05:00:00", "9999-12-31T23:59:59"),
        ("0001", "Asia/Tokyo", "0001-01-01T00:00:00", None),
    ],
)
def test_period_in_a_time_zone(
    value: str | datetime, zone: str, first: str, last: str | None
) -> None:
    begin, end = period("since", value, ZoneInfo(zone))
    assert begin == datetime.fromisoformat(f"{first}+00:00")
    assert last is None or end == datetime.fromisoformat(f"{last}+00:00")


@pytest.mark.parametrize(
    ("zone", "local", "change"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00+00:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00+00:00"),
    ],
)
def test_a_skipped_time_means_the_time_of_the_change(zone: str, local: str, change: str) -> None:
    first, last = period("since", local, ZoneInfo(zone))
    assert first == datetime.fromisoformat(change)
    assert last == first - timedelta(seconds=1)


def test_unknown_time_zone_is_an_error(run: Runner, dated: Sandbox) -> None:
    for command in (["search"], ["export"], ["sessions"], ["show", "x"], ["hold", "--reason", "x"]):
        assert run(*command, "--timezone", "Mars/Base") == ExitStatus.INVALID
        assert "no time zone 'Mars/Base'" in run.err

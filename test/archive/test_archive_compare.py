"""A comparison with Zoom finds what an archive lacks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.archives import NOW, SINCE, api_of, small_account

from swagger_client._flow import effects, paging
from swagger_client.archive import Archive, CompareReport, OtherAccountError, compare
from swagger_client.sandbox import Sandbox


@pytest.fixture
def archive(tmp_path: Path, zoom: Sandbox) -> Iterator[Archive]:
    """An archive after two runs, the second some minutes after the first."""
    with Archive(tmp_path / "sms.sqlite3") as made:
        fill(made, zoom)
        yield made


def fill(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(600)
    archive.mirror(api_of(zoom))


def compare_all(archive: Archive, zoom: Sandbox, **options: Any) -> CompareReport:
    return compare(archive, api_of(zoom), sample=None, **options)


def found(report: CompareReport) -> list[tuple[str, str, str]]:
    return [(one.kind, one.session_id, one.message_id) for one in report.differences]


def plant(zoom: Sandbox, rng: random.Random) -> tuple[str, str, str]:
    """Add a message in the past, which no later run reads."""
    session = rng.choice(zoom.sessions())
    begin = datetime.fromisoformat(SINCE).replace(tzinfo=timezone.utc)
    age = rng.uniform(0, (NOW - begin - timedelta(days=1)).total_seconds())
    made = zoom.add_message(session.session_id, text="planted", at=begin + timedelta(seconds=age))
    return "missing in archive", made.session_id, made.message_id


def test_a_sound_archive_equals_zoom(archive: Archive, zoom: Sandbox) -> None:
    report = compare_all(archive, zoom)
    assert (report.differences, report.notes, report.unread) == ([], [], {})
    assert report.equal
    assert (report.sessions, report.messages) == (len(zoom.sessions()), len(zoom.messages()))


@pytest.mark.parametrize(
    "count", [10, pytest.param(100, marks=pytest.mark.extended)], ids=["some", "hundred"]
)
def test_every_planted_omission_is_found(archive: Archive, zoom: Sandbox, count: int) -> None:
    rng = random.Random(5)
    planted = [plant(zoom, rng) for _ in range(count)]
    report = compare_all(archive, zoom)
    assert sorted(found(report)) == sorted(planted)
    assert not report.equal


@pytest.mark.parametrize(
    "seeds", [range(2), pytest.param(range(100), marks=pytest.mark.extended)], ids=["2", "100"]
)
def test_nothing_is_found_in_sound_archives(tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        with small_account(seed=seed) as zoom, Archive(tmp_path / f"{seed}.sqlite3") as archive:
            fill(archive, zoom)
            assert found(compare_all(archive, zoom)) == []


def test_a_bug_in_the_page_reader_of_runs_is_found(
    tmp_path: Path, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = zoom.sessions()[0].session_id
    for number in range(130):
        zoom.add_message(session_id, text=f"n {number}", at=NOW - timedelta(hours=number + 1))

    def first_page_only(source: Any, window: Any, seen: Any, **_: Any) -> Any:
        span = {"_from": window.start, "to": window.end}
        page = yield effects.RunFlow(source.fetch(span))
        yield effects.EmitPage(paging.NewItems(seen.split(page.items).new, window, done=True))
        return 1

    with Archive(tmp_path / "sms.sqlite3") as archive:
        with monkeypatch.context() as patch:
            patch.setattr("swagger_client.archive._sources.read_window", first_page_only)
            patch.setattr(paging, "read_window", first_page_only)
            fill(archive, zoom)
        archived = {one.message_id for one in archive.messages()}
        missing = {one.message_id for one in zoom.messages()} - archived
        assert len(missing) > 20
        assert {one for _, _, one in found(compare_all(archive, zoom))} == missing


def test_a_message_that_changed_is_found(archive: Archive, zoom: Sandbox) -> None:
    one = zoom.messages()[3]
    at = datetime.fromtimestamp(one.at_ms / 1000, timezone.utc)
    zoom.remove_message(one.message_id)
    zoom.add_message(one.session_id, text="altered", message_id=one.message_id, at=at)
    (difference,) = compare_all(archive, zoom).differences
    assert (difference.kind, difference.message_id) == ("different", one.message_id)
    assert "message" in difference.detail


def test_a_message_that_zoom_deleted_is_a_note_only_if_it_is_older_than_the_rest(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = max(zoom.sessions(), key=lambda one: one.message_count).session_id
    first, _, third, *_ = zoom.messages(session_id)
    zoom.remove_message(first.message_id)
    zoom.remove_message(third.message_id)
    report = compare_all(archive, zoom)
    assert found(report) == [("missing at Zoom", session_id, third.message_id)]
    assert [one.message_id for one in report.notes] == [first.message_id]
    assert report.unexplained == 1
    assert report.notes[0].detail == "Zoom deleted it, or no longer retains it"
    report = compare_all(archive, zoom, retention_days=1)
    assert (report.differences, report.unexplained) == ([], 0)
    assert {one.message_id for one in report.notes} == {first.message_id, third.message_id}


def test_a_message_within_the_known_retention_is_a_difference(
    archive: Archive, zoom: Sandbox
) -> None:
    oldest = zoom.messages()[0]
    zoom.remove_message(oldest.message_id)
    assert compare_all(archive, zoom).equal
    archive.set_retention(4000)
    missing = ("missing at Zoom", oldest.session_id, oldest.message_id)
    assert found(compare_all(archive, zoom)) == [missing]
    assert compare_all(archive, zoom, retention_days=1).equal


def test_a_message_of_today_that_zoom_deleted_is_a_difference(
    archive: Archive, zoom: Sandbox
) -> None:
    """No retention policy of Zoom is shorter than a day."""
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, at=zoom.clock.time() - 3600)
    archive.mirror(api_of(zoom))
    *older, newest = zoom.messages(session_id)
    for one in (*older, newest):
        zoom.remove_message(one.message_id)
    report = compare_all(archive, zoom)
    assert found(report) == [("missing at Zoom", session_id, newest.message_id)]
    assert {one.message_id for one in report.notes} == {one.message_id for one in older}


def test_a_conversation_that_lists_omitted_is_found_in_the_lists_of_users(tmp_path: Path) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        hidden = zoom.sessions()[0].session_id
        others = [{"session_id": one.session_id} for one in zoom.sessions()[1:]]
        fault = zoom.fault(
            operation="account_sms_session",
            body={"sms_sessions": others, "next_page_token": ""},
            times=None,
            status=200,
        )
        archive.mirror(api_of(zoom), since=SINCE)
        fault.cancel()
        zoom.clock.advance(600)
        archive.mirror(api_of(zoom))
        wanted = {one.message_id for one in zoom.messages()}
        archived = {one.message_id for one in archive.messages()}
        report = compare_all(archive, zoom)
        assert {one for _, _, one in found(report)} == wanted - archived
        if wanted - archived:
            assert {one for _, one, _ in found(report)} == {hidden}


BEHAVIOURS: list[dict[str, Any]] = [
    {"details_spans": "all"},
    {"details_spans": "last_month"},
    {"list_spans": "all"},
    {"list_spans": "last_month"},
    {"details_token_field": "sync_token"},
    {"list_token_field": "sync_token"},
    {"omitted_session_types": ["call_queue"]},
    {"omitted_session_types": ["auto_receptionist", "service_endpoint"]},
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_an_archive_is_complete_or_the_comparison_names_what_is_missing(
    tmp_path: Path, behaviour: dict[str, Any]
) -> None:
    with (
        small_account(sessions=8, messages=150, **behaviour) as zoom,
        Archive(tmp_path / "sms.sqlite3") as archive,
    ):
        fill(archive, zoom)
        missing = {one.message_id for one in zoom.messages()}
        missing -= {one.message_id for one in archive.messages()}
        if "omitted_session_types" not in behaviour:
            assert missing == set()
        assert {one for _, _, one in found(compare_all(archive, zoom))} == missing


def test_a_sample_is_chosen_at_random_and_can_be_repeated(archive: Archive, zoom: Sandbox) -> None:
    def asked(seed: int) -> set[str]:
        zoom.clear_requests()
        compare(archive, api_of(zoom), sample=2, random=random.Random(seed))
        return {one.path for one in zoom.requests if one.operation == "sms_session_sync"}

    assert asked(1) == asked(1)
    assert len(asked(1)) == 2
    assert len({frozenset(asked(seed)) for seed in range(8)}) > 1


def test_a_conversation_that_cannot_be_read_is_named(archive: Archive, zoom: Sandbox) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.fault(path=f"*/sessions/{session_id}/sync", status=500, times=None)
    report = compare_all(archive, zoom)
    assert list(report.unread) == [session_id]
    assert not report.equal
    assert report.sessions == len(zoom.sessions()) - 1


def test_an_archive_without_a_finished_run_cannot_be_compared(
    tmp_path: Path, zoom: Sandbox
) -> None:
    with Archive(tmp_path / "sms.sqlite3") as archive:
        archive.sync_session(api_of(zoom), zoom.sessions()[0].session_id)
        with pytest.raises(ValueError, match="has no finished archive run"):
            compare_all(archive, zoom)


def test_the_account_of_another_archive_is_rejected(archive: Archive) -> None:
    with small_account(seed=8) as other, pytest.raises(OtherAccountError):
        compare_all(archive, other)


def test_messages_that_are_no_objects_are_compared(tmp_path: Path) -> None:
    with small_account(sessions=1, messages=3) as zoom, Archive(tmp_path / "odd.sqlite3") as made:
        odd = {"sms_histories": [None, 7, ["x"]], "next_page_token": ""}
        zoom.fault(operation="sms_session_details", status=200, body=odd, times=None)
        fill(made, zoom)
        assert made.count() == 3

        def answer(records: list[object]) -> CompareReport:
            zoom.clear_faults()
            for first in (True, False):
                zoom.fault(
                    operation="sms_session_sync",
                    where=lambda one, first=first: ("sync_token" not in one.query) is first,  # type: ignore[misc]
                    status=200,
                    body={"sms_histories": records if first else [], "sync_token": "t"},
                    times=None,
                )
            return compare_all(made, zoom)

        assert answer([None, 7, ["x"]]).equal
        (difference,) = answer([None, 7, ["x"], 8]).differences
        assert difference.kind == "missing in archive"


def test_a_signed_url_in_another_field_is_no_difference(tmp_path: Path) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        preview = "https://file.example/x?X-Amz-Signature=0123456789abcdef0123456789abcdef"
        zoom.add_message(text="look", extra={"preview": preview})
        zoom.clock.advance(600)
        fill(archive, zoom)
        assert compare_all(archive, zoom).equal


@pytest.mark.parametrize(
    "body",
    [
        {"sms_sessions": {}},
        {"sms_session": []},
        {"sms_sessions": [], "next_page_token": {}},
        {"sms_sessions": [], "next_page_token": "same"},
    ],
    ids=str,
)
def test_a_list_that_is_none_is_not_taken_for_an_empty_one(
    archive: Archive, zoom: Sandbox, body: dict[str, object]
) -> None:
    call_queues = zoom.fault(
        operation="account_sms_session",
        where=lambda one: "call_queue" in str(one.query),
        status=200,
        body=body,
        times=None,
    )
    assert any("call_queue" in one for one in compare_all(archive, zoom).unread)
    assert call_queues.hits

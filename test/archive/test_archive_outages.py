"""A failure of many items is an outage. No item is given up, however long it lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.archives import (
    DAY,
    SINCE,
    api_of,
    archived_messages,
    sent_messages,
    small_account,
    stored_files,
)

from swagger_client.archive import Archive, FolderMissingError, OutageException
from swagger_client.exceptions import ApiException
from swagger_client.sandbox import Sandbox

BLOCK: dict[str, Any] = {
    "status": 404,
    "body": {"code": 404, "message": "not found"},
    "times": None,
}


def run_nightly(archive: Archive, zoom: Sandbox, nights: int) -> list[object]:
    """Run once a night; return the errors and reports."""
    found: list[object] = []
    for _ in range(nights):
        zoom.clock.advance(DAY)
        try:
            found.append(archive.mirror(api_of(zoom), since=SINCE))
        except ApiException as error:
            found.append(error)
    return found


@pytest.mark.parametrize("read_before", [False, True])
def test_a_block_of_all_conversations_stops_each_run_and_loses_nothing(
    tmp_path: Path, read_before: bool
) -> None:
    with small_account(sessions=40, messages=120) as zoom, Archive(tmp_path / "a.db") as archive:
        if read_before:
            archive.mirror(api_of(zoom), since=SINCE)
        for session in zoom.sessions():
            zoom.add_message(session.session_id, text="during the outage")
        block = zoom.fault(operation="sms_session_details", **BLOCK)
        results = run_nightly(archive, zoom, 3)
        assert all(isinstance(one, OutageException) for one in results)
        run_nightly(archive, zoom, 7)
        block.cancel()
        run_nightly(archive, zoom, 2)

        assert archived_messages(archive) == sent_messages(zoom.messages())
        assert archive.coverage().complete
        assert archive.verify().problems == []


def test_a_block_of_a_small_account_gives_up_nothing(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.add_message(zoom.sessions()[0].session_id, text="during the outage")
    block = zoom.fault(operation="sms_session_details", **BLOCK)
    reports = run_nightly(archive, zoom, 8)
    assert not any(getattr(one, "complete", False) for one in reports)
    block.cancel()
    (report,) = run_nightly(archive, zoom, 1)

    assert getattr(report, "complete", None) is True
    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize("status", [403, 404])
def test_a_block_of_the_file_host_gives_up_no_file(
    archive: Archive, zoom: Sandbox, tmp_path: Path, status: int
) -> None:
    block = zoom.fault(operation="download", status=status, body="<html>blocked", times=None)
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    reports = run_nightly(archive, zoom, 8)
    assert not any(getattr(one, "complete", False) for one in reports)
    assert all(getattr(one, "files_given_up", None) == 0 for one in reports)
    block.cancel()
    run_nightly(archive, zoom, 1)
    assert {a.state for m in archive.messages() for a in m.attachments} == {"done"}


def dead(zoom: Sandbox, count: int) -> list[str]:
    """Make Zoom reject many listed conversations forever; return their ids."""
    ids = [one.session_id for one in zoom.sessions()][:count]
    for session_id in ids:
        zoom.fault(path=f"*/sessions/{session_id}", **BLOCK)
    return ids


def test_dead_conversations_do_not_stop_runs_in_which_others_can_be_read(tmp_path: Path) -> None:
    with small_account(sessions=40, messages=120) as zoom, Archive(tmp_path / "a.db") as archive:
        ids = dead(zoom, 25)
        run_nightly(archive, zoom, 4)
        living = [one for one in zoom.messages() if one.session_id not in ids]
        assert archived_messages(archive) == sent_messages(living)
        assert {one.session_id for one in archive.coverage().gaps} == set(ids)
        assert archive.runs()[-1].finished_at is not None


def test_a_failure_counts_once_a_day(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    (session_id,), other = dead(zoom, 1), zoom.sessions()[-1].session_id
    zoom.add_message(session_id)
    for _ in range(9):
        zoom.clock.advance(3600)
        zoom.add_message(other)
        archive.mirror(api_of(zoom))
    gaps = archive.coverage().gaps
    assert {(one.state, one.attempts) for one in gaps} == {("failed", 1)}
    assert len(gaps) <= 2


def given_up(archive: Archive, zoom: Sandbox) -> str:
    """Make a conversation fail until runs give it up; return its id."""
    other = zoom.sessions()[-1].session_id
    (session_id,) = dead(zoom, 1)
    report = archive.mirror(api_of(zoom), since=SINCE)
    for _ in range(5):
        zoom.clock.advance(10 * DAY)
        zoom.add_message(other)
        report = archive.mirror(api_of(zoom))
    assert report.left == 0
    assert not report.complete
    assert report.missing["conversations"] == 1
    return session_id


def test_conversations_that_were_given_up_are_read_on_request(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = given_up(archive, zoom)
    zoom.clear_faults()
    assert session_id in {one for one, _ in archive.mirror(api_of(zoom)).refused}
    report = archive.mirror(api_of(zoom), failed="retry")

    assert report.complete
    assert report.refused == []
    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert archive.verify().problems == []


def test_an_accepted_loss_counts_as_complete_and_is_not_tried_again(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = given_up(archive, zoom)
    assert archive.mirror(api_of(zoom), failed="accept").complete
    zoom.clear_requests()
    assert archive.mirror(api_of(zoom)).complete
    assert archive.coverage().complete
    assert not any(session_id in one.path for one in zoom.requests)
    assert archive.verify().problems == []


@pytest.mark.parametrize("hours", [0, 24])
def test_a_loss_is_accepted_although_zoom_still_lists_the_conversation(
    archive: Archive, zoom: Sandbox, hours: int
) -> None:
    (session_id,) = dead(zoom, 1)
    zoom.add_message(session_id)
    archive.mirror(api_of(zoom), since=SINCE)
    for failed in ("accept", None, None):
        zoom.clock.advance(hours * 3600)
        report = archive.mirror(api_of(zoom), failed="accept" if failed else None)
        assert report.complete
        assert report.outages == []
    zoom.clock.advance(3600)
    zoom.add_message(session_id, text="nobody accepted that this is lost")
    zoom.clock.advance(3600)
    assert not archive.mirror(api_of(zoom)).complete
    zoom.clear_faults()
    assert archive.mirror(api_of(zoom)).complete
    found = [one.text for one in archive.messages(session_id=session_id)]
    assert "nobody accepted that this is lost" in found
    assert archive.verify().problems == []


def test_files_that_were_given_up_are_fetched_on_request_or_accepted(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    short = zoom.attachment(b"12345", size=2000)
    zoom.add_message(zoom.sessions()[0].session_id, attachments=[short])
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    run_nightly(archive, zoom, 5)
    assert archive.mirror(api_of(zoom)).files_given_up == 1
    zoom.clear_requests()
    assert not archive.mirror(api_of(zoom), failed="retry").complete
    assert any(one.operation == "download" for one in zoom.requests)
    assert archive.mirror(api_of(zoom), failed="accept").complete


@pytest.mark.parametrize("kind", ["gone", "empty", "of other files", "a file"])
@pytest.mark.parametrize("is_named", [False, True])
def test_a_folder_of_files_that_is_not_in_its_place_stops_the_run(
    archive: Archive, zoom: Sandbox, tmp_path: Path, kind: str, is_named: bool
) -> None:
    folder, moved = tmp_path / "files", tmp_path / "moved"
    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    count = len(stored_files(folder))
    folder.rename(moved)
    if kind == "a file":
        folder.write_text("")
    elif kind != "gone":  # as a mount point without its disk
        folder.mkdir()
    if kind == "of other files":
        (folder / "lost+found").mkdir()
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(FolderMissingError, match="The folder of files "):
        archive.mirror(api_of(zoom), attachments=folder if is_named else None)
    assert sorted(folder.parent.rglob("*")) == before
    report = archive.verify()
    assert (report.problems, report.missing_folder, report.files) == ([], str(folder), 0)
    assert not report.sound
    coverage = archive.coverage()
    assert not coverage.complete
    assert coverage.missing_folder is not None
    assert coverage.missing_folder.files == count
    archive.mirror(api_of(zoom), attachments=moved)
    assert archive.verify().problems == []
    assert archive.coverage().complete


def test_a_folder_that_lacks_some_of_its_files_is_damaged_until_the_next_run(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    _, *others = stored_files(tmp_path / "files")
    for file in others:
        file.unlink()
    report = archive.verify()
    assert (len(report.problems), report.files) == (len(others), 1)
    assert report.missing_folder is None
    archive.mirror(api_of(zoom))
    report = archive.verify()
    assert (report.problems, report.files) == ([], len(others) + 1)


def test_a_new_folder_without_the_files_is_not_taken(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    with pytest.raises(ValueError, match="Move them"):
        archive.mirror(api_of(zoom), attachments=tmp_path / "other")
    assert not (tmp_path / "other").exists()

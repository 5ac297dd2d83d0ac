"""A run downloads the files of messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.archives import (
    DAY,
    SINCE,
    api_of,
    archived_messages,
    sent_messages,
    stored_files,
)

from swagger_client.archive import (
    Archive,
)
from swagger_client.sandbox import RequestRecord, Sandbox


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


def test_a_file_that_zoom_replaces_is_archived_beside_the_first_one(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    first, second = b"\x89PNG first", b"\x89PNG second, which is longer"
    file = zoom.attachment(first, name="a.png", type="PNG")
    sent = zoom.add_message(attachments=[file], at=zoom.clock.now())

    def contents() -> set[bytes]:
        return {path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def archived() -> tuple[str, bytes]:
        (one,) = next(m for m in archive.messages() if m.message_id == sent.message_id).attachments
        return one.state, (folder / str(one.path)).read_bytes()

    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    zoom.remove_message(sent.message_id)
    changed = replace(file, content=second, size=len(second))
    zoom.add_message(
        sent.session_id, message_id=sent.message_id, attachments=[changed], text=sent.text,
        at=sent.at_ms / 1000,
    )  # fmt: skip
    zoom.clock.advance(DAY)
    assert archive.mirror(api_of(zoom)).files_done == 1
    assert archived() == ("done", second)
    assert {first, second} <= contents()
    assert archive.verify().problems == []
    assert archive.mirror(api_of(zoom)).changed_messages == 0

    replaced = next(path for path in folder.iterdir() if path.read_bytes() == first)
    replaced.write_bytes(b"\x89PNG f1rst")
    (problem,) = archive.verify().problems
    assert problem.endswith("is altered")
    archive.erase(message_id=sent.message_id, reason="request 17")
    assert contents().isdisjoint({second, b"\x89PNG f1rst"})
    assert archive.verify().problems == []


def test_files_of_earlier_runs_are_fetched_on_request(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    assert {a.state for m in archive.messages() for a in m.attachments} == {"pending"}
    zoom.clock.advance(30 * DAY)
    report = archive.mirror(api_of(zoom), attachments=tmp_path / "files")

    assert report.files_done == len([a for m in zoom.messages() for a in m.attachments])
    assert archive.verify().problems == []


def test_a_truncated_file_fails_and_is_tried_again_on_five_days(
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

    # It is tried on five days, however many runs there are, and then left as it is.
    reports = []
    for _ in range(5):
        archive.mirror(api_of(zoom))
        zoom.clock.advance(DAY)
        reports.append(archive.mirror(api_of(zoom)))
    assert [one.left for one in reports] == [1, 1, 1, 0, 0]
    assert [one.files_given_up for one in reports] == [0, 0, 0, 1, 1]
    assert archive.verify().problems == []


def test_a_file_that_cannot_be_renewed_does_not_stop_the_messages(
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
        assert report.left > 3

    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize("operation", ["download", "sms_by_message_id"])
def test_files_are_not_given_up_in_an_outage(
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


def test_a_file_that_is_missing_at_first_is_fetched_by_the_next_run(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    gone = zoom.fault(operation="download", status=404, times=None)
    report = archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    assert report.files_done == 0
    assert report.left == report.missing["files"] > 3
    gone.cancel()
    report = archive.mirror(api_of(zoom))

    assert report.left == 0
    assert {a.state for m in archive.messages() for a in m.attachments} == {"done"}


def test_the_folder_of_files_must_be_moved_with_its_files(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    with pytest.raises(ValueError, match="Move them to"):
        archive.mirror(api_of(zoom), attachments=tmp_path / "others")

    (tmp_path / "files").rename(tmp_path / "others")
    archive.mirror(api_of(zoom), attachments=tmp_path / "others")
    assert archive.verify().problems == []


def test_no_file_name_leads_out_of_the_folder(
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
               for path in stored_files(folder))  # fmt: skip


def test_partial_files_of_a_killed_run_are_removed_and_no_others(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    seen: set[Path] = set()

    @zoom.on_request
    def downloading(request: RequestRecord) -> None:
        seen.update(folder.glob(".*.part"))

    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    assert len(seen) > 3
    strangers = folder / ".precious.iso.part"
    for left in (*seen, strangers):
        left.write_bytes(b"half")
    archive.mirror(api_of(zoom))
    assert set(folder.glob(".*.part")) == {strangers}


def test_files_that_were_removed_are_noticed_and_fetched_again(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    removed, *_ = stored_files(folder)
    content = removed.read_bytes()
    removed.unlink()

    assert [one.state for one in archive.coverage().missing_files] == ["missing"]
    assert not archive.coverage().complete
    report = archive.mirror(api_of(zoom))
    assert (report.files_done, report.complete) == (1, True)
    assert removed.read_bytes() == content
    assert archive.coverage().complete
    assert archive.verify().problems == []


def test_a_removed_file_that_zoom_no_longer_has_stays_missing(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    stored_files(folder)[0].unlink()
    zoom.fault(operation="download", status=404, times=None)

    assert not archive.mirror(api_of(zoom)).complete
    assert not archive.coverage().complete
    assert archive.verify().problems == []


def test_a_file_of_another_size_is_reported_and_not_overwritten(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    archive.mirror(api_of(zoom), since=SINCE, attachments=folder)
    altered, *_ = stored_files(folder)
    altered.write_bytes(b"other")

    assert [one.state for one in archive.coverage().missing_files] == ["altered"]
    assert not archive.mirror(api_of(zoom)).complete
    assert altered.read_bytes() == b"other"
    assert len(archive.verify().problems) == 1
    altered.unlink()
    assert archive.mirror(api_of(zoom)).complete
    assert archive.verify().problems == []

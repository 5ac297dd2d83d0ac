"""The archive of one conversation uses the same code as a run over the account."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.archives import NOW, SINCE, api_of, content

from swagger_client.archive import Archive, mirror
from swagger_client.exceptions import NotFoundException, ServiceException, TransportException
from swagger_client.sandbox import Sandbox

DAY = 86_400


def texts(archive: Archive, session_id: str) -> list[str | None]:
    return [one.text for one in archive.messages(session_id=session_id)]


def test_a_new_message_of_a_known_conversation_is_archived(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[-1].session_id
    zoom.clock.advance(3600)
    zoom.add_message(session_id, text="news")
    zoom.clear_requests()
    report = archive.sync_session(api_of(zoom), session_id)

    assert texts(archive, session_id)[-1] == "news"
    assert (report.new_messages, report.changed_messages) == (1, 0)
    assert [one.operation for one in zoom.requests] == ["sms_session_details"]
    assert archive.verify().problems == []
    assert archive.runs()[-1].kind == "sessions"


def test_an_unknown_conversation_is_archived_with_its_participants(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.add_session()
    zoom.add_message(session_id, text="hello")
    report = archive.sync_session(api_of(zoom), session_id)

    assert (report.session_id, report.new_messages) == (session_id, 1)
    assert archive.conversation(session_id).participants
    assert archive.verify().problems == []


def test_the_next_run_over_the_account_still_reads_everything(
    archive: Archive, zoom: Sandbox
) -> None:
    zoom.add_message(zoom.sessions()[0].session_id, text="first")
    archive.sync_session(api_of(zoom), zoom.sessions()[0].session_id)
    archive.mirror(api_of(zoom), since=SINCE)
    assert {m.message_id for m in archive.messages()} == {m.message_id for m in zoom.messages()}


def test_an_old_message_is_found_from_the_end_of_the_last_run(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[0].session_id
    zoom.clock.advance(DAY / 2)
    zoom.add_message(session_id, text="after the run")
    zoom.clock.advance(40 * DAY)
    zoom.add_message(session_id, text="now")
    archive.sync_session(api_of(zoom), session_id)
    assert texts(archive, session_id)[-2:] == ["after the run", "now"]


def test_nothing_is_recorded_of_a_conversation_that_zoom_does_not_know(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    before = content(archive.path)
    with pytest.raises(NotFoundException):
        archive.sync_session(api_of(zoom), "not-yet")
    assert content(archive.path) == before
    assert len(archive.runs()) == 1


def many(zoom: Sandbox, session_id: str) -> None:
    for number in range(150):
        zoom.add_message(session_id, text=f"n {number}", at=NOW - timedelta(minutes=number))


def test_a_later_page_that_fails_is_left_to_the_next_run(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[0].session_id
    many(zoom, session_id)
    zoom.fault(where=lambda one: "next_page_token" in one.query, status=503)
    with pytest.raises(ServiceException):
        archive.sync_session(api_of(zoom), session_id)
    assert [one.finished_at is None for one in archive.runs()] == [False, False]
    zoom.clock.advance(20 * DAY)
    report = archive.mirror(api_of(zoom), reread_days=1)
    assert report.refused == []
    wanted = {one.message_id for one in zoom.messages(session_id)}
    assert {one.message_id for one in archive.messages(session_id=session_id)} == wanted
    assert archive.verify().problems == []


def test_an_interrupted_run_over_the_account_is_not_disturbed(
    archive: Archive, zoom: Sandbox
) -> None:
    cut = zoom.fault(reset=True, after=9, times=None)
    with pytest.raises(TransportException):
        archive.mirror(api_of(zoom), since=SINCE)
    cut.cancel()
    session_id = zoom.sessions()[-1].session_id
    zoom.add_message(session_id, text="meanwhile")
    assert archive.sync_session(api_of(zoom), session_id).new_messages > 0
    assert "meanwhile" in texts(archive, session_id)
    assert len(archive.runs()) == 1
    assert archive.mirror(api_of(zoom), since=SINCE).resumed
    assert {m.message_id for m in archive.messages()} == {m.message_id for m in zoom.messages()}
    assert archive.verify().problems == []


def test_a_session_run_that_was_killed_is_finished_by_the_next(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id, other = (one.session_id for one in zoom.sessions()[:2])
    many(zoom, session_id)

    class Killed(BaseException):
        pass

    def count(self: mirror.MirrorRun, **_: int) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mirror.MirrorRun, "_add_progress", count)
        patch.setattr("swagger_client.archive.store.Store.finish_run", lambda *_: None)
        with pytest.raises(Killed):
            archive.sync_session(api_of(zoom), session_id)
    assert archive.runs()[-1].finished_at is None
    archive.sync_session(api_of(zoom), other)
    assert all(one.finished_at is not None for one in archive.runs())
    wanted = {one.message_id for one in zoom.messages(session_id)}
    assert {one.message_id for one in archive.messages(session_id=session_id)} == wanted
    assert archive.verify().problems == []


def test_files_are_fetched_into_the_folder_of_earlier_runs(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, attachments=[zoom.attachment(b"photo")])
    assert archive.sync_session(api_of(zoom), session_id).files_left == 0
    newest = list(archive.messages(session_id=session_id))[-1]
    assert newest.attachments[0].state == "done"

"""``zoom-sms archive --retry failed`` and ``--accept failed``."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.archives import SINCE, small_account, stored_files
from support.command_line import Runner, use_account

from swagger_client.archive import Archive, outages
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def fail_a_conversation_and_a_file(zoom: Sandbox) -> tuple[str, str]:
    session_id = zoom.sessions()[-1].session_id
    others = [m for m in zoom.messages() if m.attachments and m.session_id != session_id]
    file_id = others[0].attachments[0].id
    zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
    zoom.fault(where=lambda r: r.operation == "download" and file_id in r.path, status=404,
               times=None)  # fmt: skip
    return session_id, file_id


def conditions(run: Runner) -> list[str]:
    return [problem["condition"] for problem in json.loads(run.out)["problems"]]


def test_retry_failed_tries_items_that_failed_often(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A failure counts once a day. Here each run is on a day of its own.
    monkeypatch.setattr(outages, "_COUNTED_AGAIN_AFTER", timedelta())
    session_id, _ = fail_a_conversation_and_a_file(zoom)
    arguments = ["--from", SINCE, "--attachments", "files"]
    assert run("archive", *arguments, "--json") == ExitStatus.INCOMPLETE
    for _ in range(5):
        assert run("archive", "--json") == ExitStatus.INCOMPLETE
        assert conditions(run) == ["conversations-failed", "files-failed"]
    asked = len([r for r in zoom.requests if session_id in r.path])

    zoom.clear_faults()
    assert run("archive", "--reread-days", "1", "--json") == ExitStatus.INCOMPLETE
    assert len([r for r in zoom.requests if session_id in r.path]) == asked
    assert run("archive", "--retry", "failed", "--json") == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        assert len(list(archive.messages())) == len(zoom.messages())
        assert archive.coverage().complete
    assert run("verify") == ExitStatus.COMPLETE


def test_a_loss_that_a_person_accepts_no_longer_counts(run: Runner, zoom: Sandbox) -> None:
    fail_a_conversation_and_a_file(zoom)
    run("archive", "--from", SINCE, "--attachments", "files")
    assert run("archive", "--accept", "failed", "--json") == ExitStatus.COMPLETE
    assert run("verify") == ExitStatus.COMPLETE
    assert run("archive", "--json") == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        coverage = archive.coverage()
        assert [gap.state for gap in coverage.gaps][:1] == ["accepted"]
        assert [file.state for file in coverage.missing_files] == ["accepted"]

    zoom.clear_faults()  # and it can be taken back
    assert run("archive", "--retry", "failed") == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        assert len(list(archive.messages())) == len(zoom.messages())


def test_retry_and_accept_together_are_rejected(run: Runner) -> None:
    assert run("archive", "--retry", "failed", "--accept", "failed") == ExitStatus.INVALID


def test_files_that_changed_in_their_folder_are_conditions(run: Runner, zoom: Sandbox) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
    removed, altered, *_ = stored_files(Path("files"))
    removed.unlink()
    altered.write_bytes(b"other")

    assert run("status", "--json") == ExitStatus.INCOMPLETE
    assert conditions(run) == ["files-removed", "files-altered"]
    assert run("archive", "--json") == ExitStatus.INCOMPLETE
    assert conditions(run) == ["files-altered"]
    assert removed.exists()


BLOCKED: dict[str, object] = {"status": 403, "body": "<html>blocked</html>"}


@pytest.mark.parametrize("files", [1, 3, 12])
@pytest.mark.parametrize(
    "trouble", [BLOCKED, {"status": 404}, {"status": 500}, {"status": 200, "body": "<html>"}]
)
def test_files_that_all_fail_are_an_outage_and_none_is_given_up(
    run: Runner, monkeypatch: pytest.MonkeyPatch, files: int, trouble: dict[str, Any]
) -> None:
    with small_account(sessions=4, messages=12) as zoom:
        use_account(zoom, monkeypatch)
        session_id = zoom.sessions()[0].session_id
        for number in range(files):
            zoom.add_message(session_id, attachments=[zoom.attachment(b"%d" % number)])
        fault = zoom.fault(operation="download", times=None, **trouble)
        command = ["archive", "--from", SINCE, "--attachments", "files", "--json"]
        for _ in range(7):
            assert run(*command) == ExitStatus.UNFINISHED
            assert "outage" in conditions(run)
            zoom.clock.advance(86_400)
            command = ["archive", "--json"]
        fault.cancel()
        assert run("archive", "--json") == ExitStatus.COMPLETE
        sent = sum(len(one.attachments) for one in zoom.messages())
        assert len(stored_files(Path("files"))) == sent >= files
        assert run("verify") == ExitStatus.COMPLETE


def test_the_only_file_that_zoom_rejects_can_be_accepted_as_lost(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_account(sessions=4, messages=12) as zoom:
        use_account(zoom, monkeypatch)
        assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
        zoom.add_message(attachments=[zoom.attachment(b"12345")])
        zoom.fault(operation="download", times=None, status=403, body="<html>blocked</html>")
        zoom.clock.advance(86_400)
        assert run("archive") == ExitStatus.UNFINISHED
        assert "--accept failed" in " ".join(run.err.split())
        assert run("archive", "--accept", "failed", "--json") == ExitStatus.COMPLETE
        assert run("archive", "--json") == ExitStatus.COMPLETE
        assert run("verify") == ExitStatus.COMPLETE

"""``zoom-sms archive``: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from support.archives import SINCE, small_account
from support.command_line import ROOT, Runner

from swagger_client._security.file_lock import lock_file
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_a_run_reports_the_archived_messages(run: Runner, zoom: Sandbox) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE

    count = len(zoom.messages())
    assert f"Archived {count:,} new messages and 6 new conversations" in run.out
    assert re.search(r"Files: \d+ fetched\.", run.out)
    assert "The archive is complete from 2025-10-01" in run.out
    assert re.search(r"Digest: [0-9a-f]{64}", run.out)


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13", "01/02/2026"])
def test_a_day_that_does_not_exist_has_to_be_corrected(
    run: Runner, zoom: Sandbox, day: str
) -> None:
    assert run("archive", "--from", day) == ExitStatus.INVALID
    assert f"--from must be like 2026-01-31 or 2026-01-31T23:59:59Z, not '{day}'" in run.err
    assert zoom.requests == []


def test_files_that_are_not_archived_are_mentioned(run: Runner, zoom: Sandbox) -> None:
    text = "files are not archived (--attachments DIR fetches them)"
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert f"3 messages with files: the {text}." in run.out.splitlines()
    assert run("status") == ExitStatus.COMPLETE
    assert f"Files:      3 messages with files, the {text}" in run.out.splitlines()

    assert run("archive", "--attachments", "files") == ExitStatus.COMPLETE
    assert text not in run.out
    assert run("status") == ExitStatus.COMPLETE
    assert text not in run.out


def test_the_next_run_reports_changes(run: Runner, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    zoom.set_delivery_status(zoom.messages()[-1].message_id, "unknown")
    assert run("archive", "--json") == ExitStatus.COMPLETE

    report = json.loads(run.out)
    assert report["changed_messages"] == 1
    assert list(report["changes"].values()) == [1]
    assert report["new_messages"] == 0
    assert (report["complete"], report["status"], report["problems"]) == (True, 0, [])


def test_a_run_that_loses_the_network_is_not_finished(run: Runner, zoom: Sandbox) -> None:
    zoom.fault(reset=True, after=20, times=None)
    assert run("archive", "--from", SINCE) == ExitStatus.UNFINISHED
    assert "not finished: The response from 127.0.0.1" in run.err
    assert "Run the command again" in run.err

    zoom.clear_faults()
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert "An interrupted run was finished" in run.out


def test_rejected_credentials_have_to_be_corrected(run: Runner, zoom: Sandbox) -> None:
    zoom.fault(operation="oauth_token", status=401, times=None)
    assert run("archive", "--from", SINCE) == ExitStatus.INVALID
    assert "Zoom rejected the credentials" in run.err
    assert "client secret" in run.err


def test_missing_scopes_are_named(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_account(scopes=["nothing"]) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        assert run("archive", "--from", SINCE) == ExitStatus.INVALID
    assert "phone_sms:read" in run.err


def test_a_second_run_at_the_same_time_stops(run: Runner, zoom: Sandbox) -> None:
    with lock_file("sms.sqlite3.lock"):
        assert run("archive", "--from", SINCE) == ExitStatus.UNFINISHED
    assert "Run the command again after the other process has ended." in run.err


def test_a_corrupt_database_is_reported_and_left_alone(run: Runner, zoom: Sandbox) -> None:
    Path("sms.sqlite3").write_bytes(b"x" * 5000)
    assert run("archive", "--from", SINCE) == ExitStatus.DAMAGED
    assert run("verify") == ExitStatus.DAMAGED
    assert Path("sms.sqlite3").read_bytes() == b"x" * 5000


def test_a_request_that_zoom_rejects_is_not_to_be_repeated(run: Runner, zoom: Sandbox) -> None:
    zoom.fault(
        operation="account_sms_session",
        status=400,
        body={"code": 300, "message": "Bad."},
        times=None,
    )
    assert run("archive", "--from", SINCE) == ExitStatus.INVALID
    assert "Repeating the request has no effect." in run.err
    assert "again" not in run.err


@pytest.mark.parametrize("days", ["inf", "1e300", "800000", "all"])
def test_a_run_can_read_all_messages_again(run: Runner, zoom: Sandbox, days: str) -> None:
    run("archive", "--from", SINCE)
    assert run("archive", "--reread-days", days, "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["span_from"][:10] == SINCE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_is_not_finished(zoom: Sandbox, number: int) -> None:
    """Sends a signal to a real process in the middle of a run."""
    reached = threading.Event()
    go_on = threading.Event()

    @zoom.on_request
    def wait(request: object) -> None:
        if len(zoom.requests) > 15:
            reached.set()
            go_on.wait(20)

    with subprocess.Popen(
        [sys.executable, "-m", "swagger_client", "archive", "--from", SINCE],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert reached.wait(20)
        child.send_signal(number)
        go_on.set()
        _, said = child.communicate(timeout=20)
    zoom.remove_listener(wait)

    assert child.returncode == ExitStatus.UNFINISHED
    assert b"Interrupted. Messages archived so far are kept." in said
    assert b"Traceback" not in said


# A full disk leaves such a file when the first run creates the database.
@pytest.mark.parametrize("statement", ["", "PRAGMA journal_mode = WAL", "PRAGMA user_version = 0"])
def test_a_database_that_was_created_but_not_filled_becomes_an_archive(
    run: Runner, zoom_now: Sandbox, statement: str
) -> None:
    Path("sms.sqlite3").touch()
    with closing(sqlite3.connect("sms.sqlite3")) as connection:
        connection.execute(statement)
    assert run("status") == ExitStatus.INVALID
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert run("verify") == ExitStatus.COMPLETE

"""The sources of credentials; no secret is printed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.archives import SINCE, archived_messages, sent_messages, small_account
from support.command_line import Runner, environment_of

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def credentials_file(zoom: Sandbox) -> Path:
    file = Path("credentials")
    values = environment_of(zoom)
    quoted = values.pop("ZOOM_ACCOUNT_ID")
    lines = [f"{name}={value}" for name, value in values.items()]
    text = "\n".join(["# ours", f'export ZOOM_ACCOUNT_ID="{quoted}"', "", *lines])
    file.write_text(text + "\n")
    file.chmod(0o600)
    return file


def test_credentials_can_come_from_a_file(run: Runner) -> None:
    with small_account() as zoom:
        file = credentials_file(zoom)
        status = run("archive", "--from", SINCE, "--credentials-file", str(file))
        assert status == ExitStatus.COMPLETE
        assert zoom.client_secret not in run.out + run.err


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o602, 0o604, 0o660])
def test_a_file_that_others_can_read_is_rejected(run: Runner, mode: int) -> None:
    with small_account() as zoom:
        file = credentials_file(zoom)
        file.chmod(mode)
        status = run("archive", "--from", SINCE, "--credentials-file", str(file))
        assert status == ExitStatus.INVALID
        assert "chmod 600" in run.err
        assert zoom.requests == []


def test_an_unreadable_line_is_named_without_showing_it(run: Runner) -> None:
    Path("credentials").write_text("sEcReT\n")
    Path("credentials").chmod(0o600)
    assert run("doctor", "--credentials-file", "credentials") == ExitStatus.INVALID
    assert "line 1" in run.out
    assert "sEcReT" not in run.out + run.err


def test_failures_neither_print_nor_store_secrets(run: Runner, zoom: Sandbox) -> None:
    printed = ""
    faults: tuple[dict[str, Any], ...] = (
        {"status": 500}, {"reset": True}, {"garbage": True}, {"status": 403},
    )  # fmt: skip
    for fault in faults:
        zoom.fault(after=8, times=None, **fault)
        run("archive", "--from", SINCE, "--attachments", "files", "-vv")
        printed += run.out + run.err
        zoom.clear_faults()
    run("archive", "--from", SINCE, "--attachments", "files", "--log-file", "log")
    printed += Path("log").read_text()
    run("doctor", "-vv")
    printed += run.out + run.err
    stored = b"".join(path.read_bytes() for path in Path().rglob("sms.sqlite3*"))

    for secret in (zoom.client_secret, zoom.access_token):
        assert secret not in printed
        assert secret.encode() not in stored
    assert "jwt" not in printed
    assert b"jwt" not in stored


def test_a_run_notes_that_it_could_not_check_the_account_of_the_token(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_account() as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
        assert "could not be checked" not in run.err
        empty = {"sms_sessions": [], "next_page_token": "", "page_size": 100}
        zoom.fault(operation="account_sms_session", status=200, body=empty, times=None)
        assert run("archive") == ExitStatus.COMPLETE
        assert "The account of the access token could not be checked" in run.err
        assert run("archive", "--json") == ExitStatus.COMPLETE
        assert json.loads(run.out)["account_confirmed"] is False
        with Archive("sms.sqlite3") as archive:
            assert archived_messages(archive) == sent_messages(zoom.messages())

"""``--sandbox``: every command without an account."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.archives import SINCE
from support.command_line import Runner

from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_every_command_works_on_the_sandbox(run: Runner) -> None:
    assert run("archive", "--sandbox") == ExitStatus.COMPLETE
    assert "a made-up account. Nothing is sent to Zoom." in run.err
    assert run("verify", "--sandbox") == ExitStatus.COMPLETE
    assert run("doctor", "--sandbox") == ExitStatus.COMPLETE
    assert run("export", "--sandbox", "-o", "x.csv") == ExitStatus.COMPLETE
    run("search", "--sandbox", "tomorrow", "--limit", "1")
    session_id = re.search(r"\[([0-9a-f]{32})\]", run.out)
    assert session_id is not None
    assert run("show", "--sandbox", session_id[1]) == ExitStatus.COMPLETE
    assert not Path("sms.sqlite3").exists()


def test_the_account_is_the_same_later_with_new_messages(run: Runner) -> None:
    run("archive", "--sandbox")
    start = datetime.now(timezone.utc) - timedelta(hours=5, seconds=30)
    Path("sandbox.sqlite3.sandbox").write_text(start.isoformat())
    assert run("archive", "--sandbox", "--json", "--reread-days", "all") == ExitStatus.COMPLETE
    later = json.loads(run.out)
    assert later["new_sessions"] == 0
    # One a minute in the first hour, then one in two hours; the others moved by five hours.
    assert later["new_messages"] >= 59 + 2
    assert run("archive", "--sandbox", "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["new_messages"] == 0


@pytest.mark.parametrize("command", [["verify"], ["search", "tomorrow"], ["export", "-o", "x.csv"]])
def test_reading_commands_say_that_they_make_the_archive(run: Runner, command: list[str]) -> None:
    run(*command, "--sandbox")
    assert "sandbox.sqlite3 did not exist" in run.err
    run(*command, "--sandbox")
    assert "did not exist" not in run.err


def test_without_the_option_the_sandboxs_archive_is_pointed_at(run: Runner) -> None:
    run("archive", "--sandbox")
    assert run("verify") == ExitStatus.INVALID
    assert "add --sandbox" in run.err
    assert run("verify", "--database", "sandbox.sqlite3") == ExitStatus.COMPLETE


def test_the_sandbox_is_never_mixed_with_an_account(run: Runner, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    assert run("archive", "--sandbox", "--database", "sms.sqlite3") == ExitStatus.INVALID
    assert "An archive can hold one account only." in run.err


def test_a_later_run_keeps_the_beginning_of_the_first(run: Runner) -> None:
    begin = f"{datetime.now(timezone.utc) - timedelta(days=40):%Y-%m-%d}"
    assert run("archive", "--sandbox", "--from", begin) == ExitStatus.COMPLETE
    assert run("archive", "--sandbox", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert report["covered_from"] == f"{begin}T00:00:00Z"
    assert report["new_sessions"] == 0

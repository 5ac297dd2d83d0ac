"""What goes to standard error: notes, logs and colours, by option and environment."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.archives import SINCE
from support.command_line import ROOT, Runner, run_in_shell

from swagger_client.cli import ExitStatus
from swagger_client.cli.commands import runs
from swagger_client.cli.conditions import Problem
from swagger_client.sandbox import Sandbox


def test_quiet_prints_results_and_problems_only(run: Runner) -> None:
    assert run("archive", "--sandbox", "-q") == ExitStatus.COMPLETE
    assert run.err == ""
    assert "Archived" in run.out
    assert run("show", "--sandbox", "-q", "nosuch") == ExitStatus.INVALID
    assert "error: " in run.err


def test_verbose_logs_requests_to_standard_error(run: Runner, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE, "-vv")
    stamped = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG|INFO) swagger_client: ")
    lines = run.err.splitlines()
    assert len(lines) > 10
    assert all(stamped.match(line) for line in lines)
    assert zoom.access_token not in run.err
    run("archive", "-v")
    assert len(run.err.splitlines()) < 10


def test_a_log_file_is_appended_to(run: Runner, zoom: Sandbox) -> None:
    Path("log").write_text("before\n")
    run("archive", "--from", SINCE, "--log-file", "log")
    assert run.err == ""
    lines = Path("log").read_text().splitlines()
    assert lines[0] == "before"
    assert len(lines) > 10
    assert run("archive", "--log-file", "nowhere/log") == ExitStatus.INVALID
    assert "nowhere/log" in run.err


def test_lines_are_stamped_where_no_terminal_shows_them(run: Runner) -> None:
    run("verify")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ error: There is no archive", run.err)


def test_warnings_look_like_notes(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(options: object, console: object) -> list[Problem]:
        error = OSError("no disk")
        logger = logging.getLogger("swagger_client.x")
        logger.warning("Rejected %s", "a\x1b[31mb", exc_info=error)
        return []

    monkeypatch.setattr(runs, "COMMAND", runs.COMMAND._replace(run=warn))
    assert run("runs") == ExitStatus.COMPLETE
    assert re.fullmatch(r"\d{4}-\S+Z warning: Rejected a\\x1b\[31mb: no disk\n", run.err)
    assert run("runs", "--json") == ExitStatus.COMPLETE
    assert json.loads(run.err) == {"warning": "Rejected a\x1b[31mb: no disk"}


def test_problems_are_json_on_standard_error_beside_rows(run: Runner) -> None:
    assert run("search", "--json", "x") == ExitStatus.INVALID
    assert run.out == ""
    problem = json.loads(run.err)["problem"]
    assert problem["condition"] == "no-archive"
    assert problem["status"] == 2


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(zoom: Sandbox, setting: dict[str, str]) -> None:
    """Run in a pseudo-terminal."""
    import pty

    leader, follower = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **setting}
    done = subprocess.Popen(
        [sys.executable, "-m", "swagger_client", "archive", "--from", SINCE],
        env=environment, stdout=subprocess.DEVNULL, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    printed = b""
    try:
        while block := os.read(leader, 65536):
            printed += block
    except OSError:  # Linux reports the end of a terminal as an error
        pass
    os.close(leader)
    assert done.wait(60) == ExitStatus.COMPLETE
    assert b"messages" in printed or setting == {"TERM": "dumb"}
    assert not re.search(rb"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d)(?:;\d+)*m", printed)


INTERRUPTED_EXPORT = """
import os, signal, sys
from swagger_client.cli import main
replace = os.replace
def interrupt(*paths):
    os.kill(os.getpid(), signal.{name})
    signal.pause()
os.replace = interrupt
sys.exit(main(["export", "-o", {output!r}]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("output", ["messages.csv", "messages.jsonl"])
def test_an_interrupted_export_leaves_no_file(archived: Sandbox, name: str, output: str) -> None:
    before = set(os.listdir())
    code = INTERRUPTED_EXPORT.format(name=name, output=output)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitStatus.UNFINISHED
    assert "Interrupted. Nothing was written." in done.stderr
    left = {name for name in os.listdir() if not name.startswith("sms.sqlite3")}
    assert left <= before


def test_a_signal_that_is_ignored_stays_ignored(archived: Sandbox) -> None:
    """As under nohup, which ignores SIGHUP."""
    code = INTERRUPTED_EXPORT.format(name="SIGHUP", output="x.csv").replace(
        "    signal.pause()", "    replace(*paths)"
    )
    code = f"import signal; signal.signal({int(signal.SIGHUP)}, signal.SIG_IGN)\n{code}"
    Path("run.py").write_text(code)
    assert run_in_shell(f"{sys.executable} run.py").status == ExitStatus.COMPLETE
    assert Path("x.csv").exists()

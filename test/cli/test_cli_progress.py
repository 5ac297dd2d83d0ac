"""Progress: a live view on a terminal, else a line every few seconds."""

from __future__ import annotations

import io
import re
import sys

import pytest
from support.archives import SINCE
from support.command_line import Runner

from swagger_client.cli import ExitStatus, main
from swagger_client.sandbox import Sandbox

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "


def test_progress_is_a_line_every_few_seconds(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 100_000, 2))
    monkeypatch.setattr("swagger_client.cli.progress.time.monotonic", lambda: float(next(ticks)))
    run("archive", "--from", SINCE)

    lines = run.err.splitlines()
    assert len(lines) > 3
    finding = rf"{STAMP}Finding conversations: \d+ of \d+, [\d.]+ requests/s(, about .* left)?"
    reading = rf"{STAMP}Reading messages: \d+ of \d+, \d+ messages?, .* requests/s, about .* left"
    assert re.fullmatch(finding, lines[0])
    assert any(re.fullmatch(reading, line) for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_progress_fits_a_terminal(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["archive", "--from", SINCE]) == ExitStatus.COMPLETE

    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", seen)]
    assert max(map(len, lines)) <= width
    assert any(re.search(r"Finding conversations .*\d+/\d+ ", line) for line in lines)
    last = [line for line in lines if "Reading messages" in line][-1]
    assert re.search(r"(\d+)/\1 ", last)
    if width >= 80:
        assert re.search(r"\d+ messages, ", last)


def test_a_terminal_without_rich_gets_plain_lines(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["archive", "--from", SINCE]) == ExitStatus.COMPLETE
    assert "\x1b" not in terminal.getvalue()


def test_a_short_run_prints_no_progress(run: Runner, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    assert run.err == ""

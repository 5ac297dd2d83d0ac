"""Fixtures of the tests of the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.archives import SINCE, small_account
from support.command_line import Runner, use_account

from swagger_client._flow.drivers import SystemClock
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


class ImpatientClock(SystemClock):
    """The system's clock, except that sleeping takes no time, also in threads of a run."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to an empty folder, remove all credentials, and make sleeping take no time."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ZOOM_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("swagger_client.api_client.SystemClock", ImpatientClock)


@pytest.fixture
def zoom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account that the environment variables name. Its clock is frozen."""
    with small_account() as sandbox:
        use_account(sandbox, monkeypatch)
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def zoom_now(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account whose clock has real time."""
    with Sandbox(seed=5) as sandbox:
        use_account(sandbox, monkeypatch)
        yield sandbox


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture
def archived(run: Runner, zoom: Sandbox) -> Sandbox:
    """An archived account with a text that tries to control the terminal."""
    zoom.add_message(
        zoom.sessions()[0].session_id,
        text="red \x1b[31m alert\x07\u202e gnp.exe =1+1",
        direction="In",
    )
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    return zoom

"""Fixtures for tests of several folders. A folder's conftest.py may override them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.browser import CHROMIUM, MISSING, launched
from support.clocks import JumpingClock
from support.faces import Asyncio, Blocking, Faces, faces_of
from support.wire import Wire

from swagger_client.sandbox import Sandbox
from tools import example_account

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Examples may take any time on a slow machine.
settings.register_profile("swagger_client", deadline=None)
settings.load_profile("swagger_client")

# A shell starts background jobs with interrupts ignored; tests of interrupts need them.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Programs that tests start buffer their output, as those of users do.
os.environ.pop("PYTHONUNBUFFERED", None)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Keep the tests of a group in one process; pytest-xdist need not be installed."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadgroup"


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A server on loopback that sends the bytes of a test's script."""
    with Wire() as server:
        yield server


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    """A made-up account. The test fails if the sandbox itself fails."""
    with Sandbox(seed=7) as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def clock() -> JumpingClock:
    """A clock for clients. Sleeping takes no time."""
    return JumpingClock()


@pytest.fixture(params=[Blocking, Asyncio], ids=lambda kind: str(kind.name))
def faces(request: pytest.FixtureRequest) -> Iterator[Faces]:
    """Return a function that creates clients; the test runs once blocking and once on asyncio.

    Call it as ``faces(host, clock=…, retries=…)``.
    """
    with faces_of(request.param) as make:
        yield make


@pytest.fixture
def face(faces: Faces) -> Faces:
    """The same as ``faces``, for tests that create one client."""
    return faces


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; tests that use it are marked ``browser``."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def example_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of `tools.example_account`, created once."""
    return example_account.build(tmp_path_factory.mktemp("example"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the skipped browser tests, so that they are not overlooked."""
    skipped = [
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if "browser" in getattr(report, "keywords", {})
    ]
    if skipped:
        terminalreporter.section(f"{len(skipped)} browser tests did not run: {MISSING}")
        for name in skipped:
            terminalreporter.line(name)

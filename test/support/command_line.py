"""Helpers for tests of the command line."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from swagger_client.cli import main
from swagger_client.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent


def use_account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment variables for a sandbox's account."""
    for name, value in environment_of(sandbox).items():
        monkeypatch.setenv(name, value)


def environment_of(sandbox: Sandbox) -> dict[str, str]:
    return {
        "ZOOM_API_HOST": sandbox.host,
        "ZOOM_TOKEN_URL": sandbox.token_url,
        "ZOOM_ACCOUNT_ID": sandbox.account_id,
        "ZOOM_CLIENT_ID": sandbox.client_id,
        "ZOOM_CLIENT_SECRET": sandbox.client_secret,
    }


class Runner:
    """Runs a command in this process, and stores its output."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        status = main(arguments)
        self.out, self.err = self._capsys.readouterr()
        return status


class Ended(NamedTuple):
    """The result of a process."""

    status: int
    out: str
    err: str


def run_in_shell(command: str, **environment: str) -> Ended:
    """Run a shell command. ``zoom-sms`` is the program, and 3 is a pipe without a reader."""
    program = f'zoom-sms() {{ {sys.executable} -m swagger_client "$@"; }}'
    done = subprocess.run(
        ["bash", "-c", f"{program}; exec 3> >(exec true); wait $!; {command}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def alter(statement: str, *values: object, database: str = "sms.sqlite3") -> None:
    """Change an archive with plain SQL."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def forge_a_message() -> None:
    alter("UPDATE messages SET text = 'forged' WHERE message = 3")


def run_in_terminal(*arguments: str, columns: int) -> Ended:
    """Run ``zoom-sms`` in a terminal; ``out`` has both streams, ``err`` is empty."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(
        [sys.executable, "-m", "swagger_client", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
    ) as process:
        os.close(follower)
        read = bytearray()
        with contextlib.suppress(OSError):  # Linux reports the end of the other side as an error
            while part := os.read(leader, 1 << 16):
                read += part
        os.close(leader)
    return Ended(process.returncode, read.decode().replace("\r\n", "\n"), "")

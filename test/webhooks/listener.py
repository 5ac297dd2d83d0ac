"""Run `zoom-sms listen` in another process, with a sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from support.ports import free_port
from support.waiting import wait_until

from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox
from webhooks.recipes import ROOT, wait_for_port


class Listener:
    """A `zoom-sms listen` that can be killed and started again on the same port.

    :ivar url: the URL that receives events
    :ivar archive: the path of its archive
    """

    def __init__(self, zoom: Sandbox, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.database = folder / "sms.sqlite3"
        self.archive = Archive(self.database)
        self.output = folder / "listen.txt"
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ZOOM_API_HOST": zoom.host,
            "ZOOM_ACCESS_TOKEN": zoom.access_token,
            "ZOOM_WEBHOOK_SECRET": zoom.webhook_secret,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "swagger_client",
            *arguments,
            "--database",
            str(self.database),
        ]

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command("listen", "--bind", f"127.0.0.1:{self.port}"),
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_for_port(self.port, self.process, self.output)

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """End it with SIGTERM; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same archive."""
        return subprocess.run(
            self.command(*arguments),
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait_until_archived(self, seconds: float = 120) -> None:
        """Wait until no event is pending."""
        wait_until(lambda: self.archive.event_status().pending == 0, seconds)

    def close(self) -> None:
        """End all running processes."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        with contextlib.suppress(Exception):
            self.archive.close()

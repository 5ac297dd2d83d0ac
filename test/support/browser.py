"""A real browser for tests: Chromium from its command line, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

#: Where Chromium is; None where there is none.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
#: Why a test that needs a browser is skipped.
MISSING = "Chromium is missing: apt-get install -y chromium poppler-utils"
#: Every name but loopback fails, and nothing is fetched in the background.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip


class Loaded(NamedTuple):
    """A page as the browser has it after its scripts, and what it wrote to the console."""

    dom: str
    console: list[str]

    @property
    def title(self) -> str:
        """The title of the page."""
        found = re.search(r"<title>(.*?)</title>", self.dom, re.DOTALL)
        return found[1] if found else ""


class Chromium:
    """Chromium with a profile of its own.

    :param folder: where its profile goes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> Loaded:
        """Load a page."""
        done = self._run("--virtual-time-budget=2000", "--dump-dom", url)
        return Loaded(done.stdout, re.findall(r"CONSOLE.*", done.stderr))

    def print(self, url: str, path: Path) -> None:
        """Print a page to a PDF file."""
        self._run("--no-pdf-header-footer", f"--print-to-pdf={path}", url)

    def screenshot(self, url: str, path: Path, *, width: int, height: int, dark: bool) -> None:
        """Take a picture of a page."""
        theme = ("--force-dark-mode", "--blink-settings=preferredColorScheme=0") if dark else ()
        self._run(*theme, f"--window-size={width},{height}", f"--screenshot={path}", url)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert CHROMIUM is not None
        command = [CHROMIUM, "--headless=new", *ARGUMENTS, f"--user-data-dir={self._folder}"]
        return subprocess.run(
            [*command, "--enable-logging=stderr", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env={**os.environ, "HOME": str(self._folder)},
        )

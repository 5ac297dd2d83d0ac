"""Take the screenshots of docs/export: transcripts and the viewer, of a made-up account.

    python -m tools.screenshots            # needs Chromium, and pdftoppm of poppler-utils

They are taken again whenever a template or the stylesheet has changed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from swagger_client.archive import Archive
from tools import example_account

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parent.parent / "docs" / "_static" / "screenshots"
_WIDTH, _HEIGHT = 900, 560
_STORY = f"session={example_account.STORY}"
#: Pages of the viewer.
_VIEWER = {
    "browse-start": "/",
    "browse-search": "/search?q=contract&who=617+555+0142",
    "browse-message": f"/message?{_STORY}&message=IQ-story-05",
}


def main() -> None:
    """Take all screenshots."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        database = example_account.build(folder)
        with Archive(database) as archive:
            archive.export(folder / "html", "html")
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        _transcripts(page, folder)
        _viewer(page, database)
        browser.close()


def _transcripts(page: Page, folder: Path) -> None:
    (story,) = (folder / "html" / "conversations").glob("*dana-whitfield")
    pages = {"index": folder / "html" / "index.html", "conversation": story / "2026-03.html"}
    for name, path in pages.items():
        page.goto(path.as_uri())
        page.screenshot(path=FOLDER / f"transcript-{name}.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 640})
    page.screenshot(path=FOLDER / "transcript-phone-dark.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
    page.pdf(path=folder / "print.pdf", prefer_css_page_size=True)
    command = ["pdftoppm", "-png", "-r", "64", "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*command, folder / "print.pdf", FOLDER / "transcript-print"], check=True)


def _viewer(page: Page, database: Path) -> None:
    command = [sys.executable, "-m", "swagger_client", "browse", "--no-open", "--database"]
    with subprocess.Popen([*command, database], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http\S+", process.stdout.readline())
        assert found is not None
        page.goto(found[0])
        address = page.url.rstrip("/")
        for name, path in _VIEWER.items():
            page.goto(address + path)
            page.screenshot(path=FOLDER / f"{name}.png")
        process.terminate()


if __name__ == "__main__":
    main()

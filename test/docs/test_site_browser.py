"""The site works in a real browser from files, offline: pages, search, OpenAPI viewers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browser import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent.parent
PAGES = ["index.html", "SMSApi.html", "COMMANDS.html", "reference/cli.html", "ARCHIVE.html",
         "reference/python/swagger_client.webhooks.html", "help/comparison.html"]  # fmt: skip
pytestmark = [pytest.mark.extended, pytest.mark.browser, pytest.mark.xdist_group("site")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with Redoc and Swagger UI, downloaded with npm."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "tools.build_site", str(folder), "--openapi"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=[1400, 390], ids=["wide", "390 px"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, offline=True, color_scheme="dark"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_the_screen_and_has_no_errors(name: str, site: Path, page: Page) -> None:
    watch = Watch(page)
    page.goto((site / name).as_uri())
    assert "swagger_client" in page.title()
    overflow = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    assert watch.console == []
    assert [url for url in watch.requests if not url.startswith(("file:", "data:"))] == []


# What a table hides behind a scroll bar on a phone is easily overlooked.
@pytest.mark.parametrize("page", [390], ids=["390 px"], indirect=True)
@pytest.mark.parametrize("name", ["SMSApi.html", "COMMANDS.html", "EXPORT.html"])
def test_tables_fit_the_screen(name: str, site: Path, page: Page) -> None:
    page.goto((site / name).as_uri())
    tables = page.locator(".table-wrapper")
    assert tables.count() > 1
    assert tables.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth)") == []


def test_dark_mode_follows_the_system_and_can_be_changed(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.locator(".theme-toggle:visible").first.click()
    assert page.evaluate(background) != dark
    assert page.evaluate("document.body.dataset.theme") == "light"


def test_search_finds_pages_without_a_server(site: Path, page: Page) -> None:
    watch = Watch(page)
    page.goto((site / "search.html").as_uri() + "?q=webhook")
    page.locator("#search-results li a").first.wait_for()
    links = page.locator("#search-results li a").evaluate_all("all => all.map(one => one.href)")
    assert any("WEBHOOKS.html" in link for link in links)
    assert watch.console == []


@pytest.mark.parametrize("viewer", ["redoc", "swagger-ui"])
def test_openapi_viewer_shows_every_operation(viewer: str, site: Path, page: Page) -> None:
    watch = Watch(page)
    page.goto((site / "openapi-ui" / f"{viewer}.html").as_uri())
    page.wait_for_function("document.body.innerText.includes('Get SMS session details')")
    shown = page.inner_text("body").replace("\u200b", "")
    for summary in ("Get SMS session details", "Sync SMS by session ID", "Get SMS by message ID"):
        assert summary in shown
    assert watch.console == []
    assert [url for url in watch.requests if not url.startswith(("file:", "data:", "blob:"))] == []

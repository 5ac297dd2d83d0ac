"""The site in a real browser: pages and OpenAPI viewers work without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.browser import CHROMIUM, MISSING, Chromium

ROOT = Path(__file__).parent.parent.parent
pytestmark = [
    pytest.mark.extended,
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with Redoc and Swagger UI, which npm fetches."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "tools.build_site", str(folder), "--openapi"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def browser(tmp_path: Path) -> Chromium:
    return Chromium(tmp_path / "profile")


@pytest.mark.parametrize(
    "page", ["index.html", "SMSApi.html", "reference/cli.html", "reference/python/index.html"]
)
def test_page_loads_without_errors(page: str, site: Path, browser: Chromium) -> None:
    loaded = browser.load((site / page).as_uri())
    assert "swagger_client" in loaded.title
    assert loaded.console == []


def test_search_finds_pages_without_a_server(site: Path, browser: Chromium) -> None:
    loaded = browser.load((site / "search.html").as_uri() + "?q=webhook")
    assert "WEBHOOKS.html" in loaded.dom
    assert loaded.console == []


@pytest.mark.parametrize("viewer", ["redoc", "swagger-ui"])
def test_openapi_viewer_shows_every_operation(viewer: str, site: Path, browser: Chromium) -> None:
    loaded = browser.load((site / "openapi-ui" / f"{viewer}.html").as_uri())
    for path in ("/phone/sms/sessions", "/phone/users/{userId}/sms/sessions/sync"):
        assert path in loaded.dom.replace("\u200b", "").replace("<wbr>", "")
    assert loaded.console == []

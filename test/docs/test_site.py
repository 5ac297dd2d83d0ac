"""The documentation site builds without warnings, is complete, and works offline."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tools import build_site, site_reference

ROOT = Path(__file__).parent.parent.parent
#: All links that lead out of the site, and what is there. They are not requested: the tests run
#: without a network.
EXTERNAL = {
    "https://developers.zoom.us/docs/api/rest/rate-limits/": "Zoom's rules",
    "https://developers.zoom.us/docs/rivet/": "another client",
    "https://dlthub.com/docs": "documentation of a library",
    "https://github.com/pradyunsg/furo": "the site's theme, which credits itself",
    "https://keepachangelog.com/en/1.1.0/": "a convention",
    "https://marketplace.zoom.us/": "where apps are registered",
    "https://semver.org/": "a convention",
    "https://semver.org/spec/v2.0.0.html": "a convention",
    "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0077783": "Zoom's rules",
    "https://www.nuget.org/packages/ZoomNet": "another client",
}
# One worker builds it.
pytestmark = pytest.mark.xdist_group("site")


class Page(HTMLParser):
    """The links, loaded files and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loads.append(given["src"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon"):
            self.loads.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "tools.build_site", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_link_and_anchor_resolves(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            found = (path.parent / unquote(target)).resolve() if target else path
            if not found.exists() or (found in pages and anchor not in pages[found].anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_links_that_lead_out_are_listed(pages: dict[Path, Page]) -> None:
    found = {link for page in pages.values() for link in page.links if ":" in link}
    assert found == EXTERNAL.keys()


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loads = [(path, load) for path, page in pages.items() for load in page.loads]
    assert loads
    for path, load in loads:
        assert not re.match(r"(https?:)?//", load), f"{path}: {load}"
        assert (path.parent / load.partition("?")[0]).exists(), f"{path}: {load}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", style.read_text("utf-8"))


def test_every_public_name_has_an_entry(pages: dict[Path, Page]) -> None:
    anchors = set().union(*(page.anchors for page in pages.values()))
    names = set(site_reference.names(site_reference.public_names()))
    assert len(names) > 150
    assert names - anchors == set()


def test_every_page_is_in_the_navigation(site: Path, pages: dict[Path, Page]) -> None:
    listed = set()
    for path, page in pages.items():
        listed |= {
            (path.parent / link.partition("#")[0]).resolve()
            for link in page.links
            if ":" not in link
        }
    names = {path.relative_to(site).as_posix() for path in pages.keys() - listed}
    assert names <= {"genindex.html", "py-modindex.html", "search.html"}


def test_the_site_has_search_and_dark_mode(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    assert "theme-toggle" in index
    assert 'action="search.html"' in index
    words = (site / "searchindex.js").read_text("utf-8")
    assert "webhook" in words
    assert "account_sms_session" in words


def test_broken_link_is_an_error(tmp_path: Path) -> None:
    """What the site's builder passes to Sphinx makes it fail for a link that leads nowhere."""
    (tmp_path / "conf.py").write_text((ROOT / "docs" / "conf.py").read_text("utf-8"), "utf-8")
    (tmp_path / "_static").mkdir()
    (tmp_path / "_extra").mkdir()
    (tmp_path / "index.md").write_text(
        "# Start\n\n[there](#nowhere) and [file](none.md)\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, *build_site.SPHINX, str(tmp_path), str(tmp_path / "out")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "nowhere" in done.stderr
    assert "none.md" in done.stderr


def test_environment_variables_are_documented() -> None:
    page = (ROOT / "docs/reference/environment.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in (ROOT / "swagger_client").rglob("*.py"))
    read = set(
        re.findall(
            r"[\"'](ZOOM_[A-Z_]+|XDG_[A-Z_]+|NO_COLOR|APPDATA|SSL_CERT_[A-Z]+|[A-Z]+_CA_BUNDLE)[\"']",
            code,
        )
    )
    assert {name for name in read if f"`{name}`" not in page} == set()

"""HTML transcripts: their text, their pages, and that they run no script from messages."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import Error as PlaywrightError
from support.browser import MISSING, Watch

from swagger_client.archive import Archive
from swagger_client.export.pages import plan_pages
from tools import example_account

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class Document(HTMLParser):
    """The text, ids, links and images of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.urls: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value:
                self.urls.append(value)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture(scope="module")
def site(example_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder of the example."""
    folder = tmp_path_factory.mktemp("html") / "out"
    with Archive(example_database) as archive:
        archive.export(folder, "html")
    return folder


def page_of(site: Path, name: str) -> Path:
    """Return the first page of a conversation, by a part of its folder's name."""
    (folder,) = (site / "conversations").glob(f"*{name}*")
    return sorted(folder.iterdir())[0]


def test_every_message_is_on_one_page_with_its_text(example: Archive, site: Path) -> None:
    pages = [Document(path) for path in (site / "conversations").rglob("*.html")]
    anchors = [one for page in pages for one in page.ids if re.fullmatch(r"m\d+", one)]
    assert len(anchors) == len(list(example.messages()))

    text = Document(page_of(site, "dana-whitfield")).text
    for message in example.conversation(example_account.STORY).messages:
        assert message.text is not None
        assert re.sub(r"\s+", " ", message.text) in text
        assert message.message_id in text
    assert "Not delivered" in text
    assert "1 earlier version" in text
    assert "delivery_status delivered failed_to_deliver" in text


def test_the_cover_states_the_selection_and_the_archive(example: Archive, tmp_path: Path) -> None:
    book = tmp_path / "contacts.csv"
    book.write_text("number,name\n16175550142,Ms Whitfield\n", "utf-8")
    example.export(
        tmp_path / "out",
        "html",
        session_id=example_account.STORY,
        since="2026-03-03",
        timezone="America/New_York",
        names=book,
    )
    text = Document(tmp_path / "out" / "index.html").text
    last = example.runs()[-1]
    assert last.digest is not None
    for said in (
        last.digest,
        f"2, ended {last.finished_at}",
        f"from 2026-03-03 00:00:00-05:00 (America/New_York), conversation {example_account.STORY}",
        "UTC, local times in America/New_York",
        f"contacts.csv (SHA-256 {hashlib.sha256(book.read_bytes()).hexdigest()})",
        "sms.sqlite3",
        "9 messages in 1 conversation,",
        "Ms Whitfield",
    ):
        assert said in text
    page = Document(page_of(tmp_path / "out", "whitfield")).text
    assert "Ms Whitfield" in page
    assert "Dana Whitfield" in page  # the name at Zoom stays
    assert "05:40:00" in page
    assert "2026-03-03T10:40:00Z = 2026-03-03T05:40:00-05:00" in page


def test_pages_are_divided_by_month_and_at_1000_messages(site: Path) -> None:
    folder = page_of(site, "night-desk").parent
    counts = {
        path.name: len([one for one in Document(path).ids if re.fullmatch(r"m\d+", one)])
        for path in sorted(folder.iterdir())
    }
    assert sum(counts.values()) == 3000
    assert max(counts.values()) == 1000
    assert list(counts)[:3] == ["2026-01-1.html", "2026-01-2.html", "2026-02-1.html"]


def test_all_links_lead_into_the_export(site: Path) -> None:
    for path in site.rglob("*.html"):
        for url in Document(path).urls:
            target, _, anchor = url.partition("#")
            found = (path.parent / unquote(target)).resolve() if target else path
            assert found.is_relative_to(site.resolve()), f"{path}: {url}"
            assert found.is_file(), f"{path}: {url}"
            if anchor:
                assert f'id="{anchor}"' in found.read_text("utf-8"), f"{path}: {url}"


def test_files_are_named_safely_and_listed_with_their_hashes(example: Archive, site: Path) -> None:
    exhibits = Document(site / "exhibits.html").text
    archived = [a for m in example.messages() for a in m.attachments]
    for one in archived:
        assert (one.sha256 or "The file could not be fetched") in exhibits
    copies = sorted(path.name for path in (site / "files").iterdir())
    assert len(copies) == len([one for one in archived if one.path])
    assert {Path(name).suffix for name in copies} & {".html", ".svg", ".js"} == set()
    assert all(re.fullmatch(r"E\d{5}(-[\w-]+)?\.\w+", name) for name in copies)
    assert "E00019-balcony.jpg" in copies


def test_a_file_that_was_altered_is_not_exported_as_an_exhibit(
    example_database: Path, tmp_path: Path
) -> None:
    with Archive(example_database) as archive:
        (photo,) = [a for m in archive.messages() for a in m.attachments if a.name == "heating.png"]
        assert archive.attachments is not None
        assert photo.path is not None
        path = archive.attachments / photo.path
        before = path.read_bytes()
        try:
            path.write_bytes(before[:-1] + b"!")
            archive.export(tmp_path / "out", "html", session_id=example_account.STORY)
        finally:
            path.write_bytes(before)
    text = Document(page_of(tmp_path / "out", "dana")).text
    assert "The file was altered" in text
    assert not list((tmp_path / "out" / "files").glob("*heating*"))


def test_the_manifest_has_the_hash_of_every_file(site: Path) -> None:
    manifest = json.loads((site / "manifest.json").read_text("utf-8"))
    listed = {one["path"]: one["sha256"] for one in manifest["files"]}
    there = {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "SHA256SUMS")
    }
    assert listed == there
    assert manifest["selection"] == "all messages"
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=site, check=False
    )
    assert checked.returncode == 0


def test_two_exports_have_the_same_bytes(example: Archive, site: Path, tmp_path: Path) -> None:
    example.export(tmp_path / "again", "html")
    assert (tmp_path / "again" / "SHA256SUMS").read_bytes() == (site / "SHA256SUMS").read_bytes()


def test_texts_of_strangers_are_escaped(site: Path) -> None:
    page = Document(page_of(site, "script"))
    assert page.tags.count("script") == 1
    assert not {"iframe", "img"} & set(page.tags)
    assert not [url for url in page.urls if url.lower().startswith(("javascript", "data", "http"))]
    assert "U+202E" in page.text
    assert "U+0007" in page.text


def test_a_conversation_is_divided_where_times_are_missing() -> None:
    class NoZone:
        zone = None

        @staticmethod
        def local(at: object) -> None:
            return None

    pages = plan_pages([None, None, 0, 1, 2], NoZone(), most=2)  # type: ignore[arg-type]
    assert [(one.name, one.first, one.messages) for one in pages] == [
        ("undated", 1, 2),
        ("1970-01-1", 3, 2),
        ("1970-01-2", 5, 1),
    ]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "exhibits", "script", "dana", "night-desk"])
@pytest.mark.parametrize("width", [1100, 390])
def test_pages_load_without_errors_requests_or_scripts(
    site: Path, browser: Browser, name: str, width: int
) -> None:
    path = site / f"{name}.html" if name in ("index", "exhibits") else page_of(site, name)
    with browser.new_context(offline=True, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        watch = Watch(page)
        page.goto(path.as_uri())

        assert watch.console == []
        assert {url.partition(":")[0] for url in watch.requests} == {"file"}
        assert page.title() not in ("RAN", "1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        images = page.locator("img").evaluate_all(
            "(all) => Promise.all(all.map((one) => (one.loading = 'eager', one.decode())))"
        )
        assert len(images) == page.locator("img").count()


@pytest.mark.browser
def test_opening_an_exported_file_runs_no_script(site: Path, browser: Browser) -> None:
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        saved: list[str] = []
        page.on("download", lambda download: saved.append(download.suggested_filename))
        page.goto(page_of(site, "script").as_uri())
        links = page.locator(".file a").evaluate_all("(all) => all.map((one) => one.href)")
        assert len(links) == 6
        for link in links:
            with suppress(PlaywrightError):  # a download is no navigation
                page.goto(link)
            assert page.title() not in ("RAN", "1")
        # Only what a name and a type say is an image is opened, as an image.
        assert len(saved) == 4
        assert all(name.endswith(".bin") for name in saved)


@pytest.mark.browser
def test_a_script_in_a_message_would_be_noticed(site: Path, browser: Browser) -> None:
    path = page_of(site, "script")
    text = path.read_text("utf-8")
    bare = path.with_name("bare.html")
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'")):
        text = text.replace(escaped, character)
    without_policy = re.sub("<meta http-equiv=.*?>", "", text, count=1)
    assert without_policy != text
    try:
        with browser.new_context(offline=True) as context:
            page = context.new_page()
            watch = Watch(page)
            # Without escaping, the policy still holds; without both, the script runs.
            bare.write_text(text, "utf-8")
            page.goto(bare.as_uri())
            assert page.title() != "RAN"
            assert any("Content Security Policy" in line for line in watch.console)
            bare.write_text(without_policy, "utf-8")
            page.goto(bare.as_uri())
            assert page.title() == "RAN"
    finally:
        bare.unlink()


@pytest.mark.browser
def test_a_page_is_searched_and_versions_open_with_one_click(site: Path, browser: Browser) -> None:
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto(page_of(site, "dana").as_uri())
        page.get_by_placeholder("Find on this page").fill("BALCONY")
        assert page.locator(".message:visible").count() == 1
        assert page.locator("output").inner_text() == "1 of 13 messages"
        assert page.get_by_text("failed_to_deliver").count() == 1
        assert not page.get_by_text("failed_to_deliver").is_visible()
        page.get_by_text("1 earlier version").first.click()
        assert page.get_by_text("failed_to_deliver").is_visible()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason=MISSING)
def test_a_conversation_prints_as_a_numbered_transcript(
    site: Path, browser: Browser, tmp_path: Path
) -> None:
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto(page_of(site, "dana").as_uri())
        page.pdf(path=tmp_path / "out.pdf", prefer_css_page_size=True)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "out.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pages = re.findall(r"Page (\d) of (\d)", text)
    assert pages == [(str(number), str(len(pages))) for number in range(1, len(pages) + 1)]
    assert text.count("Chain hash ") == len(pages) >= 2
    assert re.search(r"\b13\s+15:00:00\s+Dana Whitfield", text)
    assert "Find on this page" not in text


def test_the_cover_states_what_the_archive_covers_and_lacks(
    example: Archive, tmp_path: Path
) -> None:
    spans = [run for run in example.runs() if run.kind == "account"]
    period = f"{spans[-1].covered_from} to {max(run.span_to for run in spans)}"
    example.export(tmp_path / "whole", "html")
    assert period in Document(tmp_path / "whole" / "index.html").text
    copy = tmp_path / "copy.sqlite3"
    example.back_up(copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(
            "INSERT INTO gaps (session_id, window_from, window_to, state, attempts, seq)"
            " VALUES (?, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', 'failed', 5, 1)",
            (example_account.STORY,),
        )
    with Archive(copy) as incomplete:
        incomplete.export(tmp_path / "part", "html")
    text = Document(tmp_path / "part" / "index.html").text
    assert f"{period}, NOT COMPLETE: 1 conversation was not read" in text

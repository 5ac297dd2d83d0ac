"""The viewer in a real browser: search, filter, open, versions; no script of messages runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from support.browser import Watch
from support.viewer import Viewer

from tools.example_account import HOSTILE, STORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(viewer: Viewer, browser: Browser) -> Iterator[Page]:
    """A page with the cookie of the viewer."""
    name, _, value = viewer.cookie.partition("=")
    with browser.new_context() as context:
        url = f"http://127.0.0.1:{viewer.port}"
        context.add_cookies([{"name": name, "value": value, "url": url, "sameSite": "Strict"}])
        yield context.new_page()


def address(viewer: Viewer, path: str) -> str:
    return f"http://127.0.0.1:{viewer.port}{path}"


def test_the_printed_address_opens_the_start_page(example_database: Path, browser: Browser) -> None:
    with Viewer(example_database) as fresh, browser.new_context() as context:
        page = context.new_page()
        watch = Watch(page)
        page.goto(fresh.address)
        assert page.url == address(fresh, "/")
        assert page.locator("h1").inner_text() == "sms.sqlite3"
        assert page.evaluate("document.cookie") == ""  # scripts cannot read it
        page.get_by_role("link", name="Conversations").click()
        expect(page.locator("h1")).to_have_text("Conversations")
        assert watch.console == []


def test_search_filter_open_and_follow_versions(viewer: Viewer, page: Page) -> None:
    watch = Watch(page)
    page.goto(address(viewer, "/search"))
    page.get_by_label("Words").fill("balcony")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search?q=balcony*")
    expect(page.locator(".message")).to_have_count(1)
    page.get_by_label("Delivery").select_option(label="Not delivered")
    page.get_by_label("Number or name").fill("(617) 555-0142")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**status=failed_to_deliver*")
    expect(page.locator(".message")).to_have_count(1)
    image = page.locator(".message img")
    assert image.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 480

    page.locator(".record summary").click()
    page.get_by_role("link", name="Versions, JSON and proof").click()
    expect(page.get_by_text("The record is unchanged")).to_be_visible()
    page.get_by_text("JSON as Zoom sent it").first.click()
    assert '"delivery_status":"delivered"' in page.locator("pre").first.inner_text()
    page.locator(".crumbs a").click()
    page.wait_for_url(f"**session={STORY}&page=2026-03#m6")
    expect(page.locator("#m6")).to_be_visible()

    assert watch.console == []
    assert {url.split("/")[2] for url in watch.requests} == {f"127.0.0.1:{viewer.port}"}


def test_html_in_messages_is_not_executed(viewer: Viewer, page: Page) -> None:
    watch = Watch(page)
    for path in (
        f"/conversation?session={HOSTILE}",
        f"/search?session={HOSTILE}",
        "/search?q=%3Cscript%3Edocument.title%3D%27RAN%27%3C%2Fscript%3E",
        "/conversations",
    ):
        page.goto(address(viewer, path))
        assert page.title() not in ("RAN", "1")
        assert page.evaluate("document.querySelectorAll('script').length") <= 1
    page.goto(address(viewer, f"/conversation?session={HOSTILE}"))
    links = page.locator(".file a")
    assert links.count() == 6
    for place in range(links.count()):
        with page.expect_download() as download:
            links.nth(place).click()
        assert not download.value.suggested_filename.endswith((".html", ".svg", ".js"))
    assert page.title() not in ("RAN", "1")
    assert watch.console == []


def test_another_site_cannot_read_or_embed_it(viewer: Viewer, page: Page) -> None:
    page.goto("data:text/html,<title>elsewhere</title>")
    target = address(viewer, "/")
    failed = page.evaluate(
        "(url) => fetch(url, {credentials: 'include'}).then(() => false, () => true)", target
    )
    assert failed
    page.set_content(f'<iframe src="{target}"></iframe>')
    page.wait_for_timeout(300)
    assert "sms.sqlite3" not in (page.frames[1].content() if len(page.frames) > 1 else "")


@pytest.mark.parametrize("width", [1100, 390])
def test_pages_fit_their_width(viewer: Viewer, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    message = f"/message?session={STORY}&message=IQ-story-05"
    conversation = f"/conversation?session={STORY}"
    for path in ("/", "/conversations", "/search?q=door*", conversation, message):
        page.goto(address(viewer, path))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

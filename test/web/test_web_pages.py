"""The content of the viewer's pages."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from support.viewer import Viewer

from swagger_client.archive import Archive, Filters
from swagger_client.web import search
from tools.example_account import HOSTILE, LONG, STORY


@pytest.fixture
def archive(example_database: Path) -> Iterator[Archive]:
    with Archive(example_database) as opened:
        yield opened


def ids(text: str) -> list[str]:
    """Return the ids of the messages on a page, in order."""
    return [unescape(one) for one in re.findall(r"<dt>Message</dt><dd>(.*?)</dd>", text)]


def message_path(path: str, session_id: str, message_id: str, **more: object) -> str:
    query = {"session": session_id, "message": message_id, "copy": 0, **more}
    return f"{path}?{urlencode(query)}"


def test_the_start_page_shows_the_content_of_the_archive(viewer: Viewer, archive: Archive) -> None:
    text = viewer.get("/").text
    messages = list(archive.messages())
    assert f"{len(messages):,} messages in 14 conversations" in text
    failed = sum(one.delivery_status == "failed_to_deliver" for one in messages)
    assert f'failed_to_deliver">Not delivered</a></td><td class="n">{failed}</td>' in text
    last = archive.runs()[-1]
    assert str(last.digest) in text
    # A file of the example could not be fetched.
    assert f"Archived from {last.covered_from} to {last.span_to}: NOT COMPLETE." in text
    assert "Files that are missing or were altered: 1." in text
    assert "<svg" in text


def test_conversations_are_listed_with_the_most_recent_first(viewer: Viewer) -> None:
    text = viewer.get("/conversations").text
    sessions = re.findall(r'href="/conversation\?session=([^"&]+)"', text)
    assert sessions[0] == STORY
    assert len(sessions) == 14
    assert viewer.get("/conversations?page=2").status == 404
    assert viewer.get("/conversations?page=x").status == 404


def test_a_conversation_is_shown_page_by_page(viewer: Viewer, archive: Archive) -> None:
    text = viewer.get(f"/conversation?session={LONG}").text
    pages = re.findall(rf'href="(/conversation\?session={LONG}&amp;page=[^"]+)"', text)
    found = [ids(viewer.get(unescape(path)).text) for path in dict.fromkeys(pages)]
    found.append(ids(text))  # the last page is shown, and no link leads to it
    expected = [one.message_id for one in archive.messages(session_id=LONG)]
    assert [one for page in found for one in page] == expected
    assert viewer.get(f"/conversation?session={LONG}&page=1999-01").status == 404
    assert viewer.get("/conversation?session=nothing").status == 404


def test_a_message_is_shown_with_versions_record_and_proof(
    viewer: Viewer, archive: Archive
) -> None:
    text = viewer.get(message_path("/message", STORY, "IQ-story-05")).text
    first, second = archive.versions(STORY, "IQ-story-05")
    for version in (first, second):
        assert version.hash in text
    assert "The record is unchanged since it was stored: its hash matches." in text
    assert "<td>delivery_status</td>" in text
    assert 'page=2026-03#m6"' in text
    assert viewer.get(message_path("/message", STORY, "nothing")).status == 404


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ({"q": "contract"}, {}),
        ({"q": "חוזה מחר"}, {}),
        (
            {"q": "doors", "from": "2026-02-01", "to": "2026-02"},
            {"since": "2026-02-01", "until": "2026-02"},
        ),
        ({"status": "failed_to_deliver"}, {"status": "failed_to_deliver"}),
        (
            {"direction": "Out", "who": "+1 617 555 0142"},
            {"direction": "Out", "number": "16175550142"},
        ),
        ({"who": "Dana Whitfield"}, {"sender": "Dana Whitfield"}),
        ({"files": "yes"}, {"has_files": True}),
        ({"session": HOSTILE}, {"session_id": HOSTILE}),
    ],
)  # fmt: skip
def test_a_search_finds_the_same_messages_as_the_archive(
    viewer: Viewer, archive: Archive, query: dict[str, str], filters: Any
) -> None:
    words = query.get("q", "")
    if words:
        expected = [one.message_id for one in archive.search(words, **filters)]
    else:
        expected = [one.message_id for one in archive.messages(**filters)]
    found: list[str] = []
    path: str | None = f"/search?{urlencode(query)}"
    while path is not None:
        text = viewer.get(path).text
        found += ids(text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(following[1]) if following else None
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("who=%2B1+999", "has no phone number"),
        ("from=soon", "must be like"),
        ("status=lost", "has no delivery status"),
        ("session=x", "has no conversation"),
        ("q=%21", "at least one word"),
        ("q=doors&before=x", "does not exist"),
        ("from=2026-02&to=2026-01", "To is before From"),
        ("from=soon", "From must be like 2026-01-31"),
        ("from=2031", "no message from 2031-01-01 on"),
        ("to=1999", "no message up to 1999-12-31"),
    ],
)
def test_a_search_that_cannot_match_shows_the_reason(
    viewer: Viewer, query: str, problem: str
) -> None:
    response = viewer.get(f"/search?{query}")
    assert response.status == 200
    assert problem in unescape(response.text)
    assert ids(response.text) == []


def test_a_search_says_what_its_period_lacks(viewer: Viewer, archive: Archive) -> None:
    first = archive.coverage().covered[0].first
    text = viewer.get("/search?from=2001-01-01").text
    assert f"The archive begins at {first}, so earlier messages are missing." in text
    assert "The archive ends at" in viewer.get("/search?to=2031-01-01").text
    assert "are missing" not in viewer.get(f"/search?q=doors&from={quote(first)}").text
    assert "older ones are on the next page" in viewer.get("/search?direction=In").text


def test_every_page_says_that_the_archive_is_incomplete(example_database: Path) -> None:
    copy = example_database.with_name("unfinished.sqlite3")
    with Archive(example_database) as archive:
        archive.back_up(copy)
    with contextlib.closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE runs SET finished_at = NULL WHERE run = 1")
    with Viewer(copy) as shown:
        for path in (
            "/conversations",
            "/search",
            "/search?q=doors",
            f"/conversation?session={STORY}",
        ):
            assert "NOT COMPLETE" in shown.get(path).text
        # Above the chart, and beside the period further down.
        start = shown.get("/").text
        assert start.index("The archive is NOT COMPLETE") < start.index("<h1>")
        assert start.count("NOT COMPLETE") == 2
        assert 'href="/#coverage"' in start
        assert 'id="coverage"' in start


def test_texts_of_strangers_are_escaped(viewer: Viewer) -> None:
    for path in (
        f"/conversation?session={HOSTILE}",
        f"/search?session={HOSTILE}",
        "/conversations",
    ):
        body = viewer.get(path).body.decode()
        assert "<script>document" not in body
        assert "<img src=x" not in body
        assert "<iframe" not in body
    reflected = viewer.get(f"/search?q={quote('<script>x</script>')}").body.decode()
    assert "<script>x" not in reflected


def test_files_are_images_or_saved_and_never_active(viewer: Viewer, archive: Archive) -> None:
    for message in archive.messages(session_id=HOSTILE):
        for place in range(len(message.attachments)):
            path = message_path("/file", HOSTILE, message.message_id, file=place)
            response = viewer.get(path)
            if message.attachments[place].path is None:
                assert response.status == 404
                continue
            assert response.headers["content-type"] == "application/octet-stream"
            assert response.headers["content-disposition"].startswith("attachment")
            assert "sandbox" in response.headers["content-security-policy"]
    image = viewer.get(message_path("/file", STORY, "IQ-story-05", file=0))
    assert image.headers["content-type"] == "image/jpeg"
    assert image.headers["content-disposition"].startswith("inline")
    assert image.body.startswith(b"\xff\xd8")
    assert viewer.get(message_path("/file", STORY, "IQ-story-05", file=1)).status == 404
    assert viewer.get(message_path("/file", STORY, "IQ-story-05", file="../x")).status == 404


def test_a_file_that_was_altered_is_not_sent(viewer: Viewer, archive: Archive) -> None:
    (photo,) = next(
        one.attachments for one in archive.messages() if one.message_id == "IQ-story-05"
    )
    assert archive.attachments is not None
    assert photo.path is not None
    path = archive.attachments / photo.path
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"!")
        response = viewer.get(message_path("/file", STORY, "IQ-story-05", file=0))
    finally:
        path.write_bytes(before)
    assert response.status == 404
    assert "was altered" in response.text


@pytest.mark.parametrize("words", ["", "doors", "Door* level"])
@pytest.mark.parametrize("filters", [{}, {"direction": "In"}, {"number": "14155550188"}])
def test_going_back_in_time_finds_the_same_in_the_same_order(
    archive: Archive, words: str, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[str]:
        result, before = [], None
        with archive.snapshot() as snapshot:
            while True:
                page = search.find(
                    snapshot.connection, words, filters, before=before, clock=ticking
                )
                result += [row.message.message_id for row in page.messages]
                before = page.before
                if before is None:
                    return result

    time = iter(range(1_000_000))

    def ticking() -> float:
        return next(time) / 2000  # some hundred messages fit into the time of a page

    at_once = found()
    assert len(set(at_once)) == len(at_once) > 500
    monkeypatch.setattr(search, "_FEW", 0)
    monkeypatch.setattr(search, "_PART", 70)
    assert found() == at_once

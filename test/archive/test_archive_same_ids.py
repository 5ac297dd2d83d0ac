"""Messages with the same id and second are archived once each, and stay unchanged."""

from __future__ import annotations

import email
import email.policy
import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.archives import DAY, SINCE, api_of

from swagger_client.archive import Archive, compare
from swagger_client.sandbox import Message, RequestRecord, Sandbox

AT = datetime(2026, 3, 5, 12, tzinfo=timezone.utc)
#: The second that two months of the span of a first run share.
BORDER = datetime(2026, 2, 1, tzinfo=timezone.utc)
TEXTS = [["one", "other"], ["one", "other", "third"], ["one", "one", "other"]]


@pytest.fixture(params=[1, 2, 100])
def page_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the number of messages on a page of a run."""
    monkeypatch.setattr("swagger_client.archive._sources.PAGE_SIZE", request.param)
    return int(request.param)


def send(
    zoom: Sandbox, texts: Iterable[str], at: datetime = AT, status: str | None = None
) -> list[Message]:
    """Send messages with the same id in the same second, in one conversation."""
    session_id = zoom.sessions()[0].session_id
    extra = {"message_id": "same"}
    return [
        zoom.add_message(session_id, text=text, at=at, extra=extra, delivery_status=status)
        for text in texts
    ]


def texts_of(archive: Archive) -> Counter[str | None]:
    return Counter(one.text for one in archive.messages() if one.message_id == "same")


def distinct(texts: Iterable[str]) -> Counter[str]:
    """Return messages without those that equal an earlier one in all fields."""
    return Counter(set(texts))


def count_records(archive: Archive) -> int:
    return archive.verify().records


@pytest.mark.parametrize("texts", TEXTS)
@pytest.mark.parametrize("at", [AT, BORDER])
def test_messages_with_the_same_id_are_archived_once_and_are_not_changes(
    archive: Archive, zoom: Sandbox, texts: list[str], at: datetime, page_size: int
) -> None:
    send(zoom, texts, at)
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert texts_of(archive) == distinct(texts)
    assert report.collisions == len(distinct(texts)) - 1
    before = count_records(archive)
    for _ in range(3):
        zoom.clock.advance(DAY)
        report = archive.mirror(api_of(zoom), reread_days=None)
        assert (report.new_messages, report.changed_messages, report.changes) == (0, 0, {})
    assert count_records(archive) == before
    assert texts_of(archive) == distinct(texts)
    assert archive.verify().problems == []


def test_a_message_that_is_missing_in_one_run_is_the_same_message_later(
    archive: Archive, zoom: Sandbox, page_size: int
) -> None:
    first, second, _ = send(zoom, ["one", "other", "third"])
    archive.mirror(api_of(zoom), since=SINCE)
    before = count_records(archive)
    for gone in (first, second):
        zoom.remove_message(gone.message_id)
        zoom.clock.advance(DAY)
        assert archive.mirror(api_of(zoom)).changed_messages == 0
        send(zoom, [str(gone.text)])
        zoom.clock.advance(DAY)
        report = archive.mirror(api_of(zoom))
        assert (report.new_messages, report.changed_messages) == (0, 0)
    assert count_records(archive) == before
    assert archive.verify().problems == []


def test_an_equal_message_in_a_later_run_is_a_new_message(
    archive: Archive, zoom: Sandbox, page_size: int
) -> None:
    send(zoom, ["one"])
    archive.mirror(api_of(zoom), since=SINCE)
    send(zoom, ["other", "third"])
    zoom.clock.advance(DAY)
    report = archive.mirror(api_of(zoom))
    assert report.new_messages == 2
    assert texts_of(archive) == distinct(["one", "other", "third"])
    zoom.clock.advance(DAY)
    assert archive.mirror(api_of(zoom)).changed_messages == 0


def test_a_new_status_is_a_change_of_its_own_message(
    archive: Archive, zoom: Sandbox, page_size: int
) -> None:
    sent = send(zoom, ["one", "other", "third"], status="sent")
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.set_delivery_status(sent[1].message_id, "delivered")
    zoom.clock.advance(DAY)
    report = archive.mirror(api_of(zoom))
    assert (report.new_messages, report.changed_messages) == (0, 1)
    assert report.changes == {"delivery_status: sent → delivered": 1}
    found = {one.text: one.delivery_status for one in archive.messages(number=None)}
    assert (found["one"], found["other"], found["third"]) == ("sent", "delivered", "sent")


def test_a_change_while_the_window_is_read_again_is_a_change(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swagger_client.archive._sources.PAGE_SIZE", 1)
    session_id = zoom.add_session()
    extra = {"message_id": "same"}
    one = zoom.add_message(session_id, at=AT, extra=extra, delivery_status="sent")
    zoom.add_message(session_id, at=AT + timedelta(seconds=1), text="after")

    def is_second_page(request: RequestRecord) -> bool:
        if session_id not in request.path or not request.query.get("next_page_token"):
            return False
        zoom.set_delivery_status(one.message_id, "delivered")
        return True

    expired = {"code": 400, "message": "The next page token is invalid or expired."}
    fault = zoom.fault(where=is_second_page, status=400, body=expired, times=1)
    archive.mirror(api_of(zoom), since=SINCE)
    assert fault.hits == 1
    (found,) = (m for m in archive.messages() if m.message_id == "same")
    assert found.delivery_status == "delivered"


@pytest.mark.parametrize("count", [1, 2, 250])
@pytest.mark.parametrize("texts", TEXTS)
def test_a_comparison_finds_each_of_them(
    archive: Archive, zoom: Sandbox, texts: list[str], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["swagger_client.archive.compare"], "_COUNT", count)
    sent = send(zoom, texts)
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = sent[0].session_id
    assert compare(archive, api_of(zoom), sessions=[session_id]).equal
    zoom.remove_message(sent[0].message_id)
    send(zoom, ["unknown"])
    report = compare(archive, api_of(zoom), sessions=[session_id])
    assert not report.equal
    assert len(report.differences) == 1


def test_a_comparison_takes_equal_messages_for_each_other(archive: Archive, zoom: Sandbox) -> None:
    one, other = send(zoom, ["one", "other"])
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.remove_message(one.message_id)
    send(zoom, ["one, altered"])
    (difference,) = compare(archive, api_of(zoom), sessions=[other.session_id]).differences
    assert (difference.kind, difference.detail) == ("different", "message")


def test_an_export_and_a_search_have_each_of_them(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    send(zoom, ["word one", "word other", "word third"])
    archive.mirror(api_of(zoom), since=SINCE)
    assert Counter(m.text for m in archive.search("word")) == distinct(
        ["word one", "word other", "word third"]
    )
    archive.export(tmp_path / "all.jsonl", "jsonl")
    lines = map(json.loads, (tmp_path / "all.jsonl").read_text("utf-8").splitlines())
    assert sum(one["message_id"] == "same" for one in lines) == 3
    archive.export(tmp_path / "html", "html")
    archive.export(tmp_path / "eml", "eml")
    pages = "".join(path.read_text("utf-8") for path in (tmp_path / "html").rglob("*.html"))
    mails = "".join(text_of(path) for path in (tmp_path / "eml").rglob("*.eml"))
    for word in ("word one", "word other", "word third"):
        assert word in pages
        assert word in mails


def text_of(path: Path) -> str:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_files_of_each_are_fetched(
    archive: Archive, zoom: Sandbox, tmp_path: Path, page_size: int
) -> None:
    session_id = zoom.sessions()[0].session_id
    for text, content in (("one", b"12345"), ("other", b"67890")):
        file = zoom.attachment(content)
        zoom.add_message(
            session_id, text=text, at=AT, extra={"message_id": "same"}, attachments=[file]
        )
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    found = [a for m in archive.messages() if m.message_id == "same" for a in m.attachments]
    assert [a.state for a in found] == ["done", "done"]


def test_a_conversation_that_is_listed_in_two_forms_is_recorded_once_in_each(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    both = [{"session_id": session_id, "session_type": kind} for kind in ("user", "call_queue")]
    page = {"sms_sessions": both, "next_page_token": "", "page_size": 100}
    zoom.fault(operation="account_sms_session", status=200, body=page, times=None)
    archive.mirror(api_of(zoom), since=SINCE)
    before = count_records(archive)
    kinds = {json.loads(one.raw)["session_type"] for one in session_versions(archive, session_id)}
    assert kinds == {"user", "call_queue"}
    for _ in range(2):
        zoom.clock.advance(DAY)
        archive.mirror(api_of(zoom), reread_days=None)
    assert count_records(archive) == before


class SessionVersion:
    """A recorded version of a conversation."""

    def __init__(self, raw: str) -> None:
        self.raw = raw


def session_versions(archive: Archive, session_id: str) -> list[SessionVersion]:
    with archive.snapshot() as snapshot:
        found = snapshot.connection.execute(
            "SELECT content FROM records WHERE session_id = ? AND kind = 'session'", (session_id,)
        ).fetchall()
    return [SessionVersion(raw) for (raw,) in found]


@pytest.mark.parametrize("at", [AT, BORDER])
def test_equal_messages_without_an_id_are_several(
    archive: Archive, zoom: Sandbox, at: datetime, page_size: int
) -> None:
    session_id = zoom.sessions()[0].session_id
    for _ in range(3):
        zoom.add_message(session_id, text="equal", at=at, extra={"message_id": None})
    for since in (SINCE, SINCE, None):
        archive.mirror(api_of(zoom), since=since, reread_days=None)
        assert [one.text for one in archive.messages()].count("equal") == 3
        zoom.clock.advance(DAY)
    assert archive.verify().problems == []


def test_equal_messages_without_an_id_on_one_page_are_several(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    one = {"message_id": None, "message": "the same", "date_time": f"{AT:%Y-%m-%dT%H:%M:%SZ}"}
    page = {"sms_histories": [one, one], "next_page_token": ""}
    path = f"/v2/phone/sms/sessions/{session_id}"
    zoom.fault(operation="sms_session_details", path=path, status=200, body=page, times=None)
    for _ in range(3):
        archive.mirror(api_of(zoom), since=SINCE, reread_days=None)
        assert [one.text for one in archive.messages()].count("the same") == 2
    assert archive.verify().problems == []

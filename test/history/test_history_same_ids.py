"""Messages to which Zoom gave one id and one second: each that differs is returned."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from support.history_reader import Reader

from swagger_client.sandbox import Message, Sandbox

AT = datetime(2026, 5, 5, 12, tzinfo=timezone.utc)
#: A second that two months of a span share.
BORDER = datetime(2026, 5, 20, tzinfo=timezone.utc)
#: A second that is read again at the end, since messages may still arrive in it.
RECENT = datetime(2026, 7, 15, 11, 58, tzinfo=timezone.utc)
SPAN = {"_from": "2026-04-20", "to": "2026-06-20"}
TEXTS = [["one", "other"], ["one", "other", "third"], ["one", "one", "other"]]


def send_copies(zoom: Sandbox, texts: list[str], at: datetime = AT) -> str:
    """Send messages with one id in one second, and neighbours; return their conversation."""
    session_id = zoom.sessions()[0].session_id
    for text in texts:
        zoom.add_message(session_id, text=text, extra={"message_id": "same"}, at=at)
    zoom.add_message(session_id, text="before", at=at - timedelta(seconds=1))
    zoom.add_message(session_id, text="after", at=at + timedelta(seconds=1))
    return session_id


def sent(zoom: Sandbox, session_id: str) -> Counter[str]:
    """The texts of the messages of the span. Messages that are equal in all fields are one."""
    found = zoom.messages(session_id)
    equal = {(id_of(one), one.date_time, one.text) for one in found}
    return Counter(str(text) for _, at, text in equal if "2026-04-20" <= at < "2026-06-21")


def id_of(message: Message) -> str:
    """The id that Zoom shows."""
    return str((message.extra or {}).get("message_id", message.message_id))


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
@pytest.mark.parametrize("texts", TEXTS)
@pytest.mark.parametrize("at", [AT, BORDER])
@pytest.mark.parametrize("sort", [1, 2])
def test_messages_that_share_id_and_second_are_all_read(
    face: Reader, zoom: Sandbox, texts: list[str], page_size: int, at: datetime, sort: int
) -> None:
    session_id = send_copies(zoom, texts, at)
    options = {**SPAN, "page_size": page_size, "sort": sort}
    found = face.read("iter_sms_session_details", session_id, **options)
    assert Counter(one.message for one in found) == sent(zoom, session_id)


@pytest.mark.parametrize("page_size", [1, 100])
def test_the_account_s_messages_that_share_id_and_second_are_all_read(
    face: Reader, zoom: Sandbox, page_size: int
) -> None:
    session_id = send_copies(zoom, TEXTS[1], BORDER)
    found = face.read("iter_account_messages", **SPAN, page_size=page_size)
    own = Counter(one.message.message for one in found if one.session.session_id == session_id)
    assert own == sent(zoom, session_id)


@pytest.mark.parametrize("count", [1, 2, 250])
@pytest.mark.parametrize("texts", TEXTS)
def test_messages_that_share_id_and_second_are_all_synchronized(
    face: Reader, zoom: Sandbox, texts: list[str], count: int
) -> None:
    session_id = send_copies(zoom, texts)
    found = face.read("iter_sms_session_sync", session_id, count=count)
    wanted = {(id_of(one), one.date_time, one.text) for one in zoom.messages(session_id)}
    assert Counter(one.message for one in found) == Counter(text for *_, text in wanted)


def test_a_new_link_of_a_file_does_not_make_a_message_a_new_one(
    face: Reader, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, attachments=[zoom.attachment(b"12345")], at=BORDER)
    found = face.read("iter_sms_session_details", session_id, **SPAN)
    ids = [one.message_id for one in found]
    assert len(ids) == len(set(ids))


#: What equal messages of one second have instead of an id.
NO_ID = [None, "", 5]


def send_equal(zoom: Sandbox, count: int, at: datetime, message_id: object) -> str:
    """Send equal messages without a usable id, and neighbours; return their conversation."""
    session_id = zoom.sessions()[0].session_id
    for _ in range(count):
        zoom.add_message(session_id, text="equal", extra={"message_id": message_id}, at=at)
    zoom.add_message(session_id, text="before", at=at - timedelta(seconds=1))
    zoom.add_message(session_id, text="after", at=at + timedelta(seconds=1))
    return session_id


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
@pytest.mark.parametrize("at", [AT, BORDER, RECENT])
@pytest.mark.parametrize("sort", [1, 2])
@pytest.mark.parametrize("message_id", NO_ID)
def test_equal_messages_without_an_id_are_all_read(
    face: Reader, zoom: Sandbox, page_size: int, at: datetime, sort: int, message_id: object
) -> None:
    session_id = send_equal(zoom, 3, at, message_id)
    options = {"_from": "2026-04-20", "to": "2026-07-16", "page_size": page_size, "sort": sort}
    found = face.read("iter_sms_session_details", session_id, **options)
    assert sum(one.message == "equal" for one in found) == 3


@pytest.mark.parametrize("page_size", [1, 2, 100])
@pytest.mark.parametrize("at", [AT, BORDER, RECENT])
def test_the_account_s_equal_messages_without_an_id_are_all_read(
    face: Reader, zoom: Sandbox, page_size: int, at: datetime
) -> None:
    session_id = send_equal(zoom, 3, at, None)
    span = {"_from": "2026-04-20", "to": "2026-07-16"}
    found = face.read("iter_account_messages", **span, page_size=page_size)
    own = [one.message.message for one in found if one.session.session_id == session_id]
    assert own.count("equal") == 3


def test_equal_messages_without_an_id_are_read_once_when_page_tokens_expire(
    blocking: Reader, zoom: Sandbox
) -> None:
    session_id = send_equal(zoom, 3, AT, None)
    found = []
    options = {**SPAN, "page_size": 2}
    for one in blocking.iterate("iter_sms_session_details", session_id, **options):
        found.append(one.message)
        if len(found) in (1, 5):
            zoom.clock.advance(20 * 60)
    assert found.count("equal") == 3


def test_equal_messages_without_an_id_of_one_response_are_all_synchronized(
    face: Reader, zoom: Sandbox
) -> None:
    session_id = send_equal(zoom, 3, AT, None)
    found = face.read("iter_sms_session_sync", session_id)
    assert sum(one.message == "equal" for one in found) == 3

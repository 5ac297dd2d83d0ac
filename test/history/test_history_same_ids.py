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

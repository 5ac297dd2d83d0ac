"""A nested field of another JSON type does not end an iteration."""

from __future__ import annotations

from typing import Any

import pytest
from support.history_reader import Reader

from swagger_client.exceptions import DecodeException
from swagger_client.sandbox import Sandbox

MAY: dict[str, Any] = {"_from": "2026-05-01", "to": "2026-05-25"}
USUAL = {"message_id": "usual", "date_time": "2026-05-02T00:00:00Z", "message": "hello"}
#: An odd field of a message and of a conversation, for each method that iterates.
ODD: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("iter_sms_session_details", "sms_histories", {"session_id": "s", **MAY}, {"sender": "+1206"}),
    ("iter_sms_session_sync", "sms_histories", {"session_id": "s"}, {"to_members": True}),
    ("iter_account_sms_session", "sms_sessions", MAY, {"participants": 5}),
    ("iter_user_sms_session", "sms_sessions", {"user_id": "u", **MAY}, {"participants": {"a": 1}}),
    ("iter_get_sms_sessions", "sms_sessions", {"user_id": "u"}, {"latest_message": [1]}),
]


@pytest.mark.parametrize(("method", "key", "arguments", "odd"), ODD)
def test_an_odd_field_is_kept_with_a_warning(
    face: Reader,
    zoom: Sandbox,
    method: str,
    key: str,
    arguments: dict[str, Any],
    odd: dict[str, Any],
) -> None:
    [(name, value)] = odd.items()
    records = [USUAL, {**USUAL, "message_id": "odd", "session_id": "odd", **odd}]
    operation = method.removeprefix("iter_")
    further = {"sync_token": "t"} if "sync" in method or "get" in method else {"page_size": 2}
    zoom.fault(operation=operation, status=200, body={key: [], **further}, times=None)
    zoom.fault(operation=operation, status=200, body={key: records, **further}, times=1)
    with pytest.warns(UserWarning, match=f"`{name}` is a JSON .*; it is kept unchanged"):
        found = face.read(method, **arguments)
    assert [getattr(one, name) for one in found[:2]] == [None, value]


def test_an_odd_field_of_a_message_does_not_end_the_account(face: Reader, zoom: Sandbox) -> None:
    body = {"sms_histories": [{**USUAL, "attachments": 5}, USUAL], "page_size": 2}
    zoom.fault(operation="sms_session_details", status=200, body=body, times=1)
    with pytest.warns(UserWarning, match="`attachments` is a JSON number"):
        found = face.read("iter_account_messages", **MAY)
    assert [one.message.attachments for one in found if one.message.attachments == 5] == [5]
    assert len(found) > 2


@pytest.mark.parametrize("records", [5, {}, "x", True])
def test_something_else_than_a_list_of_records_ends_an_iteration(
    face: Reader, zoom: Sandbox, records: object
) -> None:
    zoom.fault(status=200, body={"sms_histories": records, "page_size": 2}, times=None)
    with pytest.raises(DecodeException, match="has no list `sms_histories`"):
        face.read("iter_sms_session_details", "s", **MAY)

"""What a page of Zoom's says about the next one."""

from __future__ import annotations

import pytest

from swagger_client.api.operations import ACCOUNT_SMS_SESSION, SMS_SESSION_DETAILS
from swagger_client.archive import wire


# Taken for a page token, a sync token beside a null is refused, and the conversation with it.
@pytest.mark.parametrize(
    ("tokens", "following"),
    [
        ({"next_page_token": None, "sync_token": "covered"}, ""),
        ({"next_page_token": "", "sync_token": "covered"}, ""),
        ({"next_page_token": "next", "sync_token": "covered"}, "next"),
        ({"sync_token": "next"}, "next"),
        ({}, ""),
    ],
)
def test_a_sync_token_stands_in_for_a_page_token_that_is_missing(
    tokens: dict[str, object], following: str
) -> None:
    assert wire.page(SMS_SESSION_DETAILS, {"sms_histories": [], **tokens}).token == following


def test_in_lists_of_conversations_it_never_does() -> None:
    page = {"sms_sessions": [], "sync_token": "covered"}
    assert wire.page(ACCOUNT_SMS_SESSION, page).token == ""

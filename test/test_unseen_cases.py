"""Losses and leaks that were found after the code was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archives import SINCE, api_of, small_account

from swagger_client._security.redaction import escape, redact
from swagger_client.archive import Archive
from swagger_client.archive.credentials import without_credentials
from swagger_client.archive.periods import period
from swagger_client.history import windows


def test_a_message_dated_long_after_the_span_is_kept() -> None:
    with small_account() as zoom:
        session = zoom.sessions()[0].session_id
        extra = {"date_time": "2031-01-01T00:00:00Z"}
        message = zoom.add_message(session, text="wrong date", extra=extra)
        found = api_of(zoom).iter_sms_session_details(session, _from=SINCE)
        assert message.message_id in {one.message_id for one in found}


def test_a_conversation_without_delivery_statuses_is_exported(tmp_path: Path) -> None:
    with small_account(sessions=1, messages=1) as zoom:
        for message in zoom.messages():
            zoom.remove_message(message.message_id)
        zoom.add_message(zoom.sessions()[0].session_id, text="x", extra={"delivery_status": None})
        archive = Archive(tmp_path / "sms.sqlite3")
        archive.mirror(api_of(zoom), since=SINCE)
        archive.export(tmp_path / "html", "html")
    assert (tmp_path / "html" / "index.html").exists()


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2026-01-05T10", "10:59:59"),
        ("2026-01-05T10:30", "10:30:59"),
        ("2026-01-05T10:30:15", "10:30:15"),
    ],
)
def test_an_hour_or_minute_as_the_end_of_a_span_is_meant_whole(text: str, last: str) -> None:
    assert f"{windows('2026-01-01', text)[-1].end:%H:%M:%S}" == last
    assert f"{period('--to', text)[1]:%H:%M:%S}" == last


@pytest.mark.parametrize(
    "url",
    [
        "https://h/x?sig=S3CRETVALUE", "https://h/x?X-Amz-Signature=S3CRETVALUE",
        "https://h/x?a=1&Signature=S3CRETVALUE", "/x?code=S3CRETVALUE", "https://h/x?zak=S3CRETVALUE",
        "https://user:S3CRETVALUE@h/x", "https://h/x?SAMLRequest=S3CRETVALUE",
    ],
)  # fmt: skip
def test_a_credential_in_a_url_is_redacted(url: str) -> None:
    assert "S3CRETVALUE" not in redact(f"redirected to {url}.")


@pytest.mark.parametrize(
    "value",
    [
        {"file": "//file.zoom.us/x?jwt=SECRET"}, {"file": "https://u:SECRET@h/x"},
        {"https://h/k?jwt=SECRET": 1}, {"file": "https://h/?zak=SECRET"},
    ],
)  # fmt: skip
def test_a_credential_in_a_url_is_not_archived(value: dict[str, object]) -> None:
    assert "SECRET" not in str(without_credentials(value))


def test_fields_whose_names_differ_in_a_credential_only_are_both_archived() -> None:
    cleaned = without_credentials({"https://h/k?jwt=ONE": 1, "https://h/k?jwt=TWO": 2})
    assert isinstance(cleaned, dict)
    assert list(cleaned.values()) == [1, 2]


def test_half_a_surrogate_pair_can_be_printed() -> None:
    escape("bad \ud800 thing").encode()

"""Archives, models and error texts use the same rule for credentials in URLs."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._security.redaction import redact
from swagger_client._security.signed_urls import is_signed, replace_signed_urls
from swagger_client.archive.credentials import without_credentials
from swagger_client.models import SmsMessage

SECRET = "S3CRETVALUEx"
TOKEN = "eyJhbGciOiJI.eyJleHAiOjE3OTk5OTk5OTl9.S3CRETVALUEx"

SIGNED = [
    f"https://h/x?jwt={SECRET}", f"https://h/x?JWT={SECRET}", f"https://h/x?a=1&sig={SECRET}",
    f"https://h/x?X-Amz-Signature={SECRET}&X-Amz-Date=1", f"https://h/x?X-Goog-Signature={SECRET}",
    f"https://h/x?X-Amz-Security-Token={SECRET}", f"https://h/x?Policy={SECRET}&Expires=1",
    f"https://h/x?Key-Pair-Id={SECRET}", f"https://h/x?access_token={SECRET}",
    f"https://h/x?accessToken={SECRET}", f"https://h/x#access_token={SECRET}",
    f"https://h/x;jwt={SECRET}", f"https://h/x?a=1;token={SECRET}", f"https://h/x?code={SECRET}",
    f"https://h/x?zak={SECRET}", f"https://h/x?pwd={SECRET}", f"https://h/x?api_key={SECRET}",
    f"https://h/x?api-key={SECRET}", f"https://h/x?apikey={SECRET}", f"https://h/x?key={SECRET}",
    f"https://h/x?%6awt={SECRET}", f"https://h/x?X-Amz%2DSignature={SECRET}",
    f"https://h/x?data[token]={SECRET}", f"https://h/x?SAMLResponse={SECRET}",
    f"https://h/x?client_assertion={SECRET}", f"https://h/x?code_verifier={SECRET}",
    f"https://h/x?__token__={SECRET}", f"https://h/x?hdnea={SECRET}", f"HTTPS://h/x?jwt={SECRET}",
    f"https://h/x?a&amp;jwt={SECRET}", f"https://user:{SECRET}@h/x", f"https://{SECRET}@h/x",
    f"https://user:{'p' * 600}{SECRET}@h/x", f"//h/x?jwt={SECRET}", f"ftp://u:{SECRET}@h/x",
    f"https://h/{TOKEN}/x", f"https://h/x/{TOKEN}", f"https://h/x?file={TOKEN}",
    f"https://r/?u={quote(f'https://h/x?jwt={SECRET}', safe='')}",
    f"https://r/?u={quote(quote(f'https://h/x?sig={SECRET}', safe=''), safe='')}",
    f"h.zoom.us/x?jwt={SECRET}", f"/x?access_token={SECRET}", f"?jwt={SECRET}", f"jwt={SECRET}",
    f"access_token={SECRET}&a=1", f"see https://h/x?jwt={SECRET}, and https://h/y",
    f"(https://h/x?jwt={SECRET})", f"https://h/x,https://h/y?jwt={SECRET}", TOKEN,
    f"blob:https://h/x?jwt={SECRET}", quote(f"https://h/x?jwt={SECRET}", safe=""),
    quote(quote(f"https://h/x?a=1&sig={SECRET}", safe=""), safe=""), f"jwt%3D{SECRET}",
    f"https%3a%2f%2fh%2fx%23access_token%3d{SECRET}",
]  # fmt: skip
#: What has no credential stays as it is.
PLAIN = [
    "https://h/x", "https://h/x?a=1", "https://h/x?session_id=1#top", "https://h/@name/x", "a=b",
    "https://h/x?keyword=cat&monkey=2", "https://h:80/x?signed=1", "mail@h.example", "1 = 2",
    "https://h/x?jwt=", "token", "see the policy; code is 4711", "key=4711", "50% off // now",
    "eyJust a text", "https://h/x?postcode=12345", "https://h/x?mapkeys=1", "/x?page=2&size=3",
    "https://zoom.us/rec/abc?startTime=1", "C:\\keys\\a=b", "https://h/x?country_code=1",
    "10%3F no", "a%3Db", "https%3A%2F%2Fh%2Fx%3Fa%3D1", "30%3A", "%3", "%253D",
]  # fmt: skip


@pytest.mark.parametrize("text", SIGNED)
def test_no_credential_of_a_url_is_archived_or_shown(text: str) -> None:
    record = {"file": text, "list": [text], text: 1, "deep": {"a": [{"b": text}]}}
    assert SECRET not in str(without_credentials(record))
    message = SmsMessage.from_dict({"message": text, "further": record, "attachments": text})
    assert SECRET not in message.to_str()
    assert SECRET not in str(message.to_dict(secrets=False))
    assert SECRET not in str(message.to_row())
    assert SECRET not in redact(text)


@pytest.mark.parametrize("text", PLAIN)
def test_text_without_a_credential_is_unchanged(text: str) -> None:
    assert without_credentials({"file": text}) == {"file": text}
    assert SmsMessage.from_dict({"further": text}).to_dict(secrets=False)["further"] == text
    assert redact(text) == text


@pytest.mark.parametrize("text", SIGNED)
def test_the_text_of_a_message_is_archived_unchanged(text: str) -> None:
    assert without_credentials({"message": text}) == {"message": text}


def test_field_names_that_differ_only_in_a_credential_keep_both_values() -> None:
    fields = {f"https://h/?jwt={SECRET}1": 1, f"https://h/?jwt={SECRET}2": 2}
    assert list(without_credentials(fields).values()) == [1, 2]  # type: ignore[attr-defined]
    plain = SmsMessage.from_dict({"further": fields}).to_dict(secrets=False)["further"]
    assert list(plain.values()) == [1, 2]


@given(st.text(st.sampled_from("?&#;=/:@%. \"'<jwtokensig41eyJ"), max_size=60))
def test_a_text_without_signed_urls_is_stable(text: str) -> None:
    once = replace_signed_urls(text, "?<gone>")
    assert replace_signed_urls(once, "?<gone>") == once
    assert not is_signed(f"https://h/x?a=1#{len(text)}")


@pytest.mark.clock
@pytest.mark.parametrize(
    "repeated",
    ["?a=1&", "https://h/x?", "eyJ", "eyJabcdef.", "//", "%25", "a=", ";", "jwt=a ", "@:/"],
)
def test_time_grows_with_the_length_of_a_text_only(repeated: str) -> None:
    def seconds(length: int) -> float:
        text = (repeated * length)[:length]
        start = time.process_time()
        replace_signed_urls(text, "?")
        redact(text)
        return time.process_time() - start

    small = min(seconds(20_000) for _ in range(3))
    assert seconds(320_000) < max(64 * small, 0.5)

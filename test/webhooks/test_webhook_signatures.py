"""Only signatures of Zoom are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from random import Random

import pytest

from swagger_client.webhooks import (
    InvalidEventError,
    InvalidTimestampError,
    MissingHeaderError,
    SignatureMismatchError,
    TimestampTooNewError,
    TimestampTooOldError,
    UrlValidationEvent,
    VerificationError,
    Webhook,
)
from webhooks.sample_events import NOW, SECRET, body, event, url_validation

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
SIGNATURE, TIMESTAMP = "x-zm-signature", "x-zm-request-timestamp"

#: Computed by `openssl dgst -sha256 -hmac tGx-9Qf_s3cr3t` of `v0:1790000000:` and the body.
VECTORS = {
    "emoji": (
        b'{"event":"phone.sms_received","payload":{"object":{"message":"'
        + 'Grüße 👋🏽 👩‍👩‍👧"}}}'.encode(),
        "245a2281edfcff8620a23089db20b61a047951e16282a13001562aa6d3b38e6c",
    ),
    "escaped slashes": (
        rb'{"url":"https:\/\/example.com\/a","text":"\ud83d\ude00"}',
        "0a6536fabc3bc1b9383ff7abdc87d2da32f3e232d7ec55c97b684185f366c905",
    ),
    "CRLF": (
        b'{\r\n  "event": "phone.sms_sent",\r\n  "payload": {}\r\n}\r\n',
        "4c17c4ebf460c5c5451d5097aff4461aec08f45f8e040fe5e7c1eec958095c95",
    ),
    "1 MiB": (
        b'{"message":"' + b"0123456789abcdef" * 65535 + b'xy"}',
        "2a113676793dfbef62525806d74a0ee17bc3f1b144be0c004df6844aec5b8375",
    ),
    "empty": (b"", "66a6334df340af08cadc646b8a2444eef3768fb062ff5ab4017737629a6298d8"),
}


def headers(digest: str, timestamp: int = NOW) -> dict[str, str]:
    return {SIGNATURE: f"v0={digest}", TIMESTAMP: str(timestamp)}


@pytest.mark.parametrize("name", VECTORS)
def test_signatures_are_those_of_openssl(name: str) -> None:
    content, digest = VECTORS[name]
    WEBHOOK.verify(content, headers(digest))
    assert WEBHOOK.sign(content, timestamp=NOW) == headers(digest)


def test_a_url_validation_gets_the_token_as_openssl_signs_it() -> None:
    content = body(url_validation())
    validation = WEBHOOK.unwrap(content, WEBHOOK.sign(content))
    assert isinstance(validation, UrlValidationEvent)
    assert validation.response == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "9f2c1339edeada47a3418b1ede9cc2ea963961f7ebeb8fd83c6c5ec617aa7764",
    }


CONTENT = body(event("phone.sms_received"))
SIGNED = WEBHOOK.sign(CONTENT)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda content: content.decode()])
def test_a_body_is_taken_as_bytes_or_text(kind: type) -> None:
    WEBHOOK.verify(kind(CONTENT), SIGNED)


def test_a_parsed_body_is_rejected_before_it_can_mismatch() -> None:
    with pytest.raises(TypeError, match="the body exactly as it was received"):
        WEBHOOK.verify(event("phone.sms_received"), SIGNED)  # type: ignore[arg-type]


def email_headers() -> Message:
    message = Message()
    for name, value in SIGNED.items():
        message[name] = value
    return message


@pytest.mark.parametrize(
    "form",
    [
        {name.upper(): value for name, value in SIGNED.items()},
        {name.title(): [value] for name, value in SIGNED.items()},
        {name.encode(): value.encode() for name, value in SIGNED.items()},
        [(name.encode(), value.encode()) for name, value in SIGNED.items()],
        [*SIGNED.items(), ("X-Other", "1"), ("x-other", "2")],
        list(email_headers().items()),
        email_headers(),  # what http.server has
    ],
)
def test_headers_are_found_in_any_mapping_and_case(form: object) -> None:
    WEBHOOK.verify(CONTENT, form)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP])
def test_a_missing_header_is_named(missing: str) -> None:
    for sent in ({**SIGNED, missing: ""}, {k: v for k, v in SIGNED.items() if k != missing}):
        with pytest.raises(MissingHeaderError, match=missing):
            WEBHOOK.verify(CONTENT, sent)


def test_a_header_sent_twice_with_different_values_is_rejected() -> None:
    other = Webhook("other", clock=lambda: NOW).sign(CONTENT)
    with pytest.raises(MissingHeaderError, match="different values"):
        WEBHOOK.verify(CONTENT, [*SIGNED.items(), *other.items()])
    WEBHOOK.verify(CONTENT, [*SIGNED.items(), *SIGNED.items()])


@pytest.mark.parametrize("value", ["now", "1e9", "-5", "1790000000.5", "٣", "9" * 13, "0x10"])
def test_a_timestamp_that_is_not_unix_seconds_is_rejected(value: str) -> None:
    with pytest.raises(InvalidTimestampError):
        WEBHOOK.verify(CONTENT, {**SIGNED, TIMESTAMP: value})


def signed_at(when: float) -> dict[str, str]:
    return WEBHOOK.sign(CONTENT, timestamp=int(when))


def test_zooms_last_retry_is_within_the_default_tolerance() -> None:
    WEBHOOK.verify(CONTENT, signed_at(NOW - 85 * 60))
    WEBHOOK.verify(CONTENT, signed_at(NOW - 90 * 60))
    with pytest.raises(TimestampTooOldError, match="at most 5400"):
        WEBHOOK.verify(CONTENT, signed_at(NOW - 90 * 60 - 1))


def test_a_timestamp_may_be_five_minutes_ahead() -> None:
    WEBHOOK.verify(CONTENT, signed_at(NOW + 300))
    with pytest.raises(TimestampTooNewError, match="clock"):
        WEBHOOK.verify(CONTENT, signed_at(NOW + 301))


def test_the_tolerance_can_be_set() -> None:
    strict = Webhook(SECRET, tolerance=timedelta(minutes=5), clock=lambda: NOW)
    with pytest.raises(TimestampTooOldError):
        strict.verify(CONTENT, signed_at(NOW - 301))
    with pytest.raises(ValueError, match="negative"):
        Webhook(SECRET, ahead=timedelta(seconds=-1))


def test_a_wrong_signature_is_reported_before_its_age() -> None:
    old = {**signed_at(NOW - 10**6), SIGNATURE: "v0=" + "0" * 64}
    with pytest.raises(SignatureMismatchError):
        WEBHOOK.verify(CONTENT, old)


def test_both_secrets_are_accepted_during_a_rotation() -> None:
    both = Webhook(["new", SECRET], clock=lambda: NOW)
    new = Webhook("new", clock=lambda: NOW)
    for content in (CONTENT, body(url_validation())):
        for signer in (WEBHOOK, new):
            event = both.unwrap(content, signer.sign(content))
            if isinstance(event, UrlValidationEvent):
                expected = signer.parse(content)
                assert isinstance(expected, UrlValidationEvent)
                assert event.response == expected.response
    with pytest.raises(SignatureMismatchError):
        new.verify(CONTENT, SIGNED)


@pytest.mark.parametrize(
    "secret", ["", [], ["a", ""], "   ", "secret\n", " secret", '"secret"', "'secret'"]
)
def test_an_empty_padded_or_quoted_secret_is_rejected(secret: str | list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Webhook(secret)


def test_a_secret_of_another_type_is_rejected() -> None:
    with pytest.raises(TypeError, match="str"):
        Webhook([b"x"])  # type: ignore[list-item]


def test_no_text_shows_a_secret_or_the_expected_signature() -> None:
    expected = SIGNED[SIGNATURE]
    wrong = {**SIGNED, SIGNATURE: "v0=" + "1" * 64}
    with pytest.raises(SignatureMismatchError) as caught:
        WEBHOOK.verify(CONTENT, wrong)
    shown = f"{caught.value!r} {caught.value} {WEBHOOK!r} {caught.value.__cause__}"
    assert expected not in shown
    assert expected[3:] not in shown
    assert SECRET not in shown


def test_a_body_is_verified_before_it_is_parsed() -> None:
    with pytest.raises(SignatureMismatchError):
        WEBHOOK.unwrap(b"not JSON", SIGNED)
    with pytest.raises(InvalidEventError):
        WEBHOOK.unwrap(b"not JSON", WEBHOOK.sign(b"not JSON"))


def mutations(seed: int, count: int) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Yield requests that differ from the signed request in one thing."""
    rng = Random(seed)
    while count:
        content, sent = bytearray(CONTENT), dict(SIGNED)
        place = rng.randrange(len(content))
        match rng.randrange(8):
            case 0:
                content[place] ^= 1 << rng.randrange(8)
            case 1:
                del content[place : place + rng.randrange(1, 9)]
            case 2:
                content[place:place] = rng.randbytes(rng.randrange(1, 9))
            case 3:
                content = content[:place]
            case 4:
                digest = list(sent[SIGNATURE])
                digest[rng.randrange(len(digest))] = rng.choice("0123456789abcdefABCDEFv= ")
                sent[SIGNATURE] = "".join(digest)
            case 5:
                sent[TIMESTAMP] = rng.choice(
                    [str(NOW + rng.randrange(-299, 300)), f"0{NOW}", f"{NOW}.0", f"+{NOW}"]
                )
            case 6:
                sent[SIGNATURE] = sent[SIGNATURE][: rng.randrange(len(sent[SIGNATURE]))]
            case 7:
                del sent[rng.choice([SIGNATURE, TIMESTAMP])]
        if (bytes(content), sent) != (CONTENT, SIGNED) and sent.get(SIGNATURE, "").strip():
            count -= 1
            yield bytes(content), sent


def rejected(seed: int, count: int) -> int:
    found = 0
    for content, sent in mutations(seed, count):
        if sent.get(SIGNATURE, "").strip() == SIGNED[SIGNATURE] and content == CONTENT:
            assert sent.get(TIMESTAMP) != SIGNED[TIMESTAMP]
        try:
            WEBHOOK.unwrap(content, sent)
        except VerificationError:
            found += 1
    return found


def test_mutated_requests_are_rejected() -> None:
    assert rejected(seed=1, count=500) == 500


@pytest.mark.extended
def test_ten_thousand_mutated_requests_are_rejected() -> None:
    assert rejected(seed=2, count=10_000) == 10_000

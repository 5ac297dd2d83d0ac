from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message

from swagger_client.webhooks._errors import (
    InvalidTimestampError,
    MissingHeaderError,
    SignatureMismatchError,
)

SIGNATURE_HEADER = "x-zm-signature"
TIMESTAMP_HEADER = "x-zm-request-timestamp"

#: A request body, exactly as received.
Body = bytes | bytearray | memoryview | str
#: Request headers as any web framework has them: a mapping or pairs of text or bytes, or the
#: message of ``http.server``.
Headers = (
    Mapping[str, str]
    | Mapping[str, Sequence[str]]
    | Mapping[bytes, bytes]
    | Iterable[tuple[str, str]]
    | Iterable[tuple[bytes, bytes]]
    | Message
)

_SECONDS = re.compile("[0-9]{1,12}")


def body_bytes(body: Body) -> bytes:
    """Return a request body as bytes; text is encoded as UTF-8."""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    raise TypeError(
        f"`body` is a {type(body).__name__}, but must be bytes or str. Pass the body exactly as it "
        "was received: the signature does not match JSON that was parsed and serialized again."
    )


def header(headers: Headers, name: str) -> str:
    """Return the value of a header, whose ``name`` is given in lower case."""
    pairs = headers.items() if isinstance(headers, Mapping | Message) else headers
    found = {
        _text(value)
        for key, values in pairs
        if _text(key).lower() == name
        for value in (values if isinstance(values, list | tuple) else [values])
    }
    found.discard("")
    if len(found) > 1:
        raise MissingHeaderError(
            f"The header {name} was sent with several different values. Check whether a proxy adds "
            "it."
        )
    if not found:
        raise MissingHeaderError(
            f"The header {name} is missing. Zoom sends it with every event; check that no proxy "
            "removes it."
        )
    return found.pop()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Compute the value of the header `x-zm-signature`.

    Source: Zoom's documentation of webhook verification.
    """
    mac = hmac.new(secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + mac.hexdigest()


def encrypted_token(secret: bytes, plain_token: str) -> str:
    """Return the HMAC of a URL validation's token, which the response must contain."""
    token = plain_token.encode("utf-8", "surrogatepass")
    return hmac.new(secret, token, hashlib.sha256).hexdigest()


def check(secrets: Sequence[bytes], body: bytes, headers: Headers) -> tuple[int, bytes]:
    """Raise a VerificationError unless a request was signed with one of the secrets.

    The signatures are compared in constant time, and every secret is tried.

    :returns: the timestamp in Unix seconds, and the secret with which the request was signed.
    """
    received = header(headers, SIGNATURE_HEADER).encode("utf-8", "surrogatepass")
    timestamp = header(headers, TIMESTAMP_HEADER)
    if not _SECONDS.fullmatch(timestamp):
        raise InvalidTimestampError(
            f"The header {TIMESTAMP_HEADER} is not a number of Unix seconds: {timestamp[:40]!r}. "
            "Check whether a proxy changes it."
        )
    matches = [
        secret
        for secret in secrets
        if hmac.compare_digest(signature(secret, timestamp, body).encode(), received)
    ]
    if not matches:
        raise SignatureMismatchError(
            "The signature does not match the body. Check the secret token of the app. Pass the "
            "body exactly as it was received."
        )
    return int(timestamp), matches[0]


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value).strip()

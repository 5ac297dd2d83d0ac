"""What went wrong on the wire, as an exception that repeats no secret."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from urllib3.exceptions import SSLError

from swagger_client._connection import Limits, OutOfTime
from swagger_client.exceptions import (
    DeadlineExceededException,
    TLSException,
    TransportException,
    redact,
)

Pairs = Sequence[tuple[str, object]]

#: The other side hung up; over TLS, too.
_CUT_OFF = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
#: Fields of a token request that are no secrets.
_OPEN_FIELDS = frozenset({"account_id", "client_id", "grant_type", "redirect_uri"})


def transport_failure(
    error: Exception, limits: Limits, secrets: Sequence[str]
) -> TransportException:
    """The exception for what urllib3, http.client or the system raised."""
    chain = list(_chain(error))
    if any(isinstance(link, OutOfTime) for link in chain) or limits.is_over():
        if limits.final:
            return DeadlineExceededException(reason="the deadline passed during an attempt")
        return TransportException(reason="the attempt timed out")
    words = next((_words(link) for link in reversed(chain) if _words(link)), type(error).__name__)
    reason = redact(words, secrets)
    cut_off = any(isinstance(link, _CUT_OFF) for link in chain)
    if any(isinstance(link, (SSLError, ssl.SSLError)) for link in chain) and not (
        cut_off or any(isinstance(link, TimeoutError) for link in chain)
    ):
        return TLSException(reason=reason)
    failure = TransportException(reason=reason)
    failure.stale_connection = cut_off and limits.reused and not limits.heard
    return failure


def _chain(error: BaseException | None) -> Sequence[BaseException]:
    """An error and what it wraps, the innermost last."""
    links: list[BaseException] = []
    while error is not None and error not in links and len(links) < 10:
        links.append(error)
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        error = inner or error.__cause__ or error.__context__
    return links


def _words(error: BaseException) -> str:
    """What an error says, without the objects and URLs that urllib3 puts in front."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    text = str(error.args[-1]) if error.args else ""
    return f"{type(error).__name__}: {text}" if text and "://" not in text else ""


def secrets_of(headers: Mapping[str, str], form: Pairs | None) -> list[str]:
    """What was sent and must not come back in an exception, in each form it may take."""
    secrets = {str(value) for name, value in form or () if name not in _OPEN_FIELDS}
    for name, value in headers.items():
        if name.lower() in ("authorization", "cookie", "proxy-authorization"):
            scheme, _, credential = value.partition(" ")
            secrets |= {value, credential}
            if scheme.lower() == "basic":
                secrets.add(_basic_password(credential))
    secrets |= {base64.b64encode(secret.encode()).decode("ascii") for secret in secrets}
    secrets |= {quote(secret, safe="") for secret in secrets}
    # The longest first: what is left of one by another would show its rest.
    return sorted(secrets - {""}, key=len, reverse=True)


def _basic_password(credential: str) -> str:
    try:
        return base64.b64decode(credential).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""

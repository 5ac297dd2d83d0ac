"""What went wrong on the wire, as an exception that repeats no secret."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence

from urllib3.exceptions import HeaderParsingError, InvalidChunkLength, SSLError

from swagger_client._security.redaction import redact
from swagger_client._wire.connection import Limits, OutOfTime
from swagger_client.exceptions import (
    DeadlineExceededException,
    TLSException,
    TransportException,
)

#: The other side hung up; over TLS, too.
_CUT_OFF = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
#: What quotes the answer, which may hold people's messages, or a token.
_QUOTING = (http.client.BadStatusLine, HeaderParsingError, InvalidChunkLength)


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
    if type(error) is ValueError or (
        isinstance(error, _QUOTING) and not isinstance(error, ConnectionError)
    ):
        return f"{type(error).__name__}: the answer is not as HTTP wants it"
    if isinstance(error, http.client.IncompleteRead):
        return str(error)  # amounts; its argument is the body
    text = str(error.args[-1]) if error.args else ""
    return f"{type(error).__name__}: {text}" if text and "://" not in text else ""

"""Convert error responses, and errors of urllib3, http.client and the system, to our exceptions.

The text of the exceptions contains no secrets and no text of SMS messages.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Sequence

from urllib3.exceptions import HeaderParsingError, InvalidChunkLength, InvalidHeader, SSLError

from swagger_client._flow.retry import TRANSIENT_STATUSES
from swagger_client._security.error_body import proxy_reason
from swagger_client._security.redaction import redact
from swagger_client._wire.connection import ProxyFailed
from swagger_client._wire.deadline import AttemptLimits, DeadlinePassed
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DeadlineExceededException,
    ForbiddenException,
    HTTPResponse,
    NotFoundException,
    ProxyException,
    RateLimitException,
    RedirectException,
    ServiceException,
    TLSException,
    TransportException,
    UnauthorizedException,
)

#: Errors that mean that the server closed or reset the connection.
_CUT_OFF = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
#: Errors whose text quotes a part of the response, which may contain messages or a token.
_QUOTES_RESPONSE = (
    http.client.BadStatusLine,
    http.client.UnknownProtocol,
    HeaderParsingError,
    InvalidChunkLength,
    InvalidHeader,
)

#: The beginning of an error's text that is not shown: urllib3's connection, or an error number.
_OBJECT = re.compile(r"^\w{1,40}\(host=[^()]{0,300}\): |\[Errno -?\d{1,6}\] ")

_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    407: ProxyException,
    408: ServiceException,
    429: RateLimitException,
}


def exception_for(response: HTTPResponse) -> ApiException:
    status = response.status
    if 300 <= status < 400:
        kind: type[ApiException] = RedirectException
    elif status >= 500:
        kind = ServiceException
    else:
        kind = _BY_STATUS.get(status, ApiException)
    return kind(http_resp=response)


def transport_exception(
    error: Exception, limits: AttemptLimits, secrets: Sequence[str]
) -> TransportException:
    """Return the exception for an error of urllib3, http.client or the system, without secrets."""
    chain = list(_chain(error))
    if any(isinstance(link, DeadlinePassed) for link in chain) or limits.is_over():
        if limits.final:
            return DeadlineExceededException(reason="the deadline passed during an attempt")
        return TransportException(reason="the attempt timed out")
    for link in chain:
        if isinstance(link, ProxyFailed):
            return _proxy_exception(link)
    texts = filter(None, map(_text_of, reversed(chain)))
    reason = redact(next(texts, type(error).__name__), secrets)
    cut_off = any(isinstance(link, _CUT_OFF) for link in chain)
    if any(isinstance(link, (SSLError, ssl.SSLError)) for link in chain) and not (
        cut_off or any(isinstance(link, TimeoutError) for link in chain)
    ):
        return TLSException(reason=reason)
    failure = TransportException(reason=reason)
    failure.stale_connection = cut_off and limits.connection_reused and not limits.response_started
    return failure


def _proxy_exception(error: ProxyFailed) -> ProxyException:
    status = error.status
    if status is None:
        reason = f"the connection to the proxy {error.proxy} failed: {error}"
    else:
        reason = proxy_reason(f"the proxy {error.proxy}", status, sent=error.with_credentials)
    failure = ProxyException(reason=reason)
    failure.proxy_status = status
    failure.transient = status is None or status in TRANSIENT_STATUSES
    return failure


def _chain(error: BaseException | None) -> Sequence[BaseException]:
    """Return an error and its causes. The last one is the original cause."""
    links: list[BaseException] = []
    while error is not None and error not in links and len(links) < 10:
        links.append(error)
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        error = inner or error.__cause__ or error.__context__
    return links


def _text_of(error: BaseException) -> str:
    """Return the type and text of an error; "" if it has no text, or if the text contains a URL."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    if type(error) is ValueError or (
        isinstance(error, _QUOTES_RESPONSE) and not isinstance(error, ConnectionError)
    ):
        return f"{type(error).__name__}: the response is not valid HTTP"
    if isinstance(error, http.client.IncompleteRead):
        return str(error)  # error.args contains the body, but str(error) does not
    text = _OBJECT.sub("", str(error.args[-1])) if error.args else ""
    return f"{type(error).__name__}: {text}" if text and "://" not in text else ""

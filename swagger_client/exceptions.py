"""The errors of calls. Every class here is an :class:`ApiException`.

An argument of the wrong type is a ``TypeError``, raised before anything is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError

from swagger_client._flow.effects import Failure
from swagger_client._flow.ratelimit import read_rate_limit
from swagger_client._flow.retry import TRANSIENT_STATUSES
from swagger_client._security.redaction import redact, redact_all, redact_start
from swagger_client._security.terminal import escape

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "ApiException",
    "AttachmentException",
    "BadRequestException",
    "DeadlineExceededException",
    "DecodeException",
    "ForbiddenException",
    "HTTPResponse",
    "InvalidArgumentException",
    "NotFoundException",
    "PageTokenException",
    "ProxyException",
    "RateLimitException",
    "RedirectException",
    "ResponseTooLargeException",
    "ServiceException",
    "TLSException",
    "TransportException",
    "UnauthorizedException",
]

#: Characters of a response's body that an exception's text shows.
_SHOWN = 2_000
#: Characters of a response's body that an exception keeps.
_MAX_BODY = 64_000
#: Characters of it that are read: a body as long as that was cut.
_MAX_READ = 64 * 1024
#: The longest body of an error that is parsed; Zoom's have some hundred characters.
_MAX_PARSED = 16_000
_NOT_SHOWN = frozenset({"set-cookie", "authorization", "www-authenticate"})
_STALE_TOKEN = 124
#: Unix time at the end of the year 9999.
_LAST_SECOND = 253_402_300_799.0
_PHONE_NOT_ENABLED = frozenset({2013, 2031})


class HTTPResponse(Protocol):
    """The parts of ``rest.RESTResponse`` that an exception reads."""

    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def data(self) -> str | bytes: ...
    def getheaders(self) -> Mapping[str, str]: ...


class ApiException(Failure):
    """A call that failed.

    :ivar int | None status: the HTTP status, None without a response.
    :ivar str | None reason: the HTTP reason phrase, or what failed.
    :ivar str | bytes | None body: the response's body.
    :ivar Mapping[str, str] | None headers: the response's headers; names are case-insensitive.
    :ivar int | None code: Zoom's own error code; independent of the status.
    :ivar str | None message: Zoom's own message.
    :ivar str | None tracking_id: Zoom's id of the request, for its support.
    :ivar tuple[str, ...] missing_scopes: scopes that the token lacks, one of which is needed.
    :ivar float | None retry_at: unix time before which Zoom permits no further request.
    :ivar bool daily: whether the limit of a whole day is used up.
    :ivar int | None limit: requests permitted in the period that Zoom counts.
    :ivar int | None remaining: requests left in it.
    """

    #: What to do next; the last line of the text.
    advice: str = "See Zoom's message above. Zoom's support finds the request by its tracking id."

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: HTTPResponse | None = None,
    ) -> None:
        super().__init__(status, reason)
        self.body: str | bytes | None = None
        self.headers: Mapping[str, str] | None = None
        parsed: object = None
        if http_resp is not None:
            # A server may repeat the secrets that it was sent.
            secrets = getattr(http_resp, "secrets", ())
            status, reason = http_resp.status, redact(http_resp.reason or "", secrets)
            body = http_resp.data
            if isinstance(body, bytes):
                body = body.decode("utf-8", "replace")
            parsed = _parsed(body, secrets)
            # Redacted before it is cut: the start of a secret would pass for other text.
            cut = len(body) >= _MAX_READ
            self.body = (redact_start if cut else redact)(body[:_MAX_READ], secrets)[:_MAX_BODY]
            self.headers = HTTPHeaderDict()
            for name, value in http_resp.getheaders().items():
                self.headers.add(name, redact(value, secrets))
            self.args = (status, reason)
        self.status = status
        self.reason = reason
        if status in TRANSIENT_STATUSES:
            self.transient = True
        self.remaining: int | None = None
        self.code, self.message, self.errors = _zoom_error(parsed)
        self.tracking_id = None if self.headers is None else self.headers.get("x-zm-trackingid")
        self.missing_scopes = _missing_scopes(self.message)
        self.stale_token = (
            status == 401 and self.code in (_STALE_TOKEN, None) and not self.missing_scopes
        )

    def _read_rate_limit(self, now: float) -> Self:
        """Read when to retry from the headers of a response that arrived at ``now`` (unix time)."""
        if self.status in (429, 503):
            headers = {name.lower(): value for name, value in (self.headers or {}).items()}
            limits = read_rate_limit(headers, self.message, now)
            self.retry_at, self.daily, self.limit, self.remaining = limits
        return self

    @property
    def retry_at_utc(self) -> datetime | None:
        """``retry_at`` as an aware datetime."""
        if self.retry_at is None:
            return None
        return datetime.fromtimestamp(min(max(self.retry_at, 0.0), _LAST_SECOND), timezone.utc)

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        if self.missing_scopes:
            wanted = ", ".join(self.missing_scopes)
            return f"Add one of these scopes to the app, then get a new token: {wanted}."
        if self.code in _PHONE_NOT_ENABLED or (self.status == 403 and self.code is None):
            return (
                "Zoom Phone is not enabled for this account or user: have an administrator "
                "assign a Zoom Phone plan."
            )
        return self.advice

    def __str__(self) -> str:
        lines = [f"({self.status})" if self.status is not None else f"({type(self).__name__})"]
        lines.append(f"Reason: {self.reason}")
        if self.headers:
            shown = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_SHOWN}
            lines.append(f"HTTP response headers: {shown}")
        if self.body:
            lines.append(f"HTTP response body: {_shorten(self.body)}")
        if self.code is not None or self.message:
            lines.append(f"Zoom's code and message: {self.code}, {self.message}")
        if self.missing_scopes:
            lines.append(f"Missing scopes: {', '.join(self.missing_scopes)}")
        if self.retry_at is not None:
            lines.append(f"No request before: {_utc(self.retry_at)}")
        lines.append(f"Tracking id: {self.tracking_id or 'none given'}")
        lines.append(f"What to do: {self.next_step}")
        # What a server sent must neither control a terminal nor pass for another line.
        return "\n".join(escape(redact(line), keep="\\") for line in lines) + "\n"

    def __repr__(self) -> str:
        return escape(
            f"{type(self).__name__}(status={self.status}, reason={redact(str(self.reason))!r}, "
            f"code={self.code}, tracking_id={self.tracking_id!r})",
            keep="\\",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(
    cls: type[ApiException], args: tuple[object, ...], state: dict[str, object]
) -> ApiException:
    exception = cls.__new__(cls, *args)
    exception.__dict__.update(state)
    return exception


class InvalidArgumentException(ApiException, ValueError):
    """An argument that Zoom cannot accept; nothing was sent.

    It is a ``ValueError``, and an ``ApiException`` for code that expects Zoom to reject it.
    """

    advice = "Correct the argument; nothing was sent."

    def __str__(self) -> str:
        return str(self.reason)


class BadRequestException(ApiException):
    """Zoom did not accept the request (400)."""

    advice = "Correct the argument that Zoom's message names; a retry does not help."


class UnauthorizedException(ApiException):
    """The access token is missing, invalid or expired, and could not be replaced (401)."""

    advice = (
        "Get a new access token, or set configuration.credentials so that tokens renew themselves."
    )


class ForbiddenException(ApiException):
    """The account or user may not do this (403)."""

    advice = "Check that the account has Zoom Phone and that the app's owner can read its messages."


class NotFoundException(ApiException):
    """There is no such user, conversation or message (404)."""

    advice = "Check the id; list the conversations again if it was stored some time ago."


class ServiceException(ApiException):
    """Zoom failed (5xx, 408) on all attempts."""

    advice = "Retry later; if it persists, see Zoom's status page."


class RateLimitException(ApiException):
    """Zoom's rate limit is used up (429), and is lifted only after the call's deadline."""

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        when = "later" if self.retry_at is None else f"after {_utc(self.retry_at)}"
        if self.daily:
            return f"The daily limit is used up: continue {when}."
        return (
            f"Retry {when}, give the call a longer deadline, or set configuration.rate_plan so "
            "that requests keep within the permitted rate."
        )


class RedirectException(ApiException):
    """The API responded with a redirect (3xx); nothing was sent to its target."""

    advice = (
        "Check configuration.host and the network: proxies and portals redirect, the API does not."
    )


class PageTokenException(ApiException):
    """Zoom's page tokens repeat: following them would never end."""

    advice = "List again, in shorter spans; if it persists, ask Zoom's support about the token."


class AttachmentException(ApiException):
    """A file cannot be downloaded: rejected, incomplete, too large, or at an unsafe address."""

    #: Whether a new URL may fix it.
    stale = False
    advice = (
        "Read its message again and download the file from there; if it persists, skip the file."
    )

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        return self.advice


class DecodeException(ApiException):
    """The response cannot be decoded; nothing of it was used."""

    advice = "Check configuration.host and proxies; if both are right, report the response to us."


class ResponseTooLargeException(ApiException):
    """The response is larger than ``configuration.max_response_bytes``."""

    advice = "Request a smaller page, or raise configuration.max_response_bytes."

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: HTTPResponse | None = None,
    ) -> None:
        super().__init__(status, reason, http_resp)
        # Whatever the status: a retry would be as large.
        self.transient = False


class TransportException(ApiException, HTTPError):
    """No complete response: no connection, reset, timeout, name not found, truncated body."""

    transient = True
    advice = "Check the network, proxies and configuration.host, then retry."


class ProxyException(TransportException):
    """A proxy did not pass the request on: it wants credentials, forbids it, or failed.

    :ivar int | None proxy_status: the status of the proxy's response, None if there was none.
    """

    advice = "Check the proxy: configuration.proxy, or HTTPS_PROXY and NO_PROXY."

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: HTTPResponse | None = None,
    ) -> None:
        super().__init__(status, reason, http_resp)
        self.proxy_status: int | None = None if http_resp is None else http_resp.status
        if http_resp is not None:
            sent = getattr(http_resp, "_has_proxy_credentials", False)
            self.reason = proxy_reason("the proxy", self.proxy_status, sent=sent)
            self.args = (self.status, self.reason)
        self.transient = self.proxy_status in TRANSIENT_STATUSES

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        if self.proxy_status == 407:
            return (
                "Put user:password@ before the host in the proxy's URL, in configuration.proxy or"
                " HTTPS_PROXY, with special characters percent-encoded. Authentication other than"
                " Basic is not supported."
            )
        if self.proxy_status is None or self.transient:
            return self.advice
        return "Have the proxy's administrator allow the host, or exclude the host with NO_PROXY."


class TLSException(TransportException):
    """The TLS handshake failed, or the server's certificate is not trusted."""

    transient = False
    advice = (
        "Check the host name and the clock; behind a company proxy, set configuration.ssl_ca_cert "
        "to its CA."
    )


class DeadlineExceededException(TransportException):
    """The call's deadline passed before a response was complete."""

    transient = False
    advice = "Retry, or give the call more time: configuration.deadline or _deadline."


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
    """Make the exception for a complete response whose status is not 2xx."""
    status = response.status
    if 300 <= status < 400:
        kind: type[ApiException] = RedirectException
    elif status >= 500:
        kind = ServiceException
    else:
        kind = _BY_STATUS.get(status, ApiException)
    return kind(http_resp=response)


def proxy_reason(proxy: str, status: int | None, *, sent: bool) -> str:
    """Say what a proxy did with a request.

    :param status: the status of its response.
    :param sent: whether it got a user and password.
    """
    if status == 407 and sent:
        return f"{proxy} rejected the user and password (407)"
    if status == 407:
        return f"{proxy} requires a user and password (407), and none are set"
    if status in TRANSIENT_STATUSES:
        return f"{proxy} did not reach the host ({status})"
    return f"{proxy} does not permit connections to the host ({status})"


def _parsed(body: str, secrets: Sequence[str]) -> object:
    """Return the JSON value of an error's body, without secrets; None for any other body."""
    if len(body) > _MAX_PARSED:
        return None
    try:
        return redact_all(json.loads(body), secrets)
    except (ValueError, RecursionError):
        return None


def _zoom_error(parsed: object) -> tuple[int | None, str | None, list[dict[str, object]]]:
    """Zoom's code, message and field errors, as far as the body has them."""
    if not isinstance(parsed, dict):
        return None, None, []
    code, message, errors = parsed.get("code"), parsed.get("message"), parsed.get("errors")
    if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code):
        code = int(code)
    # The token endpoint speaks OAuth: {"reason": ..., "error": ...}.
    message = message or parsed.get("reason") or parsed.get("error")
    return (
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        message if isinstance(message, str) else None,
        [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else [],
    )


def _missing_scopes(message: str | None) -> tuple[str, ...]:
    """Return the scopes of "… does not contain scopes:[a, b]"."""
    _, _, rest = (message or "").partition("does not contain scope")
    before, opened, listed = rest.partition("[")
    scopes, closed, _ = listed.partition("]")
    if not (opened and closed) or before.strip() not in ("", "s", ":", "s:", "s :"):
        return ()
    return tuple(filter(None, map(str.strip, scopes.split(","))))


def _shorten(body: str | bytes) -> str:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters in all)"


def _utc(timestamp: float) -> str:
    # A server may name a time that no calendar has.
    timestamp = min(max(timestamp, 0.0), _LAST_SECOND)
    return datetime.fromtimestamp(timestamp, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

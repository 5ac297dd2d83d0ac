"""The errors of calls. Every class here is an :class:`ApiException`.

An argument of the wrong type is a ``TypeError``, raised before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError

from swagger_client._flow.effects import Failure
from swagger_client._flow.retry import TRANSIENT_STATUSES, read_rate_limit
from swagger_client._security.error_body import (
    LAST_SECOND,
    missing_scopes,
    parse_error,
    proxy_reason,
    shorten,
    utc_text,
    zoom_error,
)
from swagger_client._security.redaction import escape, redact, redact_start

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
    "StorageException",
    "TLSException",
    "TransportException",
    "UnauthorizedException",
]

#: Characters of a response's body that an exception keeps.
_MAX_BODY = 64_000
#: Characters of it that are read: a body as long as that was cut.
_MAX_READ = 64 * 1024
_NOT_SHOWN = frozenset({"set-cookie", "authorization", "www-authenticate"})
_STALE_TOKEN = 124
_PHONE_NOT_ENABLED = frozenset({2013, 2031})


@runtime_checkable
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
    :ivar str | None tracking_id: Zoom's id of the request, for Zoom's support.
    :ivar tuple[str, ...] missing_scopes: scopes that the token lacks. The call needs one of them.
    :ivar float | None retry_at: unix time before which Zoom permits no further request.
    :ivar bool daily: whether the limit of a whole day is used up.
    :ivar int | None limit: requests permitted in the period that Zoom counts.
    :ivar int | None remaining: requests left in this period.
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
        parsed: dict[str, object] = {}
        if http_resp is not None:
            # A server may repeat the secrets that it was sent.
            secrets = getattr(http_resp, "secrets", ())
            status, reason = http_resp.status, redact(http_resp.reason or "", secrets)
            body = http_resp.data
            if isinstance(body, bytes):
                body = body.decode("utf-8", "replace")
            parsed = parse_error(body, secrets)
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
        self.code, self.message, self.errors = zoom_error(parsed)
        self.tracking_id = None if self.headers is None else self.headers.get("x-zm-trackingid")
        self.missing_scopes = missing_scopes(self.message)
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
        return datetime.fromtimestamp(min(max(self.retry_at, 0.0), LAST_SECOND), timezone.utc)

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        if self.missing_scopes:
            # A server chose them: see __str__.
            wanted = escape(", ".join(self.missing_scopes), keep="\\")
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
            lines.append(f"HTTP response body: {shorten(self.body)}")
        if self.code is not None or self.message:
            lines.append(f"Zoom's code and message: {self.code}, {self.message}")
        if self.missing_scopes:
            lines.append(f"Missing scopes: {', '.join(self.missing_scopes)}")
        if self.retry_at is not None:
            lines.append(f"No request before: {utc_text(self.retry_at)}")
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
    for name, value in state.items():
        setattr(exception, name, value)
    return exception


class InvalidArgumentException(ApiException, ValueError):
    """An argument that Zoom cannot accept; nothing was sent.

    It is a ``ValueError``, and an ``ApiException`` for code that expects Zoom to reject arguments.
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
        when = "later" if self.retry_at is None else f"after {utc_text(self.retry_at)}"
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


class StorageException(ApiException, OSError):
    """A downloaded file cannot be written, as the disk is full or failed. It is an OSError too."""

    advice = "Free some space or name another place, then download the file again."

    def __reduce__(self) -> tuple[object, ...]:
        system = {name: getattr(self, name) for name in ("args", "errno", "strerror", "filename")}
        return _restore, (type(self), self.args, {**self.__dict__, **system})


class TransportException(ApiException, HTTPError):
    """No complete response: no connection, reset, timeout, name not found, truncated body."""

    transient = True
    advice = "Check the network, proxies and configuration.host, then retry."


class ProxyException(TransportException):
    """A proxy wants credentials, forbids the host, or failed to pass a request on.

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

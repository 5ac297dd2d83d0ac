"""The exceptions that API calls raise, all of which are subclasses of :class:`ApiException`.

An argument of the wrong type is a ``TypeError`` instead, raised before a request is sent.
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
    PHONE_NOT_ENABLED,
    PROXY_LOGIN,
    missing_scopes,
    parse_error,
    proxy_reason,
    redact_body,
    shorten,
    utc_text,
    zoom_error,
)
from swagger_client._security.redaction import escape, redact

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "ApiException",
    "AttachmentException",
    "BadRequestException",
    "DeadlineExceededException",
    "DecodeException",
    "ForbiddenException",
    "GoneException",
    "HTTPResponse",
    "IncompleteException",
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

_NOT_SHOWN = frozenset({"set-cookie", "authorization", "www-authenticate"})
_STALE_TOKEN = 124


@runtime_checkable
class HTTPResponse(Protocol):
    """The attributes of ``rest.RESTResponse`` that an exception reads."""

    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def data(self) -> str | bytes: ...
    def getheaders(self) -> Mapping[str, str]: ...


class ApiException(Failure):
    """An API call failed; the base class of all exceptions of this module.

    :ivar int | None status: the HTTP status, or None if there was no response.
    :ivar str | None reason: the HTTP reason phrase, or what failed.
    :ivar str | bytes | None body: the response's body.
    :ivar Mapping[str, str] | None headers: the response's headers; names are case-insensitive.
    :ivar int | None code: Zoom's own error code, such as 300, which is not the HTTP status.
    :ivar str | None message: Zoom's own message.
    :ivar str | None tracking_id: Zoom's id of the request, by which Zoom's support finds it.
    :ivar tuple[str, ...] missing_scopes: the OAuth scopes of which the access token needs at least
        one, but has none; empty if the error has another cause.
    :ivar float | None retry_at: the Unix time from which Zoom permits requests again, if it said.
    :ivar bool daily: whether the limit of requests per day was exceeded, not that per second.
    :ivar int | None limit: how many requests Zoom permits per second, or per day if ``daily``.
    :ivar int | None remaining: how many of these requests are left.
    """

    #: What to do about the error; the last line of the exception's text.
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
            # The response may contain the secrets of the request, so they are redacted.
            secrets = getattr(http_resp, "secrets", ())
            status, reason = http_resp.status, redact(http_resp.reason or "", secrets)
            body = http_resp.data
            if isinstance(body, bytes):
                body = body.decode("utf-8", "replace")
            parsed = parse_error(body, secrets)
            self.body = redact_body(body, secrets)
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
        """Set ``retry_at`` and the limits from the headers; ``now`` is in Unix seconds."""
        if self.status in (429, 503):
            headers = {name.lower(): value for name, value in (self.headers or {}).items()}
            limits = read_rate_limit(headers, self.message, now)
            self.retry_at, self.daily, self.limit, self.remaining = limits
        return self

    @property
    def retry_at_utc(self) -> datetime | None:
        """``retry_at`` as an aware datetime in UTC."""
        if self.retry_at is None:
            return None
        return datetime.fromtimestamp(min(max(self.retry_at, 0.0), LAST_SECOND), timezone.utc)

    @property
    def next_step(self) -> str:
        """What to do about the error, in one sentence."""
        if self.missing_scopes:
            # The names come from a response: see __str__.
            wanted = escape(", ".join(self.missing_scopes), keep="\\")
            return f"Add one of these scopes to the app, then get a new token: {wanted}."
        if self.code in PHONE_NOT_ENABLED or (self.status == 403 and self.code is None):
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
        # Text from a response must not contain control characters or line breaks.
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
    """Zoom cannot accept an argument, so no request was sent.

    It is a ``ValueError``, and also an ``ApiException``: code for a generated client expects one,
    because a generated client sends the request, and raises an exception for Zoom's error response.
    """

    advice = "Correct the argument. No request was sent."

    def __str__(self) -> str:
        return str(self.reason)


class BadRequestException(ApiException):
    """Zoom rejected the request (HTTP 400)."""

    advice = "Correct the argument that Zoom's message names. A retry does not help."


class UnauthorizedException(ApiException):
    """The access token is missing, invalid or expired, and cannot be renewed (HTTP 401)."""

    advice = (
        "Get a new access token, or set configuration.credentials, which renews tokens by itself."
    )


class ForbiddenException(ApiException):
    """The account or user is not permitted to make this request (HTTP 403)."""

    advice = "Check that the account has Zoom Phone and that the app's owner can read its messages."


class NotFoundException(ApiException):
    """Zoom does not know the user, conversation or message (HTTP 404)."""

    advice = "Check the id. If you stored it some time ago, list the conversations again."


class ServiceException(ApiException):
    """Zoom responded with a server error (HTTP 5xx or 408) to all attempts."""

    advice = "Retry later. If the error persists, see Zoom's status page."


class RateLimitException(ApiException):
    """Zoom's rate limit is used up (HTTP 429); ``retry_at`` says when to retry."""

    @property
    def next_step(self) -> str:
        when = "later" if self.retry_at is None else f"after {utc_text(self.retry_at)}"
        if self.daily:
            return f"The daily limit is used up: continue {when}."
        return (
            f"Retry {when}, give the call a longer deadline, or set configuration.rate_plan so "
            "that requests keep within the permitted rate."
        )


class RedirectException(ApiException):
    """The server responded with a redirect (HTTP 3xx), which was not followed."""

    advice = (
        "Check configuration.host and the network. Zoom's API does not redirect, but proxies and "
        "login pages of networks do."
    )


class PageTokenException(ApiException):
    """Zoom's page tokens repeat, so that requesting the pages would never end."""

    advice = "Repeat the call with a shorter time span. If the error persists, ask Zoom's support."


class AttachmentException(ApiException):
    """A file was not downloaded: rejected, incomplete, too large, or at an unsafe address."""

    #: Whether the download may succeed with a new URL.
    stale = False
    advice = (
        "Fetch the message again, and download the file with its new URL. If the error persists, "
        "skip the file."
    )

    @property
    def next_step(self) -> str:
        return self.advice


class DecodeException(ApiException):
    """The body of a response cannot be decoded. No part of it is returned."""

    advice = "Check configuration.host and proxies. If both are right, report the response to us."


class ResponseTooLargeException(ApiException):
    """The response is larger than ``configuration.max_response_bytes``."""

    transient = False
    advice = "Request a smaller page, or raise configuration.max_response_bytes."


class StorageException(ApiException, OSError):
    """A downloaded file cannot be written: the disk is full or failed. It is an OSError too."""

    advice = "Free disk space or choose another destination, then download the file again."

    def __reduce__(self) -> tuple[object, ...]:
        system = {name: getattr(self, name) for name in ("args", "errno", "strerror", "filename")}
        return _restore, (type(self), self.args, {**self.__dict__, **system})


class TransportException(ApiException, HTTPError):
    """No complete response arrived, for example because of a timeout or a reset connection."""

    transient = True
    advice = "Check the network, proxies and configuration.host, then retry."


class ProxyException(TransportException):
    """The HTTP proxy requires credentials, forbids the host, or could not connect to it.

    :ivar int | None proxy_status: the HTTP status of the proxy's response; None if it sent none.
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
        if self.proxy_status in PROXY_LOGIN:
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
        "Check the host name and this machine's clock. Behind a company proxy that replaces "
        "certificates, set configuration.ssl_ca_cert to a file with the proxy's CA certificate."
    )


class DeadlineExceededException(TransportException):
    """The deadline of the call passed, or a necessary wait would exceed it."""

    transient = False
    advice = "Retry, or permit more time with configuration.deadline or the option _deadline."


class IncompleteException(ApiException):
    """Some of the listed conversations could not be read; all others were read.

    :ivar dict[str, str] reasons: by conversation id, why the conversation could not be read.
    :ivar tuple[str, ...] session_ids: the ids of the conversations that could not be read.
    """

    advice = (
        "Store the messages that were yielded, and read these conversations one by one. A "
        "conversation that is then still not found has been deleted at Zoom."
    )
    summary = "conversations that could not be read"

    def __init__(self, status: int | None = None, reasons: dict[str, str] | None = None) -> None:
        self.reasons = reasons or {}
        self.session_ids = tuple(self.reasons)
        shown = "; ".join(f"{name} ({why})" for name, why in list(self.reasons.items())[:10])
        more = "; …" if len(self.reasons) > 10 else ""
        super().__init__(status, f"{self.summary} ({len(self.reasons)}): {shown}{more}")


class GoneException(IncompleteException, NotFoundException):
    """Some of the listed conversations no longer exist (404); all others were read.

    Zoom listed these conversations, but responded with 404 to the requests for their messages.

    :ivar dict[str, str] reasons: Zoom's error for each of these conversations, by conversation id.
    :ivar tuple[str, ...] session_ids: the ids of these conversations.
    """

    summary = "conversations that were listed but not found"

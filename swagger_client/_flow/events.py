"""The events of API calls, for metrics and tracing. They contain no secrets.

A call sends its request once or, if it retries, several times. Each time is called an *attempt*.
``call_id`` is the same in all events of a call. ``operation`` is the name of the called method,
such as ``sms_session_details``. This module is imported when a client creates its first event.
"""

from __future__ import annotations

from typing import NamedTuple


class RequestEvent(NamedTuple):
    """A request is sent. ``attempt`` is 1 for the first time, 2 for the first retry, and so on."""

    operation: str
    method: str
    path: str
    attempt: int
    call_id: str


class ResponseEvent(NamedTuple):
    """A response arrived, or an attempt to send a request failed.

    :ivar status: the HTTP status, or None if there was no response.
    :ivar error: None, the name of the exception, or "Cancelled" if the call was cancelled.
    :ivar duration: the seconds since the request was sent.
    :ivar tracking_id: Zoom's tracking id of the request, or None.
    """

    operation: str
    status: int | None
    error: str | None
    duration: float
    attempt: int
    tracking_id: str | None
    call_id: str


class RetryEvent(NamedTuple):
    """An attempt to send a request failed. The request is sent again after ``delay`` seconds.

    :ivar attempt: the number of the failed attempt, from 1.
    :ivar reason: the class name of the attempt's exception.
    """

    operation: str
    attempt: int
    delay: float
    reason: str
    call_id: str


class WaitEvent(NamedTuple):
    """The call waits for ``seconds``, so that requests do not exceed the permitted rate."""

    operation: str
    seconds: float
    call_id: str


class TokenRenewedEvent(NamedTuple):
    """A new access token was fetched. ``expires_at`` is when it expires, in Unix seconds."""

    expires_at: float


Event = RequestEvent | ResponseEvent | RetryEvent | WaitEvent | TokenRenewedEvent

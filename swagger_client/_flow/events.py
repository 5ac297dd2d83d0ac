"""Events of a call, for metrics and tracing. They contain no secrets.

A call is one method call of the API; it consists of one or more attempts. The module is imported
when the first event is created, because most clients have no listener.
"""

from __future__ import annotations

from typing import NamedTuple


class RequestEvent(NamedTuple):
    """An attempt begins. ``attempt`` is its number, from 1."""

    operation: str
    method: str
    path: str
    attempt: int
    call_id: str


class ResponseEvent(NamedTuple):
    """An attempt ended, with a ``status`` or with an ``error``.

    ``error`` is the name of the exception, or "Cancelled" if the call was cancelled. ``duration``
    is in seconds.
    """

    operation: str
    status: int | None
    error: str | None
    duration: float
    attempt: int
    tracking_id: str | None
    call_id: str


class RetryEvent(NamedTuple):
    """An attempt failed, and the next one begins after ``delay`` seconds."""

    operation: str
    attempt: int
    delay: float
    reason: str
    call_id: str


class WaitEvent(NamedTuple):
    """The call waits for ``seconds``, because of the permitted request rate."""

    operation: str
    seconds: float
    call_id: str


class TokenRenewedEvent(NamedTuple):
    """A new access token was fetched. ``expires_at`` is its expiry time in unix seconds."""

    expires_at: float


Event = RequestEvent | ResponseEvent | RetryEvent | WaitEvent | TokenRenewedEvent

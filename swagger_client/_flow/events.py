"""Events of a call, for metrics and tracing. Events contain no secrets.

Imported where an event is made: most clients have no listener.
"""

from __future__ import annotations

from typing import NamedTuple


class RequestEvent(NamedTuple):
    """An attempt is about to be made."""

    operation: str
    method: str
    path: str
    attempt: int
    call_id: str


class ResponseEvent(NamedTuple):
    """An attempt ended: with a ``status``, or with an ``error`` (the exception's name).

    The error is "Cancelled" if the call was cancelled before the attempt ended.
    """

    operation: str
    status: int | None
    error: str | None
    duration: float
    attempt: int
    tracking_id: str | None
    call_id: str


class RetryEvent(NamedTuple):
    """The attempt is going to be repeated after ``delay`` seconds."""

    operation: str
    attempt: int
    delay: float
    reason: str
    call_id: str


class WaitEvent(NamedTuple):
    """The call waits ``seconds`` to keep the permitted rate."""

    operation: str
    seconds: float
    call_id: str


class TokenRenewedEvent(NamedTuple):
    """A new access token was fetched; it expires at ``expires_at`` (unix time)."""

    expires_at: float


Event = RequestEvent | ResponseEvent | RetryEvent | WaitEvent | TokenRenewedEvent

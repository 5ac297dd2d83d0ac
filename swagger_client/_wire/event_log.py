"""Tells of events: log lines, and the listener of ``configuration.on_event``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from swagger_client._flow.events import RequestEvent, ResponseEvent, RetryEvent, WaitEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from swagger_client._flow.events import Event


def teller(
    listener: Callable[[Event], object] | None, logger: logging.Logger
) -> Callable[[Event], None]:
    """A function that tells both of an event; what the listener raises is logged."""

    def emit(event: Event) -> None:
        level, text = describe(event)
        logger.log(level, text)
        if listener is not None:
            try:
                listener(event)
            except Exception:
                logger.warning("configuration.on_event failed", exc_info=True)

    return emit


def describe(event: Event) -> tuple[int, str]:
    """The log level and the log line of an event."""
    if isinstance(event, RequestEvent):
        return logging.DEBUG, (
            f"{event.operation}: {event.method} {event.path} "
            f"(attempt {event.attempt}, call {event.call_id})"
        )
    if isinstance(event, ResponseEvent):
        came = event.error if event.status is None else event.status
        return logging.DEBUG, (
            f"{event.operation}: {came} after {event.duration:.3f} s (attempt {event.attempt}, "
            f"call {event.call_id}, tracking id {event.tracking_id})"
        )
    if isinstance(event, RetryEvent):
        return logging.INFO, (
            f"{event.operation}: again in {event.delay:.1f} s after {event.reason} "
            f"(attempt {event.attempt}, call {event.call_id})"
        )
    if isinstance(event, WaitEvent):
        return logging.DEBUG, (
            f"{event.operation}: waits {event.seconds:.3f} s for its turn (call {event.call_id})"
        )
    return logging.DEBUG, "a new access token was fetched"

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from swagger_client._flow.events import RequestEvent, ResponseEvent, RetryEvent, WaitEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from swagger_client._flow.events import Event


def make_emitter(
    listener: Callable[[Event], object] | None, logger: logging.Logger
) -> Callable[[Event], None]:
    """Return a function that logs an event, and passes it to the user's listener."""

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
    if isinstance(event, RequestEvent):
        return logging.DEBUG, (
            f"{event.operation}: {event.method} {event.path} "
            f"(attempt {event.attempt}, call {event.call_id})"
        )
    if isinstance(event, ResponseEvent):
        result = event.error if event.status is None else event.status
        return logging.DEBUG, (
            f"{event.operation}: {result} after {event.duration:.3f} s (attempt {event.attempt}, "
            f"call {event.call_id}, tracking id {event.tracking_id})"
        )
    if isinstance(event, RetryEvent):
        return logging.INFO, (
            f"{event.operation}: retry in {event.delay:.1f} s after {event.reason} "
            f"(attempt {event.attempt}, call {event.call_id})"
        )
    if isinstance(event, WaitEvent):
        return logging.DEBUG, (
            f"{event.operation}: wait {event.seconds:.3f} s because of the permitted rate "
            f"(call {event.call_id})"
        )
    return logging.DEBUG, "a new access token was fetched"

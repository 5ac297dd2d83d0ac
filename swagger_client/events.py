"""The events that ``configuration.on_event`` receives; they contain no secrets.

Each event is a named tuple. ``call_id`` ties the events of one call together.
"""

from swagger_client._flow.events import (
    Event,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    TokenRenewedEvent,
    WaitEvent,
)

__all__ = [
    "Event",
    "RequestEvent",
    "ResponseEvent",
    "RetryEvent",
    "TokenRenewedEvent",
    "WaitEvent",
]

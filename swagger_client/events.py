"""The events that a client reports to ``configuration.on_event`` during each API call.

Each event is a named tuple without secrets. All events of one call have the same ``call_id``.
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

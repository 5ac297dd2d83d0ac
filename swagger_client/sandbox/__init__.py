"""A Zoom Phone account on loopback, to test against without a real one.

    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7) as zoom:
        print(zoom.host, zoom.access_token)

Tests can advance its clock, add messages and configure faults, and compare what they read with
what the account holds. The sandbox imports nothing of the client.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Clock
    from .endpoints import LastPage
    from .faults import Fault, RequestRecord
    from .limits import Label, Plan, RetryAfterForm
    from .records import Attachment, Extension, Message, Owner, Party, Session
    from .sandbox import Sandbox
    from .subscriptions import Attempt, Delivery, Disorder, Subscription, SubscriptionError
    from .webhook_events import SignedEvent

_MODULES = {
    "Attachment": "records",
    "Attempt": "subscriptions",
    "Clock": "clock",
    "Delivery": "subscriptions",
    "Disorder": "subscriptions",
    "Extension": "records",
    "Fault": "faults",
    "Label": "limits",
    "LastPage": "endpoints",
    "Message": "records",
    "Owner": "records",
    "Party": "records",
    "Plan": "limits",
    "RequestRecord": "faults",
    "RetryAfterForm": "limits",
    "Sandbox": "sandbox",
    "Session": "records",
    "SignedEvent": "webhook_events",
    "Subscription": "subscriptions",
    "SubscriptionError": "subscriptions",
}

__all__ = [
    "Attachment",
    "Attempt",
    "Clock",
    "Delivery",
    "Disorder",
    "Extension",
    "Fault",
    "Label",
    "LastPage",
    "Message",
    "Owner",
    "Party",
    "Plan",
    "RequestRecord",
    "RetryAfterForm",
    "Sandbox",
    "Session",
    "SignedEvent",
    "Subscription",
    "SubscriptionError",
]


if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        # Every run of pytest loads the plugin in this package, and most need no sandbox: names
        # are imported on first use.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)

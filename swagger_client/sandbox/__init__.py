"""A Zoom Phone account on loopback, to test against without a real one.

    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7) as zoom:
        print(zoom.host, zoom.access_token)

Tests can advance its clock, add messages and configure faults, and compare what they read with
what the account holds. The sandbox imports nothing of the client.
"""

from .clock import Clock
from .endpoints import LastPage, TokenField
from .faults import Fault, RequestRecord
from .limits import Label, Plan, RetryAfterForm
from .parameters import Spans
from .records import Attachment, Extension, Message, Owner, Party, Session
from .sandbox import Sandbox
from .subscriptions import Attempt, Delivery, Disorder, Subscription, SubscriptionError
from .webhook_events import SignedEvent

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
    "Spans",
    "Subscription",
    "SubscriptionError",
    "TokenField",
]

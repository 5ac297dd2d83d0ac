"""A test server that imitates the Zoom Phone SMS API on 127.0.0.1.

    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7) as zoom:
        print(zoom.host, zoom.access_token)

The sandbox serves a made-up account, so tests need no real one. A test can advance the sandbox's
clock, add messages and make requests fail. `Sandbox.messages` returns the true content of the
account, to compare with the messages that a client read.

The sandbox imports no other module of `swagger_client`: an error in the client cannot repeat itself
in the server that tests it.
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

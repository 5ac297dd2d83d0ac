"""Receives Zoom Phone's SMS events: verifies, parses and handles webhook requests.

    from swagger_client.webhooks import SmsReceivedEvent, Webhook

    event = Webhook(secret).unwrap(body, headers)
    match event:
        case SmsReceivedEvent(message=message):
            print(message.sender.phone_number, message.message)

This package needs only the standard library.
"""

from swagger_client.webhooks._adapters import ASGIApplication, Reply
from swagger_client.webhooks._errors import (
    InvalidEventError,
    InvalidTimestampError,
    MissingHeaderError,
    SignatureMismatchError,
    TimestampTooNewError,
    TimestampTooOldError,
    VerificationError,
    WebhookError,
)
from swagger_client.webhooks._events import (
    CampaignOptEvent,
    CampaignOptInEvent,
    CampaignOptOutEvent,
    CampaignOptStatus,
    EtiquetteBlockEvent,
    EtiquetteEvent,
    EtiquetteWarnEvent,
    Event,
    EventOwner,
    SmsEvent,
    SmsReceivedEvent,
    SmsSentEvent,
    SmsSentFailedEvent,
    UnknownEvent,
    UrlValidationEvent,
    WebhookEvent,
)
from swagger_client.webhooks._receiver import Handler, Receiver
from swagger_client.webhooks._signature import Body, Headers
from swagger_client.webhooks._stores import Claim, EventStore, MemoryEventStore, SQLiteEventStore
from swagger_client.webhooks._webhook import Webhook

__all__ = [
    "ASGIApplication",
    "Body",
    "CampaignOptEvent",
    "CampaignOptInEvent",
    "CampaignOptOutEvent",
    "CampaignOptStatus",
    "Claim",
    "EtiquetteBlockEvent",
    "EtiquetteEvent",
    "EtiquetteWarnEvent",
    "Event",
    "EventOwner",
    "EventStore",
    "Handler",
    "Headers",
    "InvalidEventError",
    "InvalidTimestampError",
    "MemoryEventStore",
    "MissingHeaderError",
    "Receiver",
    "Reply",
    "SQLiteEventStore",
    "SignatureMismatchError",
    "SmsEvent",
    "SmsReceivedEvent",
    "SmsSentEvent",
    "SmsSentFailedEvent",
    "TimestampTooNewError",
    "TimestampTooOldError",
    "UnknownEvent",
    "UrlValidationEvent",
    "VerificationError",
    "Webhook",
    "WebhookError",
    "WebhookEvent",
]

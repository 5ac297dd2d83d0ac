"""A user's webhook handler, as the type checkers see it."""

from __future__ import annotations

from typing import assert_never

from swagger_client import SmsMessage
from swagger_client.webhooks import (
    CampaignOptInEvent,
    CampaignOptOutEvent,
    EtiquetteBlockEvent,
    EtiquetteWarnEvent,
    SmsReceivedEvent,
    SmsSentEvent,
    SmsSentFailedEvent,
    UnknownEvent,
    UrlValidationEvent,
    WebhookEvent,
)


def text_of(message: SmsMessage) -> str:
    """One function for messages of the API and of events."""
    return f"{message.direction} {message.sender.phone_number}: {message.message}"


def summary(event: WebhookEvent) -> str:
    match event:
        case SmsReceivedEvent(message=message, owner=owner):
            queue: str | None = owner.team_id if owner else None
            return f"{text_of(message)} (queue {queue})"
        case SmsSentEvent(message=message):
            return text_of(message)
        case SmsSentFailedEvent(message=message, failure_reason=reason):
            return f"{text_of(message)}: {reason}"
        case CampaignOptInEvent(opt_statuses=statuses) | CampaignOptOutEvent(opt_statuses=statuses):
            return ", ".join(str(one.consumer_phone_number) for one in statuses)
        case EtiquetteWarnEvent(policy_name=policy) | EtiquetteBlockEvent(policy_name=policy):
            return f"{event.email} violated {policy}"
        case UrlValidationEvent(response=response):
            return response["plainToken"]
        case UnknownEvent():
            return event.event
        case _:
            assert_never(event)

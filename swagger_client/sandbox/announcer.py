"""Build and send the webhook events that announce changes of the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import webhook_events
from .account_data import Account
from .clock import Clock
from .records import Attachment, Extension, Message
from .subscriptions import Sender
from .webhook_events import JsonObject

__all__ = ["Announcer"]

FAILED = ("failed_to_send", "failed_to_deliver")
_REASON = "1101-phone message error send"


@dataclass(frozen=True)
class Announcer:
    """Builds webhook events and queues them for sending. Callers hold `Components.lock`.

    :param link_to: a function that returns the download URL of an attachment.
    """

    account: Account
    clock: Clock
    sender: Sender
    link_to: Callable[[Attachment], str]

    def message(self, message: Message, failure_reason: str | None = None) -> None:
        """Send the event that announces a received, sent or failed message."""
        if self.sender.has_subscriptions:
            name = event_of(message)
            body = self.message_body(name, message, failure_reason)
            self.sender.send(name, message.message_id, body)

    def message_body(self, name: str, message: Message, failure_reason: str | None = None) -> bytes:
        """Return the request body of a message event."""
        if name == "phone.sms_sent_failed":
            failure_reason = failure_reason or _REASON
        content = webhook_events.message_object(
            message,
            self.account.sessions[message.session_id],
            self.account.extensions,
            self.link_to,
            failure_reason,
        )
        return self._body(name, content)

    def opt(self, name: str, consumer: str, zoom_number: str) -> None:
        """Send the event ``name``: `consumer` opted in to, or out of, a campaign."""
        content = webhook_events.opt_object(consumer, zoom_number, self.clock.time())
        self.sender.send(name, None, self._body(name, content))

    def etiquette(self, name: str, user: Extension, text: str, policy_name: str) -> None:
        """Send the event ``name``: a user's text violated an etiquette policy."""
        content = webhook_events.etiquette_object(user, text, policy_name, self.clock.time())
        self.sender.send(name, None, self._body(name, content))

    def _body(self, name: str, content: JsonObject) -> bytes:
        return webhook_events.event(name, self.account.account_id, content, self.clock.time())


def event_of(message: Message) -> str:
    """Return the name of the event for a message: received, sent or failed."""
    if message.direction == "In":
        return "phone.sms_received"
    return "phone.sms_sent_failed" if message.delivery_status in FAILED else "phone.sms_sent"

"""Methods of the sandbox that send signed events to a receiver."""

from __future__ import annotations

from collections.abc import Iterable

from . import webhook_events
from .announcer import event_of
from .components import Components
from .records import Message
from .subscriptions import Disorder, Subscription
from .webhook_events import SignedEvent

__all__ = ["WebhookControls"]


class WebhookControls:
    """Subscribe receivers, and make events."""

    @property
    def _components(self) -> Components:
        raise NotImplementedError

    @property
    def webhook_secret(self) -> str:
        """The secret token that signs events."""
        return self._components.webhook_secret

    def subscribe(
        self,
        url: str,
        *,
        events: Iterable[str] | None = None,
        secret: str | None = None,
        disorder: Disorder | None = None,
    ) -> Subscription:
        """Send events to a URL from now on, once it has passed the URL validation.

        Messages that are added, deliveries that fail, opt-ins, opt-outs and etiquette violations
        are sent by threads in the background. An attempt that gets a 5xx or no response within 3
        seconds is repeated 5, 25 and 85 minutes after the first, on the sandbox's clock.

        :param url: where the receiver listens.
        :param events: the names of the events to send; all seven if None.
        :param secret: the secret token; `webhook_secret` if None.
        :param disorder: the faults of deliveries; none if None.
        :returns: the subscription, with its deliveries.
        :raises SubscriptionError: if the receiver does not pass the URL validation.
        :raises ValueError: if an event does not exist.
        """
        return self._components.webhooks.subscribe(
            url, secret or self.webhook_secret, events, disorder
        )

    def signed_event(
        self,
        message: Message,
        *,
        event: str | None = None,
        failure_reason: str | None = None,
        secret: str | None = None,
    ) -> SignedEvent:
        """Return the signed request that announces a message, to pass to your app in a test.

        :param message: the message, for example from `add_message`.
        :param event: the name of the event; by the message's direction and status if None.
        :param failure_reason: why it was not sent.
        :param secret: the secret token; `webhook_secret` if None.
        """
        components = self._components
        with components.lock:
            name = event or event_of(message)
            body = components.announcer.message_body(name, message, failure_reason)
            now = components.clock.time()
        return webhook_events.sign(body, secret or self.webhook_secret, now)

    def opt_out(self, consumer: str, zoom_number: str) -> None:
        """Let a consumer opt out of a campaign.

        :param consumer: the consumer's phone number.
        :param zoom_number: the Zoom Phone number.
        """
        self._opt("phone.sms_campaign_number_opt_out", consumer, zoom_number)

    def opt_in(self, consumer: str, zoom_number: str) -> None:
        """Let a consumer opt in to a campaign.

        :param consumer: the consumer's phone number.
        :param zoom_number: the Zoom Phone number.
        """
        self._opt("phone.sms_campaign_number_opt_in", consumer, zoom_number)

    def violate_etiquette(
        self, user_id: str, text: str, *, policy_name: str = "Policy", block: bool = True
    ) -> None:
        """Send the event for a user's text that violates an etiquette policy.

        :param user_id: the user who wrote the text.
        :param text: the text of the message.
        :param policy_name: the name of the violated policy.
        :param block: True for the event of a blocked message, False for that of a warning.
        :raises KeyError: if the user does not exist.
        """
        name = "phone.sms_etiquette_block" if block else "phone.sms_etiquette_warn"
        components = self._components
        with components.lock:
            user = components.account.extensions[user_id]
            components.announcer.etiquette(name, user, text, policy_name)

    def _opt(self, name: str, consumer: str, zoom_number: str) -> None:
        with self._components.lock:
            self._components.announcer.opt(name, consumer, zoom_number)

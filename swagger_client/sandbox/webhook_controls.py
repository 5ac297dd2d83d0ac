"""The methods of `Sandbox` that send webhook events."""

from __future__ import annotations

from collections.abc import Iterable

from . import webhook_events
from .announcer import event_of
from .components import Controls
from .records import Message
from .subscriptions import Disorder, Subscription
from .webhook_events import SignedEvent

__all__ = ["WebhookControls"]


class WebhookControls(Controls):
    """The methods of `Sandbox` that subscribe webhook receivers and create webhook events."""

    @property
    def webhook_secret(self) -> str:
        """The secret token that signs webhook events."""
        return self._components.webhook_secret

    def subscribe(
        self,
        url: str,
        *,
        events: Iterable[str] | None = None,
        secret: str | None = None,
        disorder: Disorder | None = None,
    ) -> Subscription:
        """Validate a URL and send all later events to it, from background threads.

        Events are sent for added messages, failed deliveries, opt-ins, opt-outs and etiquette
        violations. An attempt fails if the receiver responds with a 5xx status, or does not respond
        within 3 seconds. Failed attempts are repeated 5, 25 and 85 minutes after the first attempt,
        by the sandbox's clock.

        :param url: the URL of the receiver.
        :param events: the names of the events to send; all seven if None.
        :param secret: the secret token that signs events; `webhook_secret` if None.
        :param disorder: delivery faults, such as duplicates; none if None.
        :returns: the subscription, which lists the deliveries.
        :raises SubscriptionError: if the receiver does not pass the URL validation.
        :raises ValueError: if an event name is unknown.
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
        """Return the signed webhook request for a message.

        A test can pass this request to its own app.

        :param message: the message, for example from `add_message`.
        :param event: the name of the event; None selects it by the message's direction and status.
        :param failure_reason: the reason in a `phone.sms_sent_failed` event; a default text if
            None.
        :param secret: the secret token that signs the event; `webhook_secret` if None.
        """
        components = self._components
        with components.lock:
            name = event or event_of(message)
            body = components.announcer.message_body(name, message, failure_reason)
            now = components.clock.time()
        return webhook_events.sign(body, secret or self.webhook_secret, now)

    def opt_out(self, consumer: str, zoom_number: str) -> None:
        """Send the event for a phone number that opted out of a campaign.

        :param consumer: the phone number that opts out.
        :param zoom_number: the Zoom Phone number of the campaign.
        """
        self._opt("phone.sms_campaign_number_opt_out", consumer, zoom_number)

    def opt_in(self, consumer: str, zoom_number: str) -> None:
        """Send the event for a phone number that opted in to a campaign.

        :param consumer: the phone number that opts in.
        :param zoom_number: the Zoom Phone number of the campaign.
        """
        self._opt("phone.sms_campaign_number_opt_in", consumer, zoom_number)

    def violate_etiquette(
        self, user_id: str, text: str, *, policy_name: str = "Policy", block: bool = True
    ) -> None:
        """Send the event for a user's text that violated an etiquette policy.

        :param user_id: the user who wrote the text.
        :param policy_name: the name of the policy.
        :param block: True sends the event for a blocked message, False the event for a warning.
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

"""Send webhook events to subscribed URLs, with Zoom's retries."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

from . import webhook_events
from .clock import Clock
from .generate import new_id
from .webhook_events import EVENTS, TIMEOUT

__all__ = ["Attempt", "Delivery", "Disorder", "Sender", "Subscription", "SubscriptionError"]

#: The times of Zoom's retries, in seconds after the first attempt.
RETRIES = (5 * 60, 25 * 60, 85 * 60)
_WORKERS = 4


class SubscriptionError(Exception):
    """Raised when a receiver does not pass the URL validation."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver an event.

    :ivar at: the sandbox's time in Unix seconds.
    :ivar status: the HTTP status of the response; None without a response.
    :ivar error: the reason why there was no response.
    """

    at: float
    status: int | None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the receiver responded with 200 or 204."""
        return self.status in (200, 204)


@dataclass(slots=True, eq=False)
class Delivery:
    """The delivery of one event to one receiver.

    :ivar event: the name of the event.
    :ivar message_id: the id of the message that the event is about; None for other events.
    :ivar body: the request body.
    :ivar attempts: the attempts so far, oldest first.
    :ivar pending: whether another attempt will follow.
    """

    event: str
    message_id: str | None
    body: bytes = field(repr=False)
    attempts: list[Attempt] = field(default_factory=list)
    pending: bool = True

    @property
    def accepted(self) -> bool:
        """Whether the receiver accepted any of the attempts to deliver the event."""
        return any(attempt.accepted for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Disorder:
    """Delivery faults that tests can configure. Each probability is from 0 to 1.

    :param duplicate: the probability that an event is delivered twice.
    :param reorder: the probability that an event is delivered after the next event.
    :param fail: the probability that an attempt to deliver an event fails. Half of the failed
        attempts send no request. The other half send a request, but ignore the response.
    :param wrong_signature: the probability that an attempt is signed with another secret.
    :param delay: seconds between an event and its first attempt.
    """

    duplicate: float = 0.0
    reorder: float = 0.0
    fail: float = 0.0
    wrong_signature: float = 0.0
    delay: float = 0.0


class Subscription:
    """A URL that receives webhook events, and the deliveries to this URL.

    :ivar url: the URL to which events are sent.
    :ivar secret: the secret token that signs the events.
    :ivar disorder: the delivery faults. A test can replace them at any time.
    """

    _sender: Sender
    _events: frozenset[str]

    def __init__(self, url: str, secret: str, disorder: Disorder) -> None:
        self.url = url
        self.secret = secret
        self.disorder = disorder
        self._deliveries: list[Delivery] = []
        self._held: list[Delivery] = []

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries, in the order of the events."""
        with self._sender.condition:
            return list(self._deliveries)

    def rotate_secret(self, secret: str | None = None) -> str:
        """Sign all later webhook requests to this URL with another secret.

        :param secret: the new secret; None generates one.
        :returns: the new secret.
        """
        self.secret = secret or new_id(self._sender.rng)
        return self.secret

    def validate(self) -> None:
        """Validate the URL, as Zoom does at its subscription and every 72 hours thereafter.

        :raises SubscriptionError: if the receiver does not prove that it has the secret.
        """
        self._sender.validate(self.url, self.secret)

    def wait(self, timeout: float = 30.0) -> None:
        """Wait until every delivery attempt that is due has been made.

        A retry is due when the sandbox's clock has reached the time of the retry. To make a retry
        due, advance the clock.

        :param timeout: the longest wait, in seconds of real time.
        :raises TimeoutError: if an attempt is still outstanding after `timeout`.
        """
        self._sender.wait(self, timeout)

    def cancel(self) -> None:
        """Stop sending events to this URL."""
        self._sender.remove(self)

    def _wants(self, event: str) -> bool:
        return event in self._events


@dataclass(order=True, slots=True)
class _Due:
    """An attempt to deliver an event, scheduled for a time."""

    at: float
    number: int
    delivery: Delivery = field(compare=False)
    subscription: Subscription = field(compare=False)


class Sender:
    """Delivers events to subscriptions in background threads.

    The threads start with the first subscription.

    :ivar condition: guards all attributes; notified after every change.
    """

    def __init__(self, clock: Clock, rng: Random) -> None:
        self.condition = threading.Condition()
        self.rng = rng
        self._clock = clock
        self._numbers = itertools.count()
        self._queue: list[_Due] = []
        self._busy: list[_Due] = []
        self._subscriptions: list[Subscription] = []
        self._threads: list[threading.Thread] = []
        self._stopped = False

    @property
    def has_subscriptions(self) -> bool:
        return bool(self._subscriptions)

    def subscribe(
        self, url: str, secret: str, events: Iterable[str] | None, disorder: Disorder | None
    ) -> Subscription:
        """Validate a URL and subscribe it to events; None subscribes it to all."""
        wanted = frozenset(EVENTS if events is None else events)
        if unknown := wanted.difference(EVENTS):
            raise ValueError(f"unknown event names {sorted(unknown)}; known are {list(EVENTS)}")
        self.validate(url, secret)
        made = Subscription(url, secret, disorder or Disorder())
        made._sender, made._events = self, wanted
        with self.condition:
            self._subscriptions.append(made)
            self._start()
        return made

    def validate(self, url: str, secret: str) -> None:
        """Raise a SubscriptionError unless the receiver at a URL proves that it has the secret."""
        token, now = new_id(self.rng), self._clock.time()
        request = webhook_events.sign(webhook_events.url_validation(token, now), secret, now)
        try:
            status, response, location = request._send(url, TIMEOUT)
        except OSError as error:
            raise SubscriptionError(f"{url} does not respond: {error}") from error
        if status != 200 or not webhook_events.proves_secret(response, token, secret):
            hint = f"; it redirects to {location}; register that URL" if location else ""
            raise SubscriptionError(
                f"{url} failed the URL validation: HTTP {status}, {response[:100]!r}{hint}"
            )

    def send(self, event: str, message_id: str | None, body: bytes) -> None:
        """Queue an event for every subscription that selects events of this name."""
        now = self._clock.time()
        with self.condition:
            for one in self._subscriptions:
                if one._wants(event):
                    self._enqueue(one, Delivery(event, message_id, body), now)
            self.condition.notify_all()

    def wait(self, subscription: Subscription, timeout: float) -> None:
        """Wait until no delivery attempt of a subscription is due or running."""

        def is_idle() -> bool:
            now = self._clock.time()
            waiting = [due for due in self._queue if due.at <= now]
            return not any(due.subscription is subscription for due in (*waiting, *self._busy))

        with self.condition:
            self._release_held(subscription)
            self.condition.notify_all()
            if not self.condition.wait_for(is_idle, timeout):
                raise TimeoutError(
                    f"deliveries to {subscription.url} did not finish within {timeout:g} s"
                )

    def remove(self, subscription: Subscription) -> None:
        with self.condition:
            self._subscriptions = [one for one in self._subscriptions if one is not subscription]
            self._queue = [due for due in self._queue if due.subscription is not subscription]
            heapq.heapify(self._queue)
            self.condition.notify_all()

    def stop(self) -> None:
        """Stop the threads. Scheduled delivery attempts stay in the queue."""
        with self.condition:
            self._stopped = True
            threads, self._threads = self._threads, []
            self.condition.notify_all()
        for thread in threads:
            thread.join(TIMEOUT + 1)

    def start(self) -> None:
        """Start the threads that deliver events, if there are subscriptions."""
        with self.condition:
            self._stopped = False
            if self._subscriptions:
                self._start()

    def _start(self) -> None:
        if not self._threads:
            self._stopped = False
            self._clock.on_advance(self._clock_moved)
            self._threads = [
                threading.Thread(target=self._work, name="sandbox-webhooks", daemon=True)
                for _ in range(_WORKERS)
            ]
            for thread in self._threads:
                thread.start()

    def _clock_moved(self) -> None:
        with self.condition:
            self.condition.notify_all()

    def _enqueue(self, subscription: Subscription, delivery: Delivery, now: float) -> None:
        """Schedule the first attempt of a delivery, with the configured delivery faults."""
        disorder = subscription.disorder
        subscription._deliveries.append(delivery)
        if self.rng.random() < disorder.reorder:
            subscription._held.append(delivery)
            return
        self._push(now + disorder.delay, delivery, subscription)
        if self.rng.random() < disorder.duplicate:
            copy = replace(delivery, attempts=[])
            subscription._deliveries.append(copy)
            self._push(now + disorder.delay, copy, subscription)
        self._release_held(subscription)

    def _release_held(self, subscription: Subscription) -> None:
        held, subscription._held = subscription._held, []
        for delivery in held:
            self._push(self._clock.time() + subscription.disorder.delay, delivery, subscription)

    def _push(self, at: float, delivery: Delivery, subscription: Subscription) -> None:
        heapq.heappush(self._queue, _Due(at, next(self._numbers), delivery, subscription))

    def _work(self) -> None:
        while True:
            due = self._next()
            if due is None:
                return
            attempt = self._attempt(due.subscription, due.delivery)
            with self.condition:
                self._busy.remove(due)
                due.delivery.attempts.append(attempt)
                self._plan_retry(due)
                self.condition.notify_all()

    def _next(self) -> _Due | None:
        """Wait until a delivery attempt is due and return it; return None after `stop`."""
        with self.condition:
            while not self._stopped:
                now = self._clock.time()
                if self._queue and self._queue[0].at <= now:
                    due = heapq.heappop(self._queue)
                    self._busy.append(due)
                    return due
                frozen = self._clock.frozen or not self._queue
                self.condition.wait(None if frozen else self._queue[0].at - now)
            return None

    def _attempt(self, subscription: Subscription, delivery: Delivery) -> Attempt:
        now, disorder = self._clock.time(), subscription.disorder
        with self.condition:
            fails = self.rng.random() < disorder.fail
            unsent = fails and self.rng.random() < 0.5
            forged = self.rng.random() < disorder.wrong_signature
            tracking_id = f"v=2.0;clid=us0;rid=WEB_{self.rng.getrandbits(128):032x}"
        if unsent:
            return Attempt(now, None, "the connection failed (disorder)")
        secret = "another secret" if forged else subscription.secret
        request = webhook_events.sign(delivery.body, secret, now, tracking_id)
        try:
            status, _ = request.post(subscription.url, timeout=TIMEOUT)
        except OSError as error:
            return Attempt(now, None, str(error))
        return (
            Attempt(now, None, "the response was lost (disorder)")
            if fails
            else Attempt(now, status)
        )

    def _plan_retry(self, due: _Due) -> None:
        """Schedule a retry after a 5xx response or no response. Other responses are final."""
        delivery = due.delivery
        last, tried = delivery.attempts[-1], len(delivery.attempts)
        transient = last.status is None or last.status >= 500
        if transient and tried <= len(RETRIES) and due.subscription in self._subscriptions:
            at = delivery.attempts[0].at + RETRIES[tried - 1]
            self._push(at, delivery, due.subscription)
        else:
            delivery.pending = False

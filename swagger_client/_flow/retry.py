"""Whether to retry, and after how long."""

from __future__ import annotations

import threading
from collections.abc import Callable

from swagger_client._flow.effects import Failure

#: Statuses after which the same GET may well succeed.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

#: Idempotent methods, which may be sent again.
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
#: The least wait after a 429 or a Retry-After, because Zoom counts by the second.
LEAST_WAIT = 0.25
#: Seconds over which callers spread that were given the same Retry-After.
SPREAD = 0.5


def backoff(retry: int, random: Callable[[], float]) -> float:
    """Compute full-jitter exponential backoff before a retry, in seconds.

    ``retry`` is 0 for the first one. ``random`` returns a number in [0, 1).
    """
    return random() * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(retry, 16))


def delay_after(failure: Failure, retry: int, now: float, random: Callable[[], float]) -> float:
    """Compute the wait before a retry, in seconds; never less than the server demands.

    ``now`` is unix time.
    """
    jittered = backoff(retry, random)
    if failure.retry_at is not None:
        return max(failure.retry_at - now, LEAST_WAIT) + SPREAD * random()
    if failure.status == 429:
        # The current second may be used up: wait for the next one, apart from the other callers.
        return LEAST_WAIT + jittered + random()
    return jittered


class RetryBudget:
    """Limits retries to a small share of all requests, so that they never amplify an outage.

    Every call earns ``share`` of a retry, every retry costs one. ``reserve`` is the balance at the
    start and the highest possible one.
    """

    def __init__(self, share: float = 0.08, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._balance = reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Count a call, which adds a fraction of a retry to the budget."""
        if self._balance < self._reserve:
            with self._lock:
                self._balance = min(self._reserve, self._balance + self._share)

    def spend(self) -> bool:
        """Take one retry out of the budget; False when none is left."""
        with self._lock:
            if self._balance < 1.0:
                return False
            self._balance -= 1.0
            return True

    def give_back(self) -> None:
        """Return a retry that was taken and not made."""
        with self._lock:
            self._balance = min(self._reserve, self._balance + 1.0)

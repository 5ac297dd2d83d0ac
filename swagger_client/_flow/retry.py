"""Whether to try again, and after how long."""

from __future__ import annotations

import threading
from collections.abc import Callable

from swagger_client._flow.effects import Failure

#: Statuses after which the same GET may well succeed.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

#: Methods that may be sent again: doing it twice is doing it once.
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
#: The least wait where the server asks for patience, or for none: Zoom counts by the second.
LEAST_WAIT = 0.25
#: How far apart callers that were told the same moment come back.
SPREAD = 0.5


def backoff(retry: int, random: Callable[[], float]) -> float:
    """Full-jitter exponential backoff before the ``retry``-th retry (0 for the first), in seconds.

    ``random`` returns a number in [0, 1).
    """
    return random() * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(retry, 16))


def delay_after(failure: Failure, retry: int, now: float, random: Callable[[], float]) -> float:
    """Seconds to wait after ``failure`` before the ``retry``-th retry; never less than was asked.

    ``now`` is unix time.
    """
    jittered = backoff(retry, random)
    asked = None if failure.retry_at is None else failure.retry_at - now
    if asked is not None:
        return max(asked, LEAST_WAIT) + SPREAD * random()
    if failure.status == 429:
        # The whole second may be spent: wait for a fresh one, apart from the other callers.
        return LEAST_WAIT + jittered + random()
    return jittered


class RetryBudget:
    """Keeps retries a small share of all requests, so that they never amplify an outage.

    Every call earns ``share`` of a retry, every retry costs one; ``reserve`` of them are there at
    the start and are the most that can be saved up.
    """

    def __init__(self, share: float = 0.08, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._balance = reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Count one more call."""
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

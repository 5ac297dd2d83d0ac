"""Decide whether to retry a request, and after which delay."""

from __future__ import annotations

import threading
from collections.abc import Callable

from swagger_client._flow.effects import Failure

#: Statuses of transient failures: the same request may succeed later.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

#: Idempotent methods. Sending such a request twice has the same effect as sending it once.
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
#: The shortest delay after a 429 or a Retry-After, in seconds.
LEAST_WAIT = 0.25
#: Callers with the same Retry-After send their requests spread over this number of seconds.
SPREAD = 0.5


def backoff(retry: int, random: Callable[[], float]) -> float:
    """Return a random delay in seconds whose maximum doubles with each retry.

    :param retry: the number of the retry, from 0.
    :param random: returns a number in [0, 1).
    """
    return random() * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(retry, 16))


def delay_after(failure: Failure, retry: int, now: float, random: Callable[[], float]) -> float:
    """Return the delay before a retry in seconds, at least as long as the server demands.

    :param retry: the number of the retry, from 0.
    :param now: the current unix time.
    :param random: returns a number in [0, 1).
    """
    jittered = backoff(retry, random)
    if failure.retry_at is not None:
        return max(failure.retry_at - now, LEAST_WAIT) + SPREAD * random()
    if failure.status == 429:
        # The limit is per second. Wait for the next second, each caller for a different time.
        return LEAST_WAIT + jittered + random()
    return jittered


class RetryBudget:
    """Limits retries to a small share of all calls, so that they do not prolong an outage.

    :param share: the part of a retry that each call adds to the budget.
    :param reserve: the budget at the start, and its maximum.
    """

    def __init__(self, share: float = 0.08, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._balance = reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Add a part of a retry to the budget, for a call."""
        if self._balance < self._reserve:
            with self._lock:
                self._balance = min(self._reserve, self._balance + self._share)

    def spend(self) -> bool:
        """Take a retry out of the budget; return False if the budget is empty."""
        with self._lock:
            if self._balance < 1.0:
                return False
            self._balance -= 1.0
            return True

    def give_back(self) -> None:
        """Add a retry to the budget that was taken out but not made."""
        with self._lock:
            self._balance = min(self._reserve, self._balance + 1.0)

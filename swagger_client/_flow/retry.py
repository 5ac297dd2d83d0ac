"""Decide when to retry a request, and read Zoom's rate limits from responses."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from swagger_client._flow.effects import Failure

#: HTTP statuses after which the same request may succeed later.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

#: HTTP methods with which a request can be sent twice without changing more than once.
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
#: The shortest delay in seconds after a 429, or after a response with Retry-After.
LEAST_WAIT = 0.25
#: The largest random delay that is added, so that not all callers retry at the same time.
SPREAD = 0.5

HOUR, DAY = 3600, 86_400
#: A time that is further in the future is ignored as invalid.
_FAR = 366 * DAY


def backoff(retry: int, random: Callable[[], float]) -> float:
    """Return a random delay in seconds, whose maximum doubles with each retry (0 is the first)."""
    return random() * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(retry, 16))


def delay_after(failure: Failure, retry: int, now: float, random: Callable[[], float]) -> float:
    """Return how many seconds to wait before a retry, at least as long as the server demands."""
    jittered = backoff(retry, random)
    if failure.retry_at is not None:
        return max(failure.retry_at - now, LEAST_WAIT) + SPREAD * random()
    if failure.status == 429:
        # The rate limit is per second. Wait for the next second, each caller at a random time.
        return LEAST_WAIT + jittered + random()
    return jittered


class RetryBudget:
    """Limits retries to a small share of all calls, so that retries do not prolong an outage.

    The budget is at first ``_RESERVE``, which is also its maximum. Each call adds ``_SHARE``, and
    each retry subtracts 1.
    """

    _SHARE, _RESERVE = 0.08, 10.0

    def __init__(self) -> None:
        self._balance = self._RESERVE
        self._lock = threading.Lock()

    def earn(self) -> None:
        if self._balance < self._RESERVE:
            with self._lock:
                self._balance = min(self._RESERVE, self._balance + self._SHARE)

    def spend(self) -> bool:
        """Lower the budget by one retry; return False if the budget is used up."""
        with self._lock:
            if self._balance < 1.0:
                return False
            self._balance -= 1.0
            return True

    def give_back(self) -> None:
        """Raise the budget again by one retry, which was not made after all."""
        with self._lock:
            self._balance = min(self._RESERVE, self._balance + 1.0)


class RateLimit(NamedTuple):
    """What a response with status 429, or 503 with Retry-After, says about Zoom's rate limit.

    :ivar retry_at: the Unix time from which Zoom permits requests again; None if unknown.
    :ivar daily: whether the limit of requests per day was exceeded, not that per second.
    :ivar limit: how many requests Zoom permits per second, or per day if ``daily``.
    :ivar remaining: how many of these requests are left.
    """

    retry_at: float | None = None
    daily: bool = False
    limit: int | None = None
    remaining: int | None = None


def read_rate_limit(headers: Mapping[str, str], message: str | None, now: float) -> RateLimit:
    """Read the rate limit from the headers (lower-case names) and the error message of a response.

    ``retry_at`` of the result is at most an hour after ``now``, or a day for a daily limit, so that
    a wrong header cannot stop a client for longer. It is None if the response has no valid time.
    """
    category = f"{headers.get('x-ratelimit-type', '')} {message or ''}".lower()
    daily = "daily" in category
    retry_at = parse_retry_after(headers.get("retry-after"), now)
    if retry_at is None:
        retry_at = _unix_seconds(headers.get("x-ratelimit-reset"), now)
    if daily and (retry_at is None or retry_at <= now):
        # Zoom's daily limits end at 00:00 GMT.
        retry_at = (now // DAY + 1) * DAY
    return RateLimit(
        None if retry_at is None else min(retry_at, now + (DAY if daily else HOUR)),
        daily,
        _count(headers.get("x-ratelimit-limit")),
        _count(headers.get("x-ratelimit-remaining")),
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Parse a Retry-After header (seconds, HTTP date or ISO 8601), and return its Unix time.

    The result is None if the value has another form, or is a time more than a year ahead.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{0,20})?", text):
        return _plausible(now + float(text), now)
    try:
        is_iso = re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", text)
        time = datetime.fromisoformat(text.upper()) if is_iso else parsedate_to_datetime(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=timezone.utc)
        return _plausible(time.timestamp(), now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _plausible(timestamp: float, now: float) -> float | None:
    return timestamp if timestamp - now < _FAR else None


def _unix_seconds(value: str | None, now: float) -> float | None:
    if value is None or not re.fullmatch(r"[0-9]{9,13}(\.[0-9]{0,20})?", value.strip()):
        return None
    time = float(value)
    # A number with thirteen digits is in milliseconds.
    return _plausible(time / 1000 if time >= 1e12 else time, now)


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,9}", value.strip()) else None

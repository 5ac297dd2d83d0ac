"""Pace requests, so that they do not exceed the rate that Zoom permits.

A *pacer* assigns each request a *slot*, which is the time at which the request may be sent.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol, runtime_checkable

from swagger_client._flow.retry import RateLimit

#: How many requests Zoom permits in a second, by plan and rate limit label. Source: Zoom's table of
#: rate limits.
PLANS: dict[str, dict[str, float]] = {
    "pro": {"light": 20, "medium": 10, "heavy": 5, "resource-intensive": 5 / 60},
    "business": {"light": 40, "medium": 20, "heavy": 10, "resource-intensive": 10 / 60},
}

#: The share of the permitted rate that is used. It is below 1, because network delays can bring
#: requests closer together.
HEADROOM = 0.95
#: After a 429, the rate is multiplied by this factor,
BACK_OFF_TO = 0.7
#: but is at least this number of requests a second,
SLOWEST = 1.0
#: and then rises each second by this number of requests a second.
SPEED_UP = 0.2


class Slot(NamedTuple):
    """A time that is reserved for sending one request.

    :ivar wait: the number of seconds until that time.
    :ivar key: a value with which the pacer identifies the time slot.
    """

    wait: float
    key: object = None


@runtime_checkable
class Pacer(Protocol):
    """The interface of ``configuration.pacer``, which decides when requests may be sent.

    The methods of a pacer that several processes share may block for a short time. On asyncio, they
    are called in a thread, except ``release`` after a call was cancelled. The methods must not
    raise an exception. If the processes cannot share their state, each must pace its own requests.

    In all methods, ``label`` is Zoom's rate limit label of the operation, such as "medium", and
    ``now`` is the caller's monotonic time in seconds. A pacer may use its own clock instead.
    """

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free time slot, and return it.

        :param longest: how many seconds the request can wait. A later slot is not reserved.
        """
        ...

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Check after the wait for a reserved time slot whether the request may really be sent now.

        :param longest: how many seconds the request can still wait.
        :returns: a slot with ``wait`` 0 if the request may be sent. Otherwise, for example after a
            429, a later slot, for which the caller must wait, and then call this method again.
        """
        ...

    def release(self, label: str, slot: Slot) -> None:
        """Release a reserved time slot, because its request is not sent."""
        ...

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests with this label now; None if they may be sent."""
        ...

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Record a 429: no request with this rate limit label is sent for ``wait`` seconds."""
        ...

    def report_success(self, label: str) -> None:
        """Record a successful request, after which the pacer may raise a rate lowered by a 429."""
        ...


class _Pace:
    """The current rate and the reserved time slots of one rate limit label."""

    __slots__ = (
        "before",
        "ceiling",
        "closed_until",
        "freed",
        "limit",
        "next_free",
        "rate",
        "recent",
        "since",
    )

    def __init__(self, ceiling: float) -> None:
        #: The current and the highest rate, in requests a second; infinite if there is no limit.
        self.rate = self.ceiling = ceiling
        self.next_free = -math.inf
        #: Released time slots before ``next_free``, which can be reserved again.
        self.freed: list[float] = []
        self.closed_until = -math.inf
        self.limit: RateLimit | None = None
        #: The number of requests since ``since``, and in the second before ``since``.
        self.recent = self.before = 0
        self.since = 0.0

    def reserve(self, now: float, longest: float) -> float:
        """Return the time of the next free slot; reserve it if it is at most ``longest`` s away."""
        opens = max(now, self.closed_until)
        while self.freed and self.freed[0] < opens:
            heappop(self.freed)
        time = self.freed[0] if self.freed else max(opens, self.next_free)
        if time - now > longest:
            return time
        if self.freed:
            heappop(self.freed)
        else:
            self.next_free = time + 1 / self.rate
        self._count(now)
        return time

    def slow_down(self, limit: int | None) -> None:
        """Lower the rate after a 429, to less than ``limit`` requests a second if that is known."""
        rate = min(self.rate, max(self.recent, self.before))
        if limit and HEADROOM * limit < self.ceiling:
            self.ceiling = HEADROOM * limit
            rate = min(rate, self.ceiling)
        else:
            rate *= BACK_OFF_TO
        self.rate = min(max(rate, SLOWEST), self.ceiling)

    def _count(self, now: float) -> None:
        passed = now - self.since
        if passed >= 1.0:
            self.before = self.recent if passed < 2.0 else 0
            self.since, self.recent = now, 0
        self.recent += 1


class LocalPacer:
    """Paces the requests of one client.

    Without a plan, the rate is unlimited until the first 429. After a 429, no request is sent until
    the time in the response. Then the rate is lower than before, and below the limit in the
    response if there is one. With each successful request, the rate rises again a little.

    :param plan: the account's plan, "pro" or "business", whose rate the requests do not exceed.
    :param share: the part of the plan's rate to use, such as 0.1.
    """

    def __init__(self, plan: str | None = None, *, share: float = 1.0) -> None:
        rates = PLANS[plan] if plan is not None else {}
        self._rates = {label: share * rate for label, rate in rates.items()}
        self._reset()

    def _reset(self) -> None:
        self._paces: dict[str, _Pace] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, float]:
        return self._rates

    def __setstate__(self, rates: dict[str, float]) -> None:
        self._rates = rates
        self._reset()

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        with self._lock:
            time = self._pace(label).reserve(now, longest)
        return Slot(time - now, time)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        if now < self._pace(label).closed_until:
            return self.reserve(label, now, longest)
        return Slot(0.0, slot.key)

    def release(self, label: str, slot: Slot) -> None:
        if isinstance(slot.key, float):
            with self._lock:
                heappush(self._pace(label).freed, slot.key)

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        pace = self._paces.get(label)
        return pace.limit if pace is not None and now < pace.closed_until else None

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        with self._lock:
            pace = self._pace(label)
            # Concurrent requests often receive a 429 together, so only the first lowers the rate.
            if now >= pace.closed_until and not limit.daily:
                pace.slow_down(limit.limit)
            pace.closed_until = max(pace.closed_until, now + wait)
            pace.limit = limit

    def report_success(self, label: str) -> None:
        pace = self._paces.get(label)
        if pace is not None and pace.rate < pace.ceiling:
            pace.rate = min(pace.ceiling, pace.rate + SPEED_UP / pace.rate)

    def is_slowed_down(self, label: str) -> bool:
        """Return whether a response with status 429 has lowered the request rate."""
        pace = self._paces.get(label)
        return pace is not None and pace.rate < pace.ceiling

    def restart(self, label: str, *, rate: float, first: float) -> None:
        """Set a new rate (requests a second) and the monotonic time of the next free time slot."""
        with self._lock:
            pace = self._pace(label)
            pace.rate = pace.ceiling = rate
            pace.next_free, pace.freed = first, []

    def dump(self) -> dict[str, dict[str, object]]:
        """Return the state as a JSON object, so that another process can :meth:`load` it."""
        return {
            label: {name: _to_json(getattr(pace, name)) for name in _Pace.__slots__}
            for label, pace in self._paces.items()
        }

    def load(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the pacer's state by ``state``, which :meth:`dump` of another pacer returned.

        :raises KeyError, TypeError or ValueError: if ``state`` was not returned by :meth:`dump`.
        """
        paces: dict[str, _Pace] = {}
        for label, fields in state.items():
            pace = paces[label] = _Pace(0.0)
            for name in ("rate", "ceiling", "next_free", "closed_until", "since"):
                setattr(pace, name, float(fields[name]))
            pace.recent, pace.before = int(fields["recent"]), int(fields["before"])
            pace.freed = sorted(map(float, fields["freed"]))
            pace.limit = None if fields["limit"] is None else RateLimit(*fields["limit"])
        self._paces = paces

    def _pace(self, label: str) -> _Pace:
        pace = self._paces.get(label)
        if pace is None:
            rate = self._rates.get(label, math.inf)
            pace = self._paces[label] = _Pace(HEADROOM * rate)
        return pace


def _to_json(value: object) -> object:
    """Return a value unchanged, but infinity as text, because JSON has no infinity."""
    return str(value) if isinstance(value, float) and math.isinf(value) else value

"""Spaces requests so that Zoom's limits are used and not exceeded."""

from __future__ import annotations

import math
import threading
from heapq import heappop, heappush

from swagger_client._flow.effects import Failure

#: Requests a second by plan and rate label, of Zoom Phone's own table.
PLANS: dict[str, dict[str, float]] = {
    "pro": {"light": 20, "medium": 10, "heavy": 5, "resource-intensive": 5 / 60},
    "business": {"light": 40, "medium": 20, "heavy": 10, "resource-intensive": 10 / 60},
}

#: Share of the permitted rate that is used: the rest is for the network's own jitter.
HEADROOM = 0.95
#: After a 429: the share of the last rate to go on with, but one request a second at least, ...
BACK_OFF_TO = 0.7
SLOWEST = 1.0
#: ... and by how many requests a second it grows again, each second.
SPEED_UP = 0.2


class _Lane:
    """The requests of one label: how fast they may follow, and which moments are taken."""

    __slots__ = (
        "before",
        "ceiling",
        "closed_until",
        "freed",
        "next_free",
        "rate",
        "recent",
        "refusal",
        "since",
    )

    def __init__(self, ceiling: float) -> None:
        #: Requests a second, now and at most; without a limit both are infinite.
        self.rate = self.ceiling = ceiling
        self.next_free = -math.inf
        #: Moments before ``next_free`` that were taken and given back.
        self.freed: list[float] = []
        self.closed_until = -math.inf
        self.refusal: Failure | None = None
        #: Requests since a moment not a second ago, and in the second before it.
        self.recent = self.before = 0
        self.since = 0.0

    def take(self, now: float, horizon: float) -> float:
        """The next moment that is free; it is taken, unless beyond the horizon."""
        opens = max(now, self.closed_until)
        while self.freed and self.freed[0] < opens:
            heappop(self.freed)
        moment = self.freed[0] if self.freed else max(opens, self.next_free)
        if moment - now > horizon:
            return moment
        if self.freed:
            heappop(self.freed)
        else:
            self.next_free = moment + 1 / self.rate
        self._count(now)
        return moment

    def slow_down(self, limit: int | None) -> None:
        """Go on with less than what was too much: what the server named, or a part of it."""
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


class Pacer:
    """Reserves a moment for each request; it never sleeps, and holds its lock for microseconds.

    With a plan, requests of a label keep within the plan's rate; without one they are free until
    the first 429. After a 429 nobody sends before the server wants it; then they go on slower (at
    the rate that Zoom named, if it did) and grow faster while requests succeed, since the other
    apps of the account, who share its limits, come and go.
    """

    def __init__(self, plan: str | None = None) -> None:
        self._rates = PLANS[plan] if plan is not None else {}
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    def reserve(self, label: str, now: float, horizon: float) -> float:
        """Seconds (monotonic clock) that a request of ``label`` has to wait from ``now``.

        A wait longer than ``horizon`` reserves nothing: the caller will not come.
        """
        with self._lock:
            return self._lane(label).take(now, horizon) - now

    def release(self, label: str, moment: float) -> None:
        """Give back a reserved moment: whoever had it does not come."""
        with self._lock:
            heappush(self._lane(label).freed, moment)

    def closed_by(self, label: str, now: float) -> Failure | None:
        """The 429 because of which nobody sends yet, if there is one."""
        lane = self._lanes.get(label)
        return lane.refusal if lane is not None and now < lane.closed_until else None

    def refused(self, label: str, failure: Failure, now: float, wait: float) -> None:
        """A 429 came for ``label``: nobody sends another before ``wait`` seconds have passed."""
        with self._lock:
            lane = self._lane(label)
            # Requests that were under way at the first 429 are refused with it: they count once.
            if now >= lane.closed_until and not failure.daily:
                lane.slow_down(failure.limit)
            lane.closed_until = max(lane.closed_until, now + wait)
            lane.refusal = failure

    def succeeded(self, label: str) -> None:
        """A request of ``label`` was answered: the next may come a little sooner."""
        lane = self._lanes.get(label)
        if lane is not None and lane.rate < lane.ceiling:
            lane.rate = min(lane.ceiling, lane.rate + SPEED_UP / lane.rate)

    def _lane(self, label: str) -> _Lane:
        lane = self._lanes.get(label)
        if lane is None:
            rate = self._rates.get(label, math.inf)
            lane = self._lanes[label] = _Lane(HEADROOM * rate)
        return lane

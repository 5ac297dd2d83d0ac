"""Spaces requests so that Zoom's limits are used and not exceeded."""

from __future__ import annotations

import threading

from swagger_client._flow.effects import Failure

#: Requests a second by plan and rate label, of Zoom Phone's own table.
PLANS: dict[str, dict[str, float]] = {
    "pro": {"light": 20, "medium": 10, "heavy": 5, "resource-intensive": 5 / 60},
    "business": {"light": 40, "medium": 20, "heavy": 10, "resource-intensive": 10 / 60},
}

#: Share of the permitted rate that is used: the rest is for the network's own jitter.
HEADROOM = 0.95
#: After a 429 without a plan: the share of the last rate to go on with, ...
BACK_OFF_TO = 0.7
#: ... how much faster each further success makes it, ...
SPEED_UP = 1.02
#: ... and the rate above which pacing is no longer needed.
UNPACED = 100.0


class _Lane:
    """The requests of one label: when the next may leave, and how fast they follow."""

    __slots__ = ("closed", "interval", "next_free", "recent", "since", "slowed_at")

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.next_free = 0.0
        self.recent = 0
        self.since = 0.0
        self.slowed_at = -1.0
        self.closed: Failure | None = None


class Pacer:
    """Reserves a moment for each request; it never sleeps, and holds its lock for microseconds.

    With a plan, requests of a label keep the plan's rate. Without one they are free until the
    first 429; from then on the rate that Zoom named, or a part of the rate that was refused, is
    kept, and grows again while requests succeed.
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
            lane = self._lanes.get(label)
            if lane is None:
                rate = self._rates.get(label)
                lane = self._lanes[label] = _Lane(1.0 / (rate * HEADROOM) if rate else 0.0)
            if now - lane.since >= 1.0:
                lane.since = now
                lane.recent = 0
            if lane.next_free <= now:
                lane.closed = None
                lane.recent += 1
                lane.next_free = now + lane.interval
                return 0.0
            wait = lane.next_free - now
            if wait <= horizon:
                lane.recent += 1
                lane.next_free += lane.interval
            return wait

    def closed_by(self, label: str) -> Failure | None:
        """The 429 that keeps ``label`` closed, if one does."""
        lane = self._lanes.get(label)
        return None if lane is None else lane.closed

    def refused(self, label: str, failure: Failure, now: float, wait: float) -> None:
        """A 429 came for ``label``: nobody sends another before ``wait`` seconds have passed."""
        with self._lock:
            lane = self._lanes.setdefault(label, _Lane(0.0))
            lane.next_free = max(lane.next_free, now + wait)
            lane.closed = failure
            if failure.daily:
                return
            if label not in self._rates and now - lane.slowed_at >= 1.0:
                # Requests under way at the first 429 are refused with it: they count once.
                lane.slowed_at = now
                rate = BACK_OFF_TO * max(lane.recent, 1)
                if lane.interval:
                    rate = min(rate, BACK_OFF_TO / lane.interval)
                if failure.limit:
                    rate = HEADROOM * failure.limit
                lane.interval = 1.0 / max(rate, 0.5)

    def succeeded(self, label: str) -> None:
        """A request of ``label`` was answered: without a plan, go a little faster."""
        lane = self._lanes.get(label)
        if lane is not None and lane.interval and label not in self._rates:
            interval = lane.interval / SPEED_UP
            lane.interval = 0.0 if interval < 1.0 / UNPACED else interval

"""Space requests so that Zoom's limits are used and not exceeded."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol, runtime_checkable

from swagger_client._flow.ratelimit import RateLimit

#: Requests a second by plan and rate label, from Zoom Phone's own table.
PLANS: dict[str, dict[str, float]] = {
    "pro": {"light": 20, "medium": 10, "heavy": 5, "resource-intensive": 5 / 60},
    "business": {"light": 40, "medium": 20, "heavy": 10, "resource-intensive": 10 / 60},
}

#: Share of the permitted rate that is used; the rest is for network jitter.
HEADROOM = 0.95
#: After a 429: the share of the last rate to continue with, at least one request a second, ...
BACK_OFF_TO = 0.7
SLOWEST = 1.0
#: ... and by how many requests a second it grows again, each second.
SPEED_UP = 0.2


class Slot(NamedTuple):
    """A reserved time to send one request: ``wait`` seconds from now.

    ``key`` identifies the slot for the pacer when the slot is released.
    """

    wait: float
    key: object = None


@runtime_checkable
class Pacer(Protocol):
    """Decides when requests may be sent; set one as ``configuration.pacer``.

    A pacer that several processes share may block briefly: on asyncio its methods run in a
    thread, except ``release``, which a cancelled call makes on the event loop. They do not raise:
    where the shared state is unavailable, they decide locally.

    ``label`` is Zoom's rate label of the endpoint, such as "medium". ``now`` is the caller's
    monotonic time in seconds; a pacer may read a clock of its own instead.
    """

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free slot.

        :param longest: seconds; a slot with a longer wait is returned and not reserved.
        """
        ...

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Confirm a slot after its wait, just before its request is sent.

        :returns: a slot without a wait when the request may be sent; otherwise the slot to wait
            for and to confirm instead, such as when a 429 arrived meanwhile.
        """
        ...

    def release(self, label: str, slot: Slot) -> None:
        """Give back a slot whose request is not sent."""
        ...

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests at present, None when they are permitted."""
        ...

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429: no request with this rate label may be sent for ``wait`` seconds."""
        ...

    def report_success(self, label: str) -> None:
        """Report a successful request."""
        ...


class _Lane:
    """The rate and the reserved slots of the requests with one rate label."""

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
        #: Requests a second, now and at most; without a limit both are infinite.
        self.rate = self.ceiling = ceiling
        self.next_free = -math.inf
        #: Slots before ``next_free`` that were reserved and released.
        self.freed: list[float] = []
        self.closed_until = -math.inf
        self.limit: RateLimit | None = None
        #: Requests since ``since``, which is less than a second ago, and in the second before it.
        self.recent = self.before = 0
        self.since = 0.0

    def reserve(self, now: float, longest: float) -> float:
        """Return the next free time; it is reserved if the wait is not too long."""
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
        """Lower the rate: to the limit that the server named, or to a share of the present rate."""
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
    """The pacer of one client: it never sleeps or blocks, and holds its lock for microseconds.

    With a plan, requests of a label keep within the plan's rate; without one they are unlimited
    until the first 429. After a 429 nobody sends before the server permits it. Then requests
    continue at a lower rate (the one that Zoom named, if any) that grows while they succeed, since
    other apps of the account, which share its limits, come and go.
    """

    def __init__(self, plan: str | None = None, *, share: float = 1.0) -> None:
        rates = PLANS[plan] if plan is not None else {}
        self._rates = {label: share * rate for label, rate in rates.items()}
        self._start()

    def _start(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, float]:
        return self._rates

    def __setstate__(self, rates: dict[str, float]) -> None:
        self._rates = rates
        self._start()

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free slot, see :class:`Pacer`."""
        with self._lock:
            time = self._lane(label).reserve(now, longest)
        return Slot(time - now, time)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Confirm a slot after its wait; a 429 that arrived meanwhile voids it."""
        if now < self._lane(label).closed_until:
            return self.reserve(label, now, longest)
        return Slot(0.0, slot.key)

    def release(self, label: str, slot: Slot) -> None:
        """Give back a slot whose request is not sent."""
        if isinstance(slot.key, float):
            with self._lock:
                heappush(self._lane(label).freed, slot.key)

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests at present."""
        lane = self._lanes.get(label)
        return lane.limit if lane is not None and now < lane.closed_until else None

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429: no request with this rate label may be sent for ``wait`` seconds."""
        with self._lock:
            lane = self._lane(label)
            # Requests that were on their way at the first 429 fail with it: they count once.
            if now >= lane.closed_until and not limit.daily:
                lane.slow_down(limit.limit)
            lane.closed_until = max(lane.closed_until, now + wait)
            lane.limit = limit

    def report_success(self, label: str) -> None:
        """Report a successful request: the next ones may follow a little faster."""
        lane = self._lanes.get(label)
        if lane is not None and lane.rate < lane.ceiling:
            lane.rate = min(lane.ceiling, lane.rate + SPEED_UP / lane.rate)

    def is_slowed_down(self, label: str) -> bool:
        """Return whether successful requests raise the rate."""
        lane = self._lanes.get(label)
        return lane is not None and lane.rate < lane.ceiling

    def restart(self, label: str, *, rate: float, first: float) -> None:
        """Continue at another rate, with ``first`` as the next free slot."""
        with self._lock:
            lane = self._lane(label)
            lane.rate = lane.ceiling = rate
            lane.next_free, lane.freed = first, []

    def dump(self) -> dict[str, dict[str, object]]:
        """Return the state of all lanes as JSON types; times are the callers' monotonic times."""
        return {
            label: {name: _to_json(getattr(lane, name)) for name in _Lane.__slots__}
            for label, lane in self._lanes.items()
        }

    def load(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the state by one that :meth:`dump` returned.

        :raises KeyError: for anything else, or TypeError or ValueError.
        """
        lanes: dict[str, _Lane] = {}
        for label, fields in state.items():
            lane = lanes[label] = _Lane(0.0)
            for name in ("rate", "ceiling", "next_free", "closed_until", "since"):
                setattr(lane, name, float(fields[name]))
            lane.recent, lane.before = int(fields["recent"]), int(fields["before"])
            lane.freed = sorted(map(float, fields["freed"]))
            lane.limit = None if fields["limit"] is None else RateLimit(*fields["limit"])
        self._lanes = lanes

    def _lane(self, label: str) -> _Lane:
        lane = self._lanes.get(label)
        if lane is None:
            rate = self._rates.get(label, math.inf)
            lane = self._lanes[label] = _Lane(HEADROOM * rate)
        return lane


def _to_json(value: object) -> object:
    """Convert infinite numbers to text for ``float()``: JSON has no infinity."""
    return str(value) if isinstance(value, float) and math.isinf(value) else value

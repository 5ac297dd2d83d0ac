"""Clocks for tests, on which sleeping takes no time."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable


class JumpingClock:
    """Real time that jumps ahead at each sleep: sockets take real time, sleeps take none."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def time(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def jump(self, seconds: float) -> None:
        with self._lock:
            self._ahead += seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self._ahead += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)


class ManualClock(JumpingClock):
    """Time that moves only by sleeping and jumping, from ``start`` (Unix seconds) on."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        super().__init__()
        self._start = start

    def time(self) -> float:
        return self._start + self._ahead

    def monotonic(self) -> float:
        return self._ahead

    def correct(self, seconds: float) -> None:
        """Set the time of day forward or back; monotonic time is not affected."""
        self._start += seconds


def overrun(limit: float, act: Callable[[], object]) -> float:
    """Return by how many seconds ``act`` exceeds ``limit``, at best of five tries.

    A real delay occurs every time, one of a busy machine only now and then.
    """
    least = math.inf
    for _ in range(5):
        began = time.monotonic()
        act()
        least = min(least, time.monotonic() - began - limit)
        if least < SLACK:
            break
    return least


#: How much later than its limit a call may return, in seconds.
SLACK = 0.25

"""Clocks for tests, on which sleeping takes no time."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable


class JumpingClock:
    """Real time that jumps ahead at each sleep, so that sleeps take no time."""

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
    """Time that moves only by sleeping and by `jump`, from ``start`` (unix seconds)."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        super().__init__()
        self._start = start

    def time(self) -> float:
        return self._start + self._ahead

    def monotonic(self) -> float:
        return self._ahead

    def correct(self, seconds: float) -> None:
        """Change the time of day. Monotonic time is not affected."""
        self._start += seconds


def overrun(limit: float, act: Callable[[], object]) -> float:
    """Return by how many seconds ``act`` exceeds ``limit``: the smallest of five results.

    A real delay occurs in every try, a delay by a busy machine only in some.
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

"""Clocks for tests: sleeping takes no time."""

from __future__ import annotations

import asyncio
import threading
import time


class JumpingClock:
    """Real time, and on top of it each sleep at once: sockets keep real time, waits cost none."""

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
    """Time that passes only by sleeping and jumping, from ``start`` (unix seconds) on."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        super().__init__()
        self._start = start

    def time(self) -> float:
        return self._start + self._ahead

    def monotonic(self) -> float:
        return self._ahead

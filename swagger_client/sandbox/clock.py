"""The clock of the sandbox, which tests can advance."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

__all__ = ["Clock"]


class Clock:
    """The clock of a sandbox. Token lifetimes, rate limits and timestamps follow this clock.

    :param frozen: True stops the clock, so that only `advance` moves it. False follows real time.
    :param start: the initial time, an aware datetime or Unix seconds; the real time if None.
    :raises ValueError: if `start` is a datetime without a time zone.
    """

    def __init__(self, *, frozen: bool = False, start: datetime | float | None = None) -> None:
        self._lock = threading.Lock()
        self._frozen = frozen
        self._origin = _monotonic()
        self._now = time.time() if start is None else unix_seconds(start)
        self._listeners: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        """Whether only `advance` moves this clock."""
        return self._frozen

    def time(self) -> float:
        """Return the time of this clock in Unix seconds."""
        with self._lock:
            return self._now if self._frozen else self._now + _monotonic() - self._origin

    def now(self) -> datetime:
        """Return the time of this clock as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        :param seconds: how far to move it; fractions are allowed.
        :raises ValueError: if `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds is {seconds}; the clock only moves forward. Pass 0 or more")
        with self._lock:
            self._now += seconds
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Register a function that is called after each `advance`."""
        with self._lock:
            if listener not in self._listeners:
                self._listeners.append(listener)


def _monotonic() -> float:
    """Return real monotonic time in seconds.

    Test libraries often replace `time.monotonic`; `clock_gettime` usually stays real.
    """
    if hasattr(time, "clock_gettime"):
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def unix_seconds(when: datetime | float) -> float:
    """Convert an aware datetime to Unix seconds; return a number unchanged.

    :raises ValueError: if the datetime has no time zone.
    """
    if not isinstance(when, datetime):
        return float(when)
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone. Pass an aware datetime")
    return when.timestamp()


def milliseconds(when: datetime | float) -> int:
    """Convert an aware datetime or Unix seconds to whole Unix milliseconds."""
    return round(unix_seconds(when) * 1000)


def zulu(at_ms: int) -> str:
    """Format Unix milliseconds like Zoom: UTC, whole seconds, such as 2026-05-01T09:30:00Z."""
    when = datetime.fromtimestamp(at_ms // 1000, timezone.utc).replace(tzinfo=None)
    return when.isoformat(timespec="seconds") + "Z"

"""The sandbox's clock: real time that tests can advance, or time that only tests advance."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

__all__ = ["Clock"]


class Clock:
    """Return the sandbox's time, which drives token lifetimes, rate limits and timestamps.

    :param frozen: whether only `advance` moves the clock; otherwise it runs with real time.
    :param start: the initial time, an aware datetime or unix seconds; the real time if None.
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
        """Return the sandbox's time in unix seconds."""
        with self._lock:
            return self._now if self._frozen else self._now + _monotonic() - self._origin

    def now(self) -> datetime:
        """Return the sandbox's time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        :param seconds: how far, in seconds; may be fractional.
        :raises ValueError: if `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds is {seconds}, but the clock only moves forward")
        with self._lock:
            self._now += seconds
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call a function after each `advance`."""
        with self._lock:
            if listener not in self._listeners:
                self._listeners.append(listener)


def _monotonic() -> float:
    """Return seconds of real time, also where a test has frozen `time.monotonic`."""
    if hasattr(time, "clock_gettime"):
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def unix_seconds(when: datetime | float) -> float:
    """Return an aware datetime, or unix seconds, as unix seconds."""
    if not isinstance(when, datetime):
        return float(when)
    if when.tzinfo is None:
        raise ValueError("a datetime without a time zone is ambiguous; pass an aware one")
    return when.timestamp()


def milliseconds(when: datetime | float) -> int:
    """Return an aware datetime, or unix seconds, as whole unix milliseconds."""
    return round(unix_seconds(when) * 1000)


def zulu(at_ms: int) -> str:
    """Format unix milliseconds as Zoom does: UTC, to the second, with Z."""
    when = datetime.fromtimestamp(at_ms // 1000, timezone.utc).replace(tzinfo=None)
    return when.isoformat(timespec="seconds") + "Z"

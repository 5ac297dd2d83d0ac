"""The sandbox's clock: real time that tests can push forward, or time that only they move."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone

__all__ = ["Clock"]


class Clock:
    """Tell the sandbox's time, which drives token lives, page tokens, limits and timestamps.

    :param frozen: when true, time stands still but for `advance`; else it flows with real time.
    :param start: the time to begin at, an aware datetime or unix seconds; the real time if None.
    :raises ValueError: if `start` is a datetime without a time zone.
    """

    def __init__(self, *, frozen: bool = False, start: datetime | float | None = None) -> None:
        self._lock = threading.Lock()
        self._frozen = frozen
        self._origin = time.monotonic()
        self._now = time.time() if start is None else unix_seconds(start)

    @property
    def frozen(self) -> bool:
        """Whether only `advance` moves this clock."""
        return self._frozen

    def time(self) -> float:
        """Return the sandbox's time in unix seconds."""
        with self._lock:
            return self._now if self._frozen else self._now + time.monotonic() - self._origin

    def now(self) -> datetime:
        """Return the sandbox's time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        :param seconds: how far, in seconds; may be fractional.
        :raises ValueError: if `seconds` is negative, since time tokens cannot be un-expired.
        """
        if seconds < 0:
            raise ValueError(f"a clock moves forward only, not by {seconds} seconds")
        with self._lock:
            self._now += seconds


def unix_seconds(moment: datetime | float) -> float:
    """Return an aware datetime, or unix seconds, as unix seconds."""
    if not isinstance(moment, datetime):
        return float(moment)
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone names no moment; pass an aware one")
    return moment.timestamp()


def milliseconds(moment: datetime | float) -> int:
    """Return an aware datetime, or unix seconds, as whole unix milliseconds."""
    return round(unix_seconds(moment) * 1000)


def zulu(at_ms: int) -> str:
    """Write unix milliseconds as Zoom writes times: UTC, to the second, with Z."""
    moment = datetime.fromtimestamp(at_ms // 1000, timezone.utc).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds") + "Z"

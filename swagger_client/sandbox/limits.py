"""Apply the rate limits of Zoom's plans and build 429 responses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal

from .clock import zulu
from .http import Response, json_response

__all__ = ["Label", "Limiter", "Plan", "RetryAfterForm"]

Plan = Literal["pro", "business"]
Label = Literal["light", "medium", "heavy", "resource_intensive"]
RetryAfterForm = Literal["iso", "seconds", "http-date", "none"]

_SECOND, _MINUTE, _DAY = 1, 60, 86_400
_RATES: dict[Plan, dict[Label, tuple[int, int]]] = {
    "pro": {
        "light": (20, _SECOND),
        "medium": (10, _SECOND),
        "heavy": (5, _SECOND),
        "resource_intensive": (5, _MINUTE),
    },
    "business": {
        "light": (40, _SECOND),
        "medium": (20, _SECOND),
        "heavy": (10, _SECOND),
        "resource_intensive": (10, _MINUTE),
    },
}
_HEAVY_PER_DAY: dict[Plan, int] = {"pro": 15_000, "business": 30_000}


@dataclass
class Limiter:
    """Counts requests and rejects those above the rate limits.

    Requests are counted by rate label in whole seconds, minutes and days of the sandbox's clock.

    :param plan: the account's plan; None applies only `daily_limit`.
    :param daily_limit: the number of requests a day, all operations together. None applies the
        plan's daily limit, which counts only operations with the label `heavy`.
    :param labels: the rate labels by operation; an operation without an entry has the label
        `medium`.
    :param retry_after: the format of the Retry-After header.
    :param headers: whether responses have X-RateLimit headers.
    """

    plan: Plan | None = None
    daily_limit: int | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    retry_after: RetryAfterForm = "iso"
    headers: bool = True
    _counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def admit(self, operation: str, now: float) -> tuple[Response | None, dict[str, str]]:
        """Count a request and check it against the limits.

        :returns: a 429 response and no headers; or None and the X-RateLimit headers to send.
        """
        label = self.labels.get(operation, "medium")
        budgets = self._budgets(label)
        for name, limit, period in budgets:
            if self._used(name, now, period) >= limit:
                return self._rejection(label, name, limit, period, now), {}
        headers: dict[str, str] = {}
        for name, limit, period in budgets:
            used = self._used(name, now, period) + 1
            self._counts[name] = (_window(now, period), used)
            headers = headers or self._headers(label, name, limit, limit - used, period, now)
        return None, headers

    def _budgets(self, label: Label) -> list[tuple[str, int, int]]:
        """Return a label's rate limits, as (name, number of requests, per how many seconds)."""
        found: list[tuple[str, int, int]] = []
        if self.plan is not None:
            found.append((label, *_RATES[self.plan][label]))
        if self.daily_limit is not None:
            found.append(("daily", self.daily_limit, _DAY))
        elif self.plan is not None and label == "heavy":
            found.append(("daily", _HEAVY_PER_DAY[self.plan], _DAY))
        return found

    def _used(self, name: str, now: float, period: int) -> int:
        window, used = self._counts.get(name, (0, 0))
        return used if window == _window(now, period) else 0

    def _headers(
        self, label: Label, name: str, limit: int, remaining: int, period: int, now: float
    ) -> dict[str, str]:
        if not self.headers:
            return {}
        return {
            "X-RateLimit-Category": label.capitalize().replace("_", "-"),
            "X-RateLimit-Type": "Daily-limit" if name == "daily" else "QPS",
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(_reset(now, period)),
        }

    def _rejection(self, label: Label, name: str, limit: int, period: int, now: float) -> Response:
        if name == "daily":
            text = "This account is over its maximum daily rate limit; try again after 00:00 GMT."
        elif period == _MINUTE:
            text = "This account is over its maximum per-minute rate limit; try again later."
        else:
            text = "This account is over its maximum per-second rate limit; try again later."
        headers = self._headers(label, name, limit, 0, period, now)
        headers.update(retry_after(self.retry_after, _reset(now, period), now))
        return json_response(429, {"code": 429, "message": text}, headers)


def retry_after(form: RetryAfterForm, at: int, now: float) -> dict[str, str]:
    """Return a Retry-After header for the time `at` (Unix seconds); {} if `form` is `none`."""
    if form == "none":
        return {}
    if form == "seconds":
        return {"Retry-After": str(max(1, math.ceil(at - now)))}
    return {"Retry-After": zulu(at * 1000) if form == "iso" else http_date(at)}


def http_date(at: float) -> str:
    when = datetime.fromtimestamp(at, timezone.utc)
    # strftime's %a and %b depend on the locale.
    day = "MonTueWedThuFriSatSun"[3 * when.weekday() :][:3]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * when.month - 3 :][:3]
    return f"{day}, {when:%d} {month} {when.year:04d} {when:%H:%M:%S} GMT"


def _window(now: float, period: int) -> int:
    return int(now // period)


def _reset(now: float, period: int) -> int:
    return (_window(now, period) + 1) * period

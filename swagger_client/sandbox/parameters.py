"""Parse query parameters and reject the values that Zoom's documentation excludes."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from .api_errors import ApiError, invalid

__all__ = ["Parameters", "Spans", "Window", "month_after"]

Spans = Literal["first_month", "last_month", "all"]

DAY_MS = 86_400_000
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Window:
    """A time span in Unix milliseconds: from `start_ms` to just before `end_ms`."""

    start_ms: int
    end_ms: int

    def __contains__(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms


class Parameters:
    """The query parameters of one request.

    Every method raises `ApiError` if the parameter is invalid or was sent more than once.

    :param query: decoded names and values.
    """

    def __init__(self, query: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        self._repeated: set[str] = set()
        for name, value in query:
            if name in self._values:
                self._repeated.add(name)
            self._values[name] = value

    def text(self, name: str) -> str | None:
        """Return the text of a parameter, or None if it was not sent."""
        if name in self._repeated:
            raise invalid(name, f"{name} was sent more than once.")
        return self._values.get(name)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a parameter as an integer from `low` to `high`."""
        text = self.text(name)
        if text is None:
            return default
        if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
            raise invalid(name, f"{name} must be an integer from {low} to {high}.")
        return int(text)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return a parameter that must be one of the allowed values."""
        text = self.text(name)
        if text is None:
            return default
        if text not in allowed:
            raise invalid(name, f"{name} must be one of: {', '.join(allowed)}.")
        return text

    def session_type(self, allowed: tuple[str, ...]) -> str:
        """Return the parameter `session_type`; `user` if it was not sent."""
        text = self.text("session_type")
        if text is None:
            return "user"
        if text not in allowed:
            raise ApiError(400, 400, "The session type is unknown.")
        return text

    def window(self, now_ms: int, spans: Spans = "first_month", default_days: int = 30) -> Window:
        """Return the time span from the parameter `from` to the parameter `to`.

        If `to` is a date, the time span includes that whole day; if it is a time, that whole
        second. If only `to` was sent, the time span is the month before it.

        :param spans: which part to return if `from` and `to` are over a month apart: the first
            month (until the same day and time of the next month), the last month, or all.
        :param default_days: the length of the time span, ending now, if neither was sent.
        """
        start_text, end_text = self.text("from"), self.text("to")
        if start_text is None and end_text is None:
            return Window(now_ms - default_days * DAY_MS, now_ms + 1)
        if end_text is None:
            raise ApiError(400, 400, "A request with `from` also needs `to`.")
        end, unit = _parse_time("to", end_text)
        if start_text is None:
            return Window(_ms(month_after(end, -1)), _ms(end) + unit)
        start, start_unit = _parse_time("from", start_text)
        if unit != start_unit:
            raise invalid("to", "`to` must have the same format as `from`.")
        if end < start:
            raise invalid("to", "`to` cannot be earlier than `from`.")
        first_ms, end_ms = _ms(start), _ms(end) + unit
        if spans == "first_month":
            end_ms = min(end_ms, _ms(month_after(start)) + 1000)
        elif spans == "last_month":
            first_ms = max(first_ms, _ms(month_after(end, -1)))
        return Window(first_ms, end_ms)

    def fingerprint(self, path: str) -> tuple[object, ...]:
        """Return the path and all parameters except `next_page_token`, to compare requests."""
        rest = sorted(item for item in self._values.items() if item[0] != "next_page_token")
        return (path, *rest)


def month_after(when: datetime, months: int = 1) -> datetime:
    """Add months to a datetime.

    If the new month does not have this day, the result is the last day of the new month.
    """
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        edge = datetime.max if months > 0 else datetime.min
        return edge.replace(microsecond=0, tzinfo=timezone.utc)
    day = min(when.day, monthrange(year, month + 1)[1])
    return when.replace(year=year, month=month + 1, day=day)


def _parse_time(name: str, text: str) -> tuple[datetime, int]:
    """Parse a date or time.

    :returns: the time, and its precision in milliseconds: a day or a second.
    """
    try:
        if _DATE.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc), DAY_MS
        if _INSTANT.fullmatch(text):
            when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
            return when.replace(tzinfo=timezone.utc), 1000
    except ValueError:
        pass
    raise invalid(name, f"{name} must be yyyy-mm-dd or yyyy-MM-ddTHH:mm:ssZ.")


def _ms(when: datetime) -> int:
    return (when - _EPOCH) // timedelta(milliseconds=1)

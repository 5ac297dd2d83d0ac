"""Read from a response when Zoom permits the next request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

HOUR, DAY = 3600, 86_400
#: A time further away is ignored as invalid.
_FAR = 366 * DAY


class RateLimit(NamedTuple):
    """The rate limit that a 429, or a 503 with Retry-After, reports.

    ``retry_at`` is unix time; ``daily`` is whether the limit of the day is used up; ``limit`` and
    ``remaining`` are requests in the period that Zoom counts.
    """

    retry_at: float | None = None
    daily: bool = False
    limit: int | None = None
    remaining: int | None = None


def read_rate_limit(headers: Mapping[str, str], message: str | None, now: float) -> RateLimit:
    """Read a rate limit from the headers and the message of a response.

    ``headers`` are looked up in lower case. ``now`` is the unix time at which the response arrived.
    ``retry_at`` is None where the response names no plausible time, and at most an hour away, a day
    for a daily limit: one wrong header must not stop a client for longer.
    """
    category = f"{headers.get('x-ratelimit-type', '')} {message or ''}".lower()
    daily = "daily" in category
    retry_at = parse_retry_after(headers.get("retry-after"), now)
    if retry_at is None:
        retry_at = _unix_seconds(headers.get("x-ratelimit-reset"), now)
    if daily and (retry_at is None or retry_at <= now):
        # A used-up day does not permit requests at once: it ends at 00:00 GMT.
        retry_at = (now // DAY + 1) * DAY
    return RateLimit(
        None if retry_at is None else min(retry_at, now + (DAY if daily else HOUR)),
        daily,
        _count(headers.get("x-ratelimit-limit")),
        _count(headers.get("x-ratelimit-remaining")),
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Read a Retry-After header as unix time: seconds, an HTTP date or an ISO-8601 timestamp.

    Returns None for any other value, and for a time that is a year away.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{0,20})?", text):
        return _plausible(now + float(text), now)
    timestamp = _iso_timestamp(text)
    if timestamp is None:
        timestamp = _http_date(text)
    return _plausible(timestamp, now)


def _plausible(timestamp: float | None, now: float) -> float | None:
    return timestamp if timestamp is not None and timestamp - now < _FAR else None


def _iso_timestamp(text: str) -> float | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", text):
        return None
    try:
        return _timestamp(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> float | None:
    try:
        return _timestamp(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _timestamp(time: datetime) -> float:
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return time.timestamp()


def _unix_seconds(value: str | None, now: float) -> float | None:
    if value is None or not re.fullmatch(r"[0-9]{9,13}(\.[0-9]{0,20})?", value.strip()):
        return None
    time = float(value)
    # Thirteen digits are milliseconds: as seconds they would be thousands of years away.
    return _plausible(time / 1000 if time >= 1e12 else time, now)


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,9}", value.strip()) else None

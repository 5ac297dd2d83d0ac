"""Read from a response when the server permits the next request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

HOUR, DAY = 3600, 86_400
#: A time that is further in the future is ignored as invalid.
_FAR = 366 * DAY


class RateLimit(NamedTuple):
    """The rate limit in a 429 response, or in a 503 response with Retry-After.

    :ivar retry_at: the unix time from which requests are permitted again.
    :ivar daily: whether the daily limit is used up.
    :ivar limit: the number of permitted requests in a period.
    :ivar remaining: the number of requests left in this period.
    """

    retry_at: float | None = None
    daily: bool = False
    limit: int | None = None
    remaining: int | None = None


def read_rate_limit(headers: Mapping[str, str], message: str | None, now: float) -> RateLimit:
    """Read the rate limit in the headers and the message of a response.

    ``retry_at`` is None if the response has no plausible time. It is at most an hour ahead, or a
    day for a daily limit, so that a wrong header cannot stop a client for longer.

    :param headers: the headers, by their names in lower case.
    :param now: the unix time at which the response arrived.
    """
    category = f"{headers.get('x-ratelimit-type', '')} {message or ''}".lower()
    daily = "daily" in category
    retry_at = parse_retry_after(headers.get("retry-after"), now)
    if retry_at is None:
        retry_at = _unix_seconds(headers.get("x-ratelimit-reset"), now)
    if daily and (retry_at is None or retry_at <= now):
        # Zoom's daily limits end at 00:00 GMT.
        retry_at = (now // DAY + 1) * DAY
    return RateLimit(
        None if retry_at is None else min(retry_at, now + (DAY if daily else HOUR)),
        daily,
        _count(headers.get("x-ratelimit-limit")),
        _count(headers.get("x-ratelimit-remaining")),
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the time in a Retry-After header as unix time.

    Seconds, an HTTP date and an ISO-8601 timestamp are accepted.

    :returns: None for any other value, and for a time that is over a year ahead.
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
    # A number of thirteen digits is in milliseconds.
    return _plausible(time / 1000 if time >= 1e12 else time, now)


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,9}", value.strip()) else None

"""What a refusal says about when to come back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

DAY = 86_400
_FAR = 10 * 366 * DAY


class RateLimit(NamedTuple):
    """What a 429 (or a 503 that asks for patience) tells."""

    retry_at: float | None
    daily: bool
    limit: int | None
    remaining: int | None


def read_rate_limit(headers: Mapping[str, str], message: str | None, now: float) -> RateLimit:
    """Read every form in which Zoom says when to come back, and how many requests are allowed.

    ``headers`` are looked up in lower case. ``now`` is the unix time at which the answer came.
    ``retry_at`` is None where the answer names no time that makes sense.
    """
    category = f"{headers.get('x-ratelimit-type', '')} {message or ''}".lower()
    daily = "daily" in category
    retry_at = parse_retry_after(headers.get("retry-after"), now)
    if retry_at is None:
        retry_at = _unix_seconds(headers.get("x-ratelimit-reset"), now)
    if daily and (retry_at is None or retry_at <= now):
        # "At once" is no answer of a day that is used up.
        retry_at = (now // DAY + 1) * DAY
    return RateLimit(
        retry_at,
        daily,
        _count(headers.get("x-ratelimit-limit")),
        _count(headers.get("x-ratelimit-remaining")),
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Read a Retry-After header as unix time: seconds, an HTTP date or an ISO-8601 instant.

    Returns None for a value that is none of them, negative, or years away.
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d*)?", text):
        return _sensible(now + float(text), now)
    moment = _iso_instant(text) or _http_date(text)
    return None if moment is None else _sensible(moment, now)


def _sensible(moment: float, now: float) -> float | None:
    return moment if math.isfinite(moment) and moment - now < _FAR else None


def _iso_instant(text: str) -> float | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", text):
        return None
    # Fractions of any length, and a lower-case "z".
    plain = re.sub(r"\.\d+", "", text)
    try:
        moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", plain))
        return _timestamp(moment)
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> float | None:
    try:
        return _timestamp(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _timestamp(moment: datetime) -> float:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp()


def _unix_seconds(value: str | None, now: float) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d{9,13}(\.\d*)?\s*", value):
        return None
    moment = float(value)
    # Thirteen digits are milliseconds: as seconds they would be thousands of years away.
    return _sensible(moment / 1000 if moment >= 1e12 else moment, now)


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"\d{1,9}", value.strip()) else None

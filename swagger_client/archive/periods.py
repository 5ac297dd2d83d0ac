"""Converts a date, week, month, year or timestamp to its first and last second."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from swagger_client.history import _spans

TimeInput = str | date
#: The first and the last time that `datetime` can represent.
BEGIN = datetime(1, 1, 1, tzinfo=timezone.utc)
END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
#: Matches a time that ends with a zone.
_ZONE = re.compile(r"[\dW-]+[T ].*(?:Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)$", re.IGNORECASE)


def period(name: str, value: TimeInput, zone: tzinfo = timezone.utc) -> tuple[datetime, datetime]:
    """Return the first and the last second, in UTC, of a date, week, month, year or timestamp.

    For example, 2026-01 lasts from 2026-01-01 00:00:00 to 2026-01-31 23:59:59.

    :param name: the name of the argument, for error texts.
    :param zone: the time zone for a value without a time zone.
    """
    first, last = _period(name, value)
    if zone is timezone.utc or _names_zone(value):
        return first, last
    # A local time that occurs twice, at the end of summer time, means both occurrences. One that is
    # skipped, at its beginning, means the time of the change.
    return _to_utc(first, zone, fold=0), _to_utc(last, zone, fold=1)


def span_of(since: TimeInput | None, until: TimeInput | None) -> tuple[datetime, datetime]:
    """Return the first second of `since` and the last of `until`. None means no limit."""
    first = BEGIN if since is None else period("since", since)[0]
    last = END if until is None else period("until", until)[1]
    if last < first:
        raise ValueError(
            f"`until` is before `since`: `since` is {first:%Y-%m-%d %H:%M:%S} UTC, `until` is "
            f"{last:%Y-%m-%d %H:%M:%S} UTC"
        )
    return first, last


def span_text(first: datetime, last: datetime) -> str:
    """Format a time span: "from 2026-01-01 to 2026-01-31", "from 2026-01-01 on" or "up to …"."""
    if last == END:
        return f"from {first:%Y-%m-%d} on"
    return f"{'up' if first == BEGIN else f'from {first:%Y-%m-%d}'} to {last:%Y-%m-%d}"


def parse_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def _names_zone(value: TimeInput) -> bool:
    if isinstance(value, str):
        return _ZONE.search(value) is not None
    return isinstance(value, datetime) and value.tzinfo is not None


def _to_utc(at: datetime, zone: tzinfo, *, fold: int) -> datetime:
    """Convert a local time to UTC. If it occurs twice, ``fold`` 0 is the first time, 1 the last."""
    try:
        found = at.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc)
        other = at.replace(tzinfo=zone, fold=1 - fold).astimezone(timezone.utc)
        local = found.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # before the year 1, or after 9999
        return END if fold else BEGIN
    if local == at.replace(tzinfo=None):
        return found
    changed = _time_of_change(min(found, other), max(found, other), zone)
    return changed - timedelta(seconds=1) if fold else changed


def _time_of_change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first second after `before`, up to `after`, with another UTC offset in `zone`."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _period(name: str, value: TimeInput) -> tuple[datetime, datetime]:
    days = _spans.parse_days(name, value) if isinstance(value, str) else None
    if days is not None:
        return _days(*days)
    window = _spans.parse_span(value, END, END, names=(name, "the end"))
    if isinstance(value, date) and not isinstance(value, datetime):
        return _days(value, value)
    rest = _spans.time_left_in_unit(value) if isinstance(value, str) else timedelta(0)
    return window.start, window.start + rest


def _days(first: date, last: date) -> tuple[datetime, datetime]:
    begin, end = BEGIN.timetz(), END.timetz()
    return datetime.combine(first, begin), datetime.combine(last, end)

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

from swagger_client._flow.paging import Window
from swagger_client.exceptions import InvalidArgumentException
from swagger_client.models._time import utc_if_valid

_SECOND = timedelta(seconds=1)
#: The time span that Zoom's list endpoints use for a request without `from` and `to`.
_DEFAULT_SPAN = timedelta(days=30)
_LAST = datetime.max.replace(microsecond=0, tzinfo=timezone.utc)

#: A time with an hour and perhaps a minute, but without seconds.
_HOUR_OR_MINUTE = re.compile(
    r"[\dW-]+[T ]\d{2}(?::?(?P<minute>\d{2}))?(?:Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
#: A year, a month, a week or a day.
_DAYS = re.compile(
    r"(?P<week>\d{4}-?W\d{2})|(?P<day>\d{8}|\d{4}-\d{2}-\d{2}|\d{4}-?W\d{2}-?\d)"
    r"|(?P<year>\d{4})(?:-(?P<month>\d{2}))?",
    re.ASCII,
)


def parse_span(
    _from: object, to: object, now: datetime, *, names: tuple[str, str] = ("_from", "to")
) -> Window:
    """Parse the start and end that a caller passed, and return them in UTC.

    :param _from: a date, datetime or text. None means a month before ``to``, or 30 days before
        ``now`` if ``to`` is None too.
    :param to: a date, datetime or text; a date means the end of that day. None means ``now``.
    :param names: what the caller calls the two parameters, for error messages.
    :raises InvalidArgumentException: if ``to`` is before ``_from``, or a text is not a time.
    """
    end = now.replace(microsecond=0) if to is None else _parse(names[1], to, end_of_day=True)
    if _from is not None:
        start = _parse(names[0], _from, end_of_day=False)
    elif to is None:
        start = end - _DEFAULT_SPAN
    else:
        from dateutil.relativedelta import relativedelta

        start = end - relativedelta(months=1)
    if end < start:
        first, last = names
        raise InvalidArgumentException(
            reason=f"the time span ends before it begins: `{first}` is {start}, `{last}` is {end}"
        )
    return Window(start, end)


def split_months(span: Window) -> list[Window]:
    from dateutil.relativedelta import relativedelta

    windows: list[Window] = []
    start = span.start
    while start < span.end:
        try:
            # Not from the start of the time span: April 30 to May 31 is longer than a month.
            end = min(start + relativedelta(months=1), span.end)
        except (ValueError, OverflowError):  # past the year 9999
            end = span.end
        windows.append(Window(start, end))
        start = end
    return windows or [span]


def extend_by_a_second(span: Window) -> Window:
    """Return a time span that ends one second later.

    If the end is 23:59:59, Zoom may otherwise leave out an item with the time 23:59:59.5.
    """
    return span._replace(end=min(span.end, _LAST - _SECOND) + _SECOND)


def time_left_in_unit(text: str) -> timedelta:
    """Return the time from the first to the last second of the hour or minute that a text names.

    For ``2026-01-31T10``, the result is 59 minutes and 59 seconds; for ``2026-01-31T10:30``, it is
    59 seconds; for any other text, such as a timestamp with seconds, it is 0.
    """
    found = _HOUR_OR_MINUTE.fullmatch(text)
    if found is None:
        return timedelta(0)
    return timedelta(seconds=59) if found["minute"] else timedelta(minutes=59, seconds=59)


def _parse(name: str, value: object, *, end_of_day: bool) -> datetime:
    """Convert a date, datetime or text to a datetime in UTC, in whole seconds."""
    if isinstance(value, str):
        days = parse_days(name, value)
        if days is not None:
            value = days[1 if end_of_day else 0]
        else:
            rest = time_left_in_unit(value) if end_of_day else timedelta(0)
            parsed = utc_if_valid(value)
            if parsed is None:
                raise _unreadable(name, value)
            value = parsed + rest
    if not isinstance(value, date):
        raise TypeError(f"`{name}` must be a str, date or datetime, not {type(value).__name__}")
    if not isinstance(value, datetime):
        clock = datetime.max.time() if end_of_day else datetime.min.time()
        value = datetime.combine(value, clock)
    aware = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value
    try:
        return aware.astimezone(timezone.utc).replace(microsecond=0)
    except OverflowError:
        raise InvalidArgumentException(
            reason=f"`{name}` is outside the years 1 to 9999 of UTC: {value}"
        ) from None


def parse_days(name: str, text: str) -> tuple[date, date] | None:
    """Parse a day, week, month or year; return its first and last day.

    :param name: the name of the parameter that has the text, for error messages.
    :param text: such as 2026-01-31, 20260131, 2026-W05, 2026-01 or 2026.
    :returns: None if the text has another form, such as a timestamp.
    :raises InvalidArgumentException: if the text has such a form, but there is no such day.
    """
    found = _DAYS.fullmatch(text)
    if found is None:
        return None
    try:
        if found["week"]:
            first = date.fromisoformat(text)
            return first, first + timedelta(days=6)
        if found["day"]:
            first = date.fromisoformat(text)
            return first, first
        year, month = int(found["year"]), int(found["month"] or 1)
        last_month = int(found["month"] or 12)
        return date(year, month, 1), date(year, last_month, monthrange(year, last_month)[1])
    except (ValueError, OverflowError):
        raise _unreadable(name, text) from None


def _unreadable(name: str, text: str) -> InvalidArgumentException:
    return InvalidArgumentException(
        reason=f"`{name}` must be like 2026-01-31 or 2026-01-31T23:59:59Z, not {text!r}"
    )

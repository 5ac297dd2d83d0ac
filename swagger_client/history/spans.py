"""Spans of time, and the windows of a month that Zoom accepts."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from swagger_client._flow.paging import Window
from swagger_client.models._time import utc

Moment = str | date

_SECOND = timedelta(seconds=1)
#: What Zoom lists when no span is given.
_USUAL = timedelta(days=30)
_LAST = datetime.max.replace(microsecond=0, tzinfo=timezone.utc)


def span_of(
    _from: object, to: object, now: datetime, *, names: tuple[str, str] = ("_from", "to")
) -> Window:
    """The span that a caller means.

    :param _from: where it begins; 30 days ago when both are left out, else a month before ``to``.
    :param to: where it ends, a date with its whole day; ``now`` when left out.
    :param names: what the caller calls the two.
    :raises ValueError: when it ends before it begins, or a text is no date or time.
    """
    end = now.replace(microsecond=0) if to is None else _instant(names[1], to, end_of_day=True)
    if _from is not None:
        start = _instant(names[0], _from, end_of_day=False)
    elif to is None:
        start = end - _USUAL
    else:
        from dateutil.relativedelta import relativedelta

        start = end - relativedelta(months=1)
    if end < start:
        first, last = names
        raise ValueError(f"the span ends before it begins: `{first}` is {start}, `{last}` is {end}")
    return Window(start, end)


def cut(span: Window) -> list[Window]:
    """Cut a span into windows of a calendar month at most, oldest first; neighbours meet."""
    from dateutil.relativedelta import relativedelta

    made: list[Window] = []
    start = span.start
    while start < span.end:
        try:
            end = min(span.start + relativedelta(months=len(made) + 1), span.end)
        except (ValueError, OverflowError):  # past the year 9999
            end = span.end
        made.append(Window(start, end))
        start = end
    return made or [span]


def a_second_longer(span: Window) -> Window:
    """The span with the whole of its last second, even where Zoom should count finer."""
    return span._replace(end=min(span.end, _LAST - _SECOND) + _SECOND)


def _instant(name: str, value: object, *, end_of_day: bool) -> datetime:
    """A moment in UTC, to the second."""
    if isinstance(value, str):
        value = _parsed(name, value)
    if not isinstance(value, date):
        raise TypeError(f"`{name}` must be a str, date or datetime, not {type(value).__name__}")
    if not isinstance(value, datetime):
        clock = datetime.max.time() if end_of_day else datetime.min.time()
        value = datetime.combine(value, clock)
    aware = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value
    try:
        return aware.astimezone(timezone.utc).replace(microsecond=0)
    except OverflowError:
        raise ValueError(f"`{name}` is outside the years 1 to 9999 of UTC: {value}") from None


def _parsed(name: str, text: str) -> date:
    try:
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text)
        found = utc(text)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"`{name}` must be like 2026-01-31 or 2026-01-31T23:59:59Z, not {text!r}")
    return found

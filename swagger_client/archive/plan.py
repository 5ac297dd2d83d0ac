"""Plans for which time spans an archive run fetches messages from Zoom.

A run archives the whole account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from swagger_client._flow.paging import Window
from swagger_client.archive.store_queries import Listing
from swagger_client.history import _spans
from swagger_client.history._account import FILTERS

#: `reread_days` is limited to a century, because no message is older.
_MAX_DAYS = 36_525

Span = tuple[datetime, datetime]


class Plan(NamedTuple):
    """The time spans that an archive run has to fetch.

    :ivar spans: the time spans whose messages the run fetches, oldest first.
    :ivar covered_from: the start of the time span for which the archive is complete after the run.
    """

    spans: tuple[Span, ...]
    covered_from: datetime


def listings_of(spans: Sequence[Span]) -> list[Listing]:
    """Return the lists to request: one for each month and each filter type of Zoom's API."""
    return [
        Listing(stamp(window.start), stamp(window.end), filter_type)
        for span in spans
        for window in _spans.split_months(Window(*span))
        for filter_type in FILTERS
    ]


def plan(
    covered: Span | None, since: datetime | None, now: datetime, reread: timedelta | None
) -> Plan:
    """Plan for which time spans to fetch messages: the new time span, and the last days again.

    :param covered: the time span whose messages earlier runs have fetched; None for the first run.
    :param since: the start of the time span to archive; None for the start of ``covered``.
    :param now: the current time, at which the new time span ends.
    :param reread: for how long before the end of ``covered`` to fetch again; None for all of it.
    """
    first = min(time for time in (since, covered and covered[0]) if time is not None)
    if first > now:
        raise ValueError(
            f"the time span to archive begins in the future, at {first}; the current time is {now}"
        )
    if covered is None:
        assert since is not None
        return Plan(((since, now),), since)
    covered_from, covered_to = covered
    begin = covered_from
    if reread is not None:
        begin = max(begin, min(covered_to, now) - reread)
    spans: tuple[Span, ...] = ((begin, now),)
    if since is not None and since < covered_from:
        return Plan(((since, covered_from), *spans), since)
    return Plan(spans, covered_from)


def parse_reread(days: float | None) -> timedelta | None:
    """Convert ``reread_days`` of :meth:`Archive.mirror`; raise ValueError if it is below 1."""
    if days is None:
        return None
    if not (isinstance(days, int | float) and days >= 1):
        raise ValueError(
            f"`reread_days` is {days!r}, but must be a number of days, at least 1, or None to "
            "fetch everything again"
        )
    return timedelta(days=min(days, _MAX_DAYS))


def covered_until(start: datetime, spans: Iterable[Span]) -> datetime:
    """Return the end of the time span from `start` that the time spans cover without a gap."""
    end = start
    for first, last in sorted(spans):
        if first > end:
            break
        end = max(end, last)
    return end


def stamp(time: datetime) -> str:
    """Format a UTC time as text, like 2026-01-31T12:00:00Z."""
    return time.strftime(f"{time.year:04d}-%m-%dT%H:%M:%SZ")


def from_stamp(text: str) -> datetime:
    """Parse a text that :func:`stamp` returned."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)

"""Plans which periods a run reads. All functions are pure.

A run is one reading of the account. A period of time that it reads is called a span.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from swagger_client._flow.paging import Window
from swagger_client.archive.store_queries import Listing
from swagger_client.history import _spans
from swagger_client.history._account import FILTERS

Span = tuple[datetime, datetime]


class Plan(NamedTuple):
    """The spans that a run reads.

    :ivar spans: the spans to read, oldest first.
    :ivar covered_from: the start of the period that is complete after the run.
    """

    spans: tuple[Span, ...]
    covered_from: datetime

    @property
    def reread_from(self) -> datetime:
        """The time after which the run reads all messages, new and known ones."""
        (first, end), (last, _) = self.spans[0], self.spans[-1]
        return first if end >= last else last

    @property
    def listings(self) -> list[Listing]:
        """The lists to read: for each month of the spans, one list for each filter."""
        return listings_of(self.spans)


def listings_of(spans: Sequence[Span]) -> list[Listing]:
    """Return the lists to read for some spans: for each month, one list for each filter."""
    return [
        Listing(stamp(window.start), stamp(window.end), filter_type)
        for span in spans
        for window in _spans.split_months(Window(*span))
        for filter_type in FILTERS
    ]


def plan(
    covered: Span | None, since: datetime | None, now: datetime, reread: timedelta | None
) -> Plan:
    """Plan the spans of a run: what no run has read, and the last days again.

    :param covered: the span that earlier runs have read; None if this is the first run.
    :param since: the start of the period to archive. The first run needs it.
    :param now: the end of the period.
    :param reread: how much time before the end of the last run is read again; None reads again all
        that earlier runs have read.
    :raises ValueError: if `since` is in the future.
    """
    first = min(time for time in (since, covered and covered[0]) if time is not None)
    if first > now:
        raise ValueError(
            f"the period to archive begins in the future: at {first}, but now it is {now}"
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


def covered_until(start: datetime, spans: Iterable[Span]) -> datetime:
    """Return the time up to which the spans cover everything from `start` without a hole."""
    end = start
    for first, last in sorted(spans):
        if first > end:
            break
        end = max(end, last)
    return end


def stamp(time: datetime) -> str:
    """Format a UTC time as text."""
    return time.strftime(f"{time.year:04d}-%m-%dT%H:%M:%SZ")


def from_stamp(text: str) -> datetime:
    """Parse a text that :func:`stamp` returned."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)

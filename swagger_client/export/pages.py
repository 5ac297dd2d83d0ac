from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.export.job import Job
from swagger_client.export.transcript import month_text

MOST_MESSAGES = 1000


class Page(NamedTuple):
    """A page of a conversation.

    :ivar title: the month, such as "May 2026" or "May 2026, part 1 of 2".
    :ivar first: the position of the page's first message in the whole conversation, from 1.
    """

    name: str
    title: str
    first: int
    messages: int

    @property
    def last(self) -> int:
        return self.first + self.messages - 1


class ConversationEntry(NamedTuple):
    """A row of a list of conversations, as values for the templates."""

    number: int
    href: str
    title: str
    numbers: str
    first: str
    last: str
    messages: int
    failed: int


def plan_pages(times: Iterable[int | None], job: Job, *, most: int = MOST_MESSAGES) -> list[Page]:
    """Divide a conversation into pages by the times of its messages, in Unix seconds."""
    months: list[tuple[str, str, int]] = []
    for time in times:
        name, title = _month(time, job)
        if months and months[-1][0] == name:
            months[-1] = (name, title, months[-1][2] + 1)
        else:
            months.append((name, title, 1))
    pages: list[Page] = []
    number = 1
    for name, title, count in months:
        parts = -(-count // most)
        for part in range(1, parts + 1):
            here = min(most, count - (part - 1) * most)
            suffix = "" if parts == 1 else f"-{part}"
            label = title if parts == 1 else f"{title}, part {part} of {parts}"
            pages.append(Page(name + suffix, label, number, here))
            number += here
    return pages


def _month(time: int | None, job: Job) -> tuple[str, str]:
    if time is None:
        return "undated", "Without a time"
    utc = datetime.fromtimestamp(time, timezone.utc)
    at = job.local(utc) or utc
    return f"{at:%Y-%m}", month_text(at)

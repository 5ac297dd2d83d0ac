"""Divide a conversation into pages: one for each month, of at most 1,000 messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.export.job import Job
from swagger_client.export.transcript import month_text

MOST_MESSAGES = 1000


class Page(NamedTuple):
    """A page of a conversation.

    :ivar name: the file name of the page, without a suffix.
    :ivar title: the month, such as "May 2026"; if the month has several pages, "May 2026, part 1 of
        2".
    :ivar first: the number of the page's first message in the conversation, from 1.
    :ivar messages: the number of messages on the page.
    """

    name: str
    title: str
    first: int
    messages: int

    @property
    def last(self) -> int:
        """The number of the page's last message in the conversation."""
        return self.first + self.messages - 1


class ConversationEntry(NamedTuple):
    """A row of a list of conversations.

    :ivar number: the number of the conversation in the export.
    :ivar href: the link to the conversation.
    :ivar title: the names of the participants.
    :ivar numbers: the phone numbers of the participants.
    :ivar first: the time of the first message, as text.
    :ivar last: the time of the last message, as text.
    :ivar failed: the number of messages that were not delivered.
    """

    number: int
    href: str
    title: str
    numbers: str
    first: str
    last: str
    messages: int
    failed: int


def plan_pages(times: Iterable[int | None], job: Job, *, most: int = MOST_MESSAGES) -> list[Page]:
    """Divide a conversation into pages.

    :param times: the time of each message in Unix seconds, in the order of the messages.
    :param most: the highest number of messages on a page.
    """
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

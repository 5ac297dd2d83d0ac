"""What a transcript shows of messages, as plain values for the templates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.archive import Party
from swagger_client.export.cells import to_iso
from swagger_client.export.files import ArchivedFile
from swagger_client.export.job import Job
from swagger_client.export.source import Conversation, ExportedMessage, Version

#: The delivery statuses that a transcript shows, with their text and whether they are a failure.
_STATUSES = {
    "received": None,
    "delivered": "Delivered",
    "sent": "Sent, delivery not confirmed",
    "failed_to_send": "Not sent",
    "failed_to_deliver": "Not delivered",
    "unknown": "Delivery unknown",
}
_UNDATED = "Without a time"


class Person(NamedTuple):
    """A participant, by the name that is shown.

    :ivar contact: the name in the address book.
    :ivar name: the name at Zoom.
    """

    label: str
    contact: str | None
    name: str | None
    number: str | None
    owner: str | None


class FileView(NamedTuple):
    """A file of a message: a link, or the reason why there is none.

    :ivar exhibit: its number in the list of exhibits.
    """

    name: str
    size: str
    sha256: str | None
    href: str | None
    is_image: bool
    problem: str | None
    exhibit: int | None = None


class VersionView(NamedTuple):
    """An earlier version: the run that stored it, and what the next version changed."""

    run: int
    stored: str
    seq: int
    hash: str
    changes: list[tuple[str, str, str]]


class MessageView(NamedTuple):
    """A message.

    :ivar number: its place in the conversation, from 1.
    :ivar day: the heading of its day.
    """

    number: int
    session_id: str
    message_id: str
    day: str
    time: str
    utc: str
    local: str | None
    is_out: bool
    sender: Person
    recipients: list[Person]
    text: str | None
    status: str | None
    has_failed: bool
    files: list[FileView]
    versions: list[VersionView]
    seq: int
    run: int
    hash: str


#: Makes the view of a file of a message.
ViewFile = Callable[[ExportedMessage, ArchivedFile], FileView]


class Transcriber:
    """Makes the views of messages.

    :param job: the export, with its time zone and names.
    :param find: finds the files of a message.
    """

    def __init__(self, job: Job, find: Callable[[ExportedMessage], Iterable[FileView]]) -> None:
        self._job = job
        self._find = find
        self._runs = {run.run: run for run in job.source.runs}

    def view(self, row: ExportedMessage, number: int) -> MessageView:
        """Make the view of a message.

        :param number: its place in the conversation.
        """
        message, at = row.message, row.sent_at
        shown = None if at is None else (self._job.local(at) or at)
        local = self._job.local(at)
        status = message.delivery_status
        return MessageView(
            number=number,
            session_id=message.session_id,
            message_id=message.message_id,
            day=_UNDATED if shown is None else day_text(shown),
            time=message.date_time or "no time" if shown is None else f"{shown:%H:%M:%S}",
            utc=message.date_time or "no time" if at is None else to_iso(at),
            local=None if local is None else local.isoformat(),
            is_out=message.direction == "Out",
            sender=self.person(message.sender),
            recipients=[self.person(one) for one in message.recipients],
            text=message.text,
            status=_STATUSES.get(status, status) if status is not None else None,
            has_failed=row.has_failed,
            files=list(self._find(row)),
            versions=list(self._versions(row)),
            seq=row.seq,
            run=row.run,
            hash=row.hash,
        )

    def person(self, party: Party) -> Person:
        """Make the view of a participant."""
        contact = self._job.names.name_of(party.phone_number)
        owner = party.owner_type if party.owner_id else None
        return Person(
            contact or party.label, contact, party.display_name, party.phone_number, owner
        )

    def title(self, conversation: Conversation) -> str:
        """Name a conversation by its participants."""
        people = [self.person(one).label for one in conversation.participants]
        return " and ".join(people) if len(people) < 3 else ", ".join(people)

    def _versions(self, row: ExportedMessage) -> Iterator[VersionView]:
        if row.versions < 2:
            return
        for version in self._job.source.versions(row.message):
            run = self._runs.get(version.run)
            ended = run.finished_at if run is not None else None
            stored = ended or "a run that has not ended"
            yield VersionView(version.run, stored, version.seq, version.hash, _changes(version))


def _changes(version: Version) -> list[tuple[str, str, str]]:
    return [
        (name, _value_text(before), _value_text(after))
        for name, (before, after) in version.changes.items()
    ]


def _value_text(value: object) -> str:
    if value is None:
        return "no value"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def day_text(at: datetime) -> str:
    """Write a day for people, the same in every locale."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{days[at.weekday()]}, {at.day} {month_text(at)}"


def month_text(at: datetime) -> str:
    """Write a month for people."""
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )  # fmt: skip
    return f"{months[at.month - 1]} {at.year}"


def time_text(seconds: int | None, job: Job) -> str:
    """Write a time in unix seconds for people, in the zone of a job."""
    if seconds is None:
        return "no time"
    at = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{job.local(at) or at:%Y-%m-%d %H:%M}"


def size_text(size: int | None) -> str:
    """Write a size for people."""
    if size is None:
        return "size unknown"
    if size < 1000:
        return f"{size} bytes"
    for unit, factor in (("kB", 1000), ("MB", 1000**2), ("GB", 1000**3)):
        if size < factor * 1000:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1000**4:.1f} TB"


class Marked(NamedTuple):
    """A part of a text: as it is, or the name of a character that would not be seen."""

    text: str
    is_mark: bool


#: Control characters, and those that turn the direction of what follows them.
_UNSEEN = re.compile("([\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ufff9-\ufffb])")


def mark_unseen(text: str) -> list[Marked]:
    """Split a text so that characters which would deceive or vanish can be shown by their names."""
    normal = text.replace("\r\n", "\n")
    return [
        Marked(f"U+{ord(part):04X}", True) if place % 2 else Marked(part, False)
        for place, part in enumerate(_UNSEEN.split(normal))
        if part
    ]

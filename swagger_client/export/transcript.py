from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from swagger_client.archive import Party
from swagger_client.export.job import Job
from swagger_client.export.source import ExportedMessage, to_iso

#: The texts for delivery statuses in a transcript; None for statuses that are not shown.
STATUSES = {
    "received": None,
    "delivered": "Delivered",
    "sent": "Sent, delivery not confirmed",
    "failed_to_send": "Not sent",
    "failed_to_deliver": "Not delivered",
    "unknown": "Delivery unknown",
}
_UNDATED = "Without a time"


class Person(NamedTuple):
    """A participant of a conversation, as values for the templates.

    :ivar label: the text that identifies the participant in a transcript.
    :ivar contact: the name in the address book.
    :ivar name: the display name that Zoom sent.
    :ivar owner: the type of extension that owns the number, such as "user".
    """

    label: str
    contact: str | None
    name: str | None
    number: str | None
    owner: str | None


class FileView(NamedTuple):
    """A file of a message, as values for the templates.

    :ivar href: the link to the file; None if the file is missing.
    :ivar problem: why the file is missing; None if it is not missing.
    :ivar exhibit: the number of the file in the export's list of all files.
    """

    name: str
    size: str
    sha256: str | None
    href: str | None
    is_image: bool
    problem: str | None
    exhibit: int | None = None


class VersionView(NamedTuple):
    """An earlier version of a message, as values for the templates.

    :ivar changes: the fields that changed in the next version: name, value before, value after.
    """

    run: int
    started_at: str
    seq: int
    hash: str
    changes: list[tuple[str, str, str]]
    is_erased: bool


class MessageView(NamedTuple):
    """A message, as values for the templates.

    :ivar number: the number of the message in the conversation, from 1.
    :ivar is_out: whether the message was sent by the account, not received.
    """

    number: int
    session_id: str
    message_id: str
    copy: int
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


class Transcriber:
    def __init__(self, job: Job, find: Callable[[ExportedMessage], Iterable[FileView]]) -> None:
        self._job = job
        self._find = find

    def view(self, row: ExportedMessage, number: int) -> MessageView:
        message, at = row.message, row.sent_at
        shown = None if at is None else (self._job.local(at) or at)
        local = self._job.local(at)
        status = message.delivery_status
        return MessageView(
            number=number,
            session_id=message.session_id,
            message_id=message.message_id,
            copy=message.copy,
            day=_UNDATED if shown is None else day_text(shown),
            time=message.date_time or "no time" if shown is None else f"{shown:%H:%M:%S}",
            utc=message.date_time or "no time" if at is None else to_iso(at),
            local=None if local is None else local.isoformat(),
            is_out=message.direction == "Out",
            sender=self.person(message.sender),
            recipients=[self.person(one) for one in message.recipients],
            text=message.text,
            status=STATUSES.get(status, status) if status is not None else None,
            has_failed=row.has_failed,
            files=list(self._find(row)),
            versions=list(self._versions(row)),
            seq=message.seq,
            run=message.run,
            hash=message.hash,
        )

    def person(self, party: Party) -> Person:
        contact = self._job.names.name_of(party.phone_number)
        owner = party.owner_type if party.owner_id else None
        return Person(
            contact or party.label, contact, party.display_name, party.phone_number, owner
        )

    def title(self, participants: Sequence[Party]) -> str:
        """Return a title for a conversation: the names of its participants."""
        people = [self.person(one).label for one in participants]
        return " and ".join(people) if len(people) < 3 else ", ".join(people)

    def _versions(self, row: ExportedMessage) -> Iterator[VersionView]:
        if row.has_versions:
            for one in self._job.source.versions(row.message):
                changes = change_texts(one.changes)
                yield VersionView(
                    one.run, one.started_at, one.seq, one.hash, changes, one.raw is None
                )


def change_texts(changes: Mapping[str, tuple[object, object]]) -> list[tuple[str, str, str]]:
    return [
        (name, _value_text(before), _value_text(after)) for name, (before, after) in changes.items()
    ]


def _value_text(value: object) -> str:
    if value is None:
        return "no value"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def day_text(at: datetime) -> str:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{days[at.weekday()]}, {at.day} {month_text(at)}"


def month_text(at: datetime) -> str:
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )  # fmt: skip
    return f"{months[at.month - 1]} {at.year}"


def time_text(seconds: int | None, job: Job) -> str:
    """Format a time, given in Unix seconds, in the job's time zone."""
    if seconds is None:
        return "no time"
    at = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{job.local(at) or at:%Y-%m-%d %H:%M}"


class Marked(NamedTuple):
    """A piece of a message text; with ``is_mark``, a code that replaces an invisible character."""

    text: str
    is_mark: bool


#: Matches control characters, and characters that change the direction of the text after them.
_UNSEEN = re.compile("([\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ufff9-\ufffb])")


def mark_unseen(text: str) -> list[Marked]:
    """Split a text so that each invisible or deceptive character is a piece of its own."""
    normal = text.replace("\r\n", "\n")
    return [
        Marked(f"U+{ord(part):04X}", True) if place % 2 else Marked(part, False)
        for place, part in enumerate(_UNSEEN.split(normal))
        if part
    ]

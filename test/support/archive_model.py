"""What an archive must show: a small model, to compare with a real archive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Unpack

from swagger_client.archive import Archive, Filters, RunReport, UnknownValueError
from swagger_client.sandbox import Sandbox


class Key(NamedTuple):
    """Identifies a message."""

    session_id: str
    message_id: str


class Shown(NamedTuple):
    """What a reader sees of a message.

    :ivar at: the time in Zoom's format, such as 2026-05-01T09:30:00Z. Text in this format can be
        compared like times.
    :ivar numbers: the phone numbers of sender and recipients.
    :ivar owners: the Zoom ids of those of them who belong to the account.
    """

    at: str
    text: str | None
    status: str | None
    direction: str | None
    sender: str | None
    numbers: frozenset[str]
    owners: frozenset[str]
    files: frozenset[str]


Content = dict[Key, Shown]


class Selector(NamedTuple):
    """The messages that an erasure erases or a legal hold protects."""

    session_id: str | None = None
    message_id: str | None = None
    number: str | None = None
    user_id: str | None = None
    since: str | None = None
    until: str | None = None

    def selects(self, key: Key, message: Shown) -> bool:
        return (
            self.session_id in (None, key.session_id)
            and self.message_id in (None, key.message_id)
            and (self.number is None or self.number in message.numbers)
            and (self.user_id is None or self.user_id in message.owners)
            and (self.since is None or self.since <= message.at)
            and (self.until is None or message.at <= self.until)
        )


class Span(NamedTuple):
    """A time span whose messages a run must read.

    :ivar run: the number of the run.
    :ivar begun: the number of changes at Zoom when the run began. It may miss later changes.
    :ivar session_id: the only conversation that must be read; None for all.
    """

    run: int
    first: str
    last: str
    begun: int
    session_id: str | None = None


@dataclass
class Model:
    """What an archive must show.

    :ivar since: the start of the time span to archive.
    :ivar since_run: for each run, the messages that were stored or changed after it.
    :ivar interrupted: the time span of the run that was interrupted.
    :ivar unread: what could not be read, because a conversation failed.
    :ivar last_end: the end of the last finished run.
    """

    since: str
    messages: Content = field(default_factory=dict)
    erasures: list[tuple[Selector, str]] = field(default_factory=list)
    holds: dict[int, Selector] = field(default_factory=dict)
    since_run: dict[int, set[Key]] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    interrupted: Span | None = None
    unread: list[Span] = field(default_factory=list)
    last_end: str | None = None

    def is_erased(self, key: Key, message: Shown) -> bool:
        return any(one.selects(key, message) and message.at <= at for one, at in self.erasures)

    def is_held(self, key: Key) -> bool:
        return any(one.selects(key, self.messages[key]) for one in self.holds.values())

    def erase(self, selector: Selector, at: str) -> None:
        self.erasures.append((selector, at))
        self.messages = {k: one for k, one in self.messages.items() if not selector.selects(k, one)}

    def find(
        self,
        word: str | None = None,
        selects: Callable[[Key, Shown], bool] = lambda key, message: True,
    ) -> set[Key]:
        return {
            key
            for key, one in self.messages.items()
            if selects(key, one) and (word is None or word in (one.text or "").split())
        }

    def start_of_reread(self, days: int | None) -> str:
        """Return from which time on a run reads messages, if it reads the last days again."""
        if days is None or self.last_end is None:
            return self.since
        first = datetime.fromisoformat(self.last_end) - timedelta(days=days)
        return max(self.since, f"{first:%Y-%m-%dT%H:%M:%SZ}")

    def stop_run(self, run: Span) -> None:
        """Note that a run was interrupted. It may have been interrupted before."""
        if self.interrupted is None or self.interrupted.run != run.run:
            self.interrupted = run

    def finish_run(self, run: Span, report: RunReport, unreadable: str | None) -> list[Span]:
        """Return what a run must have read, including what earlier runs have left.

        :param unreadable: the id of the conversation that could not be read.
        """
        finished = [run] if self.interrupted is None else [self.interrupted, run]
        finished = finished[:1] if report.resumed else finished
        left = [one for one in self.unread if one.session_id == unreadable]
        read = [one for one in self.unread if one.session_id != unreadable]
        if unreadable is not None:
            left += [one._replace(session_id=unreadable) for one in finished]
        self.interrupted, self.unread, self.last_end = None, left, finished[-1].last
        self.digests.append(report.digest)
        return finished + read

    def find_expected(
        self, zoom: Content, read: Iterable[Span], changed: Mapping[Key, int]
    ) -> set[Key]:
        """Return the messages that the archive must show as they are at Zoom after a run.

        :param read: what the run must have read.
        :param changed: the number of the last change of each message at Zoom.
        """
        unreadable = {one.session_id for one in self.unread}
        return {
            key
            for key, message in zoom.items()
            if key.session_id not in unreadable
            and not self.is_erased(key, message)
            and any(
                span.first <= message.at <= span.last
                and span.session_id in (None, key.session_id)
                and changed.get(key, 0) <= span.begun
                for span in read
            )
        }

    def update(self, found: Content, zoom: Content, expected: Iterable[Key]) -> None:
        """Check what the archive shows after it has read from Zoom; expect the same from now on."""
        lost = self.messages.keys() - found.keys()
        assert not lost, f"reading from Zoom removed messages from the archive: {lost}"
        for key, message in found.items():
            assert not self.is_erased(key, message), f"an erased message is back: {key} {message}"
            assert message in (self.messages.get(key), zoom.get(key)), (
                f"{key} changed: before {self.messages.get(key)}, at Zoom {zoom.get(key)}, "
                f"now {message}"
            )
        for key in expected:
            assert key in found, f"a message was not archived: {key} {zoom[key]}"
            assert found[key] == zoom[key], f"{key} is out of date: {found[key]}, not {zoom[key]}"
        changed = {key for key in found if found[key] != self.messages.get(key)}
        for later in self.since_run.values():
            later.update(changed)
        self.messages = found


def read_zoom(zoom: Sandbox) -> Content:
    return {
        Key(one.session_id, one.message_id): Shown(
            one.date_time,
            one.text,
            one.delivery_status,
            one.direction,
            one.sender.phone_number,
            frozenset(party.phone_number or "" for party in (one.sender, *one.to_members)),
            frozenset(party.owner.id for party in (one.sender, *one.to_members) if party.owner),
            frozenset(file.id for file in one.attachments),
        )
        for one in zoom.messages()
    }


def read_archive(archive: Archive) -> Content:
    found: Content = {}
    last = ""
    for one in archive.messages():
        key, parties = Key(one.session_id, one.message_id), (one.sender, *one.recipients)
        assert key not in found, f"the archive shows a message twice: {key}"
        at = one.date_time or "no time"
        assert last <= at, f"{key} of {at} is shown after a message of {last}"
        last = at
        found[key] = Shown(
            at,
            one.text,
            one.delivery_status,
            one.direction,
            one.sender.phone_number,
            frozenset(party.phone_number or "" for party in parties),
            frozenset(party.owner_id for party in parties if party.owner_id),
            frozenset(file.attachment_id for file in one.attachments),
        )
    return found


def hash_files_at_zoom(zoom: Sandbox) -> dict[str, str | None]:
    """Return the SHA-256 hashes of the attachments by their ids."""
    return {
        file.id: hashlib.sha256(file.content or b"").hexdigest()
        for message in zoom.messages()
        for file in message.attachments
    }


def hash_archived_files(archive: Archive) -> dict[str, str | None]:
    """Return the SHA-256 hashes of the attachments by their ids; None if not downloaded."""
    return {
        file.attachment_id: file.sha256
        for message in archive.messages()
        for file in message.attachments
    }


def find(archive: Archive, word: str | None = None, **filters: Unpack[Filters]) -> set[Key]:
    """Search messages; find nothing if the archive does not contain a filter's value."""
    try:
        return {Key(one.session_id, one.message_id) for one in archive.search(word, **filters)}
    except UnknownValueError:
        return set()


def omit_status(message: Shown | None) -> Shown | None:
    return message and message._replace(status=None)

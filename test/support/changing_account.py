"""Random changes of a sandbox's account, for tests of archives."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta, timezone
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from support.archive_model import Key
from support.archives import NOW
from swagger_client.archive import account_log, erased_numbers, past_erasures
from swagger_client.sandbox import Clock, Fault, Message, Party, Sandbox

#: The start of the time span to archive.
SINCE = "2026-01-20T00:00:00Z"
#: The second that two months of the first run share.
BORDER = datetime(2026, 2, 20, tzinfo=timezone.utc)
#: How long ago messages were sent.
AGES = [timedelta(0), timedelta(hours=2), timedelta(days=3), timedelta(days=12), NOW - BORDER]
NUMBERS = ["+14155550101", "+14155550102", "+442079460103"]
WORDS = ["alpha", "Straße", "日本語"]
STATUSES = ["delivered", "sent", "failed_to_deliver"]
#: Somebody writes in this conversation every day. Nothing of it is changed or erased.
DIARY = "diary"

T = TypeVar("T")
places = st.integers(0, 99)
message_changes = st.lists(
    st.tuples(places, st.sampled_from(["edit", "edit", "remove", *STATUSES])),
    min_size=1,
    max_size=6,
)


class ChangingAccount(RuleBasedStateMachine):
    """An account at Zoom that people and Zoom change.

    :ivar people: the phone numbers in each conversation, without that of its owner.
    :ivar changes: the number of changes.
    :ivar changed: the number of the last change of each message.
    :ivar tokens: words that texts and files of each message contain, and no other message.
    """

    def __init__(self) -> None:
        super().__init__()
        clock = Clock(frozen=True, start=NOW)
        self.zoom = Sandbox(
            users=2, queues=1, sessions=0, messages=0, access_token_lifetime=1e9, clock=clock
        )
        self.zoom.start()
        self.people: dict[str, list[str]] = {}
        self.changes = 0
        self.changed: dict[Key, int] = {}
        self.tokens: dict[Key, set[bytes]] = {}
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("swagger_client.archive._sources.PAGE_SIZE", 3)
        # Without this, each run with an erased number takes a second longer.
        for module in (past_erasures, erased_numbers):
            self.patch.setattr(module, "slow_hash", hash_fast)
        timestamp = account_log.timestamp
        self.patch.setattr(account_log, "timestamp", lambda at=None: timestamp(at or clock.now()))

    @property
    def now(self) -> str:
        return self.time_before(timedelta(0))

    def time_before(self, age: timedelta) -> str:
        """Return the time in Zoom's format."""
        return f"{self.zoom.clock.now() - age:%Y-%m-%dT%H:%M:%SZ}"

    def teardown(self) -> None:
        self.patch.undo()
        self.zoom.stop()
        assert self.zoom.crashes == []

    def fill(self) -> None:
        """Add conversations of one and of two people, which are similar to each other."""
        self.zoom.add_session(session_id=DIARY)
        for numbers in (NUMBERS[:2], NUMBERS[1:2], NUMBERS[2:]):
            self.add_conversation(numbers)
        self.let_time_pass(1)

    @precondition(lambda self: len(self.people) < 6)
    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, unique=True))
    def add_conversation(self, numbers: list[str]) -> None:
        owners, number = self.zoom.extensions(), len(self.people)
        self.people[f"session{number:02}"] = numbers
        self.zoom.add_session(
            session_id=f"session{number:02}",
            owner_id=owners[number % len(owners)].id,
            others=[person(one) for one in numbers],
        )
        for age in AGES[1:]:
            self.add_message(number, WORDS[0], age, "In", number % 2)

    @rule(
        place=places,
        word=st.sampled_from(WORDS),
        age=st.sampled_from(AGES),
        direction=st.sampled_from(["In", "Out"]),
        files=st.integers(0, 1),
    )
    def add_message(
        self, place: int, word: str, age: timedelta, direction: str, files: int
    ) -> None:
        for session_id in pick(self.people, place):
            text = self._new_text(word)
            number = pick(self.people[session_id], self.changes)[0]
            self._record(
                self.zoom.add_message(
                    session_id,
                    message_id=f"message{self.changes:03}",
                    text=text,
                    at=self.zoom.clock.now() - age,
                    direction=direction,
                    sender=person(number) if direction == "In" else None,
                    attachments=[self.zoom.attachment(f"file of {text}".encode())] * files,
                )
            )

    @rule(changes=message_changes)
    def change_messages(self, changes: list[tuple[int, str]]) -> None:
        for place, change in changes:
            for message in self.pick_message(place):
                if change in STATUSES:
                    self._record(self.zoom.set_delivery_status(message.message_id, change))
                    continue
                self.zoom.remove_message(message.message_id)
                self._record(self._add_edited(message) if change == "edit" else message)

    def _add_edited(self, message: Message) -> Message:
        return self.zoom.add_message(
            message.session_id,
            message_id=message.message_id,
            text=self._new_text(WORDS[self.changes % len(WORDS)]),
            at=message.at_ms / 1000,
            direction=message.direction,
            sender=message.sender,
            attachments=message.attachments,
            delivery_status=message.delivery_status,
        )

    @rule(hours=st.sampled_from([1, 24]))
    def let_time_pass(self, hours: int) -> None:
        self.zoom.clock.advance(hours * 3600)
        self._record(self.zoom.add_message(DIARY, text="diary"))

    @contextlib.contextmanager
    def failing(self, session_id: str | None) -> Iterator[Fault]:
        """Let Zoom reject requests for the messages of a conversation."""
        fault = self.zoom.fault(
            status=404,
            body={"code": 7013, "message": "There is no such session."},
            where=lambda request: f"/{session_id}" in request.path,
            times=None,
        )
        yield fault
        fault.cancel()

    def pick_message(self, place: int) -> list[Message]:
        return pick([one for one in self.zoom.messages() if one.session_id != DIARY], place)

    def _new_text(self, word: str) -> str:
        return f"{word} token{self.changes:04}"

    def _record(self, message: Message) -> None:
        self.changes += 1
        key = Key(message.session_id, message.message_id)
        self.changed[key] = self.changes
        words = (message.text or "").encode().split()
        self.tokens.setdefault(key, set()).update(words[1:])


def hash_fast(salt: bytes, number: str) -> bytes:
    return hashlib.sha256(salt + number.encode()).digest()


def person(number: str) -> Party:
    return Party(number, f"Person {number[-1]}")


def pick(items: Collection[T], place: int) -> list[T]:
    """Return a list with one of the items; an empty list if there are none."""
    return [[*items][place % len(items)]] if items else []

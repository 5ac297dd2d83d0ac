"""Generate a made-up account; the same seed, size and time give the same account."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from . import media, vocabulary
from .account_data import Account, Conversation
from .records import Attachment, Extension, Message, Party

__all__ = ["Size", "generate", "new_id", "new_message_id", "new_session_id"]

DAY_MS = 86_400_000
YEAR_MS = 365.25 * DAY_MS
_SMS, _MMS, _GROUP_SMS, _GROUP_MMS, _INTERNATIONAL, _ON_NET = range(1, 7)
_FILE_TYPES = ("PNG", "GIF", "JPG", "JPG/JPEG", "AUDIO", "VIDEO", "OTHER")
_SENT = ("delivered",) * 14 + ("sent",) * 3 + ("failed_to_send", "failed_to_deliver", "unknown")


@dataclass(frozen=True)
class Size:
    """The size of a made-up account. `Sandbox` documents the fields.

    :raises ValueError: if `users` is below 1, `years` is not above 0, or another number is
        negative.
    """

    users: int = 6
    queues: int = 2
    receptionists: int = 1
    sessions: int = 16
    messages: int = 240
    years: float = 0.5

    def __post_init__(self) -> None:
        if min(self.queues, self.receptionists, self.sessions, self.messages) < 0:
            raise ValueError("queues, receptionists, sessions and messages must be 0 or more")
        if self.users < 1 or self.years <= 0:
            raise ValueError("users must be 1 or more, and years must be above 0")


def generate(seed: int, size: Size, now_ms: int) -> Account:
    """Return a made-up account.

    :param seed: determines everything except the times.
    :param size: the number of users, conversations, messages and years.
    :param now_ms: the end of the history, in Unix milliseconds.
    """
    generator = _Generator(Random(f"zoom-phone-sms/{seed}"), size, now_ms)
    return generator.account()


def new_id(rng: Random, length: int = 22) -> str:
    """Return a random id in the form of Zoom's user and file ids: URL-safe base64."""
    return base64.urlsafe_b64encode(rng.getrandbits(144).to_bytes(18, "big"))[:length].decode()


def new_message_id(rng: Random) -> str:
    return "IQ-" + new_id(rng)


def new_session_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


class _Generator:
    def __init__(self, rng: Random, size: Size, now_ms: int) -> None:
        self.rng = rng
        self.size = size
        self.now_ms = now_ms
        self.span_ms = int(size.years * YEAR_MS)
        self.generated = Account(new_id(rng))
        self.numbers: set[str] = set()

    def account(self) -> Account:
        users = [self._user(place) for place in range(self.size.users)]
        shared = self._shared([user.id for user in users])
        for extension in (*users, *shared):
            self.generated.add_extension(extension)
        owners = self._owners(users, shared)
        for place, (owner, count) in enumerate(zip(owners, self._counts(), strict=True)):
            self._session(owner, count, place)
        return self.generated

    # People and shared lines.

    def _user(self, place: int) -> Extension:
        given, family = (
            self.rng.choice(vocabulary.GIVEN_NAMES),
            self.rng.choice(vocabulary.FAMILY_NAMES),
        )
        user = Extension(
            new_id(self.rng), "user", f"{given} {family}", f"user{place + 1:04d}@example.com",
            self._number(),
        )  # fmt: skip
        if place % 5 == 3:
            ago = self.rng.randrange(max(1, self.span_ms // 2))
            return replace(user, status="deleted", deleted_at_ms=self.now_ms - ago)
        return replace(user, status="inactive") if place % 5 == 4 else user

    def _shared(self, users: list[str]) -> list[Extension]:
        def named(kind: str, name: str) -> Extension:
            members = tuple(user for user in users if self.rng.random() < 0.5) or (users[0],)
            if users[0] not in members:
                members = (users[0], *members)
            return Extension(new_id(self.rng), kind, name, None, self._number(), members)

        def pick(names: Sequence[str], place: int) -> str:
            again = place // len(names)
            return names[place % len(names)] + (f" {again + 1}" if again else "")

        found = [
            named("callQueue", pick(vocabulary.QUEUE_NAMES, n)) for n in range(self.size.queues)
        ]
        found += [
            named("autoReceptionist", pick(vocabulary.RECEPTIONIST_NAMES, n))
            for n in range(self.size.receptionists)
        ]
        found.append(named("sharedLineGroup", "Front line"))
        found.append(replace(named("serviceEndpoint", "Reminders"), members=()))
        return found

    def _owners(self, users: list[Extension], shared: list[Extension]) -> list[Extension]:
        # The first sessions have one owner of each type. Users own most of the other sessions.
        first = [users[0], *shared, *users[1:]]
        owners = first[: self.size.sessions]
        while len(owners) < self.size.sessions:
            pool = users if self.rng.random() < 0.75 else shared
            owners.append(self.rng.choice(pool))
        return owners

    def _number(self) -> str:
        while True:
            country = "1" if self.rng.random() < 0.8 else self.rng.choice(("44", "49", "81", "55"))
            digits = country + str(self.rng.randrange(2_000_000_000, 9_999_999_999))
            if digits not in self.numbers:
                self.numbers.add(digits)
                return "+" + digits if self.rng.random() < 0.3 else digits

    def _outsider(self) -> Party:
        rng = self.rng
        given, family = rng.choice(vocabulary.GIVEN_NAMES), rng.choice(vocabulary.FAMILY_NAMES)
        party = Party(self._number(), f"{given} {family}", None, ("owner",))
        dice = rng.random()
        if dice < 0.05:
            return replace(party, display_name=None)
        if dice < 0.15:
            return replace(party, missing=("owner", "display_name"))
        if dice < 0.17:
            return replace(party, phone_number=None)
        if dice < 0.19:
            return replace(party, missing=("owner", "phone_number"))
        return party

    # Messages.

    def _counts(self) -> list[int]:
        sessions = self.size.sessions
        if not sessions:
            return []
        spare = max(0, self.size.messages - sessions)
        weights = [self.rng.random() ** 3 + 0.02 for _ in range(sessions)]
        total = sum(weights)
        counts = [1 + int(spare * weight / total) for weight in weights]
        counts[0] += max(0, self.size.messages - sum(counts))
        return counts

    def _session(self, owner: Extension, count: int, place: int) -> None:
        rng = self.rng
        session_id = new_session_id(rng)
        others = [self._outsider() for _ in range(rng.randrange(2, 6) if place % 6 == 5 else 1)]
        colleagues = [user for user in self.generated.users() if user.id != owner.id]
        on_net = place % 9 == 8 and owner.type == "user" and bool(colleagues)
        if on_net:
            others = [rng.choice(colleagues).party]
        participants = (owner.party, *others)
        times = self._times(count, place)
        conversation = Conversation(
            session_id,
            session_type_of(owner),
            participants,
            watchers_of(owner, participants),
            times[0],
        )
        messages = [
            # The first user's newest message is an MMS, so that every account contains one.
            self._message(session_id, at, participants, on_net, files=not place and at == times[-1])
            for at in times
        ]
        self.generated.add_session(conversation, messages)
        if messages and messages[-1].direction == "In":
            conversation.unread = rng.randrange(0, min(5, len(messages)) + 1)

    def _times(self, count: int, place: int) -> list[int]:
        rng = self.rng
        oldest = self.now_ms - self.span_ms
        # Most conversations are recent; every fifth ended some time ago.
        silent = rng.random() * self.span_ms * 0.8 if place % 5 == 4 else rng.random() * 20 * DAY_MS
        newest = self.now_ms - 1000 - min(int(silent), self.span_ms - 1)
        times = sorted(oldest + int(rng.random() * (newest - oldest + 1)) for _ in range(count))
        times[-1] = newest
        for n in range(1, count):
            dice = rng.random()
            if dice < 0.03:  # the same millisecond as the next message
                times[n - 1] = times[n]
            elif dice < 0.04:  # midnight, the border between two days
                times[n] = max(oldest, times[n] // DAY_MS * DAY_MS)
        return sorted(times)

    def _message(
        self,
        session_id: str,
        at_ms: int,
        participants: tuple[Party, ...],
        on_net: bool,
        *,
        files: bool,
    ) -> Message:
        rng = self.rng
        out = rng.random() < 0.5
        group = len(participants) > 2
        place = 0 if out else 1 if not group else rng.randrange(1, len(participants))
        to = participants[:place] + participants[place + 1 :]
        attachments = self._attachments() if rng.random() < 0.08 or files else ()
        return Message(
            message_id=new_message_id(rng),
            session_id=session_id,
            at_ms=at_ms,
            direction="Out" if out else "In",
            text=self._text(bool(attachments)),
            sender=participants[place],
            to_members=to,
            message_type=message_type(participants, bool(attachments), on_net=on_net),
            delivery_status=rng.choice(_SENT) if out else "received",
            attachments=attachments,
        )

    def _text(self, with_files: bool) -> str:
        rng = self.rng
        dice = rng.random()
        if dice < (0.4 if with_files else 0.01):
            return ""
        number, day = rng.randrange(1000, 1_000_000), rng.randrange(1, 29)
        if dice > 0.99:
            return rng.choice(vocabulary.LONG_SENTENCES).format(n=number, d=day) * rng.randrange(
                2, 12
            )
        return rng.choice(vocabulary.SENTENCES).format(n=number, d=day)

    def _attachments(self) -> tuple[Attachment, ...]:
        rng = self.rng
        count = 1 if rng.random() < 0.8 else rng.randrange(2, 6)
        return tuple(self._attachment() for _ in range(count))

    def _attachment(self) -> Attachment:
        rng = self.rng
        file_type = rng.choice(_FILE_TYPES)
        file_id = new_id(rng)
        stem = file_id if rng.random() < 0.7 else rng.choice(vocabulary.FILE_STEMS)
        size = int(120 * 400 ** rng.random())
        return Attachment(file_id, f"{stem}.{media.extension_for(file_type)}", file_type, size)


def message_type(participants: Sequence[Party], with_files: bool, *, on_net: bool = False) -> int:
    """Return Zoom's number for the type of a message, such as 1 for SMS and 2 for MMS.

    :param participants: the participants of the conversation, the owner first.
    :param with_files: whether the message has attachments.
    :param on_net: whether both participants are Zoom users of the same account.
    """
    if len(participants) > 2:
        return _GROUP_MMS if with_files else _GROUP_SMS
    if with_files:
        return _MMS
    if on_net:
        return _ON_NET
    north_american = {party.digits[:1] in ("1", "") for party in participants}
    return _SMS if len(north_american) == 1 else _INTERNATIONAL


_SESSION_TYPES = {
    "user": "user",
    "sharedLineGroup": "user",
    "callQueue": "call_queue",
    "autoReceptionist": "auto_receptionist",
    "serviceEndpoint": "service_endpoint",
}


def session_type_of(owner: Extension) -> str:
    return _SESSION_TYPES.get(owner.type, "user")


def watchers_of(owner: Extension, participants: Sequence[Party]) -> tuple[str, ...]:
    """Return the ids of the users who see a session in their lists of sessions.

    These are the users who take part in the session, and the members of the extension that owns it.
    Nobody sees a session of a service endpoint, which is only in the list of the account.
    """
    if owner.type == "serviceEndpoint":
        return ()
    people = [who.owner.id for who in participants if who.owner and who.owner.type == "user"]
    return tuple(dict.fromkeys((*people, *owner.members)))

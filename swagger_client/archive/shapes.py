"""What Zoom sends as what an archive keeps: canonical text, hashes, typed rows. All pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from swagger_client.models._time import utc

Value = str | int | None
Row = tuple[Value, ...]
JsonObject = dict[str, object]

_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_DIGIT = re.compile("[^0-9]+")
_INT64 = 1 << 63
#: How deep what Zoom sends may be nested: deeper, what reads it might not get to the bottom.
_DEEPEST = 100
_TOO_DEEP = f"it is nested more than {_DEEPEST} deep"
#: What a made-up id begins with.
WITHOUT_ID = "without-id:"


class Table(NamedTuple):
    """A table that is derived from records: how its rows are read and compared."""

    name: str
    columns: tuple[str, ...]
    #: How many of the first columns make a row's key.
    key: int


_PARTY = ("phone_number", "digits", "display_name", "owner_type", "owner_id")

SESSIONS = Table("sessions", ("session_id", "session_type", "last_access_time", "seq"), 1)
PARTICIPANTS = Table(
    "participants",
    (
        "session_id", "position", *_PARTY, "is_session_owner", "extension_status",
        "extension_deleted_time",
    ),
    2,
)  # fmt: skip
MESSAGES = Table(
    "messages",
    (
        "session_id", "message_id", "seq", "date_time", "sent_at", "direction", "text",
        "message_type", "delivery_status", *(f"sender_{name}" for name in _PARTY),
    ),
    2,
)  # fmt: skip
RECIPIENTS = Table("recipients", ("session_id", "message_id", "position", *_PARTY), 3)
ATTACHMENTS = Table(
    "attachments",
    (
        "session_id", "message_id", "attachment_id", "position", "name", "type", "size",
        "state", "attempts", "seq", "reason", "bytes", "sha256", "path",
    ),
    3,
)  # fmt: skip

#: The tables that verification derives again and compares.
DERIVED = (SESSIONS, PARTICIPANTS, MESSAGES, RECIPIENTS, ATTACHMENTS)


def canonical(value: object) -> str:
    """A JSON value as text: keys sorted, no white space, fit for UTF-8.

    :raises ValueError: when it is nested too deeply to be read back.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    # Half a surrogate pair has no UTF-8; as an escape it survives.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [one.values() if isinstance(one, dict) else as_list(one) for one in level]
        level = [value for values in inner for value in values]
    return depth


def chained(before: str, record: Iterable[str | int]) -> str:
    """The hash of a record: SHA-256 over the hash ``before`` it and all that it says.

    :param record: its session_id, seq, kind, item, run and content.
    """
    return _sha256([before, *record])


def without_credentials(message: object) -> object:
    """A message as Zoom sent it, but for the download URLs: they are credentials."""
    if not isinstance(message, dict) or not isinstance(message.get("attachments"), list):
        return message
    attachments = [
        {name: held for name, held in one.items() if name != "download_url"}
        if isinstance(one, dict)
        else one
        for one in message["attachments"]
    ]
    return {**message, "attachments": attachments}


def message_key(message: object) -> str:
    """The message's id; one made of its content where Zoom gave none."""
    found = as_object(message).get("message_id")
    if isinstance(found, str) and found:
        return plain_text(found)
    return made_up_key(without_credentials(message))


def made_up_key(value: object) -> str:
    """An id for what has none, made of its content."""
    return WITHOUT_ID + hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def session_row(session_id: str, seq: int, session: object) -> Row:
    """A row of ``sessions``."""
    fields = as_object(session)
    return (session_id, _text(fields.get("session_type")), _text(fields.get("last_access_time")),
            seq)  # fmt: skip


def participant_rows(session_id: str, session: object) -> Iterator[Row]:
    """The rows of ``participants``."""
    for position, one in enumerate(as_list(as_object(session).get("participants"))):
        fields = as_object(one)
        yield (
            session_id,
            position,
            *_party(one),
            _integer(fields.get("is_session_owner")),
            _text(fields.get("extension_status")),
            _text(fields.get("extension_deleted_time")),
        )


def message_row(session_id: str, message_id: str, seq: int, message: object) -> Row:
    """A row of ``messages``."""
    fields = as_object(message)
    date_time = _text(fields.get("date_time"))
    return (
        session_id,
        message_id,
        seq,
        date_time,
        unix_time(date_time),
        _text(fields.get("direction")),
        _text(fields.get("message")),
        _integer(fields.get("message_type")),
        _text(fields.get("delivery_status")),
        *_party(fields.get("sender")),
    )


def recipient_rows(session_id: str, message_id: str, message: object) -> Iterator[Row]:
    """The rows of ``recipients``."""
    for position, one in enumerate(as_list(as_object(message).get("to_members"))):
        yield (session_id, message_id, position, *_party(one))


class AttachmentKey(NamedTuple):
    """Which file: of which message of which conversation."""

    session_id: str
    message_id: str
    attachment_id: str


def attachments_of(
    session_id: str, message_id: str, message: object
) -> Iterator[tuple[AttachmentKey, Row]]:
    """The files of a message, each with (position, name, type, size)."""
    for position, one in enumerate(as_list(as_object(message).get("attachments"))):
        fields = as_object(one)
        found = fields.get("id")
        name = plain_text(found) if isinstance(found, str) and found else f"{WITHOUT_ID}{position}"
        described = (
            position,
            _text(fields.get("name")),
            _text(fields.get("type")),
            _integer(fields.get("size")),
        )
        yield AttachmentKey(session_id, message_id, name), described


class Outcome(NamedTuple):
    """What became of a file: ``done`` with size, hash and place, or ``failed`` with a reason.

    One that is still ``pending``, since something passing stood in the way, is never recorded.
    """

    key: AttachmentKey
    state: str
    reason: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    path: str | None = None

    @property
    def item(self) -> str:
        """What the record is about."""
        return f"{self.key.message_id}/{self.key.attachment_id}"

    @property
    def row(self) -> Row:
        """The last columns of its row of ``attachments``."""
        return (self.reason, self.bytes, self.sha256, self.path)

    def content(self) -> str:
        """The record's text."""
        said = dict(zip(self.key._fields, self.key, strict=True)) | self._asdict()
        del said["key"]
        return canonical(said)

    @classmethod
    def of(cls, content: object) -> Outcome:
        """Read a record's content back."""
        fields = as_object(content)
        key = AttachmentKey(*(str(fields.get(name)) for name in AttachmentKey._fields))
        return cls(
            key,
            str(fields.get("state")),
            _text(fields.get("reason")),
            _integer(fields.get("bytes")),
            _text(fields.get("sha256")),
            _text(fields.get("path")),
        )


def run_digest(before: str, run: Iterable[object], heads: Iterable[Iterable[object]]) -> str:
    """The digest of a finished run over the one ``before``, its own row, and the chains it grew."""
    return _sha256([before, list(run), [list(head) for head in heads]])


def _sha256(value: object) -> str:
    # A damaged row may hold bytes where text was; its hash is another one then, and no error.
    said = json.dumps(value, separators=(",", ":"), default=str)
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def digits(number: object) -> str | None:
    """A phone number without plus and punctuation: what numbers are compared by."""
    if not isinstance(number, str):
        return None
    return _NO_DIGIT.sub("", number) or None


def unix_time(date_time: str | None) -> int | None:
    """A time as Zoom sends it, in unix seconds; None where it is none."""
    try:
        moment = utc(date_time or None)
    except ValueError:
        return None
    return None if moment is None else int(moment.timestamp())


def as_object(value: object) -> JsonObject:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else []


def plain_text(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _party(who: object) -> Row:
    fields = as_object(who)
    owner = as_object(fields.get("owner"))
    return (
        _text(fields.get("phone_number")),
        digits(fields.get("phone_number")),
        _text(fields.get("display_name")),
        _text(owner.get("type")),
        _text(owner.get("id")),
    )


def _text(value: object) -> str | None:
    if value is None:
        return None
    return plain_text(value) if isinstance(value, str) else canonical(value)


def _integer(value: object) -> int | None:
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return int(value)
    return None

"""Computes the rows of the derived tables from JSON that Zoom sent.

The derived tables, such as ``messages``, hold single fields of archived JSON, for queries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from swagger_client.archive.canonical import (
    WITHOUT_ID,
    JsonObject,
    as_integer,
    as_list,
    as_object,
    as_text,
    canonical,
    content_key,
    digits,
    identifier,
)
from swagger_client.archive.columns import (
    ArchivedAttachment,
    ArchivedMessage,
    Declared,
    Party,
    from_json,
    unix_microseconds,
)
from swagger_client.archive.credentials import without_credentials

Value = str | int | None
Row = tuple[Value, ...]

_MESSAGE_FIELDS = from_json(ArchivedMessage)
_FILE_FIELDS = from_json(ArchivedAttachment)
_PARTY_FIELDS = from_json(Party)
#: The columns of a person: what Zoom sent, and the digits of the phone number.
PARTY = (*(one.name for one in _PARTY_FIELDS), "digits")
_MILLION = 1_000_000
_FRACTION = re.compile(r"\d[.,](\d+)")


class Table(NamedTuple):
    """A derived table, whose rows are computed from the records.

    :ivar int key: how many columns form the key; they are the first columns.
    :ivar bool by_message: whether the first three columns identify a message. The database then
        stores the row number of the message instead of these columns.
    """

    name: str
    columns: tuple[str, ...]
    key: int
    by_message: bool = False

    @property
    def stored(self) -> tuple[str, ...]:
        """The names of the table's columns; if `by_message`, "message" replaces the first three."""
        return ("message", *self.columns[3:]) if self.by_message else self.columns


_MESSAGE_KEY = ("session_id", "message_id", "copy")
SESSIONS = Table("sessions", ("session_id", "session_type", "last_access_time", "seq"), 1)
PARTICIPANTS = Table(
    "participants",
    (
        "session_id", "position", *PARTY, "is_session_owner", "extension_status",
        "extension_deleted_time",
    ),
    2,
)  # fmt: skip
MESSAGES = Table(
    "messages",
    (
        *_MESSAGE_KEY, "seq", "first_seq", "run", "record", "sent_at", "fraction",
        *(one.name for one in _MESSAGE_FIELDS), *(f"sender_{name}" for name in PARTY),
    ),
    3,
)  # fmt: skip
RECIPIENTS = Table("recipients", (*_MESSAGE_KEY, "position", *PARTY), 4, by_message=True)
ATTACHMENTS = Table(
    "attachments",
    (
        *_MESSAGE_KEY, "attachment_id", "attachment_copy", "position",
        *(one.name for one in _FILE_FIELDS),
        "state", "attempts", "seq", "reason", "bytes", "sha256", "path",
    ),
    5,
    by_message=True,
)  # fmt: skip
GAPS = Table(
    "gaps", ("session_id", "window_from", "window_to", "state", "attempts", "reason", "seq"), 2
)
EVENTS = Table("events", ("session_id", "seq", "event", "event_ts", "message_id"), 2)

#: The derived tables. Each comes after the tables that it refers to.
DERIVED = (SESSIONS, PARTICIPANTS, MESSAGES, RECIPIENTS, ATTACHMENTS, GAPS, EVENTS)


def message_id_of(message: object) -> str:
    """Return the id of a message, or a hash of the message if Zoom sent no id."""
    found = as_object(message).get("message_id")
    if isinstance(found, str) and found:
        return identifier(found)
    return content_key(without_credentials(message))


def message_item(message_id: str, copy: int) -> str:
    """Encode a message's id and copy number for the column ``item``: ``id``, or ``["id",1]``."""
    if copy == 0 and not message_id.startswith("["):
        return message_id
    return canonical([message_id, copy])


def parse_message_item(item: str) -> tuple[str, int]:
    """Parse the text that :func:`message_item` returned; return message id and copy number."""
    if item.startswith("["):
        try:
            message_id, copy = json.loads(item)
        except (ValueError, TypeError):
            return item, 0
        if isinstance(message_id, str) and isinstance(copy, int):
            return message_id, copy
    return item, 0


def session_row(session_id: str, seq: int, session: object) -> Row:
    fields = as_object(session)
    return (
        session_id,
        as_text(fields.get("session_type")),
        as_text(fields.get("last_access_time")),
        seq,
    )


def participant_rows(session_id: str, session: object) -> Iterator[Row]:
    for position, one in enumerate(as_list(as_object(session).get("participants"))):
        fields = as_object(one)
        yield (
            session_id,
            position,
            *_party(one),
            as_integer(fields.get("is_session_owner")),
            as_text(fields.get("extension_status")),
            as_text(fields.get("extension_deleted_time")),
        )


class Place(NamedTuple):
    """The first columns of a row in ``messages``, which identify the message and its record.

    :ivar int copy: 0, or 1, 2, … for further messages with the same id.
    :ivar int seq: the number of the record in the conversation's hash chain.
    :ivar int first_seq: the record number of the first version; it sorts messages with equal times.
    :ivar int run: the number of the archive run that stored the record.
    :ivar int record: the row number of the record in the table ``records``.
    """

    session_id: str
    message_id: str
    copy: int
    seq: int
    first_seq: int
    run: int
    record: int


def message_row(place: Place, message: object) -> Row:
    fields = as_object(message)
    date_time = as_text(fields.get("date_time"))
    microseconds = unix_microseconds(date_time)
    at: Row = (None, None)
    if microseconds is not None:
        at = (microseconds // _MILLION, _fraction(str(date_time)))
    return (
        *place,
        *at,
        *_message_values(fields),
        *_party(fields.get("sender")),
    )


def _fraction(date_time: str) -> str:
    """Return the fraction of a second without trailing zeros, such as "25", for sorting."""
    if "." not in date_time and "," not in date_time:
        return ""
    found = _FRACTION.search(date_time)
    return "" if found is None else found[1].rstrip("0")


def recipient_rows(session_id: str, message_id: str, copy: int, message: object) -> Iterator[Row]:
    for position, one in enumerate(as_list(as_object(message).get("to_members"))):
        yield (session_id, message_id, copy, position, *_party(one))


#: The reason for which a downloaded file is downloaded again.
REPLACED = "Zoom states another size than before"


class FileKey(NamedTuple):
    """Identifies an attachment, even if Zoom uses the same id for several messages or files.

    :ivar int copy: 0 for the first message of the conversation with this id; 1, 2, … for others.
    :ivar int attachment_copy: 0 for the first file of the message with this id; 1, 2, … for others.
    """

    session_id: str
    message_id: str
    copy: int
    attachment_id: str
    attachment_copy: int

    @property
    def item(self) -> str:
        """The key without ``session_id`` as JSON, for the column ``item`` of a record."""
        return canonical(list(self[1:]))


def files_of(
    session_id: str, message_id: str, copy: int, message: object
) -> Iterator[tuple[FileKey, Row]]:
    """Yield the key and the row (position, fields from Zoom) of each attachment of a message."""
    seen: dict[str, int] = {}
    for position, one in enumerate(as_list(as_object(message).get("attachments"))):
        fields = as_object(one)
        found = fields.get("id")
        known = isinstance(found, str) and found != ""
        attachment_id = identifier(str(found)) if known else f"{WITHOUT_ID}{position}"
        nth = seen.get(attachment_id, 0)
        seen[attachment_id] = nth + 1
        described = (position, *_file_values(fields))
        yield FileKey(session_id, message_id, copy, attachment_id, nth), described


class FileResult(NamedTuple):
    """The result of downloading a file, or a user's decision about a failed download.

    :ivar str state: ``done`` with size, hash and path; ``failed`` with a reason; ``accepted`` if a
        user accepted the loss; ``pending`` after a transient failure, or if a user requested
        another attempt.
    """

    key: FileKey
    state: str
    reason: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    path: str | None = None

    @property
    def row(self) -> Row:
        """The values of the columns reason, bytes, sha256 and path in the table ``attachments``."""
        return (self.reason, self.bytes, self.sha256, self.path)

    def content(self) -> str:
        """Return this result as the JSON text to store in the column ``content`` of a record."""
        values = self.key._asdict() | self._asdict()
        del values["key"]
        return canonical(values)

    @classmethod
    def of(cls, content: object) -> FileResult:
        """Create a FileResult from the decoded JSON of the text that :meth:`content` returned."""
        fields = as_object(content)
        key = FileKey(
            str(fields.get("session_id")),
            str(fields.get("message_id")),
            as_integer(fields.get("copy")) or 0,
            str(fields.get("attachment_id")),
            as_integer(fields.get("attachment_copy")) or 0,
        )
        return cls(
            key,
            str(fields.get("state")),
            as_text(fields.get("reason")),
            as_integer(fields.get("bytes")),
            as_text(fields.get("sha256")),
            as_text(fields.get("path")),
        )


def event_row(session_id: str, seq: int, event: object) -> Row:
    fields = as_object(event)
    about = as_object(as_object(fields.get("payload")).get("object"))
    return (
        session_id,
        seq,
        as_text(fields.get("event")),
        as_integer(fields.get("event_ts")),
        as_text(about.get("message_id")),
    )


def _party(who: object) -> Row:
    values = _read_party(as_object(who))
    # The same people occur again and again. Other types are not cached: True and 1 are equal.
    if _CACHED_TYPES.issuperset(map(type, values)):
        return _cached_party_row(*values)
    return _party_row(*values)


def _party_row(*values: object) -> Row:
    """Return the values of a person's columns: JSON values as text, and the number's digits."""
    return (*map(as_text, values), digits(values[_NUMBER]))


_cached_party_row = lru_cache(1 << 10)(_party_row)
_CACHED_TYPES = {str, type(None)}
_NUMBER = [one.name for one in _PARTY_FIELDS].index("phone_number")
Reader = Callable[[JsonObject], list[object]]


def _reader(fields: Iterable[Declared]) -> Reader:
    """Return a function that takes a JSON object and returns the values of `fields`."""
    paths: dict[str, list[str]] = {"": []}
    for one in fields:
        outer, _, name = one.field.json.rpartition(".")
        assert outer in ("", list(paths)[-1]) or outer not in paths, "an object's fields adjoin"
        assert outer or len(paths) == 1, "the fields of nested objects come last"
        paths.setdefault(outer, []).append(name)
    plain = paths.pop("")
    nested = list(paths.items())

    def read(values: JsonObject) -> list[object]:
        found = [*map(values.get, plain)]
        for outer, names in nested:
            found += map(as_object(values.get(outer)).get, names)
        return found

    return read


def _extractor(fields: Sequence[Declared]) -> Callable[[JsonObject], Row]:
    """Return a function that extracts fields from a JSON object, as values for the database."""
    read = _reader(fields)
    integers = [one.is_integer for one in fields]

    def extract(values: JsonObject) -> Row:
        return tuple(
            [
                value
                if value is None or (type(value) is str and not is_integer and value.isascii())
                else (as_integer if is_integer else as_text)(value)
                for value, is_integer in zip(read(values), integers, strict=True)
            ]
        )

    return extract


_message_values = _extractor(_MESSAGE_FIELDS)
_file_values = _extractor(_FILE_FIELDS)
_read_party = _reader(_PARTY_FIELDS)

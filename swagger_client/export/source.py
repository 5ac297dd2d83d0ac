from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from swagger_client.archive import Archive, ArchivedMessage, Filters, Party, Run
from swagger_client.archive.database import close_on_error, translate_sqlite_errors
from swagger_client.archive.reader import changed_fields, read_participants
from swagger_client.archive.selection import resolve
from swagger_client.models._time import utc

#: The values of `delivery_status` for a message that did not reach its recipient.
FAILURES = frozenset({"failed_to_send", "failed_to_deliver"})
_FAILED = "coalesce(m.delivery_status, '') IN ('failed_to_send', 'failed_to_deliver')"

#: SQL for the number of the quarter of an hour in which a message was sent. In every time zone, a
#: day begins at the start of a quarter.
QUARTER = "(m.sent_at - (m.sent_at % 900 + 900) % 900) / 900"


def parse_time(date_time: str | None) -> datetime | None:
    """Parse Zoom's timestamp; return None if it is not valid."""
    try:
        return utc(date_time or None)
    except ValueError:
        return None


def to_iso(at: datetime) -> str:
    """Format a UTC time as ISO 8601 with ``Z``, and a fraction of a second if there is one."""
    return at.isoformat().replace("+00:00", "Z")


class ExportedMessage(NamedTuple):
    """A message in an export, with values that are derived from its fields."""

    message: ArchivedMessage

    @property
    def sent_at(self) -> datetime | None:
        """The time of the message in UTC, with fractions of a second; None if it is invalid."""
        return parse_time(self.message.date_time)

    @property
    def has_versions(self) -> bool:
        return self.message.seq != self.message.first_seq

    @property
    def has_failed(self) -> bool:
        return self.message.delivery_status in FAILURES


class Version(NamedTuple):
    """One version of a message, and what changed in the next version.

    :ivar seq: the number of the version's record in the conversation's hash chain.
    :ivar raw: the JSON object that Zoom sent; None after it was erased.
    :ivar changes: for each changed field, its values in this version and in the next version.
    """

    seq: int
    run: int
    started_at: str
    hash: str
    raw: str | None
    changes: dict[str, tuple[object, object]]


class Conversation(NamedTuple):
    """A conversation, with counts of those of its messages that the export's filters select.

    :ivar messages: the number of selected messages.
    :ivar failed: how many of the selected messages could not be delivered.
    :ivar first: the time of the first selected message in Unix seconds; None if it is unknown.
    :ivar records: the number of records in the conversation's hash chain.
    :ivar hash: the hash of the last record.
    :ivar erased: how many of the records were erased.
    """

    session_id: str
    session_type: str | None
    participants: tuple[Party, ...]
    messages: int
    failed: int
    first: int | None
    last: int | None
    records: int
    hash: str
    erased: int


class Source:
    """Reads the messages that the filters select, from one snapshot of the archive."""

    def __init__(self, archive: Archive, filters: Filters) -> None:
        self.path: Path = archive.path
        self._filters = filters
        self._snapshot = archive.snapshot()
        with close_on_error(self._snapshot):
            self.runs: list[Run] = self._snapshot.runs()
            self._selection = resolve(self.connection, filters)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._snapshot.close()

    @property
    def connection(self) -> sqlite3.Connection:
        return self._snapshot.connection

    @property
    def folder(self) -> Path | None:
        """The folder of the archive's files; None if no archive run stored files."""
        return self._snapshot.attachments

    @property
    def last_run(self) -> Run | None:
        return next((run for run in reversed(self.runs) if run.finished_at), None)

    @property
    def complete_since(self) -> str | None:
        """The start of the time span that the archive covers; None if no run has finished."""
        finished = [run for run in self.runs if run.finished_at and run.kind == "account"]
        return finished[-1].covered_from if finished else None

    @property
    def archived_to(self) -> str | None:
        """The end of the time span that the archive covers; None if no run has finished."""
        ends = [run.span_to for run in self.runs if run.finished_at and run.kind == "account"]
        return max(ends, default=None)

    @property
    def failed_conversations(self) -> int:
        """How many conversations no archive run could read, minus those accepted as lost."""
        found = "SELECT count(DISTINCT session_id) FROM gaps WHERE state <> 'accepted'"
        ((count,),) = self._rows(found)
        return int(count)

    def messages(self) -> Iterator[ExportedMessage]:
        return map(ExportedMessage, self._snapshot.messages(**self._filters))

    def messages_of(self, session_id: str) -> Iterator[ExportedMessage]:
        filters = self._filters.copy()
        filters["session_id"] = session_id
        return map(ExportedMessage, self._snapshot.messages(**filters))

    def conversations(self) -> Iterator[Conversation]:
        """Yield the conversations with selected messages, ordered by their first message."""
        chosen = self._selection
        found = self._rows(
            f"SELECT m.session_id, count(*), sum({_FAILED}), min(m.sent_at), max(m.sent_at)"
            f" FROM {chosen.tables} WHERE {chosen.condition} GROUP BY m.session_id ORDER BY 4, 1",
            *chosen.all_values,
        )
        for session_id, *counts in found:
            ((session_type, *chain),) = self._rows(
                "SELECT session_type, records, head, (SELECT count(*) FROM records r"
                " WHERE r.session_id = s.session_id AND r.content IS NULL)"
                " FROM sessions s WHERE session_id = ?",
                session_id,
            )
            people = self._participants(session_id)
            yield Conversation._make((session_id, session_type, people, *counts, *chain))

    def days(self, zone: ZoneInfo | None) -> list[tuple[str, int]]:
        """Count the selected messages of each day; omit days without messages."""
        chosen = self._selection
        found = self._rows(
            f"SELECT {QUARTER}, count(*) FROM {chosen.tables}"
            f" WHERE {chosen.condition} AND m.sent_at IS NOT NULL GROUP BY 1 ORDER BY 1",
            *chosen.all_values,
        )
        return count_days(found, zone)

    def times_of(self, session_id: str) -> Iterator[int | None]:
        """Yield the times of a conversation's selected messages, in the order of the messages."""
        chosen = self._selection
        found = self._rows(
            f"SELECT m.sent_at FROM {chosen.tables} WHERE {chosen.condition} AND m.session_id = ?"
            " ORDER BY m.sent_at",
            *chosen.all_values,
            session_id,
        )
        return (time for (time,) in found)

    def versions(self, message: ArchivedMessage) -> list[Version]:
        return self.all_versions(message)[:-1]

    def all_versions(self, message: ArchivedMessage) -> list[Version]:
        found = self._snapshot.versions(message.session_id, message.message_id, copy=message.copy)
        following = [*(one.raw for one in found[1:]), found[-1].raw if found else None]
        return [
            Version(
                one.seq, one.run, one.started_at, one.hash, one.raw, changed_fields(one.raw, after)
            )
            for one, after in zip(found, following, strict=True)
        ]

    def _participants(self, session_id: str) -> tuple[Party, ...]:
        with translate_sqlite_errors(self.path):
            return read_participants(self.connection, session_id)

    def _rows(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with translate_sqlite_errors(self.path):
            # With `yield from`, closing the generator would also close the cursor. That fails if
            # the connection is already closed.
            for row in self.connection.execute(statement, values):  # noqa: UP028
                yield row


def count_days(quarters: Iterable[tuple[int, int]], zone: ZoneInfo | None) -> list[tuple[str, int]]:
    """Convert message counts per quarter of an hour since 1970 (UTC) to counts per day."""
    days: dict[str, int] = {}
    for quarter, count in quarters:
        at = datetime.fromtimestamp(0, timezone.utc) + timedelta(minutes=15 * quarter)
        with contextlib.suppress(OverflowError):  # in the year 1 or 9999
            at = at if zone is None else at.astimezone(zone)
        day = at.date().isoformat()
        days[day] = days.get(day, 0) + count
    return sorted(days.items())

"""Search messages for the viewer, newest first, within a fixed time.

If only few messages can match, the search reads all of these messages. Otherwise it reads the
archive in parts, the newest part first, until a page of results is full or the time is up. If the
time is up, the results say how far back the archive was searched.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import islice
from typing import NamedTuple

from swagger_client.archive import Filters
from swagger_client.archive.derived_rows import placeholders
from swagger_client.archive.people import match_number
from swagger_client.archive.search_text import QueryWords, has_current_index
from swagger_client.archive.selection import resolve, values_of
from swagger_client.export.source import ExportedMessage
from swagger_client.web.lookup import read_messages

PAGE = 50
#: The highest number of messages that are read at once.
_FEW = 20_000
#: The number of messages in a part of the archive, and the time limit of a search in seconds.
_PART, _SECONDS = 20_000, 0.15
_ORDER = "m.sent_at DESC, m.fraction DESC, m.session_id DESC, m.first_seq DESC"
_PLACE = "(m.sent_at, m.fraction, m.session_id, m.first_seq)"
_KEY = "sent_at, fraction, session_id, first_seq"
_MATCHES = "SELECT rowid FROM message_words WHERE message_words MATCH ?"
_FUTURE = 1 << 60


class Results(NamedTuple):
    """A page of search results.

    :ivar before: the argument ``before`` of :func:`find` for the next page; None on the last page.
    :ivar searched_to: the time before which no message was searched, because the search took too
        long; None if all messages were searched.
    """

    messages: list[ExportedMessage]
    before: str | None
    searched_to: datetime | None = None


def find(
    connection: sqlite3.Connection,
    words: str,
    filters: Filters,
    *,
    before: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Results:
    """Return a page of messages with all words; pass `before` of the previous page, if any."""
    wanted = QueryWords(words)
    expression = wanted.expression() if words.strip() else None
    if not has_current_index(connection):
        expression = None  # an index built with other rules would miss messages
    search = _Search(connection, expression, wanted, filters)
    start = _Start.read(before)
    if any(count <= _FEW for count in search.match_limits()):
        return search.search_all(start)
    return search.search_backwards(start, clock)


class _Start(NamedTuple):
    """Where a page of results begins: it shows only messages older than this message or time."""

    message: int | None = None
    time: int = _FUTURE

    @classmethod
    def read(cls, text: str | None) -> _Start:
        kind, _, number = (text or "").partition("-")
        if not number.isdecimal() or len(number) > 18 or kind not in ("m", "t"):
            if text:
                raise ValueError(f"the page {text!r} does not exist: search again")
            return cls()
        return cls(message=int(number)) if kind == "m" else cls(time=int(number))


class _Search:
    def __init__(
        self,
        connection: sqlite3.Connection,
        expression: str | None,
        words: QueryWords,
        filters: Filters,
    ) -> None:
        self._connection = connection
        self._expression = expression
        self._words = words
        self._filters = filters
        self._selection = resolve(connection, filters)

    def match_limits(self) -> Iterator[int]:
        """Yield, for each filter, an upper bound for the number of messages that match."""
        if self._expression is not None:
            yield self._count(_MATCHES, self._expression)
        if sessions := values_of("session_id", self._filters.get("session_id")):
            of_sessions = f"SELECT 1 FROM messages WHERE session_id IN ({placeholders(sessions)})"
            yield self._count(of_sessions, *sessions)
        for column, values in self._people():
            listed = f"{column} IN ({placeholders(values)})"
            (records,) = self._connection.execute(
                "SELECT coalesce(sum(records), 0) FROM sessions WHERE session_id IN"
                f" (SELECT session_id FROM participants WHERE {listed})",
                values,
            ).fetchone()
            sent = self._count(f"SELECT 1 FROM messages WHERE sender_{listed}", *values)
            received = self._count(f"SELECT 1 FROM recipients WHERE {listed}", *values)
            yield int(records) + sent + received

    def _people(self) -> Iterator[tuple[str, list[str]]]:
        numbers = values_of("number", self._filters.get("number"))
        if numbers:
            found = [known for one in numbers for known in match_number(self._connection, one)]
            yield "digits", found
        if user_ids := values_of("user_id", self._filters.get("user_id")):
            yield "owner_id", user_ids

    def _count(self, statement: str, *values: object) -> int:
        counted = f"SELECT count(*) FROM ({statement} LIMIT {_FEW + 1})"
        return int(self._connection.execute(counted, values).fetchone()[0])

    def search_all(self, start: _Start) -> Results:
        """Read all messages that can match, and return a page of results."""
        chosen, words = self._selection, ""
        values = chosen.all_values
        by_index = self._expression is not None and self._count(_MATCHES, self._expression) <= _FEW
        if by_index:
            words = f" AND m.message IN ({_MATCHES})"
            values = [*values, self._expression]
        found = self._connection.execute(
            f"SELECT m.message, m.text FROM {chosen.tables} WHERE {chosen.condition}{words}"
            f" ORDER BY {_ORDER}",
            values,
        )
        numbers = [number for number, text in found if by_index or self._words.are_in(text)]
        first = numbers.index(start.message) + 1 if start.message in numbers else 0
        page = numbers[first : first + PAGE]
        more = len(numbers) > first + PAGE
        messages = read_messages(self._connection, page)[::-1]
        return Results(messages, f"m-{page[-1]}" if more else None)

    def search_backwards(self, start: _Start, clock: Callable[[], float]) -> Results:
        """Search backwards in time, part by part, until the page is full or time is up."""
        ends = clock() + _SECONDS
        found: list[int] = []
        condition, values = self._row_condition()
        last = self._time_of(start)
        while last is not None and len(found) <= PAGE:
            first = self._end_of_older_part(last)
            span = (-_FUTURE if first is None else first + 1, last)
            for number, is_match in self._read_part(span, start, condition, values):
                if is_match:
                    found.append(number)
                if len(found) > PAGE:
                    break
                if clock() >= ends:
                    return self._stop_early(found, number)
            last = first
            if last is not None and len(found) <= PAGE and clock() >= ends:
                return self._stop_early(found, None, last)
        if last is None and len(found) <= PAGE:
            found += self._read_undated(start, condition, values)
        messages = read_messages(self._connection, found[:PAGE])[::-1]
        return Results(messages, f"m-{found[PAGE - 1]}" if len(found) > PAGE else None)

    def _stop_early(self, found: list[int], message: int | None, last: int = 0) -> Results:
        """Return a page of `found`. The next one begins after `message`, or at the time `last`."""
        messages = read_messages(self._connection, found)[::-1]
        if message is not None:
            last = self._time_of(_Start(message)) or 0
        reached = datetime.fromtimestamp(last, timezone.utc)
        return Results(messages, f"t-{last}" if message is None else f"m-{message}", reached)

    def _read_part(
        self, span: tuple[int, int], start: _Start, condition: str, values: list[object]
    ) -> Iterator[tuple[int, bool]]:
        """Yield (row number, whether the text has all words) for each message sent in `span`."""
        behind, place = "", []
        if start.message is not None:
            behind = f" AND {_PLACE} < (SELECT {_KEY} FROM messages WHERE message = ?)"
            place = [start.message]
        found = self._connection.execute(
            "SELECT m.message, m.text FROM messages m"
            f" WHERE m.sent_at BETWEEN ? AND ? AND {condition}{behind} ORDER BY {_ORDER}",
            [*span, *values, *place],
        )
        return ((number, self._words.are_in(text)) for number, text in found)

    def _read_undated(self, start: _Start, condition: str, values: list[object]) -> list[int]:
        """Return the row numbers of matching messages without a valid time."""
        is_undated = start.message is not None and self._time_of(start) is None
        found = self._connection.execute(
            f"SELECT m.message, m.text FROM messages m WHERE m.sent_at IS NULL AND {condition}"
            " AND m.message < ? ORDER BY m.message DESC",
            [*values, start.message if is_undated else _FUTURE],
        )
        matches = (number for number, text in found if self._words.are_in(text))
        return list(islice(matches, PAGE + 1))

    def _row_condition(self) -> tuple[str, list[object]]:
        """Return an SQL condition for table ``messages``, and its values, from the filters."""
        others = self._filters.copy()
        others.pop("number", None)
        others.pop("user_id", None)
        chosen = resolve(self._connection, others)
        parts, values = [chosen.condition], list(chosen.values)
        if chosen.sources:
            parts.append(f"m.message IN ({' INTERSECT '.join(chosen.sources)})")
            values += chosen.source_values
        for column, people in self._people():
            listed = f"{column} IN ({placeholders(people)})"
            parts.append(
                f"(m.session_id IN (SELECT session_id FROM participants WHERE {listed})"
                f" OR m.sender_{listed} OR EXISTS (SELECT 1 FROM recipients r"
                f" WHERE r.message = m.message AND r.{listed}))"
            )
            values += people * 3
        return " AND ".join(parts), values

    def _time_of(self, start: _Start) -> int | None:
        if start.message is None:
            return start.time
        row = self._connection.execute(
            "SELECT sent_at FROM messages WHERE message = ?", (start.message,)
        ).fetchone()
        return None if row is None else row[0]

    def _end_of_older_part(self, last: int) -> int | None:
        """Return the time `_PART` messages before `last`, where the next part ends, or None."""
        row = self._connection.execute(
            "SELECT sent_at FROM messages WHERE sent_at <= ?"
            " ORDER BY sent_at DESC LIMIT 1 OFFSET ?",
            (last, _PART),
        ).fetchone()
        # Without `last - 1`, a second with more messages than a part would be read forever.
        return None if row is None else min(row[0], last - 1)

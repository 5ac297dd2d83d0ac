"""Converts filters to SQL, and checks that the archive contains the values of the filters.

If the archive does not contain the value of a filter, an error is raised. Without the error, a
mistyped value would give an empty result, which looks as if there were no such messages.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from swagger_client.api._keywords import TypedDict, reject_unknown_keys
from swagger_client.archive.canonical import stored_id, typed_digits
from swagger_client.archive.derived_rows import placeholders
from swagger_client.archive.earlier_versions import sessions_with, sessions_with_user
from swagger_client.archive.errors import UnknownValueError
from swagger_client.archive.people import match_number, notations_of
from swagger_client.archive.periods import TimeInput, period, span_of, span_text

#: With how many known values an unknown value is compared, to suggest a similar one.
_COMPARED = 5_000
#: How similar a value must be to be suggested in an error; 1 means equal.
_CUTOFF = 0.7

DIRECTIONS = ("In", "Out")


@reject_unknown_keys
class MessageFilters(TypedDict, total=False):
    """Filters that select messages. A filter that is None or missing has no effect.

    A message must match all filters, and one of the values of a filter with several values.

    :ivar since: the start of the time span in which the message was sent: a date, a datetime (UTC
        if it is naive), or text, for example 2026-01 for the month.
    :ivar until: the end of that time span. A date or month includes the whole day or month.
    :ivar number: a phone number in the conversation, with or without country code and punctuation.
    :ivar user_id: the Zoom id of a user, or of another owner of a number, in the conversation.
    :ivar sender: the sender: a phone number, a Zoom id, or a name.
    :ivar direction: "In" or "Out".
    :ivar status: the delivery status.
    :ivar has_files: True for messages with files, False for messages without files.
    :ivar since_run: the number of an archive run. Selects the messages that later runs have stored,
        because the messages were new or changed.
    """

    since: TimeInput | None
    until: TimeInput | None
    number: str | Sequence[str] | None
    user_id: str | Sequence[str] | None
    sender: str | Sequence[str] | None
    direction: str | None
    status: str | Sequence[str] | None
    has_files: bool | None
    since_run: int | None


class Filters(MessageFilters, total=False):
    """The filters of :class:`MessageFilters`, and a filter that selects conversations.

    :ivar session_id: the id of a conversation. Only messages of this conversation are selected.
    """

    session_id: str | Sequence[str] | None


@dataclass
class Selection:
    """The SQL that selects the messages that match some filters.

    :ivar parts: conditions on ``m``, a row of ``messages``.
    :ivar values: the values of the placeholders in `parts`, in the same order.
    :ivar sources: SQL queries of row numbers; only messages that all of them return are selected.
    :ivar source_values: the values of the placeholders in `sources`.
    :ivar numbers: the phone numbers that the filters name, as digits.
    """

    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    source_values: list[object] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)

    @property
    def tables(self) -> str:
        if not self.sources:
            return "messages m"
        found = " INTERSECT ".join(self.sources)
        return f"({found}) chosen CROSS JOIN messages m ON m.message = chosen.message"

    @property
    def condition(self) -> str:
        return " AND ".join(self.parts) or "1"

    @property
    def all_values(self) -> list[object]:
        """The values of the placeholders in ``tables`` and ``condition``, in order."""
        return [*self.source_values, *self.values]


def resolve(connection: sqlite3.Connection, filters: Filters) -> Selection:
    """Convert filters to SQL, after checking that the archive contains their values."""
    unknown = filters.keys() - Filters.__optional_keys__
    if unknown:
        known = ", ".join(sorted(Filters.__optional_keys__))
        raise TypeError(f"there is no filter {', '.join(sorted(unknown))}: use one of {known}")
    builder = _Builder(connection)
    builder.span(filters.get("since"), filters.get("until"))
    if (session_ids := values_of("session_id", filters.get("session_id"))) is not None:
        builder.sessions(session_ids)
    if (numbers := values_of("number", filters.get("number"))) is not None:
        builder.numbers(numbers)
    if (user_ids := values_of("user_id", filters.get("user_id"))) is not None:
        builder.users(user_ids)
    if (senders := values_of("sender", filters.get("sender"))) is not None:
        builder.senders(senders)
    if (direction := filters.get("direction")) is not None:
        builder.direction(direction)
    if (statuses := values_of("status", filters.get("status"))) is not None:
        builder.statuses(statuses)
    if (has_files := filters.get("has_files")) is not None:
        builder.files(has_files)
    if (run := filters.get("since_run")) is not None:
        builder.run(run)
    return builder.selection


def values_of(name: str, given: str | Sequence[str] | None) -> list[str] | None:
    """Return the values of a filter without duplicates; None for no filter."""
    if given is None:
        return None
    values = [given] if isinstance(given, str | bytes | int | float) else [*dict.fromkeys(given)]
    if not values:
        raise ValueError(
            f"`{name}` is an empty list: add a value, or leave out `{name}` to select all"
        )
    for one in values:
        if not isinstance(one, str):
            raise TypeError(f"`{name}` must be a str, not {type(one).__name__}")
    return values


def check_int(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be an int, not {type(value).__name__}")


class _Builder:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.selection = Selection()

    def _add(self, part: str, *values: object) -> None:
        self.selection.parts.append(part)
        self.selection.values.extend(values)

    def _add_source(self, statement: str, values: Iterable[object]) -> None:
        self.selection.sources.append(statement)
        self.selection.source_values.extend(values)

    def _add_any(self, column: str, values: list[str]) -> None:
        self._add(f"{column} IN ({placeholders(values)})", *values)

    def _known(self, statement: str, *values: object) -> bool:
        return self._connection.execute(f"{statement} LIMIT 1", values).fetchone() is not None

    def span(self, since: TimeInput | None, until: TimeInput | None) -> None:
        if since is None and until is None:
            return
        first, last = span_of(since, until)
        self._check_covered(first, last)
        self._add("m.sent_at BETWEEN ? AND ?", int(first.timestamp()), int(last.timestamp()))

    def _check_covered(self, first: datetime, last: datetime) -> None:
        """Raise an error if no run has covered any of the time span, and no message is from it."""
        begin, end = self._connection.execute(
            "SELECT min(covered_from), max(span_to) FROM runs WHERE kind = 'account'"
        ).fetchone()
        if (
            not begin
            or not end
            or (
                f"{last:%Y-%m-%d}" >= begin[:10]
                and f"{first:%Y}" < "9999"
                and f"{first:%Y-%m-%d}" <= end[:10]
            )
        ):
            return
        if not self._known(
            "SELECT 1 FROM messages WHERE sent_at BETWEEN ? AND ?",
            int(first.timestamp()),
            int(last.timestamp()),
        ):
            raise UnknownValueError(
                f"the archive contains no message {span_text(first, last)}: its runs have fetched "
                f"only messages from {begin} to {end}"
            )

    def sessions(self, session_ids: list[str]) -> None:
        for one in session_ids:
            check_session(self._connection, one)
        self._add_any("m.session_id", list(map(stored_id, session_ids)))

    def numbers(self, numbers: list[str]) -> None:
        found: list[str] = []
        former: set[str] = set()
        for one in numbers:
            try:
                found += match_number(self._connection, one)
            except UnknownValueError:
                if not (left := sessions_with(self._connection, notations_of(one))):
                    raise
                former |= left
        self.selection.numbers.extend(found)
        self._select_people("digits", list(dict.fromkeys(found)), former)

    def users(self, user_ids: list[str]) -> None:
        former: set[str] = set()
        for user_id in user_ids:
            try:
                self._check_user(user_id)
            except UnknownValueError:
                if not (left := sessions_with_user(self._connection, user_id)):
                    raise
                former |= left
        self._select_people("owner_id", user_ids, former)

    def _check_user(self, user_id: str) -> None:
        if not any(
            self._known(f"SELECT 1 FROM {table} WHERE {column} = ?", user_id)
            for table, column in _OWNERS
        ):
            known = self._distinct(" UNION ".join(f"SELECT {c} FROM {t}" for t, c in _OWNERS))
            raise UnknownValueError(
                _unknown_text("user or other owner of a number", user_id, known)
            )

    def _select_people(self, column: str, values: list[str], sessions: set[str]) -> None:
        """Select messages from or to people, of conversations with them, or of ``sessions``."""
        listed = placeholders(values)
        self._add_source(
            f"SELECT message FROM (SELECT message FROM messages WHERE sender_{column} IN ({listed})"
            f" UNION SELECT message FROM recipients WHERE {column} IN ({listed})"
            " UNION SELECT message FROM messages WHERE session_id IN"
            f" (SELECT session_id FROM participants WHERE {column} IN ({listed})) UNION"
            f" SELECT message FROM messages WHERE session_id IN ({placeholders([*sessions])}))",
            [*values * 3, *sorted(sessions)],
        )

    def senders(self, senders: list[str]) -> None:
        found: dict[str, list[str]] = {}
        for sender in senders:
            column, values = self._sender(sender)
            found.setdefault(column, []).extend(values)
        parts = [f"{column} IN ({placeholders(values)})" for column, values in found.items()]
        condition, given = " OR ".join(parts), [one for values in found.values() for one in values]
        if [*found] == ["sender_digits"]:  # it has an index
            self._add_source(f"SELECT message FROM messages WHERE {condition}", given)
        else:
            self._add(f"({condition})", *given)

    def _sender(self, sender: str) -> tuple[str, list[str]]:
        """Return the column of ``messages`` that identifies a sender, and the values to select."""
        columns = ["sender_owner_id", "sender_display_name"]
        if typed_digits(sender) is None:  # some senders have a word as number, such as "INFO"
            columns.append("sender_phone_number")
        for column in columns:
            if self._known(f"SELECT 1 FROM messages WHERE {column} = ?", sender):
                return column, [sender]
        if typed_digits(sender) is None:
            known = self._distinct("SELECT DISTINCT sender_display_name FROM messages")
            raise UnknownValueError(_unknown_text("sender", sender, known))
        found = match_number(self._connection, sender)
        self.selection.numbers.extend(found)
        return "sender_digits", found

    def direction(self, direction: str) -> None:
        for known in DIRECTIONS:
            if direction.casefold() == known.casefold():
                self._add("m.direction = ?", known)
                return
        raise ValueError(f"`direction` must be In or Out, not {direction!r}")

    def statuses(self, statuses: list[str]) -> None:
        for status in statuses:
            if not self._known("SELECT 1 FROM messages WHERE delivery_status = ?", status):
                known = self._distinct("SELECT DISTINCT delivery_status FROM messages")
                text = _unknown_text("delivery status", status, known)
                raise UnknownValueError(f"{text}. Its statuses: {', '.join(sorted(known))}")
        self._add_any("m.delivery_status", statuses)

    def files(self, has_files: bool) -> None:
        if not isinstance(has_files, bool):
            raise TypeError(f"`has_files` must be a bool, not {type(has_files).__name__}")
        exists = "EXISTS (SELECT 1 FROM attachments a WHERE a.message = m.message)"
        self._add(exists if has_files else f"NOT {exists}")

    def run(self, run: int) -> None:
        check_int("since_run", run)
        if run:
            check_run(self._connection, run)
        self._add("m.run > ?", run)

    def _distinct(self, statement: str) -> list[str]:
        return [
            str(value)
            for (value,) in self._connection.execute(f"{statement} LIMIT {_COMPARED}")
            if value is not None
        ]


_OWNERS = (
    ("messages", "sender_owner_id"),
    ("recipients", "owner_id"),
    ("participants", "owner_id"),
)


def check_run(connection: sqlite3.Connection, run: int) -> None:
    """Raise UnknownValueError if the archive has no archive run with this number."""
    if connection.execute("SELECT 1 FROM runs WHERE run = ?", (run,)).fetchone():
        return
    (last,) = connection.execute("SELECT max(run) FROM runs").fetchone()
    hint = "" if last is None else f". The last run is {last}"
    raise UnknownValueError(f"the archive has no run {run}{hint}")


def check_session(connection: sqlite3.Connection, session_id: str) -> None:
    """Raise an error that suggests similar ids, if the archive has no conversation with this id."""
    stored = stored_id(session_id)
    execute = connection.execute
    if execute("SELECT 1 FROM sessions WHERE session_id = ?", (stored,)).fetchone():
        return
    start = stored[:6]
    near = execute(
        "SELECT session_id FROM sessions WHERE session_id BETWEEN ? AND ? LIMIT ?",
        (start, start + "\U0010ffff", _COMPARED),
    ).fetchall()
    beginning = [str(one) for (one,) in near if str(one).startswith(stored)]
    if stored and beginning:
        listed = ", ".join(beginning[:3]) + (", …" if len(beginning) > 3 else "")
        raise UnknownValueError(
            f"the archive has no conversation {session_id!r}. "
            f"{'The most similar one is' if len(beginning) == 1 else 'Similar ones are'} {listed}"
        )
    near = near or execute("SELECT session_id FROM sessions LIMIT ?", (_COMPARED,)).fetchall()
    raise UnknownValueError(
        _unknown_text("conversation", session_id, [str(one) for (one,) in near])
    )


def _unknown_text(what: str, value: str, known: list[str]) -> str:
    folded = {one.casefold(): one for one in known}
    nearest = difflib.get_close_matches(value.casefold(), folded, n=1, cutoff=_CUTOFF)
    hint = f". The most similar one is {folded[nearest[0]]}" if nearest else ""
    if not known:
        hint = f", and no other {what}"
    return f"the archive has no {what} {value!r}{hint}"


def in_zone(filters: Filters, zone: tzinfo | None) -> Filters:
    """Convert ``since`` and ``until`` from local times of a zone to UTC."""
    since, until = filters.get("since"), filters.get("until")
    changed = filters.copy()
    if zone is not None and since is not None:
        changed["since"] = period("since", since, zone)[0]
    if zone is not None and until is not None:
        changed["until"] = period("until", until, zone)[1]
    return changed

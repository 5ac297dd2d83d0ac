"""Legal holds, which forbid the erasure of messages: records of the audit log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from swagger_client.archive import account_log
from swagger_client.archive.archived_events import selects_event
from swagger_client.archive.canonical import JsonObject, as_object
from swagger_client.archive.earlier_versions import involves
from swagger_client.archive.errors import UnknownValueError
from swagger_client.archive.event_queue import WAITING, ReceivedEvent, read_events
from swagger_client.archive.people import check_number
from swagger_client.archive.periods import span_of
from swagger_client.archive.selection import Filters, resolve, values_of

HOLD, RELEASE = "hold", "release"


class Hold(NamedTuple):
    """A legal hold.

    :ivar int hold: the number of the hold.
    :ivar str at: the time at which the hold was added, in UTC.
    :ivar str by: the user who added the hold.
    :ivar str reason: the reason that the user gave.
    :ivar dict selection: the filters that select the held messages: ``number``, ``session_id``,
        ``user_id``, ``since``, ``until``. If a filter has several values, they are a list.
    :ivar str | None released_at: the time of the release; None while the hold is in force.
    """

    hold: int
    at: str
    by: str
    reason: str
    selection: dict[str, str | list[str]]
    released_at: str | None

    @property
    def text(self) -> str:
        """The filters of the legal hold, as text like "number +15550100123 or +15550100124"."""
        return ", ".join(
            f"{name} {value if isinstance(value, str) else ' or '.join(value)}"
            for name, value in self.selection.items()
        )


def read_holds(connection: sqlite3.Connection) -> list[Hold]:
    """Return all legal holds, oldest first, including released holds."""
    found: dict[int, Hold] = {}
    for record in account_log.read_log(connection, HOLD, RELEASE):
        fields = record.fields
        if record.kind == HOLD:
            found[record.seq] = Hold(
                record.seq,
                record.at,
                str(fields.get("by")),
                str(fields.get("reason")),
                {
                    name: [str(one) for one in value] if isinstance(value, list) else str(value)
                    for name, value in as_object(fields.get("selection")).items()
                },
                None,
            )
        elif (released := fields.get("hold")) in found:
            number = int(str(released))
            found[number] = found[number]._replace(released_at=record.at)
    return list(found.values())


def add_hold(connection: sqlite3.Connection, reason: str, filters: Filters) -> Hold:
    """Add a legal hold, which also protects matching messages that are archived later.

    :raises UnknownValueError: if a number, conversation or user is not in the archive. A hold with
        a mistyped value would protect nothing.
    """
    selection: dict[str, str | list[str]] = {}
    number, since, until = filters.get("number"), filters.get("since"), filters.get("until")
    others = ("session_id", filters.get("session_id")), ("user_id", filters.get("user_id"))
    for name, given in (("number", number), *others):
        values = values_of(name, given)
        if values is not None:
            selection[name] = values if len(values) > 1 else values[0]
    for one in values_of("number", number) or ():
        check_number(one)
    _check_known(connection, selection)
    first, last = span_of(since, until)
    if since is not None:
        selection["since"] = account_log.timestamp(first)
    if until is not None:
        selection["until"] = account_log.timestamp(last)
    if not selection:
        raise ValueError("name what to hold: a number, a conversation, a user or a time span")
    _check_reason(reason)
    at = account_log.timestamp()
    fields: JsonObject = {"selection": {**selection}, "reason": reason, **account_log.actor()}
    end = account_log.append(connection, kind=HOLD, at=at, fields=fields)
    return Hold(end.seq, at, str(fields["by"]), reason, selection, None)


def _check_known(connection: sqlite3.Connection, selection: Mapping[str, str | list[str]]) -> None:
    """Raise UnknownValueError if a filter has a value that no message and no event contains."""
    for selected in _single_selections(selection):
        try:
            resolve(connection, Filters(**selected))  # type: ignore[typeddict-item]
        except UnknownValueError:
            events = read_events(connection, WAITING)
            if not any(selects_event(connection, Filters(**selected), one) for one in events):  # type: ignore[typeddict-item]
                raise


def release_hold(connection: sqlite3.Connection, hold: int, reason: str) -> Hold:
    _check_reason(reason)
    known = {one.hold: one for one in read_holds(connection) if one.released_at is None}
    if hold not in known:
        listed = ", ".join(map(str, known)) or "none"
        raise ValueError(f"there is no hold {hold} in force. Holds in force: {listed}")
    at = account_log.timestamp()
    fields: JsonObject = {"hold": hold, "reason": reason, **account_log.actor()}
    account_log.append(connection, kind=RELEASE, at=at, fields=fields)
    return known[hold]._replace(released_at=at)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ValueError("`reason` is empty: give a reason, which the audit log records")


def find_holds_on(
    connection: sqlite3.Connection,
    messages: set[int],
    session_ids: set[str],
    events: Sequence[ReceivedEvent],
) -> list[Hold]:
    """Return the legal holds in force that protect one of the messages, conversations or events.

    :param events: webhook events that are not archived.
    """
    session_ids = session_ids.union(one.session_id for one in events if one.session_id is not None)
    return [
        hold
        for hold in read_holds(connection)
        if hold.released_at is None
        and (
            _covers(connection, hold, messages, session_ids)
            or any(selects_event(connection, Filters(**hold.selection), one) for one in events)  # type: ignore[typeddict-item]
        )
    ]


def _covers(
    connection: sqlite3.Connection, hold: Hold, messages: set[int], session_ids: set[str]
) -> bool:
    held = hold.selection.get("session_id", [])
    if session_ids.intersection([held] if isinstance(held, str) else held):
        return True
    return any(_selects(connection, one, messages) for one in _single_selections(hold.selection))


def _single_selections(selection: Mapping[str, str | list[str]]) -> Iterator[dict[str, str]]:
    """Yield the combinations of a legal hold's filter values, each with one value for each filter.

    Each combination is searched alone. So a number that the archive no longer contains does not
    prevent the search for the others.
    """
    values = [[one] if isinstance(one, str) else one for one in selection.values()]
    for chosen in product(*values):
        yield dict(zip(selection, chosen, strict=True))


def _selects(connection: sqlite3.Connection, selected: dict[str, str], messages: set[int]) -> bool:
    """Return whether a legal hold's filters select at least one of the messages.

    :param selected: the filters, each with one value. A number or user matches a message if any
        version of the message or of its conversation names it: the person may have left since.
    :param messages: the row numbers of the messages.
    """
    if _find_selected(connection, selected, messages):
        return True
    person = {name: value for name, value in selected.items() if name in ("number", "user_id")}
    rest = {name: value for name, value in selected.items() if name not in person}
    return bool(person) and any(
        involves(connection, one, person) for one in _find_selected(connection, rest, messages)
    )


def _find_selected(
    connection: sqlite3.Connection, selected: dict[str, str], messages: set[int]
) -> set[int]:
    """Return which messages the filters select. One without a valid time is in any time span."""
    found = _find_dated(connection, selected, "1", messages)
    without_period = {k: v for k, v in selected.items() if k not in ("since", "until")}
    if without_period != selected:
        found |= _find_dated(connection, without_period, "m.sent_at IS NULL", messages)
    return found


def _find_dated(
    connection: sqlite3.Connection, selected: dict[str, str], condition: str, messages: set[int]
) -> set[int]:
    try:
        selection = resolve(connection, Filters(**selected))  # type: ignore[typeddict-item]
    except UnknownValueError:
        return set()
    except ValueError:
        return messages.copy()  # the number is ambiguous: treat the messages as held
    found = connection.execute(
        f"SELECT m.message FROM {selection.tables} WHERE {selection.condition} AND {condition}",
        selection.all_values,
    )
    return {number for (number,) in found if number in messages}

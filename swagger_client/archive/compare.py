"""Compares an archive with what Zoom returns now, to find errors in the archiving code.

A comparison fetches the same conversations and messages in another way than an archive run. A run
lists the conversations of all types together, and requests messages month by month. A comparison
lists the conversations of each type and of each user, and requests messages with
``sms_session_sync``. It does not use the code with which runs fetch pages, split time spans and
drop duplicates, so that an error in that code is found.
"""

from __future__ import annotations

import random as random_module
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from swagger_client._security import safe_json
from swagger_client.api import SMSApi
from swagger_client.archive._clock import zoom_clock
from swagger_client.archive.account_check import check_account, confirm_account
from swagger_client.archive.archive import Archive
from swagger_client.archive.compare_records import (
    Record,
    content_key_of,
    differing_fields,
    get_field,
    message_key_of,
    parse_page,
    parse_time,
    read_paginated_list,
    read_sync_list,
)
from swagger_client.archive.coverage import RETENTION
from swagger_client.archive.rows import parse_message_item
from swagger_client.archive.selection import check_session
from swagger_client.archive.store_queries import StoreQueries
from swagger_client.exceptions import ApiException, InvalidArgumentException, NotFoundException
from swagger_client.history._failures import describe_error, is_general

if TYPE_CHECKING:
    from swagger_client.archive.columns import ArchivedMessage

#: How many conversations are compared by default.
DEFAULT_SAMPLE = 50
_COUNT = 250
#: A message sent this shortly before the end of an archive run may be missing in its lists.
_SLACK = timedelta(minutes=5)
_MONTH = timedelta(days=28)
#: Zoom's retention policy lets administrators choose 1 to 4,000 days.
_SHORTEST_RETENTION = timedelta(days=1)
_UNEXPLAINED = "Zoom deleted it, or no longer retains it"
#: How many months of lists a sample reads.
_SAMPLE_MONTHS = 2
_SessionType = Literal["user", "call_queue", "auto_receptionist", "service_endpoint"]
_SESSION_TYPES: tuple[_SessionType, ...] = typing.get_args(_SessionType)


class Difference(NamedTuple):
    """A difference between the archive and Zoom.

    :ivar str kind: "missing in archive", "missing at Zoom" or "different".
    :ivar str session_id: the id of the conversation.
    :ivar str message_id: the id of the message.
    :ivar str detail: the fields that differ, or the time of the missing message. In
        :attr:`CompareReport.notes`, it is the reason why the difference is not an error.
    """

    kind: str
    session_id: str
    message_id: str
    detail: str


class CompareReport(NamedTuple):
    """The result of a comparison.

    :ivar str until: the end of the compared time span, in UTC: shortly before the end of the last
        archive run. Later messages are not compared.
    :ivar int sessions: the number of conversations compared, including `unarchived`.
    :ivar int messages: how many messages from Zoom were compared.
    :ivar list[Difference] differences: messages that differ, or that only one side has.
    :ivar list[Difference] notes: differences that are not errors of the archive. The message was
        erased in the archive, or is so old that Zoom may no longer retain it.
    :ivar dict[str, str] unread: what could not be fetched. Each key is the id of a conversation or
        user, or the type and the first day of a list. The values are the reasons.
    :ivar int unarchived: how many of the compared conversations only Zoom lists. They are compared
        in addition to the sample.
    """

    until: str
    sessions: int
    messages: int
    differences: list[Difference]
    notes: list[Difference]
    unread: dict[str, str]
    unarchived: int = 0

    @property
    def equal(self) -> bool:
        """Whether everything could be compared and there are no differences."""
        return not self.differences and not self.unread

    @property
    def unexplained(self) -> int:
        """How many notes are about messages that Zoom lacks for an unknown reason.

        Zoom's retention is not known, so it may have ended, or somebody deleted the messages.
        """
        return sum(one.detail == _UNEXPLAINED for one in self.notes)


def compare(
    archive: Archive,
    api: SMSApi,
    *,
    sessions: Sequence[str] | None = None,
    sample: int | None = DEFAULT_SAMPLE,
    retention_days: float | None = None,
    random: random_module.Random | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> CompareReport:
    """Compare archived conversations with what Zoom returns now.

    Messages are compared up to the end of the last archive run. Unless you name `sessions`, the
    function also looks for conversations that the archive lacks: it lists the conversations of
    `sample` users, and all conversations of the last two months. If `sample` is None, it lists the
    conversations of all users and all months.

    If Zoom no longer returns an old message, this is reported as a note, not as a difference. A
    message is old if it was sent more than `retention_days` ago. If these are unknown, it is old if
    it was sent more than a day ago, and Zoom returns no older message of the conversation; then the
    report counts it in `unexplained`.

    :param archive: the archive.
    :param api: the API of the account.
    :param sessions: the ids of the conversations to compare; None for a random sample.
    :param sample: how many random conversations are compared, and of how many users conversations
        are listed; None for all.
    :param retention_days: after how many days Zoom deletes messages, if you know it. The default is
        the period of :meth:`Archive.set_retention`, if any.
    :param random: chooses the sample. With the same seed, it chooses the same sample again.
    :param progress: ``progress(done, total)`` is called after each conversation.
    :returns: the differences.
    :raises ValueError: if no run of the archive has finished.
    :raises UnknownValueError: if neither the archive nor Zoom knows one of `sessions`.
    :raises ApiException: if nothing can be fetched, for example because Zoom rejects the token.
    :raises ArchiveError: if the archive is missing, damaged, or that of another account.
    """
    if retention_days is None and (setting := _Queries(archive).setting(RETENTION)) is not None:
        retention_days = int(setting)
    comparison = _Comparison(archive, api, retention_days)
    check_archive_account(archive, api)
    chosen = random or random_module.Random()
    if sessions is None:
        known = sorted(comparison.archived)
        if sample is not None and sample < len(known):
            known = chosen.sample(known, sample)
        comparison.find_unknown_by_type(None if sample is None else _SAMPLE_MONTHS)
        comparison.find_unknown_by_user(sample, chosen)
        sessions = [*known, *sorted(comparison.unknown)]
    for number, session_id in enumerate(sessions):
        comparison.compare_session(session_id)
        if progress is not None:
            progress(number + 1, len(sessions))
    return comparison.report()


class _Queries(StoreQueries):
    def __init__(self, archive: Archive) -> None:
        self.path = archive.path
        self.connection = archive._connection()


def check_archive_account(archive: Archive, api: SMSApi) -> bool:
    """Raise an OtherAccountError if the credentials belong to another account than the archive.

    :returns: False if the account could not be checked, because Zoom lists no conversation.
    """
    queries = _Queries(archive)
    check_account(queries, api.api_client)
    return confirm_account(queries, api.api_client)


class _Comparison:
    def __init__(self, archive: Archive, api: SMSApi, retention_days: float | None) -> None:
        self._archive = archive
        self._api = api
        self._begin, self._end = _covered_period(archive)
        self._now = zoom_clock(api.api_client).now()
        self._retained_from: datetime | None = None
        if retention_days is not None:
            self._retained_from = self._now - timedelta(days=retention_days)
        #: The ids of the conversations in the archive.
        self.archived = {one.session_id for one in archive.conversations()}
        #: The ids of the conversations that Zoom lists and the archive lacks.
        self.unknown: set[str] = set()
        self._erased = {
            (one.session_id, parse_message_item(one.item)[0])
            for one in archive.tombstones()
            if one.kind == "message"
        }
        self._sessions = self._messages = self._unarchived = 0
        self._differences: list[Difference] = []
        self._notes: list[Difference] = []
        self._unread: dict[str, str] = {}

    def report(self) -> CompareReport:
        until = self._end.strftime("%Y-%m-%dT%H:%M:%SZ")
        counts, found = (self._sessions, self._messages), (self._differences, self._notes)
        return CompareReport(until, *counts, *found, self._unread, self._unarchived)

    def find_unknown_by_type(self, months: int | None) -> None:
        # Zoom lists a conversation by its last message, which may be later than the archive run.
        end = max(self._end, self._now)
        while end > self._begin and (months is None or months > 0):
            begin = max(self._begin, end - _MONTH)
            for kind in _SESSION_TYPES:
                self._add_unknown(f"{kind} {begin:%Y-%m-%d}", self._list_sessions(kind, begin, end))
            end = begin
            months = None if months is None else months - 1

    def _add_unknown(self, name: str, listed: Iterator[Any], ignored: int | None = None) -> None:
        """Add the conversations of a list that the archive lacks; ignore one error status."""
        try:
            ids = {str(found) for one in listed if (found := get_field(one, "session_id"))}
        except (ApiException, ValueError) as error:
            if is_general(error):
                raise
            if ignored is None or getattr(error, "status", None) != ignored:
                self._unread[name] = describe_error(error)
        else:
            self.unknown |= ids - self.archived

    def find_unknown_by_user(self, sample: int | None, random: random_module.Random) -> None:
        users = sorted(
            {
                party.owner_id
                for one in self._archive.conversations()
                for party in one.participants
                if party.owner_id
            }
        )
        if sample is not None and sample < len(users):
            users = random.sample(users, sample)
        for user in users:
            # 404: this extension has no such list
            self._add_unknown(user, self._sync_sessions(user), ignored=404)

    def compare_session(self, session_id: str) -> None:
        try:
            records = list(self._sync_messages(session_id))
        except (ApiException, ValueError, TypeError) as error:
            if is_general(error):
                raise
            is_rejected = isinstance(error, NotFoundException | InvalidArgumentException)
            if is_rejected and session_id not in self.unknown:
                check_session(self._archive._connection(), session_id)
            self._unread[session_id] = describe_error(error)
            return
        self._sessions += 1
        self._unarchived += session_id not in self.archived
        archived: dict[str, list[ArchivedMessage]] = {}
        if session_id in self.archived:
            for message in self._archive.messages(session_id=session_id):
                archived.setdefault(message_key_of(safe_json.loads(message.raw)), []).append(
                    message
                )
        shown: dict[str, list[Any]] = {}
        for record in records:
            time = parse_time(record)
            if time is None or self._begin <= time < self._end:
                self._messages += 1
                shown.setdefault(message_key_of(record), []).append(record)
        for identity, found in shown.items():
            self._compare_records(session_id, found, archived.get(identity, []))
        oldest_at_zoom = min(
            (time for one in records if (time := parse_time(one)) is not None), default=None
        )
        for left in archived.values():
            for message in left:
                self._report_missing_at_zoom(session_id, message, oldest_at_zoom)

    def _compare_records(
        self, session_id: str, records: list[Any], candidates: list[ArchivedMessage]
    ) -> None:
        """Report how `records` from Zoom differ from `candidates`; remove compared candidates."""
        raw = {id(one): safe_json.loads(one.raw) for one in candidates}
        differing: list[Any] = []
        for record in records:  # first pair the equal ones, then the most similar ones
            equal = next(
                (c for c in candidates if not any(differing_fields(record, raw[id(c)]))), None
            )
            if equal is None:
                differing.append(record)
            else:
                candidates.remove(equal)
        for record in differing:
            message_id = str(get_field(record, "message_id"))
            if not candidates:
                self._report_missing_in_archive(session_id, message_id, record)
                continue
            fields = [list(differing_fields(record, raw[id(one)])) for one in candidates]
            best = min(range(len(fields)), key=lambda place: len(fields[place]))
            candidates.pop(best)
            detail = ", ".join(fields[best])
            self._differences.append(Difference("different", session_id, message_id, detail))

    def _report_missing_in_archive(self, session_id: str, message_id: str, record: object) -> None:
        missing = partial(Difference, "missing in archive", session_id, message_id)
        if (session_id, message_id) in self._erased:
            self._notes.append(missing("it was erased"))
        else:
            self._differences.append(missing(f"{get_field(record, 'date_time')}"))

    def _report_missing_at_zoom(
        self, session_id: str, message: ArchivedMessage, oldest_at_zoom: datetime | None
    ) -> None:
        time = parse_time(safe_json.loads(message.raw))
        missing = partial(Difference, "missing at Zoom", session_id, message.message_id)
        retained_from = self._retained_from
        if retained_from is None:
            shortest = self._now - _SHORTEST_RETENTION
            retained_from = min(shortest, oldest_at_zoom or shortest)
        if time is not None and time < retained_from:
            is_known = self._retained_from is not None
            self._notes.append(missing("Zoom no longer retains it" if is_known else _UNEXPLAINED))
        elif time is None or time < self._end:
            self._differences.append(missing(f"{message.date_time}"))

    def _sync_messages(self, session_id: str) -> Iterator[Any]:
        def call(**arguments: Any) -> Record:
            raw = self._api.sms_session_sync(
                session_id, count=_COUNT, _preload_content=False, **arguments
            )
            return parse_page(raw)

        return read_sync_list(call, "sms_histories", content_key_of)

    def _sync_sessions(self, user_id: str) -> Iterator[Any]:
        def call(**arguments: Any) -> Record:
            raw = self._api.get_sms_sessions(
                user_id, count=_COUNT, session_type="all", _preload_content=False, **arguments
            )
            return parse_page(raw)

        return read_sync_list(call, "sms_sessions", lambda one: str(get_field(one, "session_id")))

    def _list_sessions(self, kind: _SessionType, begin: datetime, end: datetime) -> Iterator[Any]:
        def call(token: str | None) -> Record:
            raw = self._api.account_sms_session(
                session_type=kind,
                filter_type="last_message_time",
                _from=begin,
                to=end,
                page_size=100,
                next_page_token=token,
                _preload_content=False,
            )
            return parse_page(raw)

        return read_paginated_list(call, "sms_sessions")


def _covered_period(archive: Archive) -> tuple[datetime, datetime]:
    """Return the time span whose messages the archive runs together have fetched."""
    runs = [one for one in archive.runs() if one.finished_at is not None and one.kind == "account"]
    if not runs:
        raise ValueError(
            f"{archive.path} has no finished archive run, so there is nothing to compare. Run "
            "`zoom-sms archive` first"
        )
    begin, *ends = (
        datetime.fromisoformat(text.replace("Z", "+00:00"))
        for text in (runs[-1].covered_from, runs[-1].span_to, runs[-1].started_at)
    )
    return begin, min(ends) - _SLACK

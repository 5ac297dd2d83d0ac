"""Load an account's conversations and messages into a warehouse with dlt (extra ``dlt``).

:func:`zoom_sms` reads from Zoom. One pipeline reaches every destination that dlt has: DuckDB,
PostgreSQL, Snowflake, BigQuery, Parquet files and others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from swagger_client import history
from swagger_client.api.parameters import AccountSessionType
from swagger_client.integrations import _rows
from swagger_client.integrations._rows import DataType, Row, Table

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict
    from dlt.extract import DltResource, DltSource

    from swagger_client.api import SMSApi
    from swagger_client.history import AccountMessage

__all__ = ["zoom_sms"]

#: New tables and columns are added; a value of another type than its column's is an error.
SCHEMA_CONTRACT: TSchemaContractDict = {
    "tables": "evolve",
    "columns": "evolve",
    "data_type": "freeze",
}
_BATCH = 500

T = TypeVar("T")
Span = tuple[datetime, datetime]


def zoom_sms(
    api: SMSApi,
    *,
    account: str = "default",
    since: str | date | None = None,
    until: str | date | None = None,
    session_type: AccountSessionType = "all",
    reread_days: float = 7,
    concurrency: int = 8,
) -> DltSource:
    """Build a dlt source with the resources sessions, messages, participants and attachments.

    The first load reads from ``since``. Each later load begins ``reread_days`` before the end of
    the one before, so that late messages and delivery statuses arrive. What is covered is kept in
    dlt's state, which is committed together with the rows: a load that is killed is read again.

    :param SMSApi api: the API of the account.
    :param str account: a name for the account, the first column of every table; several accounts
        can share the tables.
    :param since: a date, a datetime (UTC when naive) or ISO 8601 text: where the first load
        begins, 30 days ago when left out.
    :param until: a time in the same forms, a date with its whole day. Given, the source loads the
        span from ``since`` to ``until`` and nothing else (a backfill).
    :param str session_type: whose conversations, as for ``account_sms_session``.
    :param float reread_days: days before the end of the last load that are read again.
    :param int concurrency: conversations that are read at once.
    :returns: a source for ``pipeline.run``.
    :raises ValueError: for a span or a number that is not possible.
    :raises ImportError: without the extra ``dlt``.
    """
    if not reread_days >= 1:
        raise ValueError(f"`reread_days` is {reread_days}. Give at least 1: late messages come.")
    if until is not None and since is None:
        raise ValueError("`until` needs `since`. Name the begin of the span too.")
    clock = api.api_client.clock

    def now() -> datetime:
        return datetime.fromtimestamp(clock.time(), timezone.utc).replace(microsecond=0)

    def parse_span() -> Span:
        windows = history.windows(since or now() - timedelta(days=30), until or now())
        return windows[0].start, windows[-1].end

    parse_span()  # raises for what the caller got wrong, before anything runs

    def read() -> Iterator[list[AccountMessage]]:
        span, state = parse_span(), _Coverage(account)
        if until is None:
            span = state.next_span(span, timedelta(days=reread_days))
        messages = api.iter_account_messages(
            _from=span[0], to=span[1], session_type=session_type, concurrency=concurrency
        )
        yield from _batches(messages, _BATCH)
        state.extend(span)

    return _source(account, read)


class _Coverage:
    """The spans that are loaded, by account and table, in dlt's state.

    A table that was not selected in a load is not covered by it: selecting it later loads it whole.
    """

    def __init__(self, account: str) -> None:
        import dlt

        selected = set(dlt.current.source().selected_resources)
        accounts = dlt.current.resource_state("account_messages").setdefault("covered", {})
        self._spans: dict[str, list[str]] = accounts.setdefault(account, {})
        self._tables = sorted(selected & {table.name for table in _rows.TABLES})

    def next_span(self, wanted: Span, reread: timedelta) -> Span:
        """Return what to read so that every selected table covers ``wanted``."""
        return min(self._begin(table, wanted[0], reread) for table in self._tables), wanted[1]

    def _begin(self, table: str, since: datetime, reread: timedelta) -> datetime:
        span = self._span(table)
        if span is None or since < span[0]:
            return since
        return max(span[0], span[1] - reread)

    def extend(self, loaded: Span) -> None:
        """Add a loaded span; one that leaves a gap behind the covered span is not added."""
        for table in self._tables:
            span = self._span(table) or loaded
            if loaded[0] <= span[1] and loaded[1] >= span[0]:
                joined = min(span[0], loaded[0]), max(span[1], loaded[1])
                self._spans[table] = [one.isoformat() for one in joined]

    def _span(self, table: str) -> Span | None:
        span = self._spans.get(table)
        return (
            None
            if span is None
            else (datetime.fromisoformat(span[0]), datetime.fromisoformat(span[1]))
        )


Batch = list["AccountMessage"]
Rows = Iterator[Row]


def _source(account: str, read: Callable[[], Iterator[Batch]]) -> DltSource:
    import dlt

    def resources() -> Iterator[DltResource]:
        pages = dlt.resource(read, name="account_messages", selected=False)
        yield pages
        for table, rows in _TABLES:
            yield _resource(table, pages, account, rows)

    source = dlt.source(
        resources, name="zoom_sms", max_table_nesting=0, schema_contract=SCHEMA_CONTRACT
    )
    loaded: DltSource = source()
    return loaded


def _resource(
    table: Table, pages: DltResource, account: str, rows: Callable[[str, Batch, set[str]], Rows]
) -> DltResource:
    import dlt

    seen: set[str] = set()
    columns = {name: _column(kind) for name, kind in table.columns.items()}

    def convert(batch: Batch) -> list[Row]:
        return list(rows(account, batch, seen))

    resource: DltResource = dlt.transformer(
        convert,
        data_from=pages,
        name=table.name,
        write_disposition="merge",
        primary_key=list(table.primary_key),
        merge_key=list(table.merge_key),
        columns=columns,
    )
    return resource


def _column(kind: DataType) -> TColumnSchema:
    return {"data_type": kind}


def _session_rows(account: str, batch: Batch, seen: set[str]) -> Rows:
    for one in batch:
        if one.session.session_id not in seen:
            seen.add(one.session.session_id)
            yield _rows.session_row(account, one.session)


def _participant_rows(account: str, batch: Batch, seen: set[str]) -> Rows:
    for one in batch:
        if one.session.session_id not in seen:
            seen.add(one.session.session_id)
            yield from _rows.participant_rows(account, one.session)


def _message_rows(account: str, batch: Batch, _: set[str]) -> Rows:
    for one in batch:
        yield _rows.message_row(account, one.session, one.message)


def _attachment_rows(account: str, batch: Batch, _: set[str]) -> Rows:
    for one in batch:
        yield from _rows.attachment_rows(account, one.session, one.message)


_TABLES = (
    (_rows.SESSIONS, _session_rows),
    (_rows.MESSAGES, _message_rows),
    (_rows.PARTICIPANTS, _participant_rows),
    (_rows.ATTACHMENTS, _attachment_rows),
)


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch

"""Loads conversations and messages into a warehouse with dlt (extra ``dlt``).

:func:`zoom_sms` returns a dlt source that reads from Zoom, :func:`zoom_sms_archive` one that reads
from an archive. A dlt pipeline writes the data to any destination that dlt supports, such as
DuckDB, PostgreSQL, Snowflake, BigQuery or Parquet files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from swagger_client import history
from swagger_client._lazy import LazyModule
from swagger_client._version import check_extra
from swagger_client.api import SMSApi
from swagger_client.api.parameters import AccountSessionType
from swagger_client.archive import Archive
from swagger_client.archive.rows import parse_message_item
from swagger_client.history._iterate import iterate_account
from swagger_client.integrations import _archive_rows, _rows
from swagger_client.integrations._rows import DataType, Row, Table, to_arrow

if TYPE_CHECKING:
    from dlt import extract
    from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict

    from swagger_client.archive import Snapshot, Tombstone
    from swagger_client.history import AccountMessage
else:
    extract = LazyModule("dlt.extract")

__all__ = ["zoom_sms", "zoom_sms_archive"]

#: Let dlt add new tables and columns. Values are checked in `to_arrow`, because dlt's own check of
#: Arrow tables fails for every column after a schema was stored.
SCHEMA_CONTRACT: TSchemaContractDict = {
    "tables": "evolve",
    "columns": "evolve",
    "data_type": "evolve",
}
_BATCH = 1000
#: The destinations that receive Arrow tables, which are faster. Others receive rows, because
#: BigQuery cannot load JSON from Parquet, and PostgreSQL would store NULL for empty texts.
_ARROW_DESTINATIONS = ("duckdb", "motherduck")

T = TypeVar("T")
Span = tuple[datetime, datetime]
Rows = Iterator[Row]


def zoom_sms(
    api: SMSApi,
    *,
    account: str = "default",
    since: str | date | None = None,
    until: str | date | None = None,
    session_type: AccountSessionType = "all",
    reread_days: float = 7,
    concurrency: int = 8,
) -> extract.DltSource:
    """Return a dlt source that reads an account's conversations and messages from Zoom.

    The source has the tables ``sessions``, ``messages``, ``participants`` and ``attachments``. The
    first load reads everything from ``since`` until now. Each later load begins ``reread_days``
    before the end of the previous load, because messages and delivery statuses can arrive late. dlt
    stores the loaded time span together with the rows, so an interrupted load is repeated.

    :param SMSApi api: the API client of the account.
    :param str account: a name for the account, for the first column of every table.
    :param since: the start of the first load, as a date, a datetime (UTC if it is naive) or ISO
        8601 text; 30 days ago by default.
    :param until: the end of the time span, in the same forms. A date means the end of that day. If
        given, the source loads only the time span from ``since`` to ``until`` (a backfill).
    :param str session_type: the type of conversations, as for ``account_sms_session``.
    :param float reread_days: how many days at the end of the previous load to read again; >= 1.
    :param int concurrency: how many conversations are read at the same time.
    :returns: a source for ``pipeline.run``.
    :raises ValueError: if an argument is invalid.
    :raises ImportError: if the extra ``dlt`` is not installed.
    """
    if not reread_days >= 1:
        raise ValueError(
            f"`reread_days` is {reread_days}. Give at least 1, so that late messages are loaded."
        )
    if until is not None and since is None:
        raise ValueError("`until` is given without `since`. Give the start of the time span, too.")
    clock = api.api_client.clock

    def now() -> datetime:
        return datetime.fromtimestamp(clock.time(), timezone.utc)

    def parse_span() -> Span:
        end = now().replace(microsecond=0)
        windows = history.windows(since or end - timedelta(days=30), until or end)
        return windows[0].start, windows[-1].end

    parse_span()  # raises for invalid arguments, before anything is loaded

    def read() -> Iterator[list[AccountMessage]]:
        span, state = parse_span(), _Coverage(account)
        if until is None:
            span = state.next_span(span, timedelta(days=reread_days))
        # The end of an open time span need not be read twice now: the next load reads it again.
        messages = iterate_account(
            api.api_client,
            {
                "_from": span[0],
                "to": span[1],
                "session_type": session_type,
                "concurrency": concurrency,
            },
            reread_end=until is not None,
        )
        yield from _batches(messages, _BATCH)
        state.extend(span)

    return _source(read, _rows.tables(), lambda: {"account": account, "read_at": now()})


class _Coverage:
    """For each table of an account, the time span whose messages were loaded into the table.

    The time spans are stored in dlt's state. A table that was never selected has no time span, so
    its first load begins at ``since``.
    """

    def __init__(self, account: str) -> None:
        import dlt

        selected = set(dlt.current.source().selected_resources)
        accounts = dlt.current.resource_state("account_messages").setdefault("covered", {})
        self._spans: dict[str, list[str]] = accounts.setdefault(account, {})
        self._tables = sorted(selected & {table.name for table in _rows.TABLES})

    def next_span(self, wanted: Span, reread: timedelta) -> Span:
        """Return the period to load: what a table lacks of `wanted`, begun earlier by `reread`."""
        return min(self._begin(table, wanted[0], reread) for table in self._tables), wanted[1]

    def _begin(self, table: str, since: datetime, reread: timedelta) -> datetime:
        span = self._span(table)
        if span is None or since < span[0]:
            return since
        return max(span[0], span[1] - reread)

    def extend(self, loaded: Span) -> None:
        """Extend the recorded time span of each selected table by a loaded time span.

        A loaded time span that does not overlap or adjoin the recorded one, such as that of a
        backfill, is not recorded.
        """
        for table in self._tables:
            span = self._span(table) or loaded
            if loaded[0] <= span[1] and loaded[1] >= span[0]:
                joined = min(span[0], loaded[0]), max(span[1], loaded[1])
                self._spans[table] = [one.isoformat() for one in joined]

    def _span(self, table: str) -> Span | None:
        span = self._spans.get(table)
        if span is None:
            return None
        return datetime.fromisoformat(span[0]), datetime.fromisoformat(span[1])


def zoom_sms_archive(
    path: str | os.PathLike[str], *, account: str = "default"
) -> extract.DltSource:
    """Return a dlt source that reads conversations and messages from an archive.

    The tables are those of :func:`zoom_sms`. Each load contains what was added to the archive since
    the previous load. Messages that were erased from the archive are deleted from the warehouse.
    The column ``run`` of a message is the number of the archive run that stored it.

    :param path: the path of the archive's database.
    :param str account: a name for the account, as for :func:`zoom_sms`.
    :returns: a source for ``pipeline.run``.
    :raises ImportError: if the extra ``dlt`` is not installed.
    """

    def read() -> Iterator[_archive_rows.Content]:
        progress = _ArchiveProgress(account)
        with Archive(path).snapshot() as snapshot:
            yield from progress.new_content(snapshot)

    def common() -> Row:
        return {"account": account, "read_at": datetime.now(timezone.utc)}

    return _source(read, _archive_rows.TABLES, common)


class _ArchiveProgress:
    """Stores in dlt's state which archive runs and erasures each table already contains."""

    def __init__(self, account: str) -> None:
        import dlt

        selected = set(dlt.current.source().selected_resources)
        accounts = dlt.current.resource_state("account_messages").setdefault("archive", {})
        self._loaded: dict[str, list[Any]] = accounts.setdefault(account, {})
        self._tables = sorted(selected & {table.name for table in _rows.TABLES})

    def new_content(self, snapshot: Snapshot) -> Iterator[_archive_rows.Content]:
        """Yield the archive content that is not loaded yet, then record it as loaded."""
        # Only finished runs count as loaded, so the next load reads an unfinished run again.
        digests = {one.run: one.digest for one in snapshot.runs() if one.finished_at}
        ended = max(digests, default=0)
        positions = [self._position(table, digests) for table in self._tables]
        run = min(position[0] for position in positions)
        erased = min(position[1] for position in positions)
        tombstones = [one for one in snapshot.tombstones() if one.kind in ("message", "session")]
        sessions: set[str] = set()
        if len(tombstones) > erased:
            sessions.update(one.session_id for one in tombstones)
            of_messages = [one for one in tombstones if one.kind == "message"]
            yield _archive_rows.Content(erased=_fully_erased(snapshot, of_messages))
        if ended > run or not run:
            for batch in _batches(snapshot.messages(since_run=run), _BATCH):
                sessions.update(one.session_id for one in batch)
                yield _archive_rows.Content(messages=batch)
        found = (one for one in snapshot.conversations() if one.session_id in sessions)
        for conversations in _batches(found, _BATCH):
            yield _archive_rows.Content(conversations=conversations)
        for table in self._tables:
            self._loaded[table] = [ended, len(tombstones), digests.get(ended)]

    def _position(self, table: str, digests: Mapping[int, str | None]) -> tuple[int, int]:
        """Return the last archive run that a table contains, and the number of applied erasures.

        :param digests: the digest of each run of the archive. If they do not contain the last
            loaded run with its digest, as after a restore from a backup, the result is (0, 0), so
            that everything is loaded again.
        """
        run, erased, *digest = self._loaded.get(table, [0, 0])
        return (run, erased) if digests.get(run) in digest else (0, 0)


def _fully_erased(snapshot: Snapshot, tombstones: list[Tombstone]) -> list[Tombstone]:
    """Return the tombstones of messages whose versions are all erased."""

    def is_erased(one: Tombstone) -> bool:
        message_id, copy = parse_message_item(one.item)
        versions = snapshot.versions(one.session_id, message_id, copy=copy)
        return all(version.raw is None for version in versions)

    return list(filter(is_erased, tombstones))


def _source(
    read: Callable[[], Iterator[T]],
    tables: Mapping[Table, Callable[[T], Rows]],
    common: Callable[[], Row],
) -> extract.DltSource:
    check_extra("dlt", "dlt", "pyarrow")
    import dlt

    def resources() -> Iterator[extract.DltResource]:
        batches = dlt.resource(read, name="account_messages", selected=False)
        yield batches
        for table, rows in tables.items():
            yield _resource(table, batches, rows, common)

    source = dlt.source(
        resources, name="zoom_sms", max_table_nesting=0, schema_contract=SCHEMA_CONTRACT
    )
    loaded: extract.DltSource = source()
    return loaded


def _resource(
    table: Table,
    batches: extract.DltResource,
    rows: Callable[[T], Rows],
    common: Callable[[], Row],
) -> extract.DltResource:
    import dlt

    def convert(batch: T) -> Iterator[object]:
        found = [{**common(), **row} for row in rows(batch)]
        if found:
            checked = to_arrow(table, found)
            yield checked if _loads_arrow() else found

    resource: extract.DltResource = dlt.transformer(
        convert,
        data_from=batches,
        name=table.name,
        write_disposition="merge",
        primary_key=list(table.primary_key),
        merge_key=list(table.merge_key),
        columns={name: _column(table, name, kind) for name, kind in table.columns},
    )
    return resource


def _loads_arrow() -> bool:
    """Return whether the destination loads JSON and empty texts from Arrow tables correctly."""
    import dlt

    destination = dlt.current.pipeline().destination
    kind = destination.destination_type if destination is not None else ""
    return kind.rpartition(".")[2] in _ARROW_DESTINATIONS


def _column(table: Table, name: str, kind: DataType) -> TColumnSchema:
    column: TColumnSchema = {"nullable": name not in table.primary_key}
    if kind != "json":  # text in Arrow tables, JSON in rows
        column["data_type"] = kind
    if name == "deleted":
        column["hard_delete"] = True
    elif name == "read_at":
        # If a load contains two versions of a row, dlt uses the one that was read last.
        column["dedup_sort"] = "desc"
    return column


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch

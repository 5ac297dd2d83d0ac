"""Reads an archive whole: schema, chains, typed rows, digests of runs, files, search index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import account_log, row_check, rows, runs, schema
from swagger_client.archive.account_claims import AccountClaims
from swagger_client.archive.database import DAMAGED, error_code
from swagger_client.archive.derivation import derive_rows
from swagger_client.archive.file_check import check_file
from swagger_client.archive.file_folder import find_missing_folder
from swagger_client.archive.hashing import Record, link_hash
from swagger_client.archive.rows import Row
from swagger_client.archive.search_check import check_index
from swagger_client.archive.verify_digests import FoundDigest, find_digest
from swagger_client.archive.verify_plan import check_plan

_COUNTED = ("sessions", "messages", "records", "files", "erased", "unlinked", "finished_runs")


class InterruptedRun(NamedTuple):
    """A run that was begun and has not ended.

    :ivar int records: how many records it has brought so far.
    :ivar str digest: covers them, the run's row and everything before it.
    """

    run: int
    started_at: str
    records: int
    digest: str


class VerifyReport(NamedTuple):
    """The result of a verification.

    :ivar int records: records whose chain was followed.
    :ivar int files: files that were read and hashed.
    :ivar str digest: the digest of the last finished run: compare it with what that run reported.
    :ivar list problems: the defects found, a sentence each; empty for a sound archive.
    :ivar InterruptedRun | None interrupted: the run that has not ended; ``digest`` does not cover
        what it brought.
    :ivar str | None account_digest: the last hash of the account's chain: audit entries, holds,
        tombstones.
    :ivar int erased: records whose content was erased.
    :ivar int unlinked: of these, records of archive format 1, whose hash cannot be recomputed.
    :ivar tuple notices: checks that were not possible, with the reason.
    :ivar str | None missing_folder: the folder of files if it is not there, or has none of
        them; none was checked then.
    :ivar int finished_runs: runs over the whole account that have finished.
    :ivar tuple found_digests: the required digests that the archive has, with their run or entry.
    """

    sessions: int
    messages: int
    records: int
    files: int
    digest: str | None
    problems: list[str]
    interrupted: InterruptedRun | None = None
    account_digest: str | None = None
    erased: int = 0
    unlinked: int = 0
    notices: tuple[str, ...] = ()
    missing_folder: str | None = None
    finished_runs: int = 0
    found_digests: tuple[FoundDigest, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was altered or lost, files included."""
        return not self.problems and self.missing_folder is None

    @property
    def complete(self) -> bool:
        """Whether a run over the account has finished, and none is interrupted."""
        return self.interrupted is None and self.finished_runs > 0


class _UndecodableText(Exception):
    """A text of the database is not UTF-8: it is damaged."""


def verify_archive(
    connection: sqlite3.Connection,
    folder: Path | None,
    progress: Callable[[int, int], object] | None,
    digests: Sequence[str] = (),
) -> VerifyReport:
    """Read an archive whole.

    :param connection: opened for reading.
    :param folder: where the files are.
    :param progress: called with the conversations read, and how many there are.
    :param digests: digests that the archive must have.
    :raises sqlite3.Error: for other failures than damage, such as an unreadable disk.
    """
    try:
        return _Verification(connection, folder, progress, digests).report()
    except _UndecodableText:
        # Every text is decoded by Python then, which takes much longer.
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        return _Verification(connection, folder, progress, digests).report()


class _Verification:
    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Path | None,
        progress: Callable[[int, int], object] | None,
        digests: Sequence[str],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._progress = progress
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._required_digests = digests
        self._found: list[FoundDigest] = []
        self._digest: str | None = None
        self._account_digest: str | None = None
        self._interrupted: InterruptedRun | None = None
        self._notices: list[str] = []
        self._missing_folder: str | None = None
        self._claims = AccountClaims()

    def report(self) -> VerifyReport:
        problems: list[str] = []
        parts = (
            self._schema, self._file, self._account, self._tables, self._file_folder,
            self._sessions, self._strays, self._runs, self._required, self._plan, self._index,
        )  # fmt: skip
        for part in parts:
            try:
                for problem in part():
                    problems.append(problem)  # one by one: those before an error count
            except sqlite3.DatabaseError as error:
                if "decode to UTF-8" in str(error):
                    raise _UndecodableText from error
                if not is_damage(error):
                    raise
                problems.append(f"the database cannot be read any further: {error}")
            except (ValueError, TypeError, AttributeError) as error:
                # A value of the wrong type, or undecodable text: only damage causes this.
                problems.append(f"the database holds what it cannot hold: {error}")
        return VerifyReport(
            **self._counts,
            digest=self._digest,
            problems=problems,
            interrupted=self._interrupted,
            account_digest=self._account_digest,
            notices=tuple(self._notices),
            missing_folder=self._missing_folder,
            found_digests=tuple(self._found),
        )

    def _schema(self) -> Iterator[str]:
        """Whether the schema is the archive's own, row by row."""
        try:
            found = schema.find_alterations(self._connection)
        except sqlite3.OperationalError as error:
            if "no such module" not in str(error):
                raise
            self._notices.append("this SQLite has no FTS5: the schema and search were not checked")
            found = schema.find_foreign_objects(self._connection)
        for alteration in found:
            yield f"schema: {alteration}"

    def _file(self) -> Iterator[str]:
        """Run SQLite's integrity check."""
        for (found,) in self._connection.execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"database: {found}"
        for table, *_ in self._connection.execute("PRAGMA foreign_key_check"):
            yield f"a row of {table} refers to a row that is missing"

    def _account(self) -> Iterator[str]:
        """The account's chain, and the rows that it has records of."""
        before, expected = "", 0
        without_content: set[int] = set()
        for record in account_log.read_log(self._connection):
            expected += 1
            if record.seq != expected:
                yield f"account record {expected} is missing: the next one is {record.seq}"
                expected = record.seq
            elif not record.is_well_formed or record.link_hash(before) != record.hash:
                yield f"account record {record.seq} ({record.kind}) is altered"
            before = record.hash
            if record.content is None:
                without_content.add(record.seq)
                continue
            try:
                self._claims.add(record)
            except (ValueError, TypeError, KeyError):
                yield f"the content of account record {record.seq} is not what it must be"
        if account_log.stored_end(self._connection) != (expected, before):
            yield f"the account's chain ends at record {expected}, not where it was stored to end"
        self._account_digest = before or None
        for seq in sorted(without_content - self._claims.erased_entries):
            yield f"account record {seq} is erased, and there is no tombstone for it"
        for seq in sorted(self._claims.erased_entries - without_content):
            yield f"account record {seq} has a tombstone, and is there again"

    def _tables(self) -> Iterator[str]:
        """The rows that no conversation's chain covers: the account's chain has records of them."""
        yield from self._claims.find_contradictions(self._connection)
        yield from self._claims.find_event_contradictions(self._connection)

    def _file_folder(self) -> Iterator[str]:
        """Check that the folder of files exists; a missing folder is no damage of the archive."""
        yield from ()
        missing = find_missing_folder(self._connection, self._folder)
        if missing is not None and missing.files:
            self._missing_folder = missing.folder

    def _sessions(self) -> Iterator[str]:
        found = self._connection.execute(
            "SELECT session_id FROM sessions UNION SELECT session_id FROM records "
            "ORDER BY session_id"
        ).fetchall()
        for place, (session_id,) in enumerate(found):
            for problem in self._session(session_id):
                yield f"conversation {session_id}: {problem}"
            self._counts["sessions"] += 1
            if self._progress is not None:
                self._progress(place + 1, len(found))

    def _session(self, session_id: str) -> Iterator[str]:
        records = row_check.read_records(self._connection, session_id)
        yield from self._links(records)
        tail = (records[-1].seq, records[-1].hash) if records else (0, "")
        for stored in self._connection.execute(
            f"SELECT records, head FROM sessions {row_check.OF_SESSION}",
            row_check.bind(session_id),
        ):
            if stored != tail:
                yield f"its chain ends at record {tail[0]}, not where it was stored: {stored[0]}"
        self._counts["records"] += len(records)
        try:
            expected = derive_rows(session_id, records)
        except (ValueError, TypeError, RecursionError):
            yield "the content of a record is no JSON"
            return
        for table, derived in expected.items():
            found = row_check.read_rows(self._connection, table, session_id)
            yield from row_check.find_differences(table, derived, found)
        self._counts["messages"] += len(expected[rows.MESSAGES])
        for row in expected[rows.ATTACHMENTS].values():
            yield from self._attachment(row)

    def _links(self, records: list[Record]) -> Iterator[str]:
        """Verify a chain: exactly the erased records have tombstones."""
        head, expected, erased = "", 0, self._claims.erased
        for record in records:
            expected += 1
            if record.seq != expected:
                yield f"record {expected} is missing: the next one is {record.seq}"
                expected = record.seq
            elif record.is_form_1 and record.run > self._claims.migrated_run:
                yield f"{_name(record)} has no commitment to its content"
            elif not record.is_well_formed or link_hash(head, record) not in (record.hash, None):
                yield f"{_name(record)} is altered"
            is_erased = (record.session_id, record.seq) in erased
            if record.content is None:
                self._counts["erased"] += 1
                self._counts["unlinked"] += record.is_form_1
                if not is_erased:
                    yield f"{_name(record)} is erased, and there is no tombstone for it"
            elif is_erased:
                yield f"{_name(record)} has a tombstone, and its content is there again"
            # Going on from what it says, so that one altered record is one finding.
            head = record.hash

    def _strays(self) -> Iterator[str]:
        """Rows of conversations that have no record."""
        for table in rows.DERIVED:
            if table.by_message:
                continue
            for (session_id,) in self._connection.execute(
                f"SELECT DISTINCT session_id FROM {table.name} "
                "WHERE session_id NOT IN (SELECT session_id FROM records)"
            ):
                yield f"{table.name} has rows of conversation {session_id}, which has no record"

    def _attachment(self, row: Row) -> Iterator[str]:
        file = dict(zip(rows.ATTACHMENTS.columns, row, strict=True))
        if file["state"] != "done":
            return
        name = f"file {file['path']} of message {file['message_id']}"
        if self._folder is None:
            yield f"{name}: the folder of files is not known"
            return
        if self._missing_folder is not None:
            return
        problem = check_file(self._folder, str(file["path"]), file["bytes"], file["sha256"])
        if problem:
            yield f"{name} {problem}"
        else:
            self._counts["files"] += 1

    def _runs(self) -> Iterator[str]:
        """The digests of the runs, which cover every chain's length and hash."""
        before = ""
        for run in list(runs.read_runs(self._connection)):
            digest = runs.digest_of(self._connection, run, before)
            if run.finished_at is None:
                if run.digest is not None or run.account_seq is not None:
                    yield f"run {run.run} has a digest, but no end"
                if self._interrupted is not None:
                    yield f"run {run.run} was begun while run {self._interrupted.run} was open"
                (records,) = self._connection.execute(
                    "SELECT count(*) FROM records WHERE run = ?", (run.run,)
                ).fetchone()
                self._interrupted = InterruptedRun(run.run, run.started_at, records, digest)
            else:
                if digest != run.digest:
                    yield f"run {run.run}: its row, or what it archived, is altered"
                self._digest = run.digest
                self._counts["finished_runs"] += run.kind == runs.ACCOUNT
            before = str(run.digest or "")

    def _required(self) -> Iterator[str]:
        """Whether the archive has, or had, the digest that was stored elsewhere."""
        open_run = self._interrupted
        for digest in self._required_digests:
            found = find_digest(self._connection, digest)
            if found is None and open_run is not None and digest == open_run.digest:
                found = FoundDigest(digest, open_run.run, None, open_run.started_at)
            if found is None:
                yield (
                    f"no run, and no entry of the account's log, has the digest {digest}: the "
                    "archive was made again or cut off, or it is another"
                )
            else:
                self._found.append(found)

    def _plan(self) -> Iterator[str]:
        """Verify the rows that control later runs."""
        return check_plan(self._connection)

    def _index(self) -> Iterator[str]:
        """Verify the search index."""
        return check_index(self._connection, self._notices)


def _name(record: Record) -> str:
    return f"record {record.seq} ({record.kind} {record.item})"


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an SQLite error means that the database file is damaged."""
    code = error_code(error)
    # A table or column that is missing is reported as a plain error.
    return code in DAMAGED or code == sqlite3.SQLITE_ERROR

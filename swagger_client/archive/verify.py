"""Verifies a whole archive: schema, records, derived rows, digests, files, search index.

Records form hash chains: the hash of each record covers the hash of the record before it. A digest
is a hash over everything that an archive run has archived and the digest of the run before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from swagger_client._security import safe_json
from swagger_client.archive import account_log, derived_rows, rows, runs, schema
from swagger_client.archive.account_claims import AccountClaims
from swagger_client.archive.database import DAMAGED, error_code
from swagger_client.archive.file_folder import check_file, find_missing_folder
from swagger_client.archive.hashing import Record, link_hash
from swagger_client.archive.read_proof import check_plan
from swagger_client.archive.rows import FileKey, FileResult
from swagger_client.archive.runs import FoundDigest, find_digest
from swagger_client.archive.search_check import check_index

_COUNTED = ("sessions", "messages", "records", "files", "erased", "unlinked", "finished_runs")


class InterruptedRun(NamedTuple):
    """An archive run that was started but has not finished.

    :ivar int run: the number of the run.
    :ivar str started_at: the time at which the run started, in UTC.
    :ivar int records: how many records the run has stored so far.
    :ivar str digest: a hash over these records, the run's row, and the digest of the run before.
    """

    run: int
    started_at: str
    records: int
    digest: str


class VerifyReport(NamedTuple):
    """The result of a verification.

    :ivar int sessions: the number of conversations whose records were verified.
    :ivar int messages: the number of messages in these conversations.
    :ivar int records: the number of records whose hashes were verified.
    :ivar int files: the number of files that were read and whose hash is correct.
    :ivar str | None digest: the digest of the last finished run, to compare with its report.
    :ivar list problems: the defects, one sentence each; empty if there are none.
    :ivar InterruptedRun | None interrupted: the unfinished run, which ``digest`` does not cover.
    :ivar str | None account_digest: the last hash of the audit log.
    :ivar int erased: the number of records whose content was erased.
    :ivar int unlinked: how many of the erased records were stored in archive format 1. Their hash
        covers the content directly, so it cannot be verified without the content.
    :ivar tuple notices: the checks that were not possible, each with the reason.
    :ivar str | None missing_folder: the path of the folder of files, if the folder does not exist
        or contains none of the archived files. No file was checked then.
    :ivar int finished_runs: the number of finished runs that archived the whole account.
    :ivar tuple found_digests: the digests that were passed to the verification and that the archive
        contains, each with the run or audit log record to which it belongs.
    :ivar tuple missing_digests: the digests that were passed to the verification and that the
        archive does not contain. `problems` contains a sentence for each of them.
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
    missing_digests: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether no archived data and no file was altered or lost."""
        return not self.problems and self.missing_folder is None

    @property
    def complete(self) -> bool:
        """Whether an archive run of the whole account has finished, and none is interrupted."""
        return self.interrupted is None and self.finished_runs > 0


class _UndecodableText(Exception):
    """The database is damaged: it contains text that is not UTF-8."""


def verify_archive(
    connection: sqlite3.Connection,
    folder: Path | None,
    progress: Callable[[int, int], object] | None,
    digests: Sequence[str] = (),
) -> VerifyReport:
    try:
        return _Verification(connection, folder, progress, digests).report()
    except _UndecodableText:
        # Start again and let Python decode all texts. This takes much longer.
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
        self._not_found: list[str] = []
        self._digest: str | None = None
        self._account_digest: str | None = None
        self._interrupted: InterruptedRun | None = None
        self._notices: list[str] = []
        self._missing_folder: str | None = None
        self._claims = AccountClaims()

    def report(self) -> VerifyReport:
        problems: list[str] = []
        parts = (
            self._check_schema, self._check_database_file, self._check_account_log,
            self._check_tables, self._check_folder, self._check_sessions, self._find_strays,
            self._check_runs, self._check_required_digests,
            partial(check_plan, self._connection),
            partial(check_index, self._connection, self._notices),
        )  # fmt: skip
        for part in parts:
            try:
                for problem in part():
                    problems.append(problem)  # one by one, to keep those found before an error
            except sqlite3.DatabaseError as error:
                if "decode to UTF-8" in str(error):
                    raise _UndecodableText from error
                if not is_damage(error):
                    raise
                problems.append(f"the rest of the database cannot be read: {error}")
            except (ValueError, TypeError, AttributeError) as error:
                # A value of the wrong type, or undecodable text: only damage causes this.
                problems.append(f"the database contains an invalid value: {error}")
        return VerifyReport(
            **self._counts,
            digest=self._digest,
            problems=problems,
            interrupted=self._interrupted,
            account_digest=self._account_digest,
            notices=tuple(self._notices),
            missing_folder=self._missing_folder,
            found_digests=tuple(self._found),
            missing_digests=tuple(self._not_found),
        )

    def _check_schema(self) -> Iterator[str]:
        """Yield a problem text for each table, index, trigger or view that was altered."""
        try:
            found = schema.find_alterations(self._connection)
        except sqlite3.OperationalError as error:
            if "no such module" not in str(error):
                raise
            self._notices.append("this SQLite has no FTS5: the schema and search were not checked")
            found = schema.find_foreign_objects(self._connection)
        for alteration in found:
            yield f"schema: {alteration}"

    def _check_database_file(self) -> Iterator[str]:
        """Yield the problems that SQLite's own checks find, and those of columns with floats."""
        for (found,) in self._connection.execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"database: {found}"
        for table, *_ in self._connection.execute("PRAGMA foreign_key_check"):
            yield f"a row of {table} refers to a missing row"
        yield from schema.find_floats(self._connection)

    def _check_account_log(self) -> Iterator[str]:
        """Yield a problem text for each wrong record of the audit log; fill `_claims`."""
        before, expected = "", 0
        without_content: set[int] = set()
        for record in account_log.read_log(self._connection):
            expected += 1
            if record.seq != expected:
                yield f"account record {expected} is missing: the next record is {record.seq}"
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
                yield f"the content of account record {record.seq} is malformed"
        if account_log.stored_end(self._connection) != (expected, before):
            yield (
                f"account record {expected} is the last one, but another record was stored as the "
                "last"
            )
        self._account_digest = before or None
        for seq in sorted(without_content - self._claims.erased_entries):
            yield f"account record {seq} is erased, but no erasure of it is recorded"
        for seq in sorted(self._claims.erased_entries - without_content):
            yield f"account record {seq} is recorded as erased, but still has content"

    def _check_tables(self) -> Iterator[str]:
        """Yield how archive runs, settings and received events contradict the audit log."""
        yield from self._claims.find_contradictions(self._connection)
        yield from self._claims.find_event_contradictions(self._connection)

    def _check_folder(self) -> Iterator[str]:
        """If the folder of files is missing, store its path for the report; yield no problem."""
        yield from ()
        missing = find_missing_folder(self._connection, self._folder)
        if missing is not None and missing.files:
            self._missing_folder = missing.folder

    def _check_sessions(self) -> Iterator[str]:
        (total,) = self._connection.execute("SELECT count(*) FROM sessions").fetchone()
        # Rows are read one by one: a list of all ids would grow with the archive.
        found = self._connection.execute(
            "SELECT session_id FROM sessions UNION SELECT session_id FROM records "
            "ORDER BY session_id"
        )
        for place, (session_id,) in enumerate(found):
            for problem in self._check_session(session_id):
                yield f"conversation {session_id}: {problem}"
            self._counts["sessions"] += 1
            if self._progress is not None:
                self._progress(place + 1, max(place + 1, total))

    def _check_session(self, session_id: str) -> Iterator[str]:
        records = derived_rows.read_records(self._connection, session_id)
        yield from self._check_records(records)
        tail = (records[-1].seq, records[-1].hash) if records else (0, "")
        for stored in self._connection.execute(
            f"SELECT records, head FROM sessions {derived_rows.OF_SESSION}",
            derived_rows.bind(session_id),
        ):
            if stored != tail:
                yield f"record {tail[0]} is the last one, but record {stored[0]} was stored as last"
        self._counts["records"] += len(records)
        try:
            expected = derived_rows.derive_rows(session_id, records)
        except (ValueError, TypeError, RecursionError):
            yield "the content of a record is not valid JSON"
            return
        for table, derived in expected.items():
            found = derived_rows.read_rows(self._connection, table, session_id)
            yield from derived_rows.find_differences(table, derived, found)
        self._counts["messages"] += len(expected[rows.MESSAGES])
        for row in expected[rows.ATTACHMENTS].values():
            file = dict(zip(rows.ATTACHMENTS.columns, row, strict=True))
            if file["state"] == "done":
                yield from self._check_attachment(file)
        for replaced in _replaced_files(records):
            yield from self._check_attachment({**replaced.key._asdict(), **replaced._asdict()})

    def _check_records(self, records: list[Record]) -> Iterator[str]:
        """Yield problem texts for altered or missing records, and erasures without a log record."""
        head, expected, erased = "", 0, self._claims.erased
        for record in records:
            expected += 1
            if record.seq != expected:
                yield f"record {expected} is missing: the next record is {record.seq}"
                expected = record.seq
            elif record.is_form_1 and record.run > self._claims.migrated_run:
                yield f"{_name(record)} has no salted hash of its content"
            elif not record.is_well_formed or link_hash(head, record) not in (record.hash, None):
                yield f"{_name(record)} is altered"
            is_erased = bool(erased) and (record.session_id, record.seq) in erased
            if record.content is None:
                self._counts["erased"] += 1
                self._counts["unlinked"] += record.is_form_1
                if not is_erased:
                    yield f"{_name(record)} is erased, but no erasure of it is recorded"
            elif is_erased:
                yield f"{_name(record)} is recorded as erased, but still has content"
            # Continue with the stored hash, so that one altered record is reported once.
            head = record.hash

    def _find_strays(self) -> Iterator[str]:
        """Yield a problem text for each conversation that has derived rows, but no record."""
        for table in rows.DERIVED:
            if table.by_message:
                continue
            for (session_id,) in self._connection.execute(
                f"SELECT DISTINCT session_id FROM {table.name} "
                "WHERE session_id NOT IN (SELECT session_id FROM records)"
            ):
                yield f"{table.name} has rows of conversation {session_id}, which has no record"

    def _check_attachment(self, file: Mapping[str, object]) -> Iterator[str]:
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

    def _check_runs(self) -> Iterator[str]:
        """Yield a problem text for each archive run with a wrong digest or an impossible state."""
        before = ""
        for run in list(runs.read_runs(self._connection)):
            digest = runs.digest_of(self._connection, run, before)
            if run.finished_at is None:
                if run.digest is not None or run.account_seq is not None:
                    yield f"run {run.run} has a digest, but has not finished"
                if self._interrupted is not None:
                    yield (
                        f"run {run.run} was started before run {self._interrupted.run} had finished"
                    )
                (records,) = self._connection.execute(
                    "SELECT count(*) FROM records WHERE run = ?", (run.run,)
                ).fetchone()
                self._interrupted = InterruptedRun(run.run, run.started_at, records, digest)
            else:
                if digest != run.digest:
                    yield f"the row of run {run.run}, or a record that it stored, is altered"
                self._digest = run.digest
                self._counts["finished_runs"] += run.kind == runs.ACCOUNT
            before = str(run.digest or "")

    def _check_required_digests(self) -> Iterator[str]:
        """Yield a problem text for each digest that the caller passed and the archive lacks."""
        open_run = self._interrupted
        for digest in self._required_digests:
            found = find_digest(self._connection, digest)
            if found is None and open_run is not None and digest == open_run.digest:
                found = FoundDigest(digest, open_run.run, None, open_run.started_at)
            if found is None:
                self._not_found.append(digest)
                yield (
                    f"no run and no entry of the audit log has the digest {digest}: the "
                    "digest is mistyped or of another archive, or this archive was shortened or "
                    "created again"
                )
            else:
                self._found.append(found)


def _replaced_files(records: list[Record]) -> Iterator[FileResult]:
    """Yield the result of each finished download whose file Zoom later replaced."""
    downloaded: dict[FileKey, FileResult] = {}
    for record in records:
        if record.kind == "attachment" and record.content is not None:
            result = FileResult.of(safe_json.loads(record.content))
            if result.state == "done":
                downloaded[result.key] = result
            elif result.reason == rows.REPLACED and result.key in downloaded:
                yield downloaded.pop(result.key)


def _name(record: Record) -> str:
    return f"record {record.seq} ({record.kind} {record.item})"


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an SQLite error means that the database is damaged."""
    code = error_code(error)
    # SQLite reports a missing table or column with SQLITE_ERROR.
    return code in DAMAGED or code == sqlite3.SQLITE_ERROR

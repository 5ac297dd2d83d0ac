"""Erases messages, and records in the audit log what was erased, when and why.

The erased records keep their hashes, so that the hash chains can still be verified. All rows are
changed in one transaction. Afterwards, the files are deleted, and the erased content is removed
from the free pages of the database. If an erasure is interrupted after the transaction, the next
process that opens the archive for writing finishes the erasure.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swagger_client._security import safe_json
from swagger_client._security.disk import sync_directory
from swagger_client.archive import account_log, erased_numbers, erasure_targets, runs
from swagger_client.archive.account_claims import (
    ERASURE_FINISHED,
    PENDING_ERASURE,
    hash_pending_files,
)
from swagger_client.archive.account_log import AccountRecord
from swagger_client.archive.canonical import JsonObject, as_object, typed_digits
from swagger_client.archive.derived_rows import remove_from_search_index
from swagger_client.archive.erasure_targets import Target, Targets, names_of
from swagger_client.archive.errors import ArchiveDamagedError, ArchiveHeldError, ArchiveStorageError
from swagger_client.archive.event_queue import WAITING, read_events
from swagger_client.archive.folder_owner import check_owner
from swagger_client.archive.hashing import Record, commit
from swagger_client.archive.holds import find_holds_on
from swagger_client.archive.migrations import copy_path
from swagger_client.archive.past_erasures import ERASURE, hash_numbers
from swagger_client.archive.schema import VERSION
from swagger_client.archive.search_text import QueryWords, words

if TYPE_CHECKING:
    from swagger_client.archive.store import Store


class ErasureReport(NamedTuple):
    """The result of an erasure, or of a preview, which erases nothing.

    :ivar int | None erasure: its record number in the audit log; None for a preview.
    :ivar int conversations: the number of conversations that contain the erased records.
    :ivar int messages: the number of messages that are erased.
    :ivar int records: the number of records whose content is erased. A message has a record for
        each of its versions. Files, events and conversations have records, too.
    :ivar int files: the number of files that are deleted.
    :ivar int unlinked: how many of these records were stored in archive format 1. Their hash covers
        the content directly, so it cannot be verified without the content.
    :ivar int audit_entries: the number of entries of the audit log that are erased, because their
        filters contain an erased text, number or name.
    :ivar tuple copies: the paths of the copies that migrations made. The copies contain the erased
        content, too, so the erasure deletes them.
    :ivar int events: the number of webhook events that are erased, and that are not archived yet
        or never, because Zoom does not return their message.
    """

    erasure: int | None
    conversations: int
    messages: int
    records: int
    files: int
    unlinked: int
    audit_entries: int
    copies: tuple[str, ...]
    events: int = 0


def propose(store: Store, target: Target, folder: Path | None = None) -> ErasureReport:
    """Count what :func:`erase` would erase, without erasing it."""
    targets = _find_targets(store, target, folder)
    return _build_report(store, targets, _audit_entries(store.connection, target, targets))


def erase(store: Store, target: Target, reason: str, folder: Path | None = None) -> ErasureReport:
    if not reason.strip():
        raise ValueError("`reason` is empty: give the reason for the erasure, which is recorded")
    with store.transaction():
        targets = _find_targets(store, target, folder)
        audit = _audit_entries(store.connection, target, targets)
        report = _build_report(store, targets, audit)
        number = _erase_rows(store, target, targets, audit, reason)
    finish_pending(store)
    return report._replace(erasure=number)


def _find_targets(store: Store, target: Target, folder: Path | None) -> Targets:
    targets = erasure_targets.find_targets(store.connection, target)
    waiting = read_events(store.connection, WAITING)
    events = [one for one in waiting if one.number in targets.received]
    messages, session_ids = set(targets.messages), set(targets.session_ids)
    held = find_holds_on(store.connection, messages, session_ids, events)
    if held:
        listed = "; ".join(f"hold {one.hold} ({one.text}: {one.reason})" for one in held)
        raise ArchiveHeldError(
            f"Nothing was erased, because of a legal hold: {listed}. Release the hold first, if "
            "you may."
        )
    if targets.files:
        _check_folder(store, folder)
    return targets


def _check_folder(store: Store, folder: Path | None) -> None:
    """Raise an error if `folder` is not the recorded folder, or that has another owner."""
    recorded = store.setting("attachments")
    if folder is not None and recorded not in (None, str(folder)):
        raise ValueError(
            f"the files of this archive are recorded in {recorded}, not in {folder}; an erasure "
            "deletes no files elsewhere. If this archive is a copy, erase in the original. If the "
            f"folder was moved, run `zoom-sms take-over {folder}` first, which records the new path"
        )
    if recorded is not None:
        check_owner(store, Path(recorded), to_delete=True)


def _build_report(store: Store, targets: Targets, audit: list[AccountRecord]) -> ErasureReport:
    copies = [copy_path(store.path, form) for form in range(1, VERSION)]
    return ErasureReport(
        None,
        len(targets.session_ids),
        len(targets.messages),
        len(targets.records),
        len(targets.files),
        sum(record.is_form_1 for record in targets.records),
        len(audit),
        tuple(str(copy) for copy in copies if copy.exists()),
        len(targets.received),
    )


def _erase_rows(
    store: Store, target: Target, targets: Targets, audit: list[AccountRecord], reason: str
) -> int:
    connection = store.connection
    known = set(erased_numbers.hash_each_row(connection))
    _erase_content(connection, targets.records)
    for number, text in targets.messages.items():
        remove_from_search_index(connection, number, text)
        for table in ("recipients", "attachments", "messages"):
            connection.execute(f"DELETE FROM {table} WHERE message = ?", (number,))
    connection.executemany(
        "DELETE FROM events WHERE session_id = ? AND seq = ?",
        [record[:2] for record in targets.records if record.kind == "event"],
    )
    _erase_sessions(store, target, targets)
    _erase_audit(connection, audit)
    events = _event_records(connection, targets.received)
    connection.executemany(
        "DELETE FROM received_events WHERE number = ?", [(one,) for one in targets.received]
    )
    # Rewrite the search index in one segment, which contains no erased word.
    connection.execute("INSERT INTO message_words (message_words) VALUES ('optimize')")
    pending = json.dumps(targets.files)
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (PENDING_ERASURE, pending))
    fields: JsonObject = {
        "kind": target.kind,
        "reason": reason,
        "records": [[record.session_id, record.seq] for record in targets.records],
        "unlinked": [
            [record.session_id, record.seq] for record in targets.records if record.is_form_1
        ],
        "account_records": [record.seq for record in audit],
        "events": events,
        "pending": hash_pending_files(pending),
        "files": len(targets.files),
        "numbers": hash_numbers(connection, target.digits),
        "remembered": sorted(set(erased_numbers.hash_each_row(connection)) - known),
        **account_log.actor(),
    }
    return account_log.append(connection, kind=ERASURE, fields=fields).seq


def _event_records(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[int]:
    """Return the audit log record numbers of those of the events that are not archived yet."""
    return [
        int(seq)
        for number in numbers
        for (seq,) in connection.execute(
            "SELECT account_seq FROM received_events WHERE number = ? AND state <> 'done'",
            (number,),
        )
    ]


def _erase_content(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    connection.executemany(
        "UPDATE records SET content = NULL, salt = NULL, commitment = ? "
        "WHERE session_id = ? AND seq = ?",
        [
            (
                None if record.salt is None else commit(record.salt, record.content or ""),
                *record[:2],
            )
            for record in records
        ],
    )


def _erase_sessions(store: Store, target: Target, targets: Targets) -> None:
    """Delete the rows of erased conversations; redact an erased number in the other ones."""
    connection = store.connection
    sessions = [one for one in targets.records if one.kind == "session"]
    latest = {one.session_id: one for one in sessions}  # the last record of each conversation
    if not latest:
        return
    run = store.open_run() or _begin_run(store)
    for session_id, record in latest.items():
        current = connection.execute(
            "SELECT seq FROM sessions WHERE session_id = ?", (session_id,)
        ).fetchone()
        if target.digits:
            erased_numbers.store_hashes(connection, session_id, target.digits, run.run)
        if current != (record.seq,):
            continue
        connection.execute("DELETE FROM participants WHERE session_id = ?", (session_id,))
        connection.execute(
            "UPDATE sessions SET session_type = NULL, last_access_time = NULL WHERE session_id = ?",
            (session_id,),
        )
        if target.digits:
            redacted = erased_numbers.redact(
                safe_json.loads(record.content or "null"), target.digits
            )
            store.recorder.append_session(run.run, session_id, redacted)
    if run.kind == runs.ERASURE:
        counts = {"records": len(targets.records)}
        runs.finish_run(connection, run, account_log.timestamp(), counts)


def _begin_run(store: Store) -> runs.Run:
    run = runs.Run(
        runs.next_number(store.connection), "", "", "", "", account_log.timestamp(), None, None,
        runs.ERASURE, "[]",
    )  # fmt: skip
    runs.begin_run(store.connection, run)
    return run


def _audit_entries(
    connection: sqlite3.Connection, target: Target, targets: Targets
) -> list[AccountRecord]:
    """Return the audit log's records of accesses and holds whose filters contain erased content."""
    names = names_of(connection, target, targets.records)
    texts = [words(text) for text in (*targets.texts(), *names)]
    return [
        record
        for record in account_log.read_log(connection, "access", "hold")
        if _shows_erased(as_object(record.fields.get("selection")), target, texts, names)
    ]


def _shows_erased(
    selection: JsonObject, target: Target, texts: Iterable[list[str]], names: set[str]
) -> bool:
    query = selection.get("query")
    if isinstance(query, str) and words(query):
        searched = QueryWords(query)
        if any(searched.are_among(found) for found in texts):
            return True
        if any(QueryWords(name).are_in(query) for name in names if words(name)):
            return True
    values = [
        one
        for value in selection.values()
        for one in (value if isinstance(value, list) else [value])
    ]
    if not names.isdisjoint(one for one in values if isinstance(one, str)):
        return True
    given = [typed_digits(value) for value in values if isinstance(value, str)]
    return any(
        one is not None and (one.endswith(number) or (len(one) >= 7 and number.endswith(one)))
        for one in given
        for number in target.digits
    )


def _erase_audit(connection: sqlite3.Connection, audit: Iterable[AccountRecord]) -> None:
    connection.executemany(
        "UPDATE account_records SET content = NULL, salt = NULL, commitment = ? WHERE seq = ?",
        [
            (commit(record.salt or b"", record.content or ""), record.seq)
            for record in audit
            if record.content is not None
        ],
    )


def finish_pending(store: Store) -> None:
    """Finish an interrupted erasure: delete files and old copies, compact the database."""
    pending = store.setting(PENDING_ERASURE)
    if pending is None:
        return
    erasure = _last_erasure(store, pending)
    files = [str(path) for path in json.loads(pending)]
    recorded = store.setting("attachments")
    if files and recorded is not None:
        check_owner(store, Path(recorded), to_delete=True)
        _remove_files(Path(recorded), files)
    for form in range(1, VERSION):
        with _storage_errors():
            copy_path(store.path, form).unlink(missing_ok=True)
    store.compact()
    with store.transaction():
        store.connection.execute("DELETE FROM settings WHERE name = ?", (PENDING_ERASURE,))
        account_log.append(store.connection, kind=ERASURE_FINISHED, fields={"erasure": erasure.seq})
    store.truncate_log()


def _last_erasure(store: Store, pending: str) -> AccountRecord:
    """Return the audit log record of the erasure that must still delete the `pending` files."""
    last: AccountRecord | None = None
    for record in account_log.read_log(store.connection, ERASURE):
        last = record if "pending" in record.fields else last
    if last is None or last.fields.get("pending") != hash_pending_files(pending):
        raise ArchiveDamagedError(
            f"{store.path} is damaged: it lists files to delete that belong to no recorded "
            "erasure. Nothing was deleted: run `zoom-sms verify`, and restore a backup."
        )
    return last


def _remove_files(folder: Path, paths: Iterable[str]) -> None:
    for path in paths:
        if ".." in Path(path).parts or Path(path).is_absolute():
            continue
        with _storage_errors():
            (folder / path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        sync_directory(folder)


@contextlib.contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveStorageError(
            f"{error.filename} could not be deleted ({error.strerror}). The content in the "
            "database is already erased. Allow deleting the file, then run the same command again."
        ) from error

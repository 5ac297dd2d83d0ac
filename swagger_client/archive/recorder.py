"""Records what is new or changed at Zoom: appends records, and updates the derived rows.

The records of a conversation form a hash chain: the hash of each record covers the hash of the
record before it. Derived rows hold single fields of the records' JSON, for queries. All functions
must be called within a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from swagger_client.archive import derived_rows, rows
from swagger_client.archive.canonical import as_object, canonical
from swagger_client.archive.credentials import without_credentials
from swagger_client.archive.derived_rows import gap_row
from swagger_client.archive.erased_numbers import redact, redact_erased
from swagger_client.archive.errors import damaged
from swagger_client.archive.hashing import chain_hash, commit, new_salt
from swagger_client.archive.matching import Match, Received, Taken, find_equal, find_version
from swagger_client.archive.past_erasures import PastErasures, record_repeated_erasure
from swagger_client.archive.rows import FileResult


class Recorder:
    """Adds records of conversations, messages, files and events if they are new or changed."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._erasures = PastErasures(connection)
        #: The erased messages that were received again, as conversation, message id and copy.
        self.erased_again: set[tuple[str, str, int]] = set()

    def add_session(self, run: int, session_id: str, session: object) -> None:
        """Record a conversation if it is new or changed. Erased participants are redacted."""
        session = redact_erased(self._connection, session_id, without_credentials(session))
        known = self._connection.execute(
            "SELECT content FROM sessions JOIN records USING (session_id, seq) "
            "WHERE session_id = ?",
            (session_id,),
        ).fetchone()
        if known is not None and known[0] in (canonical(session), None):  # None: erased
            return
        erased = self._erasures.erased_numbers_in(session)
        session = redact(session, erased) if erased else session
        content = canonical(session)
        if known is not None and known[0] == content:
            return
        if known is not None and self._was_listed_beside(session_id, content):
            return
        if known is None:
            self._connection.execute(
                "INSERT INTO sessions (session_id, seq) VALUES (?, 0)", (session_id,)
            )
        self.append_session(run, session_id, session)

    def _was_listed_beside(self, session_id: str, content: str) -> bool:
        """Return whether `content` was recorded in the same run as the latest version.

        Zoom may list a conversation twice in a run, with different contents. Without this check,
        every run would record both contents again, as if the conversation had changed twice.
        """
        found = self._connection.execute(
            "SELECT 1 FROM records r JOIN records c ON c.session_id = r.session_id "
            "AND c.run = r.run JOIN sessions s ON s.session_id = c.session_id AND s.seq = c.seq "
            "WHERE r.session_id = ? AND r.kind = 'session' AND r.content = ? LIMIT 1",
            (session_id, content),
        )
        return found.fetchone() is not None

    def append_session(self, run: int, session_id: str, session: object) -> None:
        with self._chain(run, session_id) as chain:
            seq = chain.append("session", session_id, canonical(session))
        derived_rows.upsert(
            self._connection, rows.SESSIONS, rows.session_row(session_id, seq, session)
        )
        self._connection.execute("DELETE FROM participants WHERE session_id = ?", (session_id,))
        for row in rows.participant_rows(session_id, session):
            derived_rows.upsert(self._connection, rows.PARTICIPANTS, row)

    def add_messages(
        self, run: int, session_id: str, messages: Iterable[object], taken: Taken | None = None
    ) -> None:
        """Record the messages of a page that are new or changed.

        Each received message is matched with an archived message that has the same id. If no
        archived message matches, the received message is new.

        :param taken: the archived messages that were matched with messages on earlier pages of the
            same list. They are not matched again, unless the content is equal: another message with
            the same id and time is new. The messages that this page matches are added to `taken`.
        """
        taken = set() if taken is None else taken
        known: dict[str, list[Match]] = {}
        changed: list[Received] = []
        erased: dict[int, list[int]] = {}
        with self._chain(run, session_id) as chain:
            # Match equal messages first, so that a changed message cannot match one of those.
            for given in messages:
                received = Received.of(given)
                message_id = received.message_id
                if message_id not in known:
                    known[message_id] = self._find_copies(session_id, message_id)
                equal = find_equal(received, known[message_id], taken)
                if equal is None:
                    changed.append(received)
                else:
                    taken.add((message_id, equal.copy))
            for received in changed:
                copies = known[received.message_id]
                if not received.has_id:
                    found = Match(len(copies), None, None, None, None)
                elif find_equal(received, copies, taken) is not None:  # a duplicate on the page
                    continue
                else:
                    found = find_version(received, copies, taken)
                taken.add((received.message_id, found.copy))
                if found.is_erased:
                    self.erased_again.add((session_id, received.message_id, found.copy))
                    continue
                erasure = None
                if found.message is None:
                    erasure = self._erasures.find_erasure(session_id, received.message)
                if erasure is None:
                    added = self._add_message(chain, received, found)
                else:
                    seq, added = _add_erased(chain, received, found)
                    erased.setdefault(erasure, []).append(seq)
                copies[found.copy : found.copy + 1] = [added]
        for erasure, records in erased.items():
            record_repeated_erasure(self._connection, erasure, session_id, records)

    def _find_copies(self, session_id: str, message_id: str) -> list[Match]:
        """Return every archived message with this id, including erased ones, by copy number."""
        found = self._connection.execute(
            "SELECT m.copy, m.message, m.text, m.date_time, r.content, m.first_seq FROM messages m "
            "JOIN records r USING (session_id, seq) WHERE m.session_id = ? AND m.message_id = ?",
            (session_id, message_id),
        )
        known = {int(row[0]): Match(*row) for row in found}
        copies: list[Match] = []
        while True:
            copy = len(copies)
            if copy in known:
                copies.append(known[copy])
            elif self._is_erased(session_id, rows.message_item(message_id, copy)):
                copies.append(Match(copy, None, None, None, None, is_erased=True))
            else:
                return copies

    def _is_erased(self, session_id: str, item: str) -> bool:
        return has_record(self._connection, session_id, "message", item, "AND content IS NULL")

    def _add_message(self, chain: Chain, received: Received, known: Match) -> Match:
        """Append a record for a new message, or for a new version of the message `known`."""
        message_id, message, content = received
        seq = chain.append("message", rows.message_item(message_id, known.copy), content)
        place = rows.Place(
            chain.session_id,
            message_id,
            known.copy,
            seq,
            known.first_seq or seq,
            chain.run,
            chain.record,
        )
        row = rows.message_row(place, message)
        text = row[derived_rows.TEXT]
        number = derived_rows.upsert(self._connection, rows.MESSAGES, row)
        if known.message is not None:
            number = known.message
            if known.text != text:
                derived_rows.remove_from_search_index(self._connection, number, known.text)
                derived_rows.add_to_search_index(self._connection, number, text)
        else:
            derived_rows.add_to_search_index(self._connection, number, text)
        self._connection.execute("DELETE FROM recipients WHERE message = ?", (number,))
        for recipient in rows.recipient_rows(*place[:3], message):
            derived_rows.upsert(self._connection, rows.RECIPIENTS, recipient, number)
        for key, described in rows.files_of(*place[:3], message):
            replaced = self._is_replaced(number, key, described)
            derived_rows.upsert_file(self._connection, number, key, described)
            if replaced:
                self._add_file(chain, FileResult(key, "pending", rows.REPLACED))
        return Match(
            known.copy, number, str(text or ""), received.date_time, content, place.first_seq
        )

    def add_files(self, run: int, session_id: str, results: Iterable[FileResult]) -> None:
        """Record for several files of a conversation whether their download succeeded."""
        with self._chain(run, session_id) as chain:
            for result in results:
                self._add_file(chain, result)

    def _add_file(self, chain: Chain, result: FileResult) -> None:
        state = result.state
        seq = chain.append("attachment", result.key.item, result.content())
        self._connection.execute(
            "UPDATE attachments SET state = ?, attempts = CASE ? WHEN 'pending' THEN 0 "
            "WHEN 'accepted' THEN attempts ELSE attempts + 1 END, seq = ?, "
            "reason = ?, bytes = ?, sha256 = ?, path = ? "
            "WHERE attachment_id = ? AND attachment_copy = ? AND message = "
            "(SELECT message FROM messages WHERE session_id = ? AND message_id = ? "
            "AND copy = ?)",
            (state, state, seq, *result.row, *result.key[3:], *result.key[:3]),
        )

    def _is_replaced(self, message: int | None, key: rows.FileKey, described: rows.Row) -> bool:
        """Return whether a file was downloaded, and Zoom states another size for it now."""
        stated = dict(zip(rows.ATTACHMENTS.columns[5:], described, strict=False))["size"]
        downloaded = self._connection.execute(
            "SELECT size, bytes FROM attachments WHERE message = ? AND attachment_id = ?"
            " AND attachment_copy = ? AND state = 'done'",
            (message, *key[3:]),
        ).fetchone()
        return downloaded is not None and stated is not None and stated not in downloaded

    def add_gap(
        self, run: int, session_id: str, window: tuple[str, str], *, state: str, reason: str | None
    ) -> None:
        """Record the state of a gap: a time span of a conversation whose messages are missing.

        :param state: ``failed``, ``failed transiently``, ``pending`` (a user requested another
            attempt), ``accepted`` (a user accepted the loss) or ``read`` (they were fetched later).
        """
        known = self._connection.execute(
            "SELECT attempts FROM gaps WHERE session_id = ? AND window_from = ?",
            (session_id, window[0]),
        ).fetchone()
        if known is None and state == "read":
            return
        attempts = 0 if known is None or state == "pending" else int(known[0])
        gap = {
            "from": window[0],
            "to": window[1],
            "state": state,
            "attempts": attempts + (state == "failed"),
            "reason": reason,
        }
        with self._chain(run, session_id) as chain:
            seq = chain.append("gap", window[0], canonical(gap))
        if state == "read":
            self._connection.execute(
                "DELETE FROM gaps WHERE session_id = ? AND window_from = ?",
                (session_id, window[0]),
            )
        else:
            derived_rows.upsert(self._connection, rows.GAPS, gap_row(session_id, seq, dict(gap)))

    def add_event(self, run: int, session_id: str, item: str, event: object) -> bool:
        """Record an event. Return False if its key `item` is known, or its message was erased."""
        cleaned = without_credentials(event)
        is_known = has_record(self._connection, session_id, "event", item)
        about = rows.event_row(session_id, 0, cleaned)[-1]
        if is_known or (about and self._is_erased(session_id, str(about))):
            return False
        message = as_object(as_object(cleaned).get("payload")).get("object")
        if self._erasures.find_erasure(session_id, message) is not None:
            return False
        with self._chain(run, session_id) as chain:
            seq = chain.append("event", item, canonical(cleaned))
        derived_rows.upsert(self._connection, rows.EVENTS, rows.event_row(session_id, seq, cleaned))
        return True

    @contextmanager
    def _chain(self, run: int, session_id: str) -> Iterator[Chain]:
        """Yield the hash chain of a conversation; store its new end after the ``with`` block."""
        chain = Chain(self._connection, run, session_id, self._path)
        yield chain
        self._connection.execute(
            "UPDATE sessions SET records = ?, head = ? WHERE session_id = ?",
            (chain.records, chain.head, session_id),
        )


class Chain:
    """Appends records to the hash chain of one conversation."""

    #: The row number of the last appended record.
    record: int

    def __init__(
        self, connection: sqlite3.Connection, run: int, session_id: str, path: Path
    ) -> None:
        self._connection = connection
        self.run = run
        self.session_id = session_id
        self.records, self.head = connection.execute(
            "SELECT records, head FROM sessions WHERE session_id = ?", (session_id,)
        ).fetchone()
        tail = connection.execute(
            "SELECT seq, hash FROM records WHERE session_id = ? ORDER BY seq DESC LIMIT 1",
            (session_id,),
        ).fetchone()
        if (tail or (0, "")) != (self.records, self.head):
            raise damaged(
                path,
                f"the last record of conversation {session_id} does not have the number and hash "
                "that the table `sessions` contains",
            )

    def append(self, kind: str, item: str, content: str, *, erased: bool = False) -> int:
        """Append a record; return its number. If `erased`, store a hash instead of the content."""
        self.records += 1
        salt = new_salt()
        public = (self.session_id, self.records, kind, item, self.run)
        commitment = commit(salt, content)
        self.head = chain_hash(self.head, public, commitment)
        stored = (None, None, commitment) if erased else (content, salt, None)
        inserted = self._connection.execute(
            "INSERT INTO records (session_id, seq, kind, item, run, content, salt, commitment, "
            "hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*public, *stored, self.head),
        )
        self.record = inserted.lastrowid or 0
        return int(self.records)


def has_record(
    connection: sqlite3.Connection, session_id: str, kind: str, item: str, condition: str = ""
) -> bool:
    """Return whether a conversation has a record of an item, with or without its content."""
    found = connection.execute(
        "SELECT 1 FROM records INDEXED BY records_by_item WHERE session_id = ? AND kind = ? "
        f"AND item = ? {condition} LIMIT 1",
        (session_id, kind, item),
    )
    return found.fetchone() is not None


def _add_erased(chain: Chain, received: Received, found: Match) -> tuple[int, Match]:
    """Append a record without content for an erased message; return its number and new match."""
    item = rows.message_item(received.message_id, found.copy)
    seq = chain.append("message", item, received.content, erased=True)
    known = found._replace(date_time=received.date_time, content=received.content, is_erased=True)
    return seq, known

"""A change of the database by hand is visible to readers first, and found by `verify`."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.archives import (
    SINCE,
    api_of,
    archived_messages,
    sent_messages,
    small_account,
    stored_files,
)

from swagger_client.archive import (
    Archive,
    ArchiveDamagedError,
    ArchiveError,
    Progress,
    VerifyReport,
)
from swagger_client.archive.account_claims import store_setting
from swagger_client.archive.migrations import rebuild_derived_tables
from swagger_client.archive.search_text import indexed_text
from swagger_client.sandbox import Sandbox

Shown = list[tuple[str, str | None, str | None]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of two runs, with equal times, changes and files."""
    folder = tmp_path_factory.mktemp("made")
    with small_account() as zoom, Archive(folder / "sms.sqlite3") as archive:
        session_id, at = zoom.sessions()[0].session_id, zoom.clock.now()
        for text in ("Shall we cancel", "Yes", "Shall we pay", "No"):
            zoom.add_message(session_id, text=text, at=at)
        zoom.add_message(session_id, attachments=[zoom.attachment(b"x" * 50)], at=at)
        zoom.clock.advance(60)
        archive.mirror(api_of(zoom), since=SINCE, attachments=folder / "files")
        for message in zoom.messages()[-5:]:
            zoom.set_delivery_status(message.message_id, "unknown")
        archive.mirror(api_of(zoom))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def database(folder: Path) -> Path:
    return folder / "sms.sqlite3"


def verify(folder: Path) -> VerifyReport:
    with Archive(database(folder)) as archive:
        return archive.verify(attachments=folder / "files")


def shown(folder: Path) -> Shown:
    """Return the text that people see of all conversations, in order."""
    with Archive(database(folder)) as archive:
        return [
            (message.session_id, message.text, message.raw)
            for one in archive.conversations()
            for message in archive.conversation(one.session_id).messages
        ]


def alter(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def replace_in_index(connection: sqlite3.Connection, number: int, old: str, new: str) -> None:
    connection.execute(
        "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
        (number, indexed_text(old)),
    )
    connection.execute(
        "INSERT INTO message_words (rowid, words) VALUES (?, ?)", (number, indexed_text(new))
    )


def append_forged_version(folder: Path, run: str) -> str:
    """Append a version of a message with correct hashes, computed as documented."""
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        session_id, message_id, content, number, text = connection.execute(
            "SELECT m.session_id, m.message_id, r.content, m.message, m.text FROM messages m "
            "JOIN records r USING (session_id, seq) WHERE m.text > '' LIMIT 1"
        ).fetchone()
        forged = {**json.loads(content), "message": "I accept all liability"}
        body = json.dumps(forged, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        records, head = connection.execute(
            "SELECT records, head FROM sessions WHERE session_id = ?", (session_id,)
        ).fetchone()
        (run_number,) = connection.execute(run).fetchone()
        salt = b"0123456789abcdef"
        commitment = hashlib.sha256(salt + body.encode()).hexdigest()
        said = [2, head, session_id, records + 1, "message", message_id, run_number, commitment]
        made = hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
        connection.execute(
            "INSERT INTO records (session_id, seq, kind, item, run, content, salt, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*said[2:7], body, salt, made),
        )
        connection.execute(
            "UPDATE sessions SET records = ?, head = ? WHERE session_id = ?",
            (records + 1, made, session_id),
        )
        connection.execute(
            "UPDATE messages SET seq = ?, run = ?, text = ?, record = last_insert_rowid() "
            "WHERE message = ?",
            (records + 1, run_number, forged["message"], number),
        )
        replace_in_index(connection, number, text, str(forged["message"]))
        return str(text)


def test_invented_content_of_an_erased_record_is_found(folder: Path) -> None:
    with Archive(database(folder)) as archive:
        erased = next(one for one in archive.messages() if one.text)
        archive.erase(reason="Article 17", message_id=erased.message_id)
    assert verify(folder).problems == []
    forged = json.loads(erased.raw) | {"message": "I accept all liability"}
    body = json.dumps(forged, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # The commitment stays, and so do all hashes.
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        connection.execute(
            "UPDATE records SET content = ? WHERE session_id = ? AND seq = ?",
            (body, erased.session_id, erased.seq),
        )
        rebuild_derived_tables(connection, database(folder))

    assert "I accept all liability" in [text for _, text, _ in shown(folder)]
    assert any("is altered" in problem for problem in verify(folder).problems)


def test_a_version_under_an_invented_open_run_is_found(folder: Path) -> None:
    before = verify(folder)
    alter(
        folder,
        "INSERT INTO runs (run, kind, session_type, span_from, span_to, covered_from, started_at,"
        " spans) SELECT run + 1, kind, session_type, span_from, span_to, covered_from, started_at,"
        " spans FROM runs ORDER BY run DESC LIMIT 1",
    )
    append_forged_version(folder, "SELECT max(run) FROM runs")

    assert "I accept all liability" in [text for _, text, _ in shown(folder)]
    report = verify(folder)
    assert any("no record of the start of run" in problem for problem in report.problems)
    assert report.interrupted is not None
    assert report.interrupted.records == 1
    assert report.digest == before.digest  # the digest of the last finished run


def test_a_version_under_the_last_run_is_found(folder: Path) -> None:
    append_forged_version(folder, "SELECT max(run) FROM runs")

    assert "I accept all liability" in [text for _, text, _ in shown(folder)]
    assert any("run 2" in problem for problem in verify(folder).problems)


def interrupt(archive: Archive, zoom: Sandbox, *, after: str) -> None:
    """Start a run, and interrupt it after some steps of a phase."""
    steps = 0

    def stop(progress: Progress) -> None:
        nonlocal steps
        steps += progress.phase == after
        if steps == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.mirror(api_of(zoom), since=SINCE, width=1, progress=stop)


def test_an_interrupted_run_is_reported_as_incomplete_with_a_digest(
    tmp_path: Path,
) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        interrupt(archive, zoom, after="messages")
        before = archive.verify()
    assert before.digest is None
    assert not before.complete
    assert before.interrupted is not None
    cut_off_last_message(tmp_path)

    after = verify(tmp_path)
    assert after.interrupted is not None
    assert after.interrupted.records == before.interrupted.records - 1
    assert after.interrupted.digest != before.interrupted.digest


def cut_off_last_message(folder: Path) -> None:
    """Remove the last message of a conversation, and shorten its hash chain."""
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        number, session_id, seq, text = connection.execute(
            "SELECT message, session_id, seq, text FROM messages m WHERE seq = "
            "(SELECT records FROM sessions s WHERE s.session_id = m.session_id) LIMIT 1"
        ).fetchone()
        connection.execute(
            "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', ?, ?)",
            (number, indexed_text(text)),
        )
        for table in ("recipients", "attachments", "messages"):
            connection.execute(f"DELETE FROM {table} WHERE message = ?", (number,))
        connection.execute(
            "DELETE FROM records WHERE session_id = ? AND seq = ?", (session_id, seq)
        )
        connection.execute(
            "UPDATE sessions SET records = ?, head = (SELECT hash FROM records r WHERE "
            "r.session_id = sessions.session_id AND r.seq = ?) WHERE session_id = ?",
            (seq - 1, seq - 1, session_id),
        )


SCHEMAS = {
    "a view shows other JSON": (
        "DROP VIEW message_contents",
        "CREATE VIEW message_contents AS SELECT m.*, replace(r.content, 'a', 'b') AS raw"
        " FROM messages m JOIN records r USING (session_id, seq)",
    ),
    "a view hides versions": (
        "DROP VIEW message_versions",
        "CREATE VIEW message_versions AS SELECT r.session_id, r.item AS message_id, r.seq, r.run,"
        " '' AS started_at, r.content AS raw FROM records r WHERE 0",
    ),
    "a trigger skips a conversation": (
        "CREATE TRIGGER housekeeping BEFORE INSERT ON readings BEGIN SELECT RAISE(IGNORE); END",
    ),
    "a trigger of another name for a table": (
        "CREATE TRIGGER message_words_data_2 AFTER INSERT ON records BEGIN DELETE FROM records"
        " WHERE record = new.record; END",
    ),
    "a table more": ("CREATE TABLE message_words_notes (a)",),
    "an index is gone": ("DROP INDEX messages_by_time",),
    "an index on an expression": (
        "DROP INDEX messages_by_digits",
        "CREATE INDEX messages_by_digits ON messages (sender_digits) WHERE sender_digits > '5'",
    ),
    "a table without its key": (
        "ALTER TABLE gaps RENAME TO other", "CREATE TABLE gaps AS SELECT * FROM other",
        "DROP TABLE other",
    ),
    "a part of the search index without a key": (
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'PRIMARY KEY, sz', 'PRIMARY KEY , sz')"
        " WHERE name = 'message_words_docsize'",
    ),
    "a default": (
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'attempts INTEGER NOT NULL DEFAULT 0',"
        " 'attempts INTEGER NOT NULL DEFAULT 9') WHERE name = 'received_events'",
    ),
}  # fmt: skip


def insert_schema_row(kind: str, name: str, table: str) -> tuple[str, str]:
    """Return statements that insert a row into the schema; SQLite reserves such names."""
    sql = {
        "trigger": f"CREATE TRIGGER {name} BEFORE INSERT ON {table} BEGIN SELECT 1; END",
        "view": f"CREATE VIEW {name} AS SELECT 1",
    }.get(kind, "")
    return (
        "PRAGMA writable_schema = ON",
        f"INSERT INTO sqlite_master VALUES ('{kind}', '{name}', '{table}', 0, '{sql}')",
    )


SCHEMAS |= {
    f"a {kind} named {name}": insert_schema_row(kind, name, table)
    for kind, name, table in (
        ("trigger", "sqlite_stat1", "records"),
        ("trigger", "SQLITE_STAT4", "readings"),
        ("trigger", "sqlite_stat3", "settings"),
        ("view", "sqlite_stat1", "sqlite_stat1"),
        ("table", "sqlite_stat4", "records"),
        ("index", "sqlite_autoindex_records_9", "records"),
    )
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_is_not_the_archives_is_found(folder: Path, name: str) -> None:
    alter(folder, *SCHEMAS[name])
    try:
        problems = verify(folder).problems
    except ArchiveDamagedError:  # SQLite itself rejects it
        return
    assert any(problem.startswith(("schema: ", "the database ")) for problem in problems), problems


@pytest.mark.parametrize("name", sorted(name for name in SCHEMAS if "trigger" in name))
def test_nothing_reads_or_writes_an_archive_that_has_a_trigger(folder: Path, name: str) -> None:
    alter(folder, *SCHEMAS[name])
    before = database(folder).read_bytes()
    uses: tuple[Callable[[Archive], object], ...] = (
        lambda archive: list(archive.messages()),
        lambda archive: archive.export(folder / "x.jsonl"),
        lambda archive: archive.hold(reason="a court", number="1"),
        lambda archive: archive.set_retention(9),
        lambda archive: archive.snapshot(),
        lambda archive: archive.back_up(folder / "copy.sqlite3"),
    )
    for use in uses:
        with Archive(database(folder)) as archive, pytest.raises(ArchiveDamagedError):
            use(archive)
    with Archive(database(folder)) as archive:
        assert not archive.record_access("show", selection={}, counts={})
    assert database(folder).read_bytes() == before


def test_statistics_of_sqlite_are_part_of_a_sound_archive(folder: Path) -> None:
    alter(folder, "ANALYZE")
    assert verify(folder).problems == []
    assert shown(folder)


def test_a_view_in_place_of_a_table_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(database(folder))) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(messages)")]
    selected = ", ".join("'forged' AS text" if one == "text" else one for one in columns)
    alter(
        folder,
        "PRAGMA legacy_alter_table = ON",
        "ALTER TABLE messages RENAME TO messages_2",
        f"CREATE VIEW messages AS SELECT {selected} FROM messages_2",
    )
    with pytest.raises(ArchiveDamagedError, match="its schema was altered"):
        shown(folder)
    assert any("schema: view messages" in problem for problem in verify(folder).problems)


def test_an_index_that_sees_digits_only_is_found(folder: Path) -> None:
    def count() -> int:
        with Archive(database(folder)) as archive:
            return len(list(archive.search("shall")))

    assert count() == 2
    alter(
        folder,
        "DROP TABLE message_words",
        "CREATE VIRTUAL TABLE message_words USING fts5 "
        "(words, content = '', tokenize = \"unicode61 categories 'Nd'\")",
    )
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        for number, text in connection.execute("SELECT message, text FROM messages").fetchall():
            connection.execute(
                "INSERT INTO message_words (rowid, words) VALUES (?, ?)", (number, text)
            )
    with pytest.raises(ArchiveDamagedError, match="message_words is altered"):
        count()
    assert any("message_words is altered" in problem for problem in verify(folder).problems)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose search index has several pages."""
    folder = tmp_path_factory.mktemp("many")
    with small_account(messages=500) as zoom, Archive(folder / "sms.sqlite3") as archive:
        archive.mirror(api_of(zoom), since=SINCE)
    return folder


def results(folder: Path, words: list[str]) -> list[object]:
    """Return the messages that a search for words finds."""
    found: list[object] = []
    with Archive(database(folder)) as archive:
        for word in words:
            try:
                found.append(sorted(message.message_id for message in archive.search(word)))
            except ArchiveError as error:
                found.append(type(error).__name__)
    return found


@pytest.mark.parametrize(
    ("statement", "is_seen"),
    [
        ("DELETE FROM message_words_idx", True),
        ("UPDATE message_words_idx SET term = term || 'zzz'", True),
        ("UPDATE message_words_idx SET pgno = 2", True),
        ("DELETE FROM message_words_data WHERE id > 10", True),
        ("UPDATE message_words_config SET v = 9 WHERE k = 'version'", True),
        ("DELETE FROM message_words_docsize", False),
        ("UPDATE message_words_docsize SET id = id + 10000", False),
        ("INSERT INTO message_words_config VALUES ('rank', 'bm25(9.0)')", False),
    ],
)
def test_an_altered_part_of_the_search_index_is_found(
    many: Path, tmp_path: Path, statement: str, is_seen: bool
) -> None:
    folder = Path(shutil.copytree(many, tmp_path / "copy"))
    with Archive(database(folder)) as archive:
        words = sorted({word for m in archive.messages() for word in (m.text or "").split()})
        words = [word for word in words if word.isalpha()][:150]
    before = results(folder, words)
    alter(folder, statement)

    assert (results(folder, words) != before) is is_seen
    assert verify(folder).problems


@pytest.mark.parametrize(
    "replace",
    [
        lambda words: [*words[:-1], "other"],
        lambda words: words[::-1],
        lambda words: words + words[:1],
        lambda words: words[:-1],
    ],
    ids=["another word", "another order", "a word more", "a word less"],
)
def test_words_that_only_the_search_index_has_are_found(
    folder: Path, replace: Callable[[list[str]], list[str]]
) -> None:
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        number, text = next(
            (number, text)
            for number, text in connection.execute("SELECT message, text FROM messages")
            if len(set((text or "").split())) > 1
        )
        replace_in_index(connection, number, text, " ".join(replace(text.split())))

    assert verify(folder).problems == ["the search index does not match the messages"]


def test_messages_of_one_second_that_change_places_are_found(folder: Path) -> None:
    before = [text for _, text, _ in shown(folder)]
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        numbers = [
            (text, *row)
            for text in ("Yes", "No")
            for row in connection.execute(
                "SELECT message, first_seq FROM messages WHERE text = ?", (text,)
            )
        ]
        (yes, one, first), (no, two, second) = numbers
        # Where their rows stand is of no consequence …
        for old, new in ((one, -1), (two, one), (-1, two)):
            connection.execute("PRAGMA foreign_keys = OFF")
            for table in ("messages", "recipients", "attachments"):
                connection.execute(f"UPDATE {table} SET message = {new} WHERE message = {old}")
        replace_in_index(connection, one, yes, no)
        replace_in_index(connection, two, no, yes)
    assert [text for _, text, _ in shown(folder)] == before
    assert verify(folder).sound
    # … and where their first versions stand is covered.
    alter(
        folder,
        f"UPDATE messages SET first_seq = {second} WHERE text = 'Yes'",
        f"UPDATE messages SET first_seq = {first} WHERE text = 'No'",
    )
    assert [text for _, text, _ in shown(folder)] != before
    assert any("altered in first_seq" in problem for problem in verify(folder).problems)


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "link"])
def test_a_file_that_is_no_regular_file_is_named_and_not_read(folder: Path, kind: str) -> None:
    file = stored_files(folder / "files")[0]
    content = file.read_bytes()
    file.unlink()
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "folder":
        file.mkdir()
    else:
        (folder / "elsewhere").write_bytes(content)
        file.symlink_to(folder / "elsewhere")
    (problem,) = verify(folder).problems
    assert file.name in problem


def test_a_list_of_an_interrupted_run_that_is_removed_is_found(tmp_path: Path) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        interrupt(archive, zoom, after="conversations")
    assert verify(tmp_path).sound
    for statement in (
        "DELETE FROM listings WHERE rowid = (SELECT max(rowid) FROM listings)",
        "UPDATE listings SET window_to = window_from",
        "UPDATE runs SET spans = NULL",
        "UPDATE runs SET spans = '[]'",
        "UPDATE runs SET covered_from = '2020-01-01T00:00:00Z'",
    ):
        copy = Path(shutil.copytree(tmp_path, tmp_path.with_name("altered"), dirs_exist_ok=True))
        alter(copy, statement)
        assert verify(copy).problems, statement


#: What an editor of the database can do to an interrupted run, so that it would skip something.
STEERED = {
    "all is marked as read": "UPDATE readings SET state = 'done'",
    "one window is marked as read": "UPDATE readings SET state = 'done' WHERE rowid = "
    "(SELECT max(rowid) FROM readings WHERE state = 'pending')",
    "another window's proof is copied": "UPDATE readings SET state = 'done', proof = "
    "(SELECT proof FROM readings WHERE state = 'done')",
    "all is marked as failed": "UPDATE readings SET state = 'failed'",
    "a window is shorter": "UPDATE readings SET window_to = window_from WHERE state = 'done'",
    "records are cut off": "UPDATE records SET hash = hash || 'x' WHERE record = "
    "(SELECT max(record) FROM records WHERE kind = 'message')",
}


@pytest.mark.parametrize("name", STEERED)
def test_a_window_that_is_marked_as_read_by_hand_is_found_and_read(
    tmp_path: Path, name: str
) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        interrupt(archive, zoom, after="messages")
        assert verify(tmp_path).sound
        alter(tmp_path, STEERED[name])
        assert verify(tmp_path).problems
        if name == "records are cut off":
            return
        report = archive.mirror(api_of(zoom), since=SINCE)
        assert report.complete
        assert archived_messages(archive) == sent_messages(zoom.messages())
        assert verify(tmp_path).problems == []


def test_windows_that_were_read_are_not_read_again_by_a_resumed_run(tmp_path: Path) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        interrupt(archive, zoom, after="messages")
        with archive.snapshot() as snapshot:
            done = snapshot.connection.execute(
                "SELECT session_id, window_from FROM readings WHERE state = 'done'"
            ).fetchall()
        assert done
        zoom.clear_requests()
        archive.mirror(api_of(zoom), since=SINCE)
        read = [
            (one.path.rpartition("/")[2], one.query["from"])
            for one in zoom.requests
            if one.operation == "sms_session_details"
        ]
        assert read
        assert not set(done) & set(read)


#: The same with the row of a run.
RUN_ROWS = (
    "UPDATE runs SET spans = NULL",
    "UPDATE runs SET spans = '[]'",
    "UPDATE runs SET covered_from = '2020-01-01T00:00:00Z'",
    "UPDATE runs SET span_to = span_from",
    "UPDATE runs SET session_type = 'user'",
    "UPDATE runs SET kind = 'sessions'",
    "UPDATE runs SET finished_at = started_at, digest = 'x', account_seq = 1",
)


@pytest.mark.parametrize("statement", RUN_ROWS)
@pytest.mark.parametrize("finished", [False, True])
def test_no_run_uses_an_altered_row_of_an_earlier_run(
    tmp_path: Path, statement: str, finished: bool
) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        if finished:
            archive.mirror(api_of(zoom), since=SINCE)
        else:
            interrupt(archive, zoom, after="messages")
        alter(tmp_path, statement)
        assert verify(tmp_path).problems
        with pytest.raises(ArchiveDamagedError, match="row of run 1 differs"):
            archive.mirror(api_of(zoom), since=SINCE)


def test_things_left_to_do_without_a_run_are_found(folder: Path) -> None:
    alter(folder, "INSERT INTO listings VALUES (2, 'a', 'b', 'c', 0)")
    assert verify(folder).problems == ["listings has 1 rows, but no run is unfinished"]


ACCOUNT = {
    "an entry is removed": "DELETE FROM account_records WHERE seq = 2",
    "a setting is removed": "DELETE FROM account_records WHERE kind = 'setting'",
    "the last entry is removed": "DELETE FROM account_records WHERE seq = "
    "(SELECT max(seq) FROM account_records)",
    "an entry is altered": "UPDATE account_records SET content = replace(content, '1', '2') "
    "WHERE kind = 'run begun'",
    "an entry gets another time": "UPDATE account_records SET at = '2020-01-01T00:00:00Z'",
    "content is removed": "UPDATE account_records SET content = NULL, salt = NULL WHERE seq = 1",
}


@pytest.mark.parametrize("name", ACCOUNT)
def test_an_altered_account_chain_is_found(folder: Path, name: str) -> None:
    alter(folder, ACCOUNT[name])
    assert verify(folder).problems


ERASED = {
    "content": "UPDATE records SET content = NULL WHERE seq = 2",
    "content and salt": "UPDATE records SET content = NULL, salt = NULL WHERE seq = 2",
    "everything": "UPDATE records SET content = NULL, salt = NULL, commitment = NULL",
}


@pytest.mark.parametrize("name", ERASED)
def test_content_that_is_removed_without_a_tombstone_is_found(folder: Path, name: str) -> None:
    alter(folder, ERASED[name])
    problems = "\n".join(verify(folder).problems)
    assert "no erasure of it is recorded" in problems


def test_content_without_a_salt_is_found(folder: Path) -> None:
    """A hash of format 1, over the content itself, is as easy to compute; it is not accepted."""
    alter(folder, "UPDATE records SET salt = NULL WHERE record = 3")
    assert any("no salted hash" in problem for problem in verify(folder).problems)


@pytest.mark.parametrize(
    "table",
    ["message_words", "messages", "records", "settings", "runs", "attachments", "readings",
     "account_records", "sessions", "gaps"],
)  # fmt: skip
def test_a_table_that_is_dropped_is_found(folder: Path, table: str) -> None:
    alter(folder, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}")
    assert any(table in problem for problem in verify(folder).problems)
    with Archive(database(folder)) as archive:
        assert archive.verify().problems
        assert archive.record_access("verify", selection={}, counts={}) in (True, False)


MARKS = {
    "a table": b"CREATE TABLE messages (",
    "the index of words": b"CREATE VIRTUAL TABLE message_words USING",
    "a view": b"CREATE VIEW message_versions AS",
    "the name of a table": b"tablesettingssettings",
}


@pytest.mark.parametrize("name", MARKS)
def test_a_damaged_schema_is_an_archives_error_or_a_problem(folder: Path, name: str) -> None:
    damaged = bytearray(database(folder).read_bytes())
    damaged[damaged.index(MARKS[name]) + 7] ^= 0x80
    database(folder).write_bytes(damaged)
    uses: dict[str, Callable[[Archive], object]] = {
        "messages": lambda archive: list(archive.messages()),
        "search": lambda archive: list(archive.search("a*")),
        "runs": lambda archive: archive.runs(),
        "people": lambda archive: archive.people(),
    }
    for use in uses.values():
        with Archive(database(folder)) as archive:
            raised = error_of(use, archive)
            assert "codec" not in str(raised)
    with suppress(ArchiveError):
        assert verify(folder).problems


def error_of(use: Callable[[Archive], object], archive: Archive) -> ArchiveError | None:
    try:
        use(archive)
    except ArchiveError as error:
        return error
    return None


@pytest.mark.parametrize("name", ["messages", "records", "messages_by_time", "message_words_data"])
def test_a_damaged_page_is_an_archives_error_everywhere(folder: Path, name: str) -> None:
    with closing(sqlite3.connect(database(folder))) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
    with database(folder).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    uses: tuple[Callable[[Archive], object], ...] = (
        lambda archive: list(archive.messages()),
        lambda archive: list(archive.search("a*")),
        lambda archive: list(archive.changes(2)),
        lambda archive: archive.count(),
        lambda archive: archive.undated(),
        lambda archive: list(archive.conversations()),
        lambda archive: archive.people(),
        lambda archive: archive.export(folder / "x.jsonl"),
    )
    raised = 0
    for use in uses:
        with Archive(database(folder)) as archive:
            raised += error_of(use, archive) is not None
    assert raised
    assert verify(folder).problems


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.extended)])
def test_flipped_bits_never_change_the_output_of_an_archive_that_verifies(
    folder: Path, seed: int
) -> None:
    good = database(folder).read_bytes()
    before = everything(folder)
    chance = random.Random(seed)
    used = [place for place, byte in enumerate(good) if byte]
    changed = []
    for _ in range(60 if seed == 1 else 2_000):
        place, bit = chance.choice(used), 1 << chance.randrange(8)
        bad = bytearray(good)
        bad[place] ^= bit
        database(folder).write_bytes(bad)
        try:
            if verify(folder).sound and everything(folder) != before:
                changed.append((place, bit))
        except ArchiveError:
            continue
    assert changed == []


def everything(folder: Path) -> list[object]:
    """Return everything that readers can see of an archive."""
    with Archive(database(folder)) as archive:
        messages = list(archive.messages())
        return [
            messages,
            shown(folder),
            archive.runs(),
            archive.people(),
            list(archive.conversations()),
            [m.message_id for word in ("the", "you", "a*", "shall") for m in archive.search(word)],
            [archive.versions(m.session_id, m.message_id) for m in messages],
        ]


OLD = """\
import sqlite3, sys
from swagger_client.archive import Archive
connect = sqlite3.connect
class Old(sqlite3.Connection):
    def execute(self, statement, *values):
        if "fts5" in statement or "message_words" in statement and "MATCH" in statement:
            raise sqlite3.OperationalError("no such module: fts5")
        return super().execute(statement, *values)
sqlite3.connect = lambda *given, **options: connect(*given, factory=Old, **options)
report = Archive(sys.argv[1]).verify(attachments=sys.argv[2])
print(report.sound, report.notices)
try:
    list(Archive(sys.argv[1]).search("shall"))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_an_sqlite_without_fts5_is_not_called_damage(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OLD, str(database(folder)), str(folder / "files")],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    sound, found = ran.stdout.splitlines()
    assert sound.startswith("True")
    assert "no FTS5" in sound
    assert found.startswith("UnsupportedSqliteError")


def test_an_index_of_other_rules_is_rebuilt_and_not_reported_as_damage(folder: Path) -> None:
    with closing(sqlite3.connect(database(folder))) as connection, connection:
        store_setting(connection, "search_rules", "1, Unicode 13.0")
    report = verify(folder)
    assert report.sound
    assert "the next run rebuilds it" in report.notices[0]
    with Archive(database(folder)) as archive:
        archive.migrate()
        assert archive.verify().notices == ()
        assert len(list(archive.search("shall"))) == 2


def test_nothing_is_found_before_any_of_this(folder: Path) -> None:
    report = verify(folder)
    assert report.problems == []
    assert report.notices == ()
    assert report.complete


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("messages", "message_type"),
        ("messages", "seq"),
        ("attachments", "size"),
        ("attachments", "attempts"),
        ("recipients", "position"),
        ("sessions", "records"),
    ],
)
def test_a_float_in_the_place_of_an_integer_is_found(folder: Path, table: str, column: str) -> None:
    def retype(old: str, new: str) -> None:
        alter(
            folder,
            "PRAGMA writable_schema = ON",
            f"UPDATE sqlite_master SET sql = replace(sql, '{column} {old}', '{column} {new}')"
            f" WHERE name = '{table}'",
        )

    retype("INTEGER", "BLOB   ")
    alter(folder, f"UPDATE {table} SET {column} = CAST({column} AS REAL)")
    retype("BLOB   ", "INTEGER")
    assert any(f"is altered in {column}" in problem for problem in verify(folder).problems)
    if column in ("message_type", "size"):
        with pytest.raises(ArchiveDamagedError, match="a float instead of an integer"):
            shown(folder)

"""Verification finds and names every altered, missing and added row and file."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.archives import SINCE, api_of, keys_of, small_account, stored_files

from swagger_client.archive import Archive, ArchiveDamagedError, ArchiveStorageError
from swagger_client.archive.account_log import AccountRecord
from swagger_client.archive.hashing import Record, run_digest
from swagger_client.archive.rows import DERIVED
from swagger_client.archive.runs import Run

#: The rows that are evidence; the rest of the database says what is left to do.
TABLES: dict[str, Sequence[str]] = {table.name: table.stored for table in DERIVED}
TABLES["sessions"] = (*TABLES["sessions"], "records", "head")
TABLES["records"] = [name for name in Record._fields if name != "record"]
TABLES["account_records"] = AccountRecord._fields
TABLES["runs"] = Run._fields


@pytest.mark.parametrize("account_head", [None, "", "c0ffee"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_digest_of_a_run_is_the_hash_of_a_json_list(
    account_head: str | None, count: int
) -> None:
    row = [7, "all", None, "caf\u00e9 \ud800", b"planted"]
    heads = [(f"session {number}", number, "\u00e9") for number in range(count)]
    documented: list[object] = ["before", row, heads]
    if account_head is not None:
        documented = [2, *documented, account_head]
    text = json.dumps(documented, separators=(",", ":"), default=str)
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert run_digest("before", row, iter(heads), account_head) == expected


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two runs, with changed messages, files, and a failed file."""
    folder = tmp_path_factory.mktemp("sound")
    with small_account() as zoom, Archive(folder / "sms.sqlite3") as archive:
        short = zoom.attachment(b"12", size=20)
        zoom.add_message(zoom.sessions()[0].session_id, attachments=[short])
        archive.mirror(api_of(zoom), since=SINCE, attachments=folder / "files")
        for message in zoom.messages()[-5:]:
            zoom.set_delivery_status(message.message_id, "unknown")
        archive.mirror(api_of(zoom))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def problems_of(folder: Path) -> list[str]:
    with Archive(folder / "sms.sqlite3") as archive:
        return archive.verify(attachments=folder / "files").problems


def alter(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "sms.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:  # who may write everywhere
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_an_archive_that_cannot_be_written_is_read() -> None:
    with TemporaryDirectory() as place:  # pytest's own folders are their owner's alone
        folder = Path(place)
        with small_account() as zoom, Archive(folder / "sms.sqlite3") as archive:
            archive.mirror(api_of(zoom), since=SINCE)
        (folder / "sms.sqlite3.lock").unlink(missing_ok=True)
        (folder / "sms.sqlite3").chmod(0o444)
        with read_only(folder), Archive(folder / "sms.sqlite3") as archive:
            report = archive.verify()
            assert report.sound
            assert report.digest == archive.runs()[-1].digest
            assert report.messages == len(list(archive.messages())) > 0
        assert [one.name for one in folder.iterdir()] == ["sms.sqlite3"]

        # What was committed last may be in a log: without it the archive would be another one.
        (folder / "sms.sqlite3-wal").write_bytes(b"x" * 100)
        with read_only(folder), pytest.raises(ArchiveStorageError, match="Copy both files"):
            Archive(folder / "sms.sqlite3").runs()


def test_a_sound_archive_has_no_problems(folder: Path) -> None:
    assert problems_of(folder) == []


class Flipper:
    """Flips bits of values in rows and of files."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._database = folder / "sms.sqlite3"
        self._sound = self._database.read_bytes()
        self._chance = random.Random(seed)
        self._cells: list[tuple[str, str, dict[str, object]]] = []
        with closing(self._connect()) as connection:
            for table, columns in TABLES.items():
                keys = keys_of(connection, table)
                for values in connection.execute(f"SELECT {', '.join(keys)} FROM {table}"):
                    row = dict(zip(keys, values, strict=True))
                    self._cells += [(table, column, row) for column in columns]

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._database, isolation_level=None)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def flip_cell(self) -> tuple[str, Callable[[], None]]:
        """Flip a bit of a value; return the old value and a function that restores it."""
        while True:
            table, column, row = self._chance.choice(self._cells)
            chosen = " AND ".join(f"{name} IS ?" for name in row)
            values = tuple(row.values())
            with closing(self._connect()) as connection:
                kind, value = connection.execute(
                    f"SELECT typeof({column}), CAST({column} AS BLOB) FROM {table} WHERE {chosen}",
                    values,
                ).fetchone()
                if not value:
                    continue
                if kind == "integer":
                    place = self._chance.randrange(62)
                    new: object
                    change, new = f"{column} = ?", int(value) ^ (1 << place)
                else:
                    place = self._chance.randrange(8 * len(value))
                    change, new = f"{column} = CAST(? AS TEXT)", _flipped(value, place)
                update = f"UPDATE {table} SET {change} WHERE {chosen}"
                try:
                    connection.execute(update, (new, *values))
                except sqlite3.IntegrityError:  # a key that another row has
                    continue
            return f"{table}.{column} bit {place}: {value!r} to {new!r}", self._restore

    def _restore(self) -> None:
        self._database.write_bytes(self._sound)

    def flip_file(self) -> tuple[str, Callable[[], None]]:
        """Flip a bit of a file; return its path and a function that restores it."""
        file = self._chance.choice(stored_files(self._folder / "files"))
        sound = file.read_bytes()
        place = self._chance.randrange(8 * len(sound))
        file.write_bytes(_flipped(sound, place))

        def restore() -> None:
            file.write_bytes(sound)

        return f"{file.name} bit {place}", restore


def _flipped(sound: bytes, place: int) -> bytes:
    damaged = bytearray(sound)
    damaged[place // 8] ^= 1 << place % 8
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(10))
def test_every_flipped_bit_is_found(folder: Path, seed: int) -> None:
    flipper = Flipper(folder, seed)
    missed = []
    for number in range(50):
        flip = flipper.flip_file if number % 5 == 4 else flipper.flip_cell
        what, undo = flip()
        if not problems_of(folder):
            missed.append(what)
        undo()

    assert missed == []
    assert problems_of(folder) == []


def test_bits_flipped_in_the_file_of_the_database_never_pass_for_other_content(
    folder: Path,
) -> None:
    database = folder / "sms.sqlite3"
    sound = database.read_bytes()
    with Archive(database) as archive:
        messages = list(archive.messages())
    chance = random.Random(3)
    for _ in range(150):
        place = chance.randrange(8 * len(sound))
        database.write_bytes(_flipped(sound, place))
        try:
            if problems_of(folder):
                continue
            with Archive(database) as archive:
                assert list(archive.messages()) == messages, f"bit {place} was not found"
        except ArchiveDamagedError:
            continue


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE messages SET text = 'other' WHERE message = 7", "altered in text"),
        ("DELETE FROM recipients WHERE message = 3", "recipients .* is missing"),
        ("UPDATE messages SET sent_at = sent_at + 1 WHERE message = 7", "altered in sent_at"),
        ("INSERT INTO participants SELECT session_id, 99, phone_number, digits, display_name,"
         " owner_type, owner_id, is_session_owner, extension_status, extension_deleted_time"
         " FROM participants LIMIT 1", "participants .*/99 is not in any record"),
        ("UPDATE records SET content = replace(content, '\"In\"', '\"Out\"')", "is altered"),
        ("UPDATE attachments SET path = 'elsewhere' WHERE state = 'done'", "altered in path"),
        ("UPDATE runs SET started_at = '2020-01-01T00:00:00Z' WHERE run = 1", "run 1"),
        ("UPDATE runs SET digest = hex(randomblob(32)) WHERE run = 2", "run 2"),
        ("DELETE FROM messages WHERE message = 9", "is missing"),
        ("INSERT INTO message_words (rowid, words) VALUES (12345, 'planted')", "search index"),
    ],
)  # fmt: skip
def test_altered_rows_and_files_are_named(folder: Path, statement: str, expected: str) -> None:
    alter(folder, statement)
    problems = "\n".join(problems_of(folder))

    assert problems
    assert re.search(expected, problems), problems


LAST = "(SELECT session_id FROM records ORDER BY run DESC, record DESC LIMIT 1)"


def test_a_record_cut_off_the_end_of_a_chain_is_found_even_when_its_rows_go_with_it(
    folder: Path,
) -> None:
    alter(
        folder,
        f"CREATE TEMP TABLE cut AS SELECT session_id, max(seq) AS seq FROM records "
        f"WHERE session_id = {LAST}",
        "DELETE FROM records WHERE (session_id, seq) IN (SELECT * FROM cut)",
    )
    assert any("was stored as last" in problem for problem in problems_of(folder))

    # Somebody who knows the tables repairs the ends of the chain; the run's digest shows it.
    alter(
        folder,
        "UPDATE sessions SET records = (SELECT max(seq) FROM records r WHERE r.session_id ="
        " sessions.session_id), head = (SELECT hash FROM records r WHERE r.session_id ="
        " sessions.session_id ORDER BY seq DESC LIMIT 1)",
    )
    problems = problems_of(folder)
    assert not any("was stored as last" in problem for problem in problems)
    assert any("the row of run 2, or a record" in problem for problem in problems)


def test_a_conversation_that_is_removed_whole_is_found(folder: Path) -> None:
    alter(
        folder,
        f"CREATE TEMP TABLE gone AS SELECT {LAST} AS session_id",
        *(
            f"DELETE FROM {name} WHERE message IN (SELECT message FROM messages "
            "WHERE session_id IN (SELECT session_id FROM gone))"
            for name in ("recipients", "attachments")
        ),
        *(
            f"DELETE FROM {name} WHERE session_id IN (SELECT session_id FROM gone)"
            for name in (
                "messages",
                "participants",
                "records",
                "sessions",
            )
        ),
    )

    assert any("the row of run 1, or a record" in one for one in problems_of(folder))


def test_a_run_that_is_removed_is_found(folder: Path) -> None:
    alter(folder, "DELETE FROM runs WHERE run = 1")

    assert any("runs" in problem or "run 2" in problem for problem in problems_of(folder))


def test_the_digest_differs_from_the_one_kept_elsewhere_when_all_is_rebuilt(
    made: Path, tmp_path: Path
) -> None:
    """Who can write the file can build a sound archive of other messages, but not its digest."""
    with small_account() as zoom, Archive(tmp_path / "forged.sqlite3") as forged:
        zoom.remove_message(zoom.messages()[3].message_id)
        forged.mirror(api_of(zoom), since=SINCE)
        report = forged.verify()
    with Archive(made / "sms.sqlite3") as archive:
        expected = archive.runs()[0].digest

    assert report.sound
    assert report.digest != expected


def test_a_missing_file_is_named(folder: Path) -> None:
    gone = stored_files(folder / "files")[0]
    gone.unlink()

    (problem,) = problems_of(folder)
    assert gone.name in problem
    assert "cannot be read" in problem


def test_the_folder_of_files_may_move(folder: Path) -> None:
    (folder / "files").rename(folder / "moved")
    with Archive(folder / "sms.sqlite3") as archive:
        assert archive.verify(attachments=folder / "moved").sound
        gone = archive.verify(attachments=folder / "files")
        assert gone.files == 0
        assert gone.missing_folder == str(folder / "files")
        assert not gone.sound


def test_a_broken_end_of_a_chain_stops_a_run_before_it_writes(folder: Path) -> None:
    with small_account() as zoom:
        zoom.add_message(zoom.sessions()[0].session_id, at=zoom.clock.now())
        session_id = zoom.sessions()[0].session_id
        with Archive(folder / "sms.sqlite3") as copy:
            copy.take_over_folder(folder / "files")
        alter(folder, f"UPDATE sessions SET head = 'x' WHERE session_id = '{session_id}'")
        with (
            Archive(folder / "sms.sqlite3") as archive,
            pytest.raises(ArchiveDamagedError, match="does not have the number and hash"),
        ):
            archive.mirror(api_of(zoom))


def test_verification_writes_nothing(folder: Path) -> None:
    before = (folder / "sms.sqlite3").read_bytes()
    problems_of(folder)

    assert (folder / "sms.sqlite3").read_bytes() == before

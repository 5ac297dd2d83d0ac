"""An archive of an older format is migrated without losing messages or evidence."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from support.archives import unpack_form_1

from swagger_client.archive import (
    Archive,
    ArchiveOutdatedError,
    ArchiveStorageError,
    NotAnArchiveError,
)
from swagger_client.archive.schema import VERSION

#: What the last finished run of both archives printed when archive format 1 was current.
DIGEST = "9ee732c3ee81c9f94438fb0a273d359a6d8ab63cf4a88e24d01e264a1d0f0a42"


class Before(NamedTuple):
    """The content of an archive of format 1, read with plain SQL."""

    records: list[tuple[object, ...]]
    raw: dict[tuple[str, str], str]
    runs: list[tuple[object, ...]]
    refused: set[str]


def read_before(path: Path) -> Before:
    with closing(sqlite3.connect(path)) as connection:
        execute = connection.execute
        return Before(
            execute(
                "SELECT session_id, seq, kind, item, run, content, hash FROM records ORDER BY 1, 2"
            ).fetchall(),
            {
                (session_id, message_id): raw
                for session_id, message_id, raw in execute(
                    "SELECT session_id, message_id, raw FROM message_contents"
                )
            },
            execute("SELECT * FROM runs").fetchall(),
            {
                str(session_id)
                for (session_id,) in execute("SELECT session_id FROM readings WHERE reason <> ''")
            },
        )


@pytest.fixture(params=["form1", "interrupted"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Before]:
    path = unpack_form_1(request.param, tmp_path)
    return path, read_before(path)


def test_a_migrated_archive_verifies_and_holds_the_same(old: tuple[Path, Before]) -> None:
    path, before = old
    with Archive(path) as archive:
        report = archive.migrate()
        assert (report.from_form, report.to_form) == (1, VERSION)
        verified = archive.verify(attachments=path.parent / "files")
        assert verified.problems == []
        assert verified.notices == ()
        assert verified.files == 7
        raw = {(m.session_id, m.message_id): m.raw for m in archive.messages()}
        assert raw == before.raw
        with closing(sqlite3.connect(path)) as connection:
            after = connection.execute(
                "SELECT session_id, seq, kind, item, run, content, hash FROM records "
                "WHERE salt IS NULL ORDER BY 1, 2"
            ).fetchall()
        assert after == before.records
        assert [tuple(run[:8]) for run in archive.runs()][: len(before.runs)] == before.runs
        assert DIGEST in [run.digest for run in archive.runs()]


def test_words_numbers_and_changes_are_found_after_a_migration(tmp_path: Path) -> None:
    with Archive(unpack_form_1("form1", tmp_path)) as archive:
        archive.migrate()
        assert [m.text for m in archive.search("INVOICE Cafe")] == ["the invoice of café 明日"]
        assert len(list(archive.changes(2))) == 5
        person = archive.people()[0]
        assert archive.count(number=f"00{person.digits}") >= person.sent + person.received


def test_unreadable_conversations_are_recorded_as_gaps(old: tuple[Path, Before]) -> None:
    path, before = old
    with Archive(path) as archive:
        archive.migrate()
    with closing(sqlite3.connect(path)) as connection:
        gaps = connection.execute("SELECT session_id, state, reason FROM gaps").fetchall()
    assert {session_id for session_id, _, _ in gaps} == before.refused
    assert all(state == "failed" and "does not exist" in reason for _, state, reason in gaps)


def test_an_interrupted_run_is_reported_with_a_separate_digest(tmp_path: Path) -> None:
    with Archive(unpack_form_1("interrupted", tmp_path)) as archive:
        archive.migrate()
        report = archive.verify(attachments=tmp_path / "files")
    assert report.digest == DIGEST
    assert not report.complete
    assert report.interrupted is not None
    assert report.interrupted.run == 3
    assert report.interrupted.records == 7 + 4  # messages, and what could not be read
    assert report.interrupted.digest != DIGEST


def test_the_copy_equals_the_archive_before_the_migration(old: tuple[Path, Before]) -> None:
    path, before = old
    with Archive(path) as archive:
        copy = archive.migrate().copy
    assert copy is not None
    assert copy == path.with_name("sms.sqlite3.form1")
    assert read_before(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600


def test_migrating_again_does_nothing(tmp_path: Path) -> None:
    with Archive(unpack_form_1("form1", tmp_path)) as archive:
        archive.migrate()
        before = archive.path.read_bytes()
        report = archive.migrate()
    assert (report.from_form, report.copy) == (VERSION, None)
    assert archive.path.read_bytes() == before


def test_reading_an_older_archive_names_the_command(tmp_path: Path) -> None:
    path = unpack_form_1("form1", tmp_path)
    for read in ("runs", "verify", "people"):
        with (
            Archive(path) as archive,
            pytest.raises(ArchiveOutdatedError, match="zoom-sms migrate"),
        ):
            getattr(archive, read)()
    assert [one.name for one in tmp_path.iterdir() if "form" in one.name] == []


def test_a_newer_archive_is_left_alone(tmp_path: Path) -> None:
    path = unpack_form_1("form1", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with Archive(path) as archive:
        for use in (archive.runs, archive.migrate):
            with pytest.raises(NotAnArchiveError, match="newer version"):
                use()
    assert path.read_bytes() == before


def test_a_disk_without_space_for_the_copy_stops_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unpack_form_1("form1", tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    with Archive(path) as archive, pytest.raises(ArchiveStorageError, match="100,000 are free"):
        archive.migrate()
    assert read_before(path).runs
    assert not path.with_name("sms.sqlite3.form1").exists()


def test_a_damaged_archive_is_not_migrated(tmp_path: Path) -> None:
    path = unpack_form_1("form1", tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET content = '{' WHERE record = 20")
    with Archive(path) as archive, pytest.raises(Exception, match="not valid JSON"):
        archive.migrate()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_account_log_records_the_migration(tmp_path: Path) -> None:
    with Archive(unpack_form_1("form1", tmp_path)) as archive:
        archive.migrate()
    with closing(sqlite3.connect(archive.path)) as connection:
        ((content,),) = connection.execute(
            "SELECT content FROM account_records WHERE kind = 'migration'"
        )
    said = json.loads(content)
    assert (said["from"], said["to"], said["last_run"]) == (1, VERSION, 3)
    assert said["by"]


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can change the owner of a file"
)
def test_files_of_a_migration_by_root_belong_to_the_owner_of_the_archive(tmp_path: Path) -> None:
    path = unpack_form_1("form1", tmp_path)
    os.chown(path, 12_345, 12_345)
    with Archive(path) as archive:
        archive.migrate()

    owners = {one.name: one.stat().st_uid for one in tmp_path.iterdir() if one.is_file()}
    assert f"{path.name}.form1" in owners
    assert owners == dict.fromkeys(owners, 12_345)

"""The audit log, the coverage of an archive, backups, and several threads."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from support.archives import NOW, SINCE, api_of, small_account

from swagger_client.archive import (
    Archive,
    ArchiveDamagedError,
    ArchiveLockedError,
    Progress,
    VerifyReport,
    backup,
)
from swagger_client.sandbox import Sandbox


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with small_account() as sandbox:
        yield sandbox


@pytest.fixture
def archive(zoom: Sandbox, tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "sms.sqlite3") as made:
        made.mirror(api_of(zoom), since=SINCE)
        yield made


# The audit log.


def test_a_run_and_an_access_are_in_the_audit_log(archive: Archive) -> None:
    assert archive.record_access(
        "search", selection={"query": "lunch", "since": NOW, "number": None}, counts={"found": 3}
    )
    begun, run, search = (one for one in archive.audit_log() if one.kind != "setting")

    assert (begun.kind, run.kind, search.kind) == ("run begun", "run", "access")
    assert run.fields["run"] == 1
    assert search.fields["selection"] == {
        "query": "lunch",
        "since": NOW.isoformat(),
        "number": None,
    }
    assert search.fields["counts"] == {"found": 3}
    for entry in (run, search):
        assert {"by", "host", "version"} <= entry.fields.keys()
        assert entry.at.endswith("Z")
    assert archive.verify().account_digest == search.hash


def test_an_entry_changes_the_account_digest_and_no_digest_of_a_run(archive: Archive) -> None:
    before = archive.verify()
    archive.record_access("show", selection={}, counts={})
    after = archive.verify()
    assert after.digest == before.digest
    assert after.account_digest != before.account_digest
    assert after.sound


def test_the_digest_of_the_next_run_covers_the_log(archive: Archive, zoom: Sandbox) -> None:
    archive.record_access("show", selection={}, counts={})
    archive.mirror(api_of(zoom))
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        (seq,) = connection.execute(
            "SELECT seq FROM account_records WHERE kind = 'access'"
        ).fetchone()
        connection.execute("UPDATE account_records SET hash = 'x' WHERE seq = ?", (seq,))
    assert any("account record" in problem for problem in archive.verify().problems)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_entry_is_skipped_where_nothing_can_be_written(archive: Archive) -> None:
    archive.close()
    archive.path.chmod(0o444)
    archive.path.parent.chmod(0o555)
    try:
        assert not archive.record_access("show", selection={}, counts={})
    finally:
        archive.path.parent.chmod(0o755)


def test_an_entry_can_be_added_while_a_run_writes(archive: Archive, zoom: Sandbox) -> None:
    added: list[bool] = []

    def add(_: Progress) -> None:
        added.append(archive.record_access("show", selection={}, counts={}))

    archive.mirror(api_of(zoom), progress=add)
    assert added
    assert all(added)
    assert archive.verify().problems == []


# Coverage.


def test_coverage_counts_messages_by_month_and_type(archive: Archive, zoom: Sandbox) -> None:
    coverage = archive.coverage()
    assert coverage.complete
    assert sum(one.messages for one in coverage.months) == len(zoom.messages())
    assert {one.session_type for one in coverage.months} >= {"user", "call_queue"}
    (span,) = coverage.covered
    assert (span.session_type, span.first) == ("all", f"{SINCE}T00:00:00Z")
    assert coverage.holes == []


def test_unreadable_conversations_are_gaps_with_a_reason(zoom: Sandbox, tmp_path: Path) -> None:
    victim = zoom.sessions()[0].session_id
    zoom.fault(
        status=404,
        body={"code": 300, "message": "This session does not exist."},
        operation="sms_session_details",
        where=lambda request: victim in request.path,
        times=None,
    )
    with Archive(tmp_path / "gaps.sqlite3") as archive:
        archive.mirror(api_of(zoom), since=SINCE)
        coverage = archive.coverage()
        assert not coverage.complete
        assert {gap.session_id for gap in coverage.gaps} == {victim}
        assert all("does not exist" in str(gap.reason) for gap in coverage.gaps)
        assert archive.verify().problems == []


def test_a_retention_shorter_than_the_interval_of_runs_is_a_risk(
    archive: Archive, zoom: Sandbox
) -> None:
    zoom.clock.advance(86_400 * 40)
    archive.mirror(api_of(zoom))
    assert archive.coverage().complete
    archive.set_retention(30)
    (risk,) = archive.coverage().risks
    assert 39 < risk.days < 41
    assert not archive.coverage().complete
    archive.set_retention(60)
    assert archive.coverage().complete
    with pytest.raises(ValueError, match="at least 1"):
        archive.set_retention(0)


# Backups.


def test_a_backup_is_equal_and_verified(archive: Archive, tmp_path: Path) -> None:
    report = archive.back_up(tmp_path / "copy.sqlite3")
    assert report.verified.sound
    assert report.bytes == report.path.stat().st_size
    with Archive(report.path) as copy:
        assert list(copy.messages()) == list(archive.messages())
        assert copy.verify().account_digest == archive.verify().account_digest
    assert report.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_can_be_made_while_a_run_writes(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    made: list[bool] = []

    def back_up(_: Progress) -> None:
        made.append(archive.back_up(tmp_path / f"copy{len(made)}").verified.sound)

    zoom.clock.advance(3_600)
    for session in zoom.sessions():
        zoom.add_message(session.session_id, at=zoom.clock.now())
    zoom.clock.advance(60)
    archive.mirror(api_of(zoom), progress=back_up)
    assert len(made) > 3
    assert all(made)


def test_two_backups_to_one_file_do_not_disturb_each_other(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, verify = tmp_path / "copy.sqlite3", backup._verify
    later: list[str] = []

    def back_up_again(part: Path, folder: Path | None) -> VerifyReport:
        with pytest.raises(ArchiveLockedError, match=r"Another backup to .*copy\.sqlite3"):
            archive.back_up(target)
        later.append(archive.back_up(tmp_path / "Copy.sqlite3").path.name)
        return verify(part, folder)

    def verify_once(part: Path, folder: Path | None) -> VerifyReport:
        monkeypatch.setattr(backup, "_verify", verify)
        return back_up_again(part, folder)

    monkeypatch.setattr(backup, "_verify", verify_once)
    assert archive.back_up(target).verified.sound
    assert later == ["Copy.sqlite3"]
    with Archive(target) as copy:
        assert copy.verify().sound
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_deletes_what_a_killed_one_left(archive: Archive, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite3"
    part = backup._temporary_path(target)
    for suffix in ("", "-journal", ".lock"):
        part.with_name(part.name + suffix).write_bytes(b"of a killed backup")
    assert archive.back_up(target).verified.sound
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_never_replaces_a_file(archive: Archive, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.write_text("mine")
    with pytest.raises(FileExistsError, match="name a new file"):
        archive.back_up(target)
    assert target.read_text() == "mine"


def test_no_backup_is_made_of_a_damaged_archive(archive: Archive, tmp_path: Path) -> None:
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.execute("UPDATE messages SET text = 'forged' WHERE message = 3")
    with pytest.raises(ArchiveDamagedError, match="verification of the copy failed"):
        archive.back_up(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


# Threads and processes.


def test_several_threads_read_one_archive_and_any_of_them_closes_it(archive: Archive) -> None:
    together = threading.Barrier(4, timeout=20)
    expected = [message.message_id for message in archive.messages()]

    def read(_: int) -> list[str]:
        together.wait()
        return [message.message_id for message in archive.messages()]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, range(4))) == [expected] * 4
        threads.submit(archive.close).result()
    assert [message.message_id for message in archive.messages()] == expected


def test_threads_that_end_leave_no_connection(archive: Archive) -> None:
    def read() -> None:
        archive.count()

    for _ in range(30):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    open_files = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
                  if os.path.exists(f"/proc/self/fd/{name}")]  # fmt: skip
    assert sum(str(archive.path) == name for name in open_files) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_reads_and_so_does_its_parent(archive: Archive) -> None:
    expected = archive.count()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(archive.count()).encode())
        archive.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == str(expected).encode()
    os.close(reader)
    os.close(writer)
    assert archive.count() == expected

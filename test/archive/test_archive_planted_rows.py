"""Rows that an insider adds do not mislead a run, and `verify` reports them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
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

from swagger_client.archive import Archive, ArchiveDamagedError, Progress
from swagger_client.archive.account_log import read_log
from swagger_client.archive.event_queue import EventQueue
from swagger_client.sandbox import Sandbox
from swagger_client.webhooks import Webhook


def alter(archive: Archive, *statements: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        for statement in statements:
            connection.execute(statement, values)


def receive(archive: Archive, zoom: Sandbox, **changed: str) -> None:
    """Store a signed event about a new message in the archive."""
    sent = json.loads(zoom.signed_event(zoom.add_message()).body)
    sent["payload"]["object"] |= changed
    with EventQueue(archive.path).running() as events:
        events.submit(Webhook("secret").parse(json.dumps(sent))).result(10)


@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_window_marked_as_read_before_a_run_is_read(
    zoom: Sandbox, archive: Archive, state: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(60)
    session_id = zoom.sessions()[0].session_id
    zoom.add_message(session_id, text="fraud evidence")
    begins = archive.runs()[-1].span_to
    alter(
        archive,
        "INSERT INTO readings (session_id, window_from, window_to, state, proof) "
        "SELECT ?, strftime('%Y-%m-%dT%H:%M:%SZ', ?, '-7 days'), '2030-01-01T00:00:00Z', ?, '1:x'",
        values=(session_id, begins, state),
    )
    assert archive.verify().problems == ["readings has 1 rows, but no run is unfinished"]
    assert archive.mirror(api_of(zoom)).new_messages == 1
    assert len(list(archive.search("fraud"))) == 1
    assert archive.verify().problems == []


def interrupt(zoom: Sandbox, archive: Archive, *, with_messages: bool = False) -> None:
    """Interrupt a first run at once, or when it has read most conversations."""

    def stop(progress: Progress) -> None:
        if not with_messages or (progress.messages and progress.done > progress.total - 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.mirror(api_of(zoom), since=SINCE, width=1, progress=stop)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE listings SET window_to = window_from", "UPDATE listings SET done = 1",
     "DELETE FROM listings"],
)  # fmt: skip
def test_an_interrupted_run_lists_what_its_own_row_says(
    zoom: Sandbox, archive: Archive, statement: str
) -> None:
    interrupt(zoom, archive)
    alter(archive, statement)
    assert archive.mirror(api_of(zoom)).complete
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_an_interrupted_run_that_was_removed_is_missed(zoom: Sandbox, archive: Archive) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(60)
    interrupt(zoom, archive)
    assert not archive.verify().complete
    alter(
        archive,
        "DELETE FROM runs WHERE finished_at IS NULL",
        "DELETE FROM listings",
        "DELETE FROM readings",
    )
    assert archive.coverage().complete  # what a reader would believe
    assert any("row of run 2 is missing" in one for one in archive.verify().problems)
    with pytest.raises(ArchiveDamagedError, match="row of run 2 is missing"):
        archive.mirror(api_of(zoom))


def test_a_finished_run_that_brought_nothing_is_missed(zoom: Sandbox, archive: Archive) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    archive.mirror(api_of(zoom))
    alter(archive, "DELETE FROM runs WHERE run = 2")
    assert any("row of run 2 is missing" in one for one in archive.verify().problems)


def test_an_event_that_was_removed_is_missed(zoom: Sandbox, archive: Archive) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    receive(archive, zoom, message_id="vanished")
    archive.mirror(api_of(zoom))
    assert len(archive.event_status().failed) == 1
    assert archive.verify().problems == []
    alter(archive, "DELETE FROM received_events")
    assert archive.event_status().failed == []
    (problem,) = archive.verify().problems
    assert "the received event of account record" in problem


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO received_events (key, received_at, body, session_id, salt, account_seq) SELECT"
        " 'new', received_at, replace(body, 'sms_received', 'sms_sent_failed'), session_id, salt, 1"
        " FROM received_events",
        "UPDATE received_events SET body = replace(body, 'sms_received', 'sms_sent_failed')",
        "UPDATE received_events SET session_id = 'other'",
    ],
)
def test_an_event_that_nobody_received_is_not_archived(
    zoom: Sandbox, archive: Archive, statement: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    receive(archive, zoom)
    alter(archive, statement)
    assert archive.verify().problems
    with pytest.raises(ArchiveDamagedError, match="received event"):
        archive.mirror(api_of(zoom))
    assert list(archive.events()) == []


def test_an_erased_text_that_was_put_back_is_found(
    zoom: Sandbox, archive: Archive, tmp_path: Path
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    message = next(one for one in archive.messages() if one.text)
    old = Path(shutil.copy(archive.path, tmp_path / "old.sqlite3"))
    archive.erase(reason="a court", message_id=message.message_id)
    assert archive.verify().problems == []
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.execute("ATTACH ? AS old", (str(old),))
        connection.execute(
            "UPDATE records SET (content, salt, commitment) = (SELECT content, salt, commitment "
            "FROM old.records o WHERE o.record = records.record) WHERE content IS NULL"
        )
        connection.execute(
            "INSERT INTO messages SELECT * FROM old.messages WHERE message NOT IN "
            "(SELECT message FROM messages)"
        )
    assert message.text in [one.text for one in archive.messages()]
    problems = archive.verify().problems
    assert any("is recorded as erased, but still has content" in one for one in problems)


def test_an_entry_of_the_log_is_not_erased_without_a_tombstone(
    zoom: Sandbox, archive: Archive
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    hold = archive.hold(reason="a court", session_id=zoom.sessions()[0].session_id)
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.create_function("sha256", 2, _commitment)
        connection.execute(
            "UPDATE account_records SET commitment = sha256(salt, content), content = NULL, "
            "salt = NULL WHERE seq = ?",
            (hold.hold,),
        )
    (problem,) = archive.verify().problems
    assert problem == f"account record {hold.hold} is erased, but no erasure of it is recorded"


def _commitment(salt: bytes, content: str) -> bytes:
    from swagger_client.archive.hashing import commit

    return commit(salt, content)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE settings SET value = 'x' WHERE name = 'identity'",
     "INSERT INTO settings VALUES ('retention_days', '3650')",
     "INSERT INTO settings VALUES ('account', 'another')",
     "DELETE FROM settings WHERE name = 'search_rules'",
     "INSERT OR REPLACE INTO settings VALUES ('erasure_pending', '[\"file.png\"]')"],
)  # fmt: skip
def test_a_setting_that_was_not_made_by_the_program_is_found(
    zoom: Sandbox, archive: Archive, tmp_path: Path, statement: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    (tmp_path / "files" / "file.png").write_bytes(b"kept")
    archive.erase(reason="a court", message_id=next(archive.messages()).message_id)
    alter(archive, statement)
    problems = archive.verify().problems
    assert any("audit log" in one for one in problems)
    if "erasure_pending" in statement:
        with pytest.raises(ArchiveDamagedError, match="files to delete that belong to no recorded"):
            archive.mirror(api_of(zoom))
    assert (tmp_path / "files" / "file.png").exists()


@pytest.mark.parametrize("how", ["cut off", "given to another time"])
def test_a_stored_digest_of_the_log_shows_that_its_end_was_altered(
    zoom: Sandbox, archive: Archive, how: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    run_digest = str(archive.runs()[-1].digest)
    hold = archive.hold(reason="a court", session_id=zoom.sessions()[0].session_id)
    stored = str(archive.account_digest())
    found = archive.verify(digest=[run_digest, stored.upper()]).found_digests
    assert [(one.run, one.account_seq) for one in found] == [(1, None), (None, hold.hold)]
    with closing(sqlite3.connect(archive.path)) as connection, connection:
        if how == "cut off":
            connection.execute("DELETE FROM account_records WHERE seq = ?", (hold.hold,))
        else:
            log = {one.seq: one for one in read_log(connection)}
            forged = log[hold.hold]._replace(at="2020-01-01T00:00:00Z")
            connection.execute(
                "UPDATE account_records SET at = ?, hash = ? WHERE seq = ?",
                (forged.at, forged.link_hash(log[hold.hold - 1].hash), hold.hold),
            )
        connection.execute(
            "UPDATE settings SET value = (SELECT seq || ' ' || hash FROM account_records ORDER BY "
            "seq DESC LIMIT 1) WHERE name = 'account_end'"
        )
    assert archive.verify(digest=run_digest).problems == []  # it covers what was before
    (problem,) = archive.verify(digest=[run_digest, stored]).problems
    assert stored in problem


def test_a_file_that_only_says_it_is_of_format_1_is_damaged(
    zoom: Sandbox, archive: Archive
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    alter(archive, "PRAGMA user_version = 1")
    with pytest.raises(ArchiveDamagedError, match="its tables have another format"):
        archive.migrate()


def test_a_journal_that_was_put_beside_an_archive_is_named(zoom: Sandbox, archive: Archive) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    archive.close()
    journal = archive.path.with_name(archive.path.name + "-journal")
    journal.write_bytes(b"x" * 5000)
    with pytest.raises(ArchiveDamagedError, match=f"{journal.name} to undo writes"):
        archive.verify()
    journal.unlink()
    assert archive.verify().problems == []


@pytest.mark.parametrize(
    ("table", "column"),
    [("messages", "text"), ("recipients", "phone_number"), ("participants", "display_name"),
     ("records", "content"), ("sessions", "session_type")],
)  # fmt: skip
def test_readers_report_bytes_instead_of_text_as_damage(
    zoom: Sandbox, archive: Archive, table: str, column: str
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    alter(archive, f"UPDATE {table} SET {column} = x'c3ff'")
    read = archive.conversations if table == "participants" else archive.messages
    with pytest.raises(ArchiveDamagedError, match="bytes instead of text"):
        list(read())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.parametrize("planted", ["pipe", "link"])
def test_exports_open_only_regular_files(tmp_path: Path, planted: str) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        zoom.add_message(attachments=[zoom.attachment(b"x" * 50)])
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
        (file, *_) = stored_files(tmp_path / "files")
        elsewhere = Path(shutil.move(file, tmp_path / "elsewhere"))
        if planted == "pipe":
            os.mkfifo(file)
        else:
            file.symlink_to(elsewhere)
        assert archive.verify().problems
        for format in ("html", "eml", "rsmf"):
            archive.export(tmp_path / format, format)
            manifest = json.loads((tmp_path / format / "manifest.json").read_text("utf-8"))
            assert manifest["missing_files"] == 1


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM gaps", "UPDATE gaps SET state = 'accepted'",
     "UPDATE gaps SET window_to = window_from", "DELETE FROM attachments WHERE state = 'failed'",
     "UPDATE attachments SET state = 'done' WHERE state = 'failed'",
     "UPDATE attachments SET state = 'accepted', seq = NULL WHERE state = 'failed'",
     "DELETE FROM attachments WHERE state = 'done'"],
)  # fmt: skip
def test_altered_rows_about_what_is_missing_do_not_make_an_archive_complete(
    zoom: Sandbox, archive: Archive, tmp_path: Path, statement: str
) -> None:
    rejected = zoom.sessions()[2].session_id
    path = f"/v2/phone/sms/sessions/{rejected}"
    zoom.fault(operation="sms_session_details", path=path, status=404, times=None)
    short = zoom.attachment(b"12345", size=2000)
    zoom.add_message(zoom.sessions()[0].session_id, attachments=[short])
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    coverage = archive.coverage()
    assert [one.state for one in coverage.missing_files] == ["failed"]
    assert {one.state for one in coverage.gaps} == {"failed"}
    zoom.clear_requests()
    alter(archive, statement)

    with pytest.raises(ArchiveDamagedError, match="contradict the records"):
        archive.coverage()
    with pytest.raises(ArchiveDamagedError, match="contradict the records"):
        archive.mirror(api_of(zoom))
    assert zoom.requests == []
    assert archive.verify().problems


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM attachments", "DELETE FROM attachments WHERE attachment_copy = 0",
     "UPDATE attachments SET attachment_id = 'other ' || attachment_id",
     "DELETE FROM messages WHERE message IN (SELECT message FROM attachments)",
     "INSERT INTO attachments (message, attachment_id, attachment_copy, position, state, attempts) "
     "SELECT message, 'planted', 0, 9, 'pending', 0 FROM attachments LIMIT 1"],
)  # fmt: skip
@pytest.mark.parametrize("interrupted", [False, True])
def test_altered_rows_of_files_that_were_never_tried_stop_a_run(
    zoom: Sandbox, archive: Archive, tmp_path: Path, statement: str, interrupted: bool
) -> None:
    zoom.add_message(attachments=[zoom.attachment(b"12345")])
    if interrupted:
        interrupt(zoom, archive, with_messages=True)
    else:
        archive.mirror(api_of(zoom), since=SINCE)
    zoom.clear_requests()
    alter(archive, statement)
    with pytest.raises(ArchiveDamagedError, match="contradict the records"):
        archive.mirror(api_of(zoom), attachments=tmp_path / "files")
    assert zoom.requests == []
    with pytest.raises(ArchiveDamagedError, match="contradict the records"):
        archive.coverage()
    assert archive.verify().problems

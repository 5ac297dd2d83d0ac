"""Which processes can write to an archive, and which arguments are rejected early."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from support.archives import (
    SINCE,
    api_of,
    archived_messages,
    sent_messages,
)

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import (
    Archive,
    ArchiveDamagedError,
    ArchiveLockedError,
    NotAnArchiveError,
    OtherAccountError,
    Progress,
)
from swagger_client.exceptions import (
    UnauthorizedException,
)
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import RequestRecord, Sandbox


def test_a_second_run_on_one_archive_is_rejected(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    api = api_of(zoom)
    seen: list[str] = []

    def meanwhile(at: Progress) -> None:
        if not seen:
            with pytest.raises(ArchiveLockedError, match="Another process is writing") as caught:
                Archive(archive.path).mirror(api, since=SINCE)
            seen.append(str(caught.value))
            with Archive(archive.path) as reader:
                list(reader.messages())  # reading is possible

    archive.mirror(api, since=SINCE, progress=meanwhile)
    assert seen
    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a signal to a thread is POSIX's")
@pytest.mark.parametrize(
    ("operation", "trouble"),
    [
        ("sms_session_details", {"status": 429, "headers": {"Retry-After": "60"}}),
        ("sms_session_details", {"hang": True}),
        ("download", {"hang": True}),
    ],
)
def test_an_interrupt_ends_a_run_at_once(
    archive: Archive, zoom: Sandbox, tmp_path: Path, operation: str, trouble: dict[str, Any]
) -> None:
    zoom.fault(operation=operation, times=None, **trouble)
    interrupts: list[str] = []
    main = threading.main_thread().ident
    assert main is not None

    @zoom.on_request
    def interrupt(request: RequestRecord) -> None:
        if request.operation == operation and not interrupts:
            interrupts.append(request.path)
            signal.pthread_kill(main, signal.SIGINT)

    configuration = Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    with ApiClient(configuration) as client, pytest.raises(KeyboardInterrupt):
        archive.mirror(SMSApi(client), since=SINCE, attachments=tmp_path / "files")
    zoom.clear_faults()
    archive.mirror(api_of(zoom))
    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (
            b"no database at all, but some text that is long enough to be one" * 20,
            ArchiveDamagedError,
        ),
        (b"SQLite format 3\0" + b"\1" * 4080, ArchiveDamagedError),
    ],
)
def test_a_file_that_is_not_a_database_is_not_changed(
    archive: Archive, zoom: Sandbox, made: bytes, error: type[Exception]
) -> None:
    archive.path.write_bytes(made)
    with pytest.raises(error):
        archive.mirror(api_of(zoom), since=SINCE)
    with pytest.raises(error):
        archive.verify()

    assert archive.path.read_bytes() == made


def test_a_database_of_another_program_is_not_changed(archive: Archive, zoom: Sandbox) -> None:
    import sqlite3

    with sqlite3.connect(archive.path) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    before = archive.path.read_bytes()
    with pytest.raises(NotAnArchiveError, match="another application"):
        archive.mirror(api_of(zoom), since=SINCE)

    assert archive.path.read_bytes() == before


def test_a_database_locked_by_another_program_is_an_error(archive: Archive, zoom: Sandbox) -> None:
    import sqlite3

    from swagger_client.archive import database

    archive.mirror(api_of(zoom), since=SINCE)
    other = sqlite3.connect(archive.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_BUSY_SECONDS", 0.0)
        with pytest.raises(ArchiveLockedError, match="Another program"):
            archive.mirror(api_of(zoom))
    other.close()


def test_two_accounts_are_never_mixed(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(credentials(zoom, zoom.account_id), since=SINCE)
    with pytest.raises(OtherAccountError, match="each account needs its own archive"):
        archive.mirror(credentials(zoom, "another"))


def credentials(zoom: Sandbox, account_id: str) -> SMSApi:
    made = api_of(zoom)
    made.api_client.configuration.credentials = ServerToServerOAuth(
        account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
    )
    return made


def test_an_archive_belongs_to_the_account_of_its_first_response(
    archive: Archive, zoom: Sandbox
) -> None:
    with pytest.raises(UnauthorizedException):
        archive.mirror(credentials(zoom, "a-typo"), since=SINCE)

    archive.mirror(credentials(zoom, zoom.account_id), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())


def test_an_archive_is_locked_under_all_its_names(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    other = tmp_path / "link.sqlite3"
    other.symlink_to(archive.path)
    seen = []

    def meanwhile(at: Progress) -> None:
        with pytest.raises(ArchiveLockedError) as caught:
            Archive(other).mirror(api_of(zoom), since=SINCE)
        seen.append(caught.value)

    archive.mirror(api_of(zoom), since=SINCE, progress=meanwhile)
    assert seen


def test_an_archive_with_a_special_name_of_sqlite_is_a_file(
    zoom: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Archive(":memory:") as archive:
        archive.mirror(api_of(zoom), since=SINCE)
        assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_folder_of_files_that_is_a_file_is_not_remembered(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="is a file"):
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "file")

    archive.mirror(api_of(zoom), since=SINCE)
    assert archive.attachments is None


def test_errors_name_the_parameter(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    with pytest.raises(ValueError, match="`since`"):
        archive.messages(since="nope")
    with pytest.raises(ValueError, match="`until`"):
        archive.messages(until="nope")
    with pytest.raises(ValueError, match="`since`"):
        archive.mirror(api_of(zoom), since="nope")


def test_a_missing_archive_is_an_error(archive: Archive) -> None:
    with pytest.raises(NotAnArchiveError, match="no archive at"):
        list(archive.messages())
    with pytest.raises(NotAnArchiveError):
        archive.verify()
    assert not archive.path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "is required for the first run"),
        ({"since": "yesterday"}, "2026-01-31"),
        ({"since": "2999-01-01"}, "`since` is in the future"),
        ({"since": SINCE, "session_type": "users"}, "must be one of"),
        ({"since": SINCE, "reread_days": 0}, "at least 1"),
        ({"since": SINCE, "reread_days": "all"}, "None to fetch everything again"),
        ({"since": SINCE, "width": 0}, "at least 1"),
    ],
)
def test_invalid_arguments_raise_before_anything_is_sent(
    archive: Archive, zoom: Sandbox, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        archive.mirror(api_of(zoom), **arguments)  # type: ignore[arg-type]
    assert zoom.requests == []


def test_no_secret_is_in_the_archive(zoom: Sandbox, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "sms.sqlite3")
    seen: list[str] = []
    api = api_of(zoom)
    archive.mirror(api, since=SINCE, attachments=tmp_path / "files")
    seen.append(zoom.access_token)
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite3*"))

    assert b"jwt" not in everything
    assert b"download_url" not in everything
    assert all(secret.encode() not in everything for secret in seen)


def test_progress_counts_to_the_end(archive: Archive, zoom: Sandbox) -> None:
    reports: list[Progress] = []
    report = archive.mirror(api_of(zoom), since=SINCE, progress=reports.append)

    assert reports[0].phase == "conversations"
    assert reports[-1].phase == "messages"
    assert reports[-1].done == reports[-1].total
    assert reports[-1].messages >= report.new_messages
    assert report.requests == reports[-1].requests

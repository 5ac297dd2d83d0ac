"""A first run that fails before it stores a record leaves no file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archives import SINCE, api_of

from swagger_client.archive import Archive, locks
from swagger_client.archive.errors import ArchiveLockedError
from swagger_client.exceptions import ApiException
from swagger_client.sandbox import Sandbox


def without_a_date(archive: Archive, zoom: Sandbox, folder: Path) -> None:
    with pytest.raises(ValueError, match="`since` is required"):
        archive.mirror(api_of(zoom), attachments=folder)


def without_a_network(archive: Archive, zoom: Sandbox, folder: Path) -> None:
    zoom.fault(reset=True, times=None)
    with pytest.raises(ApiException):
        archive.mirror(api_of(zoom), since=SINCE, attachments=folder)


def without_permission(archive: Archive, zoom: Sandbox, folder: Path) -> None:
    zoom.fault(status=401, times=None)
    with pytest.raises(ApiException):
        archive.mirror(api_of(zoom), since=SINCE, attachments=folder)


def unknown_conversation(archive: Archive, zoom: Sandbox, folder: Path) -> None:
    with pytest.raises(ApiException):
        archive.sync_session(api_of(zoom), "unknown")


def hold_of_nothing(archive: Archive, zoom: Sandbox, folder: Path) -> None:
    with pytest.raises(ValueError, match="name what to hold"):
        archive.hold(reason="case")


Failing = Callable[[Archive, Sandbox, Path], None]


@pytest.mark.parametrize(
    "fail",
    [without_a_date, without_a_network, without_permission, unknown_conversation, hold_of_nothing],
)
def test_failed_first_run_leaves_nothing(
    archive: Archive, zoom: Sandbox, tmp_path: Path, fail: Failing
) -> None:
    fail(archive, zoom, tmp_path / "files")
    assert list(tmp_path.iterdir()) == []
    zoom.clear_faults()
    archive.mirror(api_of(zoom), since=SINCE)
    assert archive.verify().problems == []


def test_the_file_of_a_failed_first_run_with_records_stays(
    archive: Archive, zoom: Sandbox, tmp_path: Path
) -> None:
    zoom.fault(reset=True, after=3, times=None)
    with pytest.raises(ApiException):
        archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    assert archive.coverage().interrupted is not None
    assert (tmp_path / "files").is_dir()


def test_failed_later_run_removes_nothing(archive: Archive, zoom: Sandbox, tmp_path: Path) -> None:
    archive.mirror(api_of(zoom), since=SINCE, attachments=tmp_path / "files")
    before = archive.count()
    zoom.fault(reset=True, times=None)
    with pytest.raises(ApiException):
        archive.mirror(api_of(zoom))
    assert archive.count() == before
    assert (tmp_path / "files").is_dir()


def test_a_file_that_existed_before_a_failed_run_stays(archive: Archive, zoom: Sandbox) -> None:
    archive.path.touch()
    with pytest.raises(ValueError, match="`since` is required"):
        archive.mirror(api_of(zoom))
    assert archive.path.exists()


def test_a_failed_run_does_not_remove_the_file_of_a_running_listener(
    archive: Archive, zoom: Sandbox
) -> None:
    with locks.listening(archive.path), pytest.raises(ValueError, match="`since` is required"):
        archive.mirror(api_of(zoom))
    assert archive.path.exists()


def test_lock_that_was_removed_is_none(tmp_path: Path) -> None:
    """A process that opened a lock file before it was removed must not believe to have the lock."""
    path = tmp_path / "sms.sqlite3"
    entered, removed = threading.Event(), threading.Event()

    def hold() -> None:
        with locks.writing(path, wait_for_listener=False):
            locks.remove_locks(path)
            removed.set()
            entered.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    removed.wait(20)
    with locks.writing(path, wait_for_listener=False):
        with pytest.raises(ArchiveLockedError), locks.writing(path, wait_for_listener=False):
            pass
        entered.set()
        holder.join()
        with pytest.raises(ArchiveLockedError), locks.writing(path, wait_for_listener=False):
            pass

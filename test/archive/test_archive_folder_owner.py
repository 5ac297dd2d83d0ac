"""A folder of files belongs to one database file. Copies of it must not delete or store files."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.archives import SINCE, api_of, stored_files

from swagger_client.archive import (
    Archive,
    ArchiveHeldError,
    FolderMissingError,
    ForeignFolderError,
)
from swagger_client.archive.folder_owner import OWNER_FILE
from swagger_client.sandbox import Sandbox


class Place(NamedTuple):
    """An archive with files, and a conversation that has files."""

    zoom: Sandbox
    database: Path
    files: Path
    session_id: str

    def run(self, database: Path | None = None, **options: object) -> None:
        with Archive(database or self.database) as archive:
            archive.mirror(api_of(self.zoom), **options)  # type: ignore[arg-type]

    def erase(self, database: Path | None = None) -> None:
        with Archive(database or self.database) as archive:
            archive.erase(session_id=self.session_id, reason="Article 17")

    def copy(self, name: str = "copy.sqlite3") -> Path:
        target = self.database.with_name(name)
        with Archive(self.database) as archive:
            archive.back_up(target)
        return target

    def add_file(self) -> None:
        photo = self.zoom.attachment(b"\x89PNG\r\n\x1a\n" + b"x" * 300, name="new.png", type="PNG")
        self.zoom.add_message(self.session_id, text="a new file", attachments=[photo])
        self.zoom.clock.advance(86_400)


@pytest.fixture
def place(zoom: Sandbox, tmp_path: Path) -> Place:
    session_id = next(one for one in zoom.messages() if one.attachments).session_id
    made = Place(zoom, tmp_path / "sms.sqlite3", tmp_path / "files", session_id)
    made.run(since=SINCE, attachments=made.files)
    return made


def test_an_erasure_in_a_copy_keeps_the_files_that_are_held_in_the_original(place: Place) -> None:
    copy, before = place.copy(), stored_files(place.files)
    with Archive(place.database) as archive:
        archive.hold(session_id=place.session_id, reason="case 4711")
    with pytest.raises(ForeignFolderError, match="is a copy of it"), Archive(copy) as archive:
        archive.propose_erasure(session_id=place.session_id)
    with pytest.raises(ForeignFolderError, match="zoom-sms take-over"):
        place.erase(copy)
    assert stored_files(place.files) == before
    with Archive(copy) as archive:
        assert archive.tombstones() == []
    with pytest.raises(ArchiveHeldError):
        place.erase()


def test_a_run_in_a_copy_stores_nothing_in_the_folder_of_the_original(place: Place) -> None:
    copy, before = place.copy(), stored_files(place.files)
    place.add_file()
    partial = next(iter(before)).with_name(f".{json.loads(owner_file_of(place))['archive']}-1.part")
    partial.write_bytes(b"of a running download of the original")
    for options in ({}, {"attachments": place.files}, {"failed": "retry"}):
        with pytest.raises(ForeignFolderError, match="is a copy of it"):
            place.run(copy, **options)
    with pytest.raises(ForeignFolderError), Archive(copy) as archive:
        archive.sync_session(api_of(place.zoom), place.session_id)
    assert stored_files(place.files) == before
    assert partial.exists()
    place.run()
    assert len(stored_files(place.files)) == len(before) + 1


def owner_file_of(place: Place) -> str:
    return (place.files / OWNER_FILE).read_text()


def test_a_copy_may_use_its_own_copy_of_the_folder(place: Place) -> None:
    copy, before = place.copy(), stored_files(place.files)
    shutil.copytree(place.files, place.files.with_name("copied"))
    with Archive(copy) as archive:
        archive.take_over_folder(place.files.with_name("copied"))
    place.erase(copy)
    assert len(stored_files(place.files.with_name("copied"))) < len(before)
    assert stored_files(place.files) == before
    place.run()
    place.erase()
    assert len(stored_files(place.files)) < len(before)


def test_a_renamed_archive_still_owns_its_folder(place: Place) -> None:
    renamed = place.database.rename(place.database.with_name("renamed.sqlite3"))
    place.add_file()
    place.run(renamed)
    before = stored_files(place.files)
    place.erase(renamed)
    assert len(stored_files(place.files)) < len(before)


def test_a_restored_archive_has_to_take_the_folder_over(place: Place) -> None:
    copy = place.copy()
    place.add_file()
    place.run()
    place.run()
    place.database.unlink()
    shutil.copy(copy, place.database)
    for write in (place.run, place.erase):
        with pytest.raises(ForeignFolderError, match="restored from a backup"):
            write()
    with Archive(place.database) as archive:
        archive.take_over_folder(place.files)
        place.run()
        assert archive.coverage().complete
    place.erase()


def test_another_file_at_the_same_path_deletes_nothing(place: Place) -> None:
    copy = place.copy()  # for example on another computer with the same paths
    place.database.rename(place.database.with_name("elsewhere.sqlite3"))
    copy.rename(place.database)
    before = stored_files(place.files)
    with pytest.raises(ForeignFolderError, match="another one than the file"):
        place.erase()
    assert stored_files(place.files) == before


def test_an_older_copy_at_the_same_path_stores_nothing(place: Place) -> None:
    copy = place.copy()
    place.run()
    place.run()
    place.database.unlink()
    copy.rename(place.database)
    with pytest.raises(ForeignFolderError, match="it is an older copy"):
        place.run()


def test_a_run_writes_a_missing_owner_file(place: Place) -> None:
    (place.files / OWNER_FILE).unlink()  # as in a folder of an older version
    before = stored_files(place.files)
    with pytest.raises(ForeignFolderError, match="has no file"):
        place.erase()
    assert stored_files(place.files) == before
    place.run()
    place.erase()
    assert len(stored_files(place.files)) < len(before)


def test_a_run_removes_what_a_killed_run_left_of_the_owner_file(place: Place) -> None:
    left = place.files / f".{OWNER_FILE}.x1y2z3.part"
    left.write_text('{"archive"')
    place.add_file()
    place.run()
    assert not left.exists()


def test_another_archive_needs_another_folder(place: Place) -> None:
    other = place.database.with_name("other.sqlite3")
    with pytest.raises(ForeignFolderError, match="is another archive"):
        place.run(other, since=SINCE, attachments=place.files)
    assert not other.exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"archive": 1}', "[" * 90_000, '{"archive": "\\ud800"}']
)
def test_a_malformed_owner_file_protects_the_folder(place: Place, content: str) -> None:
    (place.files / OWNER_FILE).write_text(content)
    before = stored_files(place.files)
    for write in (place.run, place.erase):
        with pytest.raises(ForeignFolderError, match="is malformed"):
            write()
    assert stored_files(place.files) == before
    with Archive(place.database) as archive:
        archive.take_over_folder(place.files)
    place.run()


def test_nothing_is_erased_while_the_folder_is_missing(place: Place) -> None:
    moved = place.files.rename(place.files.with_name("moved"))
    before = stored_files(moved)
    with pytest.raises(FolderMissingError, match="take-over"):
        place.erase()
    with Archive(place.database) as archive:
        assert archive.tombstones() == []
        archive.take_over_folder(moved)
    place.erase()
    assert len(stored_files(moved)) < len(before)


def test_an_unfinished_erasure_waits_for_its_folder(place: Place) -> None:
    file, *_ = find_files(place)
    file.unlink()
    file.mkdir()  # cannot be deleted
    with pytest.raises(Exception, match="could not be deleted"):
        place.erase()
    file.rmdir()
    file.write_bytes(b"content")
    copy = place.copy()
    moved = place.files.rename(place.files.with_name("moved"))
    with pytest.raises(FolderMissingError):
        place.run()
    moved.rename(place.files)
    with pytest.raises(ForeignFolderError), Archive(copy) as archive:
        archive.hold(session_id="any", reason="finishes the erasure first")
    assert file.exists()
    place.run()
    assert not file.exists()


def find_files(place: Place) -> list[Path]:
    with Archive(place.database) as archive:
        return [
            place.files / attachment.path
            for message in archive.messages(session_id=place.session_id)
            for attachment in message.attachments
            if attachment.path
        ]


def test_a_folder_without_files_of_the_archive_is_not_taken_over(place: Place) -> None:
    empty = place.files.with_name("empty")
    empty.mkdir()
    with Archive(place.database) as archive:
        with pytest.raises(ValueError, match="contains none of"):
            archive.take_over_folder(empty)
        with pytest.raises(FolderMissingError, match="There is no folder"):
            archive.take_over_folder(empty / "missing")
        assert archive.attachments == place.files


def test_an_archive_goes_on_after_its_files_are_declared_lost(place: Place) -> None:
    before = {one.name: one.read_bytes() for one in stored_files(place.files)}
    shutil.rmtree(place.files)
    place.files.mkdir()
    gone = next(one for one in place.zoom.messages() if one.attachments)
    place.zoom.remove_message(gone.message_id)
    with Archive(place.database) as archive:
        with pytest.raises(ValueError, match="--files-lost"):
            archive.take_over_folder(place.files)
        with pytest.raises(FolderMissingError):
            archive.mirror(api_of(place.zoom))
        archive.take_over_folder(place.files, files_lost=True)
        assert not archive.coverage().complete
        report = archive.mirror(api_of(place.zoom))

        assert report.missing["files"] == len(gone.attachments)
        assert not report.complete
        assert archive.verify().problems == []
        after = {one.name: one.read_bytes() for one in stored_files(place.files)}
        assert after.items() <= before.items()
        assert len(after) == len(before) - len(gone.attachments)
        # The declaration counts once: the next time, the folder may not be mounted.
        shutil.rmtree(place.files)
        place.files.mkdir()
        with pytest.raises(FolderMissingError):
            archive.mirror(api_of(place.zoom))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_new_files_have_the_permissions_of_the_database(place: Place) -> None:
    place.database.chmod(0o640)  # an auditor of the same group may read
    before = set(stored_files(place.files))
    place.add_file()
    place.run()

    (new,) = set(stored_files(place.files)) - before
    assert new.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_only_the_owner_can_read_files_in_a_folder_that_everybody_can_open(
    zoom: Sandbox, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    files.chmod(0o755)
    with Archive(tmp_path / "sms.sqlite3") as archive:
        report = archive.mirror(api_of(zoom), since=SINCE, attachments=files)

    assert report.files_done > 3
    assert {one.stat().st_mode & 0o777 for one in files.iterdir()} == {0o600}


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can change the owner of a file"
)
def test_files_that_root_creates_belong_to_the_owner_of_the_archive(place: Place) -> None:
    user = 12_345
    folder = place.database.parent
    for one in (folder, *folder.rglob("*")):
        os.chown(one, user, user)
    lock = place.database.with_name(f"{place.database.name}.lock")
    lock.unlink()
    place.add_file()
    place.run()

    assert lock.exists()
    owners = {str(one): one.stat().st_uid for one in folder.rglob("*")}
    assert owners == dict.fromkeys(owners, user)

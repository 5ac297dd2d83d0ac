"""An archive whose folder of files is elsewhere: a copy, or one that was moved."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.archives import SINCE, stored_files
from support.command_line import Runner
from support.viewer import Viewer

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox

COMMANDS = {
    "status": ["status"],
    "verify": ["verify"],
    "export": ["export", "--format", "html", "--output", "pages"],
}


@pytest.fixture
def moved(run: Runner, zoom: Sandbox, tmp_path: Path) -> Path:
    """The folder to which the files of the archive were moved."""
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
    shutil.move("files", "elsewhere")
    return tmp_path / "elsewhere"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_reader_takes_the_folder_as_an_option(command: str, run: Runner, moved: Path) -> None:
    assert run(*COMMANDS[command], "--attachments", str(moved)) == ExitStatus.COMPLETE
    assert run.err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_reader_takes_the_folder_of_the_profile(
    command: str, run: Runner, moved: Path
) -> None:
    Path("config.toml").write_text(
        f"[profiles.copy]\ndatabase = 'sms.sqlite3'\nfiles = '{moved.name}'\n"
    )
    Path("config.toml").chmod(0o600)
    assert run(*COMMANDS[command], "--config", "config.toml") == ExitStatus.COMPLETE
    assert run.err == ""
    shutil.rmtree("pages", ignore_errors=True)
    wrong = [*COMMANDS[command], "--config", "config.toml", "--attachments", "nowhere"]
    assert run(*wrong) == ExitStatus.INVALID
    assert "nowhere: There is no such folder." in run.err
    moved.rename("unmounted")
    assert run(*COMMANDS[command], "--config", "config.toml") != ExitStatus.COMPLETE
    assert f"The folder of files {moved} does not exist." in run.err
    assert "To read a copy, add --attachments DIR to the command." in " ".join(run.err.split())


def test_an_export_from_a_moved_folder_has_the_files(run: Runner, moved: Path) -> None:
    assert run(*COMMANDS["export"], "--attachments", str(moved)) == ExitStatus.COMPLETE
    assert json.loads(Path("pages/manifest.json").read_text())["missing_files"] == 0
    with Archive("sms.sqlite3", attachments=moved) as archive:
        stored = [one for m in archive.messages() for one in m.attachments if one.path]
        assert archive.coverage().complete
        assert archive.attachments == moved
    assert stored


def test_status_names_the_folder_that_it_looked_into(run: Runner, moved: Path) -> None:
    assert run("status", "--attachments", str(moved), "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["files"] == str(moved)


def test_the_viewer_agrees_with_status_about_the_folder(run: Runner, moved: Path) -> None:
    with Viewer(Path("sms.sqlite3").resolve()) as viewer:
        page = viewer.get("/").text
    assert "NOT COMPLETE." in page
    assert "The folder of files" in page
    assert "does not exist." in page
    with Viewer(Path("sms.sqlite3").resolve(), "--attachments", str(moved)) as viewer:
        assert ": complete." in viewer.get("/").text


def test_nothing_is_erased_while_the_files_are_elsewhere(
    run: Runner, zoom: Sandbox, moved: Path
) -> None:
    message = next(one for one in zoom.messages() if one.attachments)
    erase = ["erase", "--session", message.session_id, "--reason", "a request", "--yes"]
    before = sorted(moved.rglob("*"))
    assert run(*erase) == ExitStatus.INVALID
    assert "does not exist." in run.err
    with Archive("sms.sqlite3") as archive:
        assert archive.tombstones() == []
    assert run("take-over", str(moved)) == ExitStatus.COMPLETE
    assert run(*erase) == ExitStatus.COMPLETE
    assert len(sorted(moved.rglob("*"))) < len(before)


# The copy records the folder of the original. Files under a hold there must not be deleted.
def test_an_erasure_in_a_copy_does_not_delete_the_files_of_the_original(
    run: Runner, zoom: Sandbox
) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
    before = stored_files(Path("files"))
    assert run("backup", "copy.sqlite3") == ExitStatus.COMPLETE
    shutil.copytree("files", "copied")
    message = next(one for one in zoom.messages() if one.attachments)
    erase = ["erase", "--session", message.session_id, "--reason", "a drill"]
    for command in (erase, [*erase, "--yes"], ["archive"]):
        assert run(*command, "--database", "copy.sqlite3") == ExitStatus.INVALID
        text = " ".join(run.err.split())
        assert "copy.sqlite3 is a copy of it" in text
        assert f"run `zoom-sms take-over {Path('files').resolve()}`" in text
    assert run("archive", "--database", "copy.sqlite3", "--json") == ExitStatus.INVALID
    assert json.loads(run.out)["problems"][0]["condition"] == "files-of-other-archive"
    assert run("status", "--database", "copy.sqlite3") == ExitStatus.COMPLETE
    assert run("take-over", "copied", "--database", "copy.sqlite3") == ExitStatus.COMPLETE
    assert "copied belongs to copy.sqlite3 now." in " ".join(run.out.split())
    assert run("archive", "--database", "copy.sqlite3") == ExitStatus.COMPLETE
    assert run(*erase, "--database", "copy.sqlite3", "--yes") == ExitStatus.COMPLETE
    assert len(stored_files(Path("copied"))) < len(before)
    assert stored_files(Path("files")) == before
    assert run("verify") == ExitStatus.COMPLETE


def test_an_erasure_with_another_folder_of_the_profile_is_rejected(
    run: Runner, zoom: Sandbox
) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
    before = stored_files(Path("files"))
    Path("config.toml").write_text("[profiles.copy]\ndatabase = 'sms.sqlite3'\nfiles = 'copied'\n")
    Path("config.toml").chmod(0o600)
    message = next(one for one in zoom.messages() if one.attachments)
    erase = ["erase", "--session", message.session_id, "--reason", "a drill"]
    for more in ([], ["--yes"]):
        assert run(*erase, "--config", "config.toml", *more) == ExitStatus.INVALID
        assert "If this archive is a copy, erase in the original" in " ".join(run.err.split())
    assert stored_files(Path("files")) == before


def test_an_archive_without_files_needs_no_folder(run: Runner, zoom: Sandbox) -> None:
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    Path("empty").mkdir()
    assert run("status", "--attachments", "empty") == ExitStatus.COMPLETE


def test_a_backup_to_a_full_disk_names_this_disk(run: Runner, archived: Sandbox) -> None:
    Path("disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "disk"]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        assert run("backup", "disk/copy.sqlite3") == ExitStatus.UNFINISHED
    finally:
        subprocess.run(["umount", "disk"], check=True)
    assert "The disk of disk/copy.sqlite3 is full" in run.err
    assert "sms.sqlite3" not in run.err

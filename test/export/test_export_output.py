"""An export that ends early leaves no file that looks complete."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swagger_client.archive import Archive, ArchiveStorageError
from swagger_client.export.output import complete_file, complete_folder
from swagger_client.export.source import Source

#: Exports slowly enough to be ended in the middle, and says when it has begun.
SLOWLY = """
import sys, time
from swagger_client.export.source import Source
read = Source.messages
def slowly(*arguments):
    for number, message in enumerate(read(*arguments)):
        if number == 5:
            print("begun", flush=True)
            time.sleep(60)
        yield message
Source.messages = slowly
from swagger_client.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_failed_export_leaves_only_the_old_file(
    example: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sms.csv"
    file.write_text("old")

    def fail(*arguments: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Source, "messages", fail)
    with pytest.raises(ArchiveStorageError, match="No space"):
        example.export(file, "csv")

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("output", "format"), [("sms.csv", "csv"), ("sms", "html")])
def test_a_file_system_that_cannot_flush_is_accepted(
    example: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, format: str
) -> None:
    fail_to_flush(monkeypatch, errno.EINVAL)
    assert example.export(tmp_path / output, format) > 0
    assert [one.name for one in tmp_path.iterdir()] == [output]


def test_a_disk_that_fails_to_flush_is_an_error(
    example: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_flush(monkeypatch, errno.EIO)
    with pytest.raises(ArchiveStorageError, match=os.strerror(errno.EIO)):
        example.export(tmp_path / "sms.csv", "csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "read",
    [
        Source.messages,
        Source.conversations,
        lambda source: source.times_of(next(source.conversations()).session_id),
        lambda source: source.messages_of(next(source.conversations()).session_id),
    ],
    ids=["messages", "conversations", "times", "messages of one"],
)
def test_an_unfinished_iterator_can_be_closed_after_the_archive(
    example: Archive, monkeypatch: pytest.MonkeyPatch, read: Callable[[Source], Iterator[object]]
) -> None:
    """An interrupt leaves iterators behind, which Python closes later."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    with Source(example, {}) as source:
        found = read(source)
        next(found)
    del found
    gc.collect()
    assert ignored == []


def fail_to_flush(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_export_ended_by_a_signal_leaves_no_file(
    example_database: Path, tmp_path: Path, end: signal.Signals, format: str
) -> None:
    with SlowExport(example_database, tmp_path / "sms", format) as process:
        process.send_signal(end)
        status = process.wait(20)

    assert list(tmp_path.iterdir()) == []
    assert status in (-end, 128 + end, 75)


def test_the_next_export_removes_files_of_a_killed_export(
    example: Archive, example_database: Path, tmp_path: Path
) -> None:
    with SlowExport(example_database, tmp_path / "sms.csv", "csv") as process:
        process.kill()
        process.wait(20)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".sms.csv.")

    example.export(tmp_path / "sms.csv", "csv")
    assert [one.name for one in tmp_path.iterdir()] == ["sms.csv"]


def test_an_export_does_not_remove_files_of_a_running_export(tmp_path: Path) -> None:
    with complete_file(tmp_path / "sms.csv") as first, complete_file(tmp_path / "sms.csv"):
        assert first.exists()
    with complete_folder(tmp_path / "out") as one, complete_file(tmp_path / "out.csv"):
        assert one.is_dir()


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(OSError, match="No space"):
        fill_disk_in(target)
    assert list(tmp_path.iterdir()) == []

    target.mkdir()
    with complete_folder(target) as folder:
        (folder / "index.html").write_text("whole")
        assert list(target.iterdir()) == []
    assert (target / "index.html").read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_with_files_and_a_file_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target, problem in ((tmp_path, "is not empty"), (tmp_path / "file", "is a file")):
        with pytest.raises(ValueError, match=problem), complete_folder(target):
            pass
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def fill_disk_in(target: Path) -> None:
    with complete_folder(target) as folder:
        (folder / "index.html").write_text("half")
        raise OSError(28, "No space left on device")


class SlowExport(subprocess.Popen[str]):
    """An export in another process that waits in the middle."""

    def __init__(self, database: Path, output: Path, format: str) -> None:
        arguments = ["export", "--database", str(database), "--format", format, "-o", str(output)]
        super().__init__(
            [sys.executable, "-c", SLOWLY, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert self.stdout is not None
        assert self.stdout.readline() == "begun\n"


@pytest.mark.skipif(os.name == "nt", reason="locales do not decide there")
def test_a_folder_is_the_same_in_a_locale_without_its_letters(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from support.archives import SINCE, api_of, small_account
from swagger_client.archive import Archive
folder = Path(sys.argv[1])
with Archive(folder / "sms.sqlite3") as archive:
    if not archive.path.exists():
        with small_account(sessions=1, messages=1) as zoom:
            photo = zoom.attachment(b"photo", name="\\u00dcbergabe \\u6771\\u4eac.jpg")
            zoom.add_message(text="here", attachments=[photo])
            zoom.clock.advance(600)
            archive.mirror(api_of(zoom), since=SINCE, attachments=folder / "files")
    archive.export(folder / sys.getfilesystemencoding(), "html")
"""
    root = Path(__file__).parents[2]
    for utf8 in "10":
        environment = {"LC_ALL": "C", "PYTHONUTF8": utf8, "PYTHONCOERCECLOCALE": "0"}
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path), str(root), str(root / "test")],
            env={**os.environ, **environment},
            check=True,
        )
    content = {
        name: {one.name: one.read_bytes() for one in (tmp_path / name).rglob("*") if one.is_file()}
        for name in ("utf-8", "ascii")
    }
    assert content["ascii"] == content["utf-8"]
    assert any("東京" in name for name in content["ascii"])


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 on other systems")
@pytest.mark.parametrize("format", ["csv", "eml", "html", "jsonl", "parquet", "rsmf"])
def test_an_archive_and_an_address_book_may_have_names_that_are_not_utf_8(
    example: Archive, tmp_path: Path, format: str
) -> None:
    path = tmp_path / os.fsdecode(b"m\xe4rz.sqlite3")
    names = tmp_path / os.fsdecode(b"b\xfccher.csv")
    names.write_text("number,name\n+1 617 555 0142,Dana\n")
    example.back_up(path)
    with Archive(path) as archive:
        assert archive.export(tmp_path / "out", format, names=names)
    written = b"".join(
        one.read_bytes()
        for one in (tmp_path / "out", *(tmp_path / "out").rglob("*"))
        if one.is_file()
    )
    if format in ("html", "parquet"):
        assert b"m\\xe4rz" in written.replace(b"\\\\", b"\\")

"""``zoom-sms export``: the selection of the format and its options."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.command_line import Runner, alter

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_the_suffix_of_the_output_chooses_the_format(run: Runner, archived: Sandbox) -> None:
    for name, beginning in (("x.csv", b"\xef\xbb\xbf"), ("x.parquet", b"PAR1"), ("x.ndjson", b"{")):
        assert run("export", "-o", name) == ExitStatus.COMPLETE
        assert Path(name).read_bytes().startswith(beginning)


def test_plain_csv_can_be_written_to_a_file_and_to_the_output(
    run: Runner, archived: Sandbox
) -> None:
    assert run("export", "-o", "x.csv", "--plain") == ExitStatus.COMPLETE
    assert run("export", "--format", "csv", "--plain") == ExitStatus.COMPLETE
    assert run.out.splitlines()[0] == Path("x.csv").read_text("utf-8").splitlines()[0]
    assert run("export", "-o", "y.jsonl", "--plain") == ExitStatus.INVALID


def test_an_html_export_names_the_files_that_are_missing(run: Runner, archived: Sandbox) -> None:
    assert run("export", "--format", "html", "-o", "out", "--json") == ExitStatus.INCOMPLETE
    result = json.loads(run.out)
    assert result["messages"] == len(archived.messages())
    assert [one["condition"] for one in result["problems"]] == ["missing-files"]
    assert json.loads(Path("out/manifest.json").read_text("utf-8"))["missing_files"] > 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--format", "html"], "html writes a folder; name a new folder with --output"),
        (["--format", "html", "-o", "sms.sqlite3"], "is a file of the archive"),
        (["--format", "csv", "-o", "SMS.SQLite3-WAL"], "is a file of the archive"),
        (["--timezone", "Mars/Base"], "There is no time zone 'Mars/Base'"),
        (["--names", "nobody.csv"], "nobody.csv cannot be read: No such file"),
        (["--since-run", "9"], "The archive has no run 9. The last run is 1"),
    ],
)
def test_options_that_cannot_be_used_are_errors(
    run: Runner, archived: Sandbox, arguments: list[str], problem: str
) -> None:
    assert run("export", *arguments) == ExitStatus.INVALID
    assert problem in run.err


@pytest.mark.parametrize("kind", ["file", "mark", "link"])
def test_an_export_never_replaces_a_file_of_the_archive(
    run: Runner, zoom: Sandbox, kind: str
) -> None:
    options = ("--from", "2026-01-01", "--attachments", "files")
    assert run("archive", *options) == ExitStatus.COMPLETE
    files = {path: path.read_bytes() for path in Path("files").iterdir()}
    output = next(path for path in files if path.name.startswith(".") is (kind == "mark"))
    if kind == "link":
        Path("link").symlink_to(output)
        output = Path("link")
    assert run("export", "--format", "jsonl", "-o", str(output)) == ExitStatus.INVALID
    assert "is a file of the archive" in run.err
    assert {path: path.read_bytes() for path in files} == files
    # Other files in the folder may be replaced, because some people store everything in one folder.
    for _ in range(2):
        assert run("export", "-o", "files/mine.jsonl") == ExitStatus.COMPLETE


def test_an_export_continues_after_the_run_with_a_digest(run: Runner, archived: Sandbox) -> None:
    assert run("export", "-o", "all.jsonl", "--json") == ExitStatus.COMPLETE
    last = json.loads(run.out)["next_since_run"]
    archived.add_message(archived.sessions()[0].session_id, text="new")
    archived.clock.advance(60)
    assert run("archive") == ExitStatus.COMPLETE
    assert run("export", "-o", "new.jsonl", "--since-run", last["digest"]) == ExitStatus.COMPLETE
    assert "1 message written" in run.out
    assert run("export", "-o", "new.jsonl", "--since-run", str(last["run"])) == ExitStatus.COMPLETE
    assert "1 message written" in run.out


def test_the_digest_of_a_lost_run_selects_nothing(run: Runner, archived: Sandbox) -> None:
    assert run("backup", "copy.sqlite3") == ExitStatus.COMPLETE

    def archive_and_export(text: str) -> dict[str, object]:
        archived.add_message(archived.sessions()[0].session_id, text=text)
        archived.clock.advance(60)
        assert run("archive") == ExitStatus.COMPLETE, run.err
        assert run("export", "-o", f"{text}.jsonl", "--json") == ExitStatus.COMPLETE
        following: dict[str, object] = json.loads(run.out)["next_since_run"]
        return following

    lost = archive_and_export("lost")
    for old in Path().glob("sms.sqlite3-*"):
        old.unlink()  # as docs/run/backup.md says
    shutil.copy("copy.sqlite3", "sms.sqlite3")
    last = archive_and_export("after the restore")
    assert last["run"] == lost["run"]
    assert run("export", "-o", "x.jsonl", "--since-run", str(lost["digest"])) == ExitStatus.INVALID
    assert "export everything once" in run.err
    assert not Path("x.jsonl").exists()


def test_an_unfinished_run_cannot_be_the_last_exported(run: Runner, archived: Sandbox) -> None:
    alter("UPDATE runs SET finished_at = NULL, digest = NULL")
    assert run("export", "-o", "x.jsonl", "--since-run", "1") == ExitStatus.INVALID
    assert "has not finished" in run.err


def test_an_address_book_without_a_number_of_the_archive_is_noted(
    run: Runner, archived: Sandbox
) -> None:
    Path("book.csv").write_text("number,name\n+999 000 1234567,Nobody\n")
    command = ["export", "--output", "o.csv", "--names", "book.csv"]
    assert run(*command) == ExitStatus.COMPLETE
    text = " ".join(run.err.split())
    assert "The address book names no number of this archive" in text
    assert "like 9990001234567" in text
    with Archive("sms.sqlite3") as archive:
        number = next(one.number for one in archive.people() if one.number)
    Path("book.csv").write_text(f"number,name\n{number},Somebody\n")
    assert run(*command) == ExitStatus.COMPLETE
    assert "address book" not in run.err

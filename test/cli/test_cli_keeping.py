"""``zoom-sms migrate``, ``backup``, ``erase``, ``hold`` and ``audit``."""

from __future__ import annotations

import errno
import gzip
import json
from pathlib import Path

import pytest
from support.command_line import ROOT, Runner

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox

FORM_1 = ROOT / "test" / "archive" / "form1" / "form1.db.gz"


def test_migrate_brings_an_older_archive_to_this_form(run: Runner) -> None:
    Path("sms.sqlite3").write_bytes(gzip.decompress(FORM_1.read_bytes()))
    assert run("migrate", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert (report["from_form"], report["to_form"]) == (1, 2)
    assert run("verify", "--database", report["copy"]) == ExitStatus.INVALID
    assert run("migrate") == ExitStatus.COMPLETE
    assert "already has archive format 2" in run.out
    assert run("migrate", "--database", "none") == ExitStatus.INVALID
    assert not Path("none").exists()


def test_commands_are_recorded_in_the_audit_log(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    count = len(archived.messages())
    run("search", "alert", "--direction", "In")
    run("show", session_id)
    run("export", "-o", "x.csv")
    run("export", "--format", "jsonl")
    run("verify")
    assert run("audit", "--json") == ExitStatus.COMPLETE
    entries = [json.loads(line) for line in run.out.splitlines()]
    access = [entry["fields"] for entry in reversed(entries) if entry["kind"] == "access"]
    assert [one["action"] for one in access] == ["search", "show", "export", "export", "verify"]
    assert access[0]["selection"] == {"query": "alert", "direction": "In"}
    assert access[1]["selection"] == {"session_id": session_id}
    assert access[2]["selection"] == {"format": "csv", "output": "x.csv"}
    assert access[2]["counts"] == access[3]["counts"] == {"messages": count}
    assert all(one["by"] and one["host"] and one["version"] for one in access)
    assert "run" in [entry["kind"] for entry in entries]
    assert run("audit") == ExitStatus.COMPLETE
    assert run("verify") == ExitStatus.COMPLETE


def test_an_archive_that_cannot_be_written_is_read_with_a_note(
    run: Runner, archived: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Archive, "record_access", lambda *args, **options: False)
    assert run("search", "alert") == ExitStatus.COMPLETE
    assert "1 message found." in run.out
    assert "this command is missing from its audit log" in run.err


def test_a_backup_is_a_verified_copy(run: Runner, archived: Sandbox) -> None:
    assert run("backup", "copy.sqlite3", "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["messages"] == len(archived.messages())
    assert run("verify", "--database", "copy.sqlite3") == ExitStatus.COMPLETE
    assert run("backup", "copy.sqlite3") == ExitStatus.INVALID
    assert "copy.sqlite3" in run.err


def test_a_backup_is_made_without_the_folder_of_files(run: Runner, archived: Sandbox) -> None:
    assert run("archive", "--attachments", "files") == ExitStatus.COMPLETE
    Path("files").rename("unmounted")
    assert run("backup", "copy.sqlite3", "--json") == ExitStatus.INVALID
    report = json.loads(run.out)
    assert [one["condition"] for one in report["problems"]] == ["folder-missing"]
    Path("unmounted").rename("files")
    assert run("verify", "--database", "copy.sqlite3") == ExitStatus.COMPLETE


def test_erase_shows_first_and_erases_with_yes(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    count = len(archived.messages(session_id))
    erase = ["erase", "--session", session_id, "--reason", "request 17"]
    assert run(*erase) == ExitStatus.INVALID
    assert f"This would erase: {count} messages" in run.out
    assert "Nothing was erased." in run.err
    assert run("show", session_id) == ExitStatus.COMPLETE

    assert run(*erase, "--yes", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert (report["erased"], report["messages"]) == (True, count)
    assert run("search", "alert") == ExitStatus.COMPLETE
    assert "No message matches." in run.out
    assert run("verify") == ExitStatus.COMPLETE
    assert run("erase", "--session", "nosuch", "--reason", "x") == ExitStatus.INVALID
    assert "has no conversation" in run.err
    for arguments in (["--reason", "x"], ["--session", "a", "--number", "1", "--reason", "x"]):
        assert run("erase", *arguments) == ExitStatus.INVALID


def test_only_an_erasure_needs_a_reason(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    assert run("erase", "--session", session_id) == ExitStatus.INVALID
    assert "This would erase" in run.out
    assert "Nothing was erased." in run.err

    assert run("erase", "--session", session_id, "--yes") == ExitStatus.INVALID
    assert "--yes requires --reason" in run.err
    assert run.out == ""


def test_messages_under_a_hold_cannot_be_erased(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    assert run("hold", "--session", session_id, "--reason", "Doe v. Roe", "--json") == 0
    number = json.loads(run.out)["holds"][0]["hold"]
    erase = ["erase", "--session", session_id, "--reason", "x", "--yes"]
    assert run(*erase) == ExitStatus.INVALID
    assert "Doe v. Roe" in run.err
    assert "`zoom-sms hold --list`" in run.err
    assert run("hold", "--list") == ExitStatus.COMPLETE
    assert f"Hold {number}, in force: session_id {session_id}." in run.out
    assert run("hold", "--release", str(number)) == ExitStatus.INVALID
    assert "--reason" in run.err
    assert run("hold", "--release", str(number), "--reason", "settled") == ExitStatus.COMPLETE
    assert run(*erase) == ExitStatus.COMPLETE
    assert run("hold", "--reason", "x") == ExitStatus.INVALID


def test_a_hold_on_a_copy_to_read_points_to_the_original(
    run: Runner, archived: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(path: object, model: object = None) -> object:
        raise OSError(errno.EROFS, "Read-only file system")

    session_id = archived.sessions()[0].session_id
    assert run("hold", "--session", session_id, "--reason", "a case") == ExitStatus.COMPLETE
    assert "The number of a hold is the number of its entry in the audit log." in run.out
    monkeypatch.setattr("swagger_client.archive.locks.lock_file", read_only)
    assert run("hold", "--session", session_id, "--reason", "a case") == ExitStatus.INVALID
    said = " ".join(run.err.split())
    assert "use the original archive, not a read-only copy" in said

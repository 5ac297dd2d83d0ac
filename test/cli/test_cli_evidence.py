"""The output of ``runs``, ``verify`` and ``audit``, especially after an erasure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.archives import api_of
from support.command_line import Runner, alter

from swagger_client.archive import Archive, Run
from swagger_client.cli import ExitStatus
from swagger_client.cli.text import run_title
from swagger_client.sandbox import Sandbox


@pytest.fixture
def digest(archived: Sandbox) -> str:
    """The digest that an auditor stored."""
    with Archive("sms.sqlite3") as archive:
        return str(archive.runs()[-1].digest)


@pytest.fixture
def erased(run: Runner, archived: Sandbox, digest: str) -> str:
    """The digest after an erasure, which came after the auditor's digest."""
    number = next(one.sender.phone_number for one in archived.messages() if one.direction == "In")
    assert run("erase", "--number", str(number), "--reason", "Article 17", "--yes") == 0
    with Archive("sms.sqlite3") as archive:
        assert archive.runs()[-1].kind == "erasure"
        return str(archive.runs()[-1].digest)


def test_runs_of_every_kind_are_described(run: Runner, archived: Sandbox, erased: str) -> None:
    with Archive("sms.sqlite3") as archive:
        archive.sync_session(api_of(archived), archived.sessions()[0].session_id)
    assert run("runs") == ExitStatus.COMPLETE
    assert "Run 2, an erasure: began 20" in run.out
    assert "Run 1, all conversations from 2025-10-01T00:00:00Z to 2026-" in run.out
    assert "  to :" not in run.out


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("account", "Run 7, all conversations from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"),
        ("sessions", "Run 7, single conversations from 2026-01-01T00:00:00Z to 2026-01-02T00"),
        ("migration", "Run 7, a migration"),
        ("erasure", "Run 7, an erasure"),
        ("another", "Run 7, another from 2026-01-01T00:00:00Z"),
    ],
)
def test_title_of_a_run(kind: str, title: str) -> None:
    span = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    run = Run(7, "all", *span, span[0], span[0], None, None, kind)
    assert run_title(run).startswith(title)
    empty = Run(7, "", "", "", "", span[0], None, None, kind)
    assert " from " not in run_title(empty)


def test_verify_names_the_runs_of_its_digests(run: Runner, digest: str, erased: str) -> None:
    assert run("verify") == ExitStatus.COMPLETE
    assert f"Digest of run 2, an erasure: {erased}" in run.out
    assert "Digest of run 1, all conversations from 2025-10-01T00:00:00Z to " in run.out
    assert digest in run.out


def test_digest_of_an_auditor_still_verifies(run: Runner, digest: str, erased: str) -> None:
    assert run("verify", "--digest", digest.upper()) == ExitStatus.COMPLETE
    assert f"has the digest {digest}: it still verifies." in run.out
    assert "Run 1, all conversations from 2025-10-01T00:00:00Z to " in run.out
    assert run("verify", "--digest", erased) == ExitStatus.COMPLETE
    assert "Run 2, an erasure, ended " in run.out
    with Archive("sms.sqlite3") as archive:
        entry = archive.audit_log()[0]
    assert run("verify", "--digest", entry.hash, "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["found_digests"][entry.hash].startswith("Entry 1 of the")


def test_unknown_digest_is_damage(run: Runner, digest: str) -> None:
    assert run("verify", "--digest", "0" * 64) == ExitStatus.DAMAGED
    assert f"has the digest {'0' * 64}" in run.out
    assert "A DIGEST IS NOT IN THE ARCHIVE, and everything else verifies" in run.out
    assert "The digest is not in this archive. The archive itself verifies." in run.err
    assert run.err.index("The digest is mistyped") < run.err.index("removed runs")
    assert "DAMAGED" not in run.out
    assert run("verify", "--digest", "0" * 64, "--json") == ExitStatus.DAMAGED
    report = json.loads(run.out)
    assert report["missing_digests"] == ["0" * 64]
    assert [one["condition"] for one in report["problems"]] == ["digest-not-found"]
    assert run("verify", "--digest", "12") == ExitStatus.INVALID
    assert "64 hexadecimal digits" in run.err


def test_digest_of_an_altered_archive_does_not_verify(run: Runner, digest: str) -> None:
    alter("UPDATE records SET content = '{}' WHERE record = 5")
    assert run("verify", "--digest", digest) == ExitStatus.DAMAGED
    assert "THE ARCHIVE IS DAMAGED" in run.out
    assert run("verify", "--digest", "0" * 64) == ExitStatus.DAMAGED
    assert "THE ARCHIVE IS DAMAGED" in run.out
    assert run("verify", "--digest", digest) == ExitStatus.DAMAGED
    assert "it still verifies" not in run.out


def test_audit_summarizes_long_lists(run: Runner, erased: str) -> None:
    assert run("audit") == ExitStatus.COMPLETE
    (line,) = [line for line in run.out.splitlines() if "erasure: " in line]
    assert "items; --json prints them]" in line
    assert len(line) < 800
    assert run("audit", "--json") == ExitStatus.COMPLETE
    entries = [json.loads(line) for line in run.out.splitlines()]
    (entry,) = [one for one in entries if one["kind"] == "erasure"]
    assert len(entry["fields"]["records"]) > 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--list", "--release", "1"),
        ("--list", "--number", "+13391441808"),
        ("--release", "1", "--reason", "over", "--session", "x"),
        ("--list", "--from", "2026-01"),
    ],
    ids=" ".join,
)
def test_options_of_hold_that_would_be_ignored_are_rejected(
    run: Runner, archived: Sandbox, arguments: tuple[str, ...]
) -> None:
    assert run("hold", "--from", "2026-01-01", "--reason", "case") == ExitStatus.COMPLETE
    assert run("hold", *arguments) == ExitStatus.INVALID
    with Archive("sms.sqlite3") as archive:
        assert [hold.released_at for hold in archive.holds()] == [None]


def test_verify_rejects_a_folder_that_does_not_exist(run: Runner, archived: Sandbox) -> None:
    assert run("verify", "--attachments", "nowhere") == ExitStatus.INVALID
    assert "nowhere" in run.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("backup", "nowhere/copy.sqlite3"), "nowhere/copy.sqlite3"),
        (("backup", "sms.sqlite3/copy.sqlite3"), "sms.sqlite3/copy.sqlite3"),
        (("archive", "--attachments", "sms.sqlite3/files"), "sms.sqlite3/files"),
    ],
    ids=str,
)
def test_a_path_that_cannot_be_written_is_no_full_disk(
    run: Runner, archived: Sandbox, arguments: tuple[str, ...], named: str
) -> None:
    assert run(*arguments) == ExitStatus.INVALID
    assert named in run.err
    assert "ree some space" not in run.err


def test_an_empty_file_is_not_migrated(run: Runner) -> None:
    Path("sms.sqlite3").touch()
    assert run("migrate") == ExitStatus.INVALID
    assert Path("sms.sqlite3").read_bytes() == b""

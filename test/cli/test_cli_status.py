"""``zoom-sms status`` as a health check: no run, an old run, and when the last one ended."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from support.archives import SINCE, api_of
from support.command_line import Runner

from swagger_client.archive import Archive, Gap, coverage
from swagger_client.cli import ExitStatus
from swagger_client.cli.commands import status as status_command
from swagger_client.sandbox import Sandbox


@pytest.fixture
def one_session(zoom: Sandbox) -> Archive:
    """An archive that has a conversation, over whose account no run has finished."""
    archive = Archive("sms.sqlite3")
    archive.sync_session(api_of(zoom), zoom.sessions()[0].session_id, since="2020-01-01")
    return archive


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["verify"],
        ["search"],
        ["sessions"],
        ["people"],
        ["export", "-o", "out.jsonl"],
        ["backup", "copy.sqlite3"],
    ],
    ids=lambda command: str(command[0]),
)
def test_archive_without_a_finished_run_is_incomplete(
    run: Runner, one_session: Archive, command: list[str]
) -> None:
    assert run(*command) == ExitStatus.INCOMPLETE
    assert "No run of `zoom-sms archive` has finished" in run.err


def test_archive_without_a_finished_run_is_incomplete_in_json(
    run: Runner, one_session: Archive
) -> None:
    assert run("status", "--json") == ExitStatus.INCOMPLETE
    result = json.loads(run.out)
    assert result["complete"] is False
    assert [one["condition"] for one in result["problems"]] == ["no-run-finished"]
    assert result["last_run"] is None


def test_coverage_and_verification_without_a_finished_run(one_session: Archive) -> None:
    assert not one_session.coverage().complete
    assert not one_session.verify().complete
    assert one_session.verify().sound


def test_coverage_and_verification_after_a_run(run: Runner, archived: Sandbox) -> None:
    with Archive("sms.sqlite3") as archive:
        assert archive.coverage().complete
        assert archive.verify().complete
        assert archive.verify().finished_runs == 1


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "119 minutes ago"),
        (timedelta(hours=4, minutes=59), "4 hours ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_status_shows_the_end_of_the_last_run(
    run: Runner, archived: Sandbox, monkeypatch: pytest.MonkeyPatch, age: timedelta, text: str
) -> None:
    ended = _ended()
    monkeypatch.setattr(status_command, "_now", lambda: ended + age)
    assert run("status") == ExitStatus.COMPLETE
    assert f"Last run:   {ended:%Y-%m-%dT%H:%M:%SZ} ({text})" in run.out.splitlines()


@pytest.mark.parametrize(
    ("max_age", "age", "status"),
    [
        ("36h", timedelta(hours=36), ExitStatus.COMPLETE),
        ("36h", timedelta(hours=36, seconds=1), ExitStatus.INCOMPLETE),
        ("2d", timedelta(days=2), ExitStatus.COMPLETE),
        ("2d", timedelta(days=2, seconds=1), ExitStatus.INCOMPLETE),
        ("0.5h", timedelta(minutes=31), ExitStatus.INCOMPLETE),
    ],
)
def test_last_run_that_is_too_old_is_stale(
    run: Runner,
    archived: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    max_age: str,
    age: timedelta,
    status: ExitStatus,
) -> None:
    ended = _ended()
    monkeypatch.setattr(status_command, "_now", lambda: ended + age)
    assert run("status", "--max-age", max_age, "--json") == status
    result = json.loads(run.out)
    stale = ["stale"] if status else []
    assert [one["condition"] for one in result["problems"]] == stale
    assert result["complete"] is (status == ExitStatus.COMPLETE)
    assert result["last_run_age_seconds"] == age.total_seconds()
    assert run("status") == ExitStatus.COMPLETE  # without a limit it may be old


@pytest.mark.parametrize("given", ["36", "0h", "-1h", "h", "36 weeks", ""])
def test_invalid_ages_are_rejected(run: Runner, archived: Sandbox, given: str) -> None:
    assert run("status", f"--max-age={given}") == ExitStatus.INVALID
    assert "such as 36h or 2d" in run.err


def _ended() -> datetime:
    with Archive("sms.sqlite3") as archive:
        (finished,) = [run.finished_at for run in archive.runs()]
    return datetime.fromisoformat(str(finished)).astimezone(timezone.utc)


def test_a_conversation_with_several_gaps_is_printed_once() -> None:
    first = Gap("s1", "2026-01-01", "2026-01-31", "failed", 1, "HTTP 500")
    later = first._replace(window_from="2026-02-01", window_to="2026-02-28")
    other = first._replace(session_id="s2", state="accepted")
    assert status_command._describe_gaps([first, other, later]) == [
        "not read: conversation s1: HTTP 500 (2026-01-01 to 2026-01-31, 2026-02-01 to 2026-02-28)",
        "accepted: conversation s2: HTTP 500 (2026-01-01 to 2026-01-31)",
    ]


def test_an_archive_of_one_kind_of_conversation_says_so(run: Runner, zoom: Sandbox) -> None:
    assert run("archive", "--from", SINCE, "--session-type", "user") == ExitStatus.COMPLETE
    assert run("status") == ExitStatus.COMPLETE
    assert "only user conversations" in run.out
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    run("status")
    assert "only" not in run.out


def test_a_search_looks_at_no_file(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE

    def look(*_: object) -> None:
        raise AssertionError("a file was looked at")

    monkeypatch.setattr(coverage, "find_change", look)
    assert run("search", "--direction", "in", "--limit", "1000") == ExitStatus.COMPLETE
    with pytest.raises(AssertionError, match="a file was looked at"):
        run("status")

"""``zoom-sms sessions``, ``people``, ``runs``, ``status``, and ``search`` without words."""

from __future__ import annotations

import json
import re

import pytest
from support.archives import SINCE
from support.command_line import Runner

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def rows(run: Runner) -> list[dict[str, object]]:
    return [json.loads(line) for line in run.out.splitlines()]


def test_sessions_lists_every_conversation(run: Runner, archived: Sandbox) -> None:
    assert run("sessions", "--json") == ExitStatus.COMPLETE
    listed = {row["session_id"]: row["messages"] for row in rows(run)}
    assert listed == {
        session.session_id: len(archived.messages(session.session_id))
        for session in archived.sessions()
    }
    assert run("sessions") == ExitStatus.COMPLETE
    for session in archived.sessions():
        assert f"[{session.session_id}]" in run.out
    assert f"{len(listed)} conversations found." in run.out


def test_sessions_can_be_selected(run: Runner, archived: Sandbox) -> None:
    chosen = archived.sessions()[0]
    number = chosen.participants[-1].phone_number or ""
    assert run("sessions", "--json", "--number", number) == ExitStatus.COMPLETE
    assert chosen.session_id in [row["session_id"] for row in rows(run)]


def test_people_lists_every_number(run: Runner, archived: Sandbox) -> None:
    assert run("people", "--json") == ExitStatus.COMPLETE
    listed = {"".join(filter(str.isdigit, str(row["number"]))) for row in rows(run)}
    for session in archived.sessions():
        for party in session.participants:
            if party.phone_number:
                assert "".join(filter(str.isdigit, party.phone_number)) in listed
    assert run("people") == ExitStatus.COMPLETE
    assert "people found." in run.out


def test_runs_lists_digests_the_newest_first(run: Runner, archived: Sandbox) -> None:
    run("archive")
    assert run("runs", "--json") == ExitStatus.COMPLETE
    listed = rows(run)
    assert [row["run"] for row in listed] == [2, 1]
    assert run("runs") == ExitStatus.COMPLETE
    for row in listed:
        assert str(row["digest"]) in run.out
    assert "2 runs found." in run.out


def test_status_shows_the_archived_time_range(run: Runner, archived: Sandbox) -> None:
    assert run("status", "--json") == ExitStatus.COMPLETE
    status = json.loads(run.out)
    assert status["messages"] == len(archived.messages())
    assert status["conversations"] == len(archived.sessions())
    assert status["archived_from"].startswith(SINCE)
    assert status["complete"] is True
    assert sum(month["messages"] for month in status["months"]) == len(archived.messages())
    assert run("status", "--months") == ExitStatus.COMPLETE
    assert "2026-01  user  " in run.out
    assert run("status") == ExitStatus.COMPLETE
    assert "2026-01  user  " not in run.out
    assert f"{SINCE}T00:00:00Z to 2026-03-10T09:00:00Z, complete" in run.out


@pytest.mark.parametrize(
    ("arguments", "matches"),
    [
        (["--direction", "in"], lambda m: m.direction == "In"),
        (["--direction", "Out"], lambda m: m.direction == "Out"),
        (["--has-files"], lambda m: bool(m.attachments)),
        (["--from", "2026-01", "--to", "2026-01"], lambda m: m.date_time.startswith("2026-01")),
        (["--to", "2025-12"], lambda m: m.date_time < "2026"),
        ([], lambda m: True),
    ],
)
def test_search_needs_no_words(
    run: Runner, archived: Sandbox, arguments: list[str], matches: object
) -> None:
    assert run("search", "--json", *arguments) == ExitStatus.COMPLETE
    assert callable(matches)
    expected = {message.message_id for message in archived.messages() if matches(message)}
    found = rows(run)
    assert {row["message_id"] for row in found} == expected
    times = [str(row["date_time"]) for row in found]
    assert times == sorted(times, reverse=True)


def test_a_limit_is_always_mentioned(run: Runner, archived: Sandbox) -> None:
    total = len(archived.messages())
    assert total > 50
    assert run("search") == ExitStatus.INCOMPLETE
    assert f"incomplete: 50 of {total} messages are shown." in run.err
    assert f"To show all, use --limit {total}." in run.err
    assert run("search", "--json") == ExitStatus.COMPLETE
    assert len(rows(run)) == total
    assert run("search", "--json", "--limit", "3") == ExitStatus.INCOMPLETE
    assert len(rows(run)) == 3
    assert json.loads(run.err)["problem"]["condition"] == "limit-reached"
    assert run("search", "--limit", str(total)) == ExitStatus.COMPLETE


@pytest.mark.parametrize("command", ["search", "sessions", "export"])
@pytest.mark.parametrize(
    ("option", "value", "nearest"),
    [
        ("--session", "no-such-conversation", "has no conversation"),
        ("--number", "+1 555 000 1234", "has no phone number"),
        ("--user", "jane@example.com", "has no user"),
        ("--status", "delivred", "The most similar one is delivered"),
        ("--sender", "Nobody At All 5550001234", "has no"),
    ],
)
def test_a_value_that_the_archive_does_not_know_is_an_error(
    run: Runner, archived: Sandbox, command: str, option: str, value: str, nearest: str
) -> None:
    assert run(command, option, value) == ExitStatus.INVALID
    assert "Nothing can be found: " in run.err
    assert nearest in run.err
    assert run.out == ""


def test_only_a_similar_number_is_named(run: Runner, archived: Sandbox) -> None:
    with Archive("sms.sqlite3") as archive:
        number = next(one.digits for one in archive.people() if len(one.digits or "") == 11)
    assert number is not None
    typo = f"{number[:4]}{(int(number[4]) + 1) % 10}{number[5:]}"
    for mistyped in (typo, number[:-1] + "00", number[1:5] + number[6:]):
        assert run("search", "--number", f"+{mistyped}") == ExitStatus.INVALID
        assert f"The most similar number is +{number}" in run.err
    for another in ("+15550001234", "+4915550001234567", "12"):
        assert run("search", "--number", another) == ExitStatus.INVALID
        assert "most similar" not in run.err
        assert "`zoom-sms people`" in run.err


def test_only_a_similar_conversation_is_named(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    assert run("search", "--session", session_id[:-1]) == ExitStatus.INVALID
    assert f"The most similar one is {session_id}" in run.err
    assert run("search", "--session", "Dmitri") == ExitStatus.INVALID
    assert "most similar" not in run.err


@pytest.mark.parametrize("command", ["search", "export", "hold", "erase"])
def test_a_name_instead_of_a_number_is_explained(
    run: Runner, archived: Sandbox, command: str
) -> None:
    reason = ["--reason", "x"] if command in ("hold", "erase") else []
    assert run(command, "--number", "Dmitri Nakamura", *reason) == ExitStatus.INVALID
    assert "--number must be a phone number, but 'Dmitri Nakamura' has no digit" in run.err
    assert "`zoom-sms people` lists the numbers of people" in run.err


def test_unknown_name_of_a_sender_is_explained(run: Runner, archived: Sandbox) -> None:
    assert run("search", "--sender", "Nobody At All") == ExitStatus.INVALID
    assert "has no sender 'Nobody At All'" in run.err


@pytest.mark.parametrize("command", ["search", "sessions", "export"])
def test_a_time_that_is_not_archived_is_an_error(
    run: Runner, archived: Sandbox, command: str
) -> None:
    assert run(command, "--from", "2019-01", "--to", "2019-02") == ExitStatus.INVALID
    assert "its runs have fetched only messages from 2025-10-01" in run.err


@pytest.mark.parametrize("value", ["soon", "2026-13", "2026-02-30", "0000", "2026-W54", "1e9"])
def test_a_time_that_cannot_be_read_is_an_error(run: Runner, archived: Sandbox, value: str) -> None:
    assert run("search", f"--from={value}") == ExitStatus.INVALID
    assert "--from" in run.err


def test_a_part_that_is_not_archived_makes_a_result_incomplete(
    run: Runner, archived: Sandbox
) -> None:
    assert run("search", "--from", "2024-01", "--limit", "999") == ExitStatus.INCOMPLETE
    assert "incomplete: The archive begins at 2025-10-01T00:00:00Z" in run.err
    assert "`zoom-sms archive --from 2024-01`" in run.err
    assert run("search", "--to", "2026-12-31", "--limit", "999") == ExitStatus.INCOMPLETE
    assert "incomplete: The archive ends at 2026-03-10T09:00:00Z" in run.err


def test_a_search_without_matches_is_complete(run: Runner, archived: Sandbox) -> None:
    assert run("search", "qwertzuiop") == ExitStatus.COMPLETE
    assert run.out == "No message matches.\n"
    assert run("search", "qwertzuiop", "--json") == ExitStatus.COMPLETE
    assert run.out == ""


def test_the_audit_log_shows_spans_of_runs_as_times(run: Runner, archived: Sandbox) -> None:
    assert run("audit") == ExitStatus.COMPLETE
    assert re.search(r"spans \d{4}-\S+Z to \d{4}-\S+Z,", run.out)
    assert '\\"' not in run.out
    run("audit", "--json")
    begun = [json.loads(line) for line in run.out.splitlines()]
    (entry,) = (one for one in begun if one["kind"] == "run begun")
    assert [len(span) for span in entry["fields"]["spans"]] == [2]


def test_the_columns_of_conversations_are_aligned(run: Runner, archived: Sandbox) -> None:
    assert run("sessions") == ExitStatus.COMPLETE
    lines = run.out.splitlines()[:-1]
    kinds = {re.search(r"message(s?)  (\S+) +", line) for line in lines}
    assert len({found.start(2) for found in kinds if found}) == 1
    assert len({found.end() for found in kinds if found}) == 1


def test_status_has_one_format_of_times(run: Runner, archived: Sandbox) -> None:
    run("status")
    assert re.search(r"Last run: +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(", run.out)
    assert " UTC" not in run.out

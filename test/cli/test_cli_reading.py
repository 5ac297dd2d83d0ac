"""``zoom-sms verify``, ``search`` and ``show``."""

from __future__ import annotations

import json

import pytest
from support.command_line import Runner, forge_a_message

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_verify_reports_a_sound_archive_or_its_damage(run: Runner, archived: Sandbox) -> None:
    assert run("verify", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert (report["sound"], report["problems"]) == (True, [])
    assert run("verify") == ExitStatus.COMPLETE
    assert "Nothing is missing or altered" in run.out

    forge_a_message()
    assert run("verify") == ExitStatus.DAMAGED
    assert "altered in text" in run.out
    assert "THE ARCHIVE IS DAMAGED" in run.out
    assert "archive the account into a new file" in run.err
    assert run("verify", "--json") == ExitStatus.DAMAGED
    report = json.loads(run.out)
    assert report["complete"] is False
    assert "altered in text" in report["damage"][0]
    assert report["problems"][0]["condition"] == "verify-failed"


def test_search_prints_who_when_and_which_conversation(run: Runner, archived: Sandbox) -> None:
    newest = archived.messages()[-1]
    assert run("search", "alert") == ExitStatus.COMPLETE

    assert newest.session_id in run.out
    assert newest.date_time[:10] in run.out
    assert (newest.sender.display_name or newest.sender.phone_number or "") in run.out
    assert "1 message found" in run.out
    assert run("search", "--json", "alert") == ExitStatus.COMPLETE
    assert json.loads(run.out)["message_id"] == newest.message_id


def test_show_prints_a_conversation_in_its_order(run: Runner, archived: Sandbox) -> None:
    session = archived.sessions()[0]
    assert run("show", session.session_id) == ExitStatus.COMPLETE

    places = [
        run.out.find(message.text.split("\n")[0])
        for message in archived.messages(session.session_id)
        if message.text and message.text.isprintable()
    ]
    assert -1 not in places
    assert places[0] < places[-1]


def test_json_has_the_report_of_the_library(run: Runner, archived: Sandbox) -> None:
    run("verify", "--json")
    printed = json.loads(run.out)
    with Archive("sms.sqlite3") as archive:
        report = archive.verify()
    for name in ("sessions", "messages", "records", "files", "digest"):
        assert printed[name] == getattr(report, name)


def test_search_for_a_person_as_words_names_the_option(run: Runner, archived: Sandbox) -> None:
    session = archived.sessions()[0]
    archived.add_message(session.session_id, text="Olá", direction="In")
    with Archive("sms.sqlite3") as archive:
        person = next(one for one in archive.people() if one.names and one.number and one.sent)
    number = str(person.number)
    assert run("search", number.removeprefix("+")) == ExitStatus.COMPLETE
    assert "No message matches" in run.out
    assert f"--number '+{number.removeprefix('+')}' finds the messages of the number." in " ".join(
        run.err.split()
    )
    assert run("search", *person.names[0].split()) == ExitStatus.COMPLETE
    said = " ".join(run.err.split())
    assert f"--sender '{person.names[0]}' finds the messages that they sent" in said
    assert run("search", "--number", number, "--limit", "500") == ExitStatus.COMPLETE
    assert "message" in run.out
    assert run("search", "nosuchwordanywhere") == ExitStatus.COMPLETE
    assert run.err == ""


def test_show_says_that_a_conversation_was_erased(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    assert run("erase", "--session", session_id, "--reason", "Request 17", "--yes") == 0
    assert run("show", session_id) == ExitStatus.COMPLETE
    assert run.out.startswith(f"Erased conversation {session_id}\n")
    assert "Erased at 20" in run.out
    assert "Reason: Request 17" in run.out
    assert run("show", session_id, "--json") == ExitStatus.COMPLETE
    assert run.out == ""
    assert "Request 17" in json.loads(run.err)["note"]


@pytest.mark.parametrize(
    "command",
    [["sessions"], ["search"], ["search", "hello"], ["export"], ["export", "-o", "x.csv"]],
)
def test_reading_an_erased_conversation_says_that_it_was_erased(
    run: Runner, archived: Sandbox, command: list[str]
) -> None:
    erased, other = (one.session_id for one in archived.sessions()[:2])
    assert run("erase", "--session", erased, "--reason", "Request 17", "--yes") == 0
    assert run(*command, "--session", erased) == ExitStatus.COMPLETE
    assert f"note: Conversation {erased}: Erased at 20" in run.err
    assert "Reason: Request 17" in run.err
    assert run(*command, "--session", other, "--session", erased, "--json") == ExitStatus.COMPLETE
    assert f"Conversation {erased}: Erased at 20" in json.loads(run.err.splitlines()[0])["note"]
    assert run(*command, "--session", other) == ExitStatus.COMPLETE
    assert "Erased" not in run.err


def test_show_names_the_conversations_that_begin_like_an_id(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    assert run("show", session_id[:4]) == ExitStatus.INVALID
    assert session_id in run.err
    assert "the archive has no conversation" in run.err.lower()


def test_an_export_since_a_run_reports_what_was_erased(run: Runner, archived: Sandbox) -> None:
    session_id = archived.sessions()[0].session_id
    erased = [one.message_id for one in archived.messages() if one.session_id == session_id]
    export = ["export", "--since-run", "1", "--json", "--output"]
    assert run(*export, "before.jsonl") == ExitStatus.COMPLETE
    assert json.loads(run.out)["erased"] == []
    assert run("erase", "--session", session_id, "--reason", "Request 17", "--yes") == 0
    assert run(*export, "after.jsonl") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert report["messages"] == 0
    assert sorted(one["message_id"] for one in report["erased"]) == sorted(erased)
    assert {one["session_id"] for one in report["erased"]} == {session_id}
    assert f"{len(erased)} messages of run 1 or before were erased" in run.err
    assert run("export", "--since-run", "2", "--output", "later.csv") == ExitStatus.COMPLETE
    assert "erased" not in run.err

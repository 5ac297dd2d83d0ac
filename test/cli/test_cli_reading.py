"""``zoom-sms verify``, ``search`` and ``show``."""

from __future__ import annotations

import json

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

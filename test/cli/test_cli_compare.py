"""``zoom-sms compare``."""

from __future__ import annotations

import json
import os
import signal

from support.archives import SINCE, api_of
from support.command_line import Runner

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_a_sound_archive_equals_zoom(run: Runner, archived: Sandbox) -> None:
    for arguments in ([], ["--all"], ["--sample", "2"]):
        assert run("compare", *arguments) == ExitStatus.COMPLETE
        assert "0 differences." in run.out
    session_id = archived.sessions()[0].session_id
    assert run("compare", "--session", session_id, "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert (report["sessions"], report["differences"]) == (1, [])
    assert report["complete"] is True


def test_missing_parts_of_the_archive_are_named(run: Runner, archived: Sandbox) -> None:
    late = archived.add_message(
        archived.sessions()[0].session_id, text="late", at=archived.messages()[5].at_ms / 1000
    )
    assert run("compare", "--all") == ExitStatus.INCOMPLETE
    assert f"missing in archive: message {late.message_id} of conversation" in run.out
    assert "`zoom-sms archive --reread-days all`" in run.err
    assert run("archive", "--reread-days", "all") == ExitStatus.COMPLETE
    assert run("compare", "--all") == ExitStatus.COMPLETE


def test_messages_that_zoom_may_have_deleted_are_counted(run: Runner, archived: Sandbox) -> None:
    oldest = archived.messages()[0]
    archived.remove_message(oldest.message_id)
    assert run("compare", "--all") == ExitStatus.COMPLETE
    assert "note: missing at Zoom" in run.out
    assert "1 message may have been deleted at Zoom" in " ".join(run.out.split())
    assert run("compare", "--all", "--json") == ExitStatus.COMPLETE
    assert json.loads(run.out)["unexplained"] == 1


def test_an_unknown_conversation_is_an_error(run: Runner, archived: Sandbox) -> None:
    assert run("compare", "--session", "nosuch") == ExitStatus.INVALID
    assert "nosuch" in run.err
    assert run("compare", "--sample", "0") == ExitStatus.INVALID
    assert run("compare", "--sample", "1", "--all") == ExitStatus.INVALID


def test_compare_fails_before_a_run_has_finished(run: Runner, zoom: Sandbox) -> None:
    with Archive("sms.sqlite3") as archive:
        archive.sync_session(api_of(zoom), zoom.sessions()[0].session_id, since="2020-01-01")
    assert run("compare", "--json") == ExitStatus.INCOMPLETE
    assert [one["condition"] for one in json.loads(run.out)["problems"]] == ["no-run-finished"]


def test_compare_fails_if_the_only_run_was_interrupted(run: Runner, zoom: Sandbox) -> None:
    started = len(zoom.requests)

    def interrupt(request: object) -> None:
        if len(zoom.requests) == started + 10:
            os.kill(os.getpid(), signal.SIGTERM)

    zoom.on_request(interrupt)
    assert run("archive", "--from", SINCE) == ExitStatus.UNFINISHED
    assert run("compare", "--json") == ExitStatus.INCOMPLETE
    assert [one["condition"] for one in json.loads(run.out)["problems"]] == ["run-interrupted"]


def test_a_sample_says_of_how_many_conversations_it_is(run: Runner, archived: Sandbox) -> None:
    total = len(archived.sessions())
    run("compare", "--sample", "2")
    assert f"Compared 2 of {total} archived conversations and" in run.out
    run("compare", "--all")
    assert f"Compared {total} archived conversations and" in run.out
    run("compare", "--sample", "2", "--json")
    assert json.loads(run.out)["conversations"] == total


def test_conversations_that_only_zoom_lists_are_counted_beside_the_sample(
    run: Runner, archived: Sandbox
) -> None:
    total = len(archived.sessions())
    for _ in range(3):
        archived.add_message(archived.add_session(), at=archived.messages()[-1].at_ms / 1000)
    for sample, counted in ((2, f"2 of {total}"), (total + 1, f"{total}")):
        run("compare", "--sample", str(sample))
        assert f"Compared {counted} archived conversations, 3 that only Zoom lists" in run.out
        run("compare", "--sample", str(sample), "--json")
        report = json.loads(run.out)
        assert report["sessions"] == min(sample, total) + 3
        assert (report["unarchived"], report["conversations"]) == (3, total)

"""The command line: what it prints, what it exits with, and what it never shows."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.archives import SINCE, small_account

from swagger_client._flow.drivers import SystemClock
from swagger_client.archive import Archive, VerifyReport
from swagger_client.cli import DAMAGED, DONE, MISUSE, RESUMABLE, main
from swagger_client.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and no account."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ZOOM_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(SystemClock, "sleep", lambda clock, seconds: None)


@pytest.fixture
def zoom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account that the environment leads to."""
    with small_account() as sandbox:
        lead_to(sandbox, monkeypatch)
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def zoom_now(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account whose clock is right."""
    with Sandbox(seed=5) as sandbox:
        lead_to(sandbox, monkeypatch)
        yield sandbox


def lead_to(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
    monkeypatch.setenv("ZOOM_TOKEN_URL", zoom.token_url)
    monkeypatch.setenv("ZOOM_ACCOUNT_ID", zoom.account_id)
    monkeypatch.setenv("ZOOM_CLIENT_ID", zoom.client_id)
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", zoom.client_secret)


class Told:
    """What a command printed, and its status."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        status = main(arguments)
        self.out, self.err = self._capsys.readouterr()
        return status


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


# Archiving.


def test_a_run_says_what_it_archived(run: Told, zoom: Sandbox) -> None:
    assert run("archive", "--from", SINCE, "--attachments", "files") == DONE

    count = len(zoom.messages())
    assert f"Archived {count:,} new messages, and 6 new conversations" in run.out
    assert re.search(r"Files: \d+ fetched\.", run.out)
    assert re.search(r"Digest: [0-9a-f]{64}", run.out)


def test_the_next_run_says_what_changed(run: Told, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    zoom.set_delivery_status(zoom.messages()[-1].message_id, "unknown")
    assert run("archive", "--json") == DONE

    report = json.loads(run.out)
    assert report["changed_messages"] == 1
    assert list(report["changes"].values()) == [1]
    assert report["new_messages"] == 0


def test_a_run_that_loses_the_network_can_be_resumed(run: Told, zoom: Sandbox) -> None:
    zoom.fault(reset=True, after=20, times=None)
    assert run("archive", "--from", SINCE) == RESUMABLE
    assert "the same command goes on" in run.err

    zoom.clear_faults()
    assert run("archive", "--from", SINCE) == DONE
    assert "An interrupted run was finished" in run.out


def test_a_refused_token_has_to_be_corrected(run: Told, zoom: Sandbox) -> None:
    zoom.fault(operation="oauth_token", status=401, times=None)
    assert run("archive", "--from", SINCE) == MISUSE
    assert "client id" in run.err


def test_missing_scopes_are_named(run: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_account(scopes=["nothing"]) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        assert run("archive", "--from", SINCE) == MISUSE
    assert "phone_sms:read" in run.err


def test_what_is_refused_by_zoom_is_told_and_resumable(run: Told, zoom: Sandbox) -> None:
    zoom.fault(path=f"*/sessions/{zoom.sessions()[0].session_id}", status=404, times=None)
    assert run("archive", "--from", SINCE) == RESUMABLE
    assert f"does not show {zoom.sessions()[0].session_id}" in run.out


def test_a_second_run_stops(run: Told, zoom: Sandbox) -> None:
    from swagger_client._security.file_lock import lock_file

    with lock_file("sms.sqlite3.lock"):
        assert run("archive", "--from", SINCE) == RESUMABLE
    assert "Another run is writing to sms.sqlite3" in run.err


def test_a_corrupt_database_is_told_and_left(run: Told, zoom: Sandbox) -> None:
    Path("sms.sqlite3").write_bytes(b"x" * 5000)
    assert run("archive", "--from", SINCE) == DAMAGED
    assert run("verify") == DAMAGED
    assert Path("sms.sqlite3").read_bytes() == b"x" * 5000


# Mistakes.


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["archive", "--from", "2026-01-01"], "There are no credentials"),
        (["archive", "--sandbox", "--from", "soon"], "must be like 2026-01-31"),
        (["archive", "--sandbox", "--from", "2026-06-01"], "from 2025-02-01 to 2026-01-31"),
        (["archive", "--sandbox", "--reread-days", "few"], "takes a number or 'all'"),
        (["archive", "--sandbox", "--session-type", "users"], "invalid choice"),
        (["archive", "--access-token", "x"], "unrecognized arguments"),
        (["archive", "--client-secret", "x"], "unrecognized arguments"),
        (["verify"], "There is no archive at sms.sqlite3"),
        (["search", "--sandbox", "!!"], "at least one word"),
        (["show", "--sandbox", "nobody"], "has no conversation nobody"),
        (["export", "--sandbox", "--number", "x"], "no digit"),
        (["export", "--sandbox", "--format", "parquet"], "name one"),
        (["export", "--sandbox", "-o", ""], "name a file"),
        (["export", "--sandbox", "-o", "."], "Is a directory"),
        (["export", "--sandbox", "-o", "nowhere/x.csv"], "nowhere/x.csv'. Check the path"),
        (["export", "--sandbox", "-o", "sandbox.sqlite3"], "the archive itself"),
        (["archive", "--sandbox", "--database", ""], "name a file"),
        (["archive", "--sandbox", "--database", "."], "is a folder"),
        (["search", "--sandbox", "a", "--limit", "0"], "at least 1"),
        (["search", "--sandbox", "a", "--limit", "-1"], "at least 1"),
        (["show", "--sandbox", "\udcff"], "has no conversation"),
        ([], "COMMAND"),
    ],
)
def test_a_mistake_is_named(run: Told, arguments: list[str], told: str) -> None:
    assert run(*arguments) == MISUSE
    assert told in run.err


def test_a_request_that_zoom_refuses_for_good_is_not_to_be_repeated(
    run: Told, zoom: Sandbox
) -> None:
    zoom.fault(
        operation="account_sms_session",
        status=400,
        body={"code": 300, "message": "Bad."},
        times=None,
    )
    assert run("archive", "--from", SINCE) == MISUSE
    assert "of no use" in run.err
    assert "goes on later" not in run.err


@pytest.mark.parametrize("days", ["inf", "1e300", "800000", "all"])
def test_everything_can_be_read_again(run: Told, zoom: Sandbox, days: str) -> None:
    run("archive", "--from", SINCE)
    assert run("archive", "--reread-days", days, "--json") == DONE
    assert json.loads(run.out)["span_from"][:10] == SINCE


def test_limits_have_no_limit_and_ids_need_not_be_text(run: Told) -> None:
    assert run("search", "--sandbox", "tomorrow", "--limit", "9" * 30) == DONE
    assert re.search(r"\d+ found\.", run.out)
    assert run("export", "--sandbox", "--user", "\udcff", "--session", "\udcff") == DONE
    assert run.out == ""
    assert run("search", "--sandbox", "\udcff") == DONE
    assert "Nothing found" in run.out


# Credentials.


def credentials(zoom: Sandbox) -> Path:
    file = Path("credentials")
    file.write_text(
        f"# ours\nexport ZOOM_API_HOST={zoom.host}\nZOOM_TOKEN_URL={zoom.token_url}\n\n"
        f'ZOOM_ACCOUNT_ID="{zoom.account_id}"\nZOOM_CLIENT_ID={zoom.client_id}\n'
        f"ZOOM_CLIENT_SECRET={zoom.client_secret}\n"
    )
    file.chmod(0o600)
    return file


def test_credentials_come_from_a_file_of_ones_own(run: Told) -> None:
    with small_account() as zoom:
        file = credentials(zoom)
        assert run("archive", "--from", SINCE, "--credentials-file", str(file)) == DONE
        assert zoom.client_secret not in run.out + run.err


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(run: Told, mode: int) -> None:
    with small_account() as zoom:
        file = credentials(zoom)
        file.chmod(mode)
        assert run("archive", "--from", SINCE, "--credentials-file", str(file)) == MISUSE
        assert "chmod 600" in run.err
        assert zoom.requests == []


def test_a_line_that_is_no_setting_is_told_without_showing_it(run: Told) -> None:
    Path("credentials").write_text("sEcReT\n")
    Path("credentials").chmod(0o600)
    assert run("doctor", "--credentials-file", "credentials") == MISUSE
    assert "line 1" in run.out
    assert "sEcReT" not in run.out + run.err


def test_no_secret_is_printed_or_kept_even_when_all_goes_wrong(run: Told, zoom: Sandbox) -> None:
    printed = ""
    faults: tuple[dict[str, Any], ...] = (
        {"status": 500}, {"reset": True}, {"garbage": True}, {"status": 403},
    )  # fmt: skip
    for fault in faults:
        zoom.fault(after=8, times=None, **fault)
        run("archive", "--from", SINCE, "--attachments", "files")
        run_out, run_err = run.out, run.err
        printed += run_out + run_err
        zoom.clear_faults()
    run("archive", "--from", SINCE, "--attachments", "files")
    run("doctor")
    printed += run.out + run.err
    kept = b"".join(path.read_bytes() for path in Path().rglob("sms.sqlite3*"))

    for secret in (zoom.client_secret, zoom.access_token):
        assert secret not in printed
        assert secret.encode() not in kept
    assert "jwt" not in printed
    assert b"jwt" not in kept


# Everything without an account.


def test_every_command_works_on_the_sandbox(run: Told) -> None:
    assert run("archive", "--sandbox") == DONE
    assert run("archive", "--sandbox") == DONE  # the account is the same
    assert "Archived 0 new messages" in run.out
    assert run("verify", "--sandbox") == DONE
    assert run("doctor", "--sandbox") == DONE
    assert run("export", "--sandbox", "--format", "csv", "--output", "x.csv") == DONE
    assert run("search", "--sandbox", "tomorrow", "--limit", "1") == DONE
    session_id = re.search(r"\[([0-9a-f]{32})\]", run.out)
    assert session_id is not None
    assert run("show", "--sandbox", session_id[1]) == DONE
    assert not Path("sms.sqlite3").exists()


def test_reading_commands_make_the_sandbox_archive_themselves(run: Told) -> None:
    assert run("verify", "--sandbox") == DONE
    assert "Nothing is missing or altered" in run.out


def test_the_sandbox_is_never_mixed_with_an_account(run: Told, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    assert run("archive", "--sandbox", "--database", "sms.sqlite3") == MISUSE
    assert "one for each account" in run.err


# Reading.


@pytest.fixture
def archived(run: Told, zoom: Sandbox) -> Sandbox:
    zoom.add_message(
        zoom.sessions()[0].session_id,
        text="red \x1b[31m alert\x07\u202e gnp.exe =1+1",
        direction="In",
    )
    assert run("archive", "--from", SINCE) == DONE
    return zoom


def test_verify_says_that_all_is_well_or_what_is_not(run: Told, archived: Sandbox) -> None:
    assert run("verify", "--json") == DONE
    assert json.loads(run.out)["problems"] == []
    assert run("verify") == DONE
    assert "Nothing is missing or altered" in run.out

    import sqlite3

    with sqlite3.connect("sms.sqlite3") as connection:
        connection.execute("UPDATE messages SET text = 'forged' WHERE message = 3")
    connection.close()
    assert run("verify") == DAMAGED
    assert "altered in text" in run.out
    assert "THE ARCHIVE IS DAMAGED" in run.out


def test_a_text_never_controls_the_terminal(run: Told, archived: Sandbox) -> None:
    run("search", "alert")
    found = run.out
    run("show", archived.sessions()[0].session_id)

    for printed in (found, run.out):
        assert r"red \x1b[31m alert\x07\x202e gnp.exe" in printed
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printed)


FORGED = "Bob\n12:00  Boss\n2026-01-01 12:00:00  Boss → you\u2028\x85[1]\t\r"


def test_nobodys_name_makes_a_line_of_its_own(run: Told, zoom: Sandbox) -> None:
    """Only a message's text has lines, and they are set in."""
    session = zoom.sessions()[0]
    zoom.add_message(session.session_id, text=f"approve\t1\n{FORGED}")
    run("archive", "--from", SINCE)
    import sqlite3

    with contextlib.closing(sqlite3.connect("sms.sqlite3")) as connection, connection:
        for table, column in (
            ("messages", "sender_display_name"),
            ("messages", "delivery_status"),
            ("messages", "date_time"),
            ("recipients", "display_name"),
            ("participants", "display_name"),
            ("attachments", "name"),
        ):
            connection.execute(f"UPDATE {table} SET {column} = ?", (FORGED,))

    for command in (("search", "approve"), ("show", session.session_id)):
        assert run(*command) == DONE
        heads = [line for line in run.out.splitlines() if not line.startswith("       ")]
        assert heads
        assert not [line for line in heads if line.startswith(("12:00", "2026-01-01"))]
        assert r"Bob\x0a12:00  Boss\x0a2026-01-01 12:00:00  Boss → you\x2028\x85[1]\x09" in run.out
        assert "       approve\t1\n       Bob\n       12:00  Boss\n" in run.out
    run("verify")
    assert not re.search("(?m)^12:00", run.out)


def test_what_zoom_says_is_printed_on_one_line(run: Told, zoom: Sandbox) -> None:
    zoom.fault(
        operation="account_sms_session",
        status=403,
        body={"code": 1, "message": "no\nInterrupted. What was committed is safe"},
        times=None,
    )
    run("archive", "--from", SINCE)
    assert r"no\x0aInterrupted." in run.err
    run("doctor")
    assert r"no\x0aInterrupted." in run.out


def test_search_says_who_when_and_which_conversation(run: Told, archived: Sandbox) -> None:
    newest = archived.messages()[-1]
    assert run("search", "alert") == DONE

    assert newest.session_id in run.out
    assert newest.date_time[:10] in run.out
    assert (newest.sender.display_name or newest.sender.phone_number or "") in run.out
    assert "1 found" in run.out
    assert run("search", "--json", "alert") == DONE
    assert json.loads(run.out)["message_id"] == newest.message_id


def test_show_prints_a_conversation_in_its_order(run: Told, archived: Sandbox) -> None:
    session = archived.sessions()[0]
    assert run("show", session.session_id) == DONE

    places = [
        run.out.find(message.text.split("\n")[0])
        for message in archived.messages(session.session_id)
        if message.text and message.text.isprintable()
    ]
    assert -1 not in places
    assert places[0] < places[-1]


def test_an_export_to_the_output_is_utf8_csv(archived: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "swagger_client", "export", "--format", "csv"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig"), newline="")))
    assert len(read) == len(archived.messages())


def test_an_export_of_a_span_counts_the_messages_that_have_no_time(
    run: Told, archived: Sandbox
) -> None:
    import sqlite3

    assert run("export", "--from", SINCE) == DONE
    assert run.err == ""
    count = len(run.out.splitlines())
    with contextlib.closing(sqlite3.connect("sms.sqlite3")) as connection, connection:
        connection.execute(
            "UPDATE messages SET date_time = 'soon', sent_at = NULL WHERE message <= 2"
        )
    for span in (["--from", SINCE], ["--to", "2026-12-31"]):
        for output in ([], ["-o", "x"]):
            assert run("export", *span, *output) == DONE
            assert run.err.startswith("2 messages are not among them: ")
    assert len(Path("x").read_text().splitlines()) == count - 2
    assert run("export", "--from", SINCE, "--session", "another") == DONE
    assert run.err == ""
    assert run("export") == DONE
    assert (len(run.out.splitlines()), run.err) == (count, "")


def test_a_reader_that_has_seen_enough_is_no_error(archived: Sandbox) -> None:
    command = f"{sys.executable} -m swagger_client export | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""


class Ended(NamedTuple):
    """What a process ended with."""

    status: int
    out: str
    err: str


def process(command: str, **environment: str) -> Ended:
    """Run a command of a shell: ``zoom-sms`` is the program, and 3 a pipe that nobody reads."""
    program = f'zoom-sms() {{ {sys.executable} -m swagger_client "$@"; }}'
    done = subprocess.run(
        ["bash", "-c", f"{program}; exec 3> >(exec true); wait $!; {command}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def forge() -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect("sms.sqlite3")) as connection, connection:
        connection.execute("UPDATE messages SET text = 'forged' WHERE message = 3")


@pytest.mark.parametrize("unread", [">&3", ">&-", ">&- 2>&-", ">/dev/full 2>/dev/full"])
def test_a_status_is_told_also_when_nobody_reads(archived: Sandbox, unread: str) -> None:
    forge()
    assert process(f"zoom-sms verify {unread}") == (DAMAGED, "", "")


@pytest.mark.parametrize("unread", ["2>&3 >&3", "2>&-", "2>/dev/full"])
def test_a_mistake_has_its_status_also_when_nobody_reads(unread: str) -> None:
    assert process(f"zoom-sms archive {unread}") == (MISUSE, "", "")
    assert process(f"zoom-sms archive --bad {unread}") == (MISUSE, "", "")


@pytest.mark.parametrize("unread", ["2>&3 >&3", "2>&- >&-", "2>/dev/full"])
def test_a_run_goes_on_when_nobody_reads(zoom: Sandbox, unread: str) -> None:
    assert process(f"zoom-sms archive --from {SINCE} {unread}").status == DONE
    with Archive("sms.sqlite3") as archive:
        assert len(list(archive.messages())) == len(zoom.messages())


def test_what_was_asked_for_and_could_not_be_written_is_not_done(archived: Sandbox) -> None:
    for command in ("search alert", "export", "--help"):
        ended = process(f"zoom-sms {command} >/dev/full")
        assert ended.status == RESUMABLE
        assert "No space left on device" in ended.err
        assert "Traceback" not in ended.err
        assert "Exception ignored" not in ended.err


def test_an_export_to_an_output_that_is_closed_is_a_mistake(archived: Sandbox) -> None:
    ended = process("zoom-sms export >&-")
    assert ended.status == MISUSE
    assert "--output" in ended.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_any_encoding_of_the_output_will_do(zoom: Sandbox, encoding: str) -> None:
    assert process(f"zoom-sms archive --from {SINCE}").status == DONE
    zoom.set_delivery_status(zoom.messages()[-1].message_id, "unknown")
    zoom.add_message(zoom.sessions()[0].session_id, text="arrow ⇒ 日本")
    for command in ("archive", "search arrow", f"show {zoom.sessions()[0].session_id}"):
        assert process(f"zoom-sms {command} >out", PYTHONIOENCODING=encoding) == (DONE, "", "")
    assert r"arrow \u21d2 \u65e5\u672c" in Path("out").read_text()


def test_an_interrupt_is_told_and_resumable(zoom: Sandbox) -> None:
    """Ctrl-C, to a real process."""
    import threading

    reached = threading.Event()
    go_on = threading.Event()

    @zoom.on_request
    def wait(request: object) -> None:
        if len(zoom.requests) > 15:
            reached.set()
            go_on.wait(20)

    with subprocess.Popen(
        [sys.executable, "-m", "swagger_client", "archive", "--from", SINCE],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert reached.wait(20)
        child.send_signal(signal.SIGINT)
        go_on.set()
        _, said = child.communicate(timeout=20)
    zoom.remove_listener(wait)

    assert child.returncode == RESUMABLE
    assert said.decode().startswith("Interrupted.")
    assert b"Traceback" not in said


# The doctor.


def test_the_doctor_finds_nothing_wrong_with_a_sound_account(run: Told, zoom_now: Sandbox) -> None:
    assert run("doctor") == DONE
    assert "FIX" not in run.out
    for check in ("SQLite", "database", "disk", "credentials", "Zoom", "clock", "messages"):
        assert f"ok   {check}:" in run.out


def test_the_doctor_says_what_to_fix(run: Told, zoom_now: Sandbox) -> None:
    zoom_now.phone_enabled = False
    assert run("doctor") == MISUSE
    assert "FIX  Zoom:" in run.out
    assert "assign a Zoom Phone plan" in run.out


def test_the_doctor_sees_a_clock_that_is_wrong(run: Told, zoom_now: Sandbox) -> None:
    zoom_now.clock.advance(3600)
    assert run("doctor") == MISUSE
    assert re.search(r"FIX  clock: 3\d\d\d s behind Zoom's", run.out)
    assert "NTP" in run.out


def test_the_doctor_sees_a_damaged_database(run: Told, zoom: Sandbox) -> None:
    Path("sms.sqlite3").write_bytes(b"x" * 5000)
    assert run("doctor", "--json") == MISUSE
    findings = [json.loads(line) for line in run.out.splitlines()]
    assert next(f for f in findings if f["check"] == "database")["fix"]


# Progress.


def test_progress_is_a_plain_line_every_few_seconds(
    run: Told, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 100_000, 2))
    monkeypatch.setattr("swagger_client.cli.view.time.monotonic", lambda: float(next(ticks)))
    run("archive", "--from", SINCE)

    lines = run.err.splitlines()
    assert len(lines) > 3
    assert re.fullmatch(
        r"Finding conversations: \d+ of \d+, [\d.]+ requests/s(, about .* left)?", lines[0]
    )
    assert any(
        re.fullmatch(r"Reading messages: \d+ of \d+, \d+ messages, .* requests/s, about .* left", x)
        for x in lines
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_a_live_view(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["archive", "--from", SINCE]) == DONE

    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    count = len(zoom.messages())
    assert re.search(r"Finding conversations +━+ +\d+/\d+", seen)
    assert re.search(rf"Reading messages +━+ +\d+/\d+ {count} messages, [\d.]+ requests/s", seen)


def test_a_terminal_without_rich_gets_plain_lines(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["archive", "--from", SINCE]) == DONE
    assert "\x1b" not in terminal.getvalue()


def test_a_run_that_is_over_at_once_prints_no_progress(run: Told, zoom: Sandbox) -> None:
    run("archive", "--from", SINCE)
    assert run.err == ""


def test_the_report_of_the_library_is_what_json_prints(run: Told, archived: Sandbox) -> None:
    run("verify", "--json")
    told = json.loads(run.out)
    with Archive("sms.sqlite3") as archive:
        report: VerifyReport = archive.verify()
    assert told == {**report._asdict(), "sound": True}

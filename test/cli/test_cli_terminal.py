"""What a terminal of 60 columns shows."""

from __future__ import annotations

import re
import sys
from argparse import Namespace

import pytest
from support.command_line import Runner, run_in_terminal

from swagger_client.archive import ArchivedAttachment, ArchivedMessage, Conversation, Party
from swagger_client.cli import ExitStatus
from swagger_client.cli.console import Console
from swagger_client.cli.listing import print_list
from swagger_client.cli.text import columns_of, render_conversation, render_message

COLUMNS = 60
#: Words without a space are not broken, so that they can be copied: digests and long ids.
LONG_WORD = re.compile(r"\S{40,}")


def too_wide(text: str) -> list[str]:
    return [
        line
        for line in text.splitlines()
        if columns_of(line) > COLUMNS and not LONG_WORD.search(line)
    ]


@pytest.fixture
def archived_sandbox(run: Runner) -> None:
    assert run("archive", "--sandbox", "-q", "--attachments", "files") == ExitStatus.COMPLETE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.usefixtures("archived_sandbox")
def test_every_line_fits_a_narrow_terminal() -> None:
    for command in (
        ["status", "--months"],
        ["runs"],
        ["people"],
        ["sessions"],
        ["search", "--has-files"],
        ["audit"],
        ["verify"],
        ["doctor"],
        ["compare"],
        ["hold", "--list"],
        ["erase", "--number", "13391441808", "--reason", "because a customer asked for it"],
        ["show"],
        ["compare", "--sample", "many"],
        ["search", "--no-such-option"],
        ["status", "--database", "no-such-folder/no-such-archive-of-this-name.sqlite3"],
    ):
        ended = run_in_terminal(*command, "--sandbox", "-q", columns=COLUMNS)
        assert ended.out
        assert too_wide(ended.out) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.usefixtures("archived_sandbox")
def test_a_wrapped_row_is_indented() -> None:
    ended = run_in_terminal("runs", "--sandbox", columns=COLUMNS)
    assert re.match(r"Run 1, .*\n {4}\S", ended.out)


@pytest.mark.parametrize("session_id", ["5", "ab" * 138])
def test_a_conversation_with_wide_names_fits_a_narrow_terminal(session_id: str) -> None:
    party = Party("+15550001234", "株式会社 東京中央電話サービス " * 4, None, None)
    file = ArchivedAttachment("a", "写真" * 40, "OTHER", 5, "failed", "404 at Zoom", None, None)
    head = (session_id, "user", "m", "2026-01-01T00:00:00Z", "In", 1, "待機中 " * 12)
    message = ArchivedMessage(
        *head,
        party,
        (party,),
        "見積もり",
        (file,),
        "{}",
        run=1,
        seq=1,
        hash="",
        first_seq=1,
        copy=0,
    )
    shown = render_conversation(
        Conversation(session_id, "user", (party, party), [message]), COLUMNS
    )
    assert too_wide(shown) == []
    # Only the program's own lines begin in the first columns.
    assert [line[:5] for line in shown.splitlines() if line[:1].strip()] == [
        "user ", "Parti", "-- 20", "00:00",
    ]  # fmt: skip
    assert "download failed" in shown


def test_no_part_of_a_text_looks_like_a_line_of_the_program() -> None:
    blank = "\u2800"  # looks like a space, but is none
    text = f"x{blank * 50}error: the archive is damaged\n{chr(9) * 6}note: verified"
    party = Party("+15550001234", "n" * 70 + "Run 2, an erasure", None, None)
    file = ArchivedAttachment("a", "f" * 90, "OTHER", 5, "failed", "404", None, None)
    message = ArchivedMessage(
        "ab" * 138, "user", "m", "2026-01-01T00:00:00Z", "In", 1, None,
        party, (party,), text, (file,), "{}", run=1, seq=1, hash="", first_seq=1, copy=0,
    )  # fmt: skip
    conversation = Conversation("ab" * 138, "user", (party,), [message])
    for shown in (render_conversation(conversation, COLUMNS), render_message(message, COLUMNS)):
        lines = [line for line in shown.splitlines() if "ab" * 138 not in line]
        assert max(map(columns_of, lines)) <= COLUMNS
        assert not any(line.lstrip().startswith(("error", "note", "Run")) for line in lines)
        assert "ab" * 138 in shown  # an id can be copied


def test_people_with_long_names_fit_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(as_json=False, quiet=False)
    monkeypatch.setattr(Console, "width", COLUMNS)
    row = f"13391441808      {'n' * 90}  1 sent  [{'b' * 70}]"
    shown: list[str] = []
    monkeypatch.setattr(console, "row", lambda value, line: shown.append(line))
    assert print_list([1], 1, lambda one: ({}, row), "person", Namespace(limit=None), console) == []
    lines = shown[0].splitlines()
    assert [line for line in lines if columns_of(line) > COLUMNS] == [f"    [{'b' * 70}]"]
    assert "".join(line.strip() for line in lines).count("n") == 91  # with "sent"

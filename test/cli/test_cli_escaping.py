"""Text from outside is escaped, and cannot imitate output of the program."""

from __future__ import annotations

import re

import pytest
from support.archives import SINCE
from support.command_line import Runner, alter

from swagger_client.archive import ArchivedAttachment, ArchivedMessage, Party
from swagger_client.cli import ExitStatus
from swagger_client.cli.text import columns_of, escape, plural, quote, render_message
from swagger_client.sandbox import Sandbox


def test_a_text_never_controls_the_terminal(run: Runner, archived: Sandbox) -> None:
    run("search", "alert")
    found = run.out
    run("show", archived.sessions()[0].session_id)

    for printed in (found, run.out):
        assert r"red \x1b[31m alert\x07\u202e gnp.exe" in printed
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printed)


FORGED = "Bob\n12:00  Boss\n2026-01-01 12:00:00  Boss → you\u2028\x85[1]\t\r"


def test_line_breaks_in_fields_do_not_forge_output_lines(run: Runner, zoom: Sandbox) -> None:
    session = zoom.sessions()[0]
    zoom.add_message(session.session_id, text=f"approve\t1\n{FORGED}")
    run("archive", "--from", SINCE)
    for table, column in (
        ("messages", "sender_display_name"),
        ("messages", "delivery_status"),
        ("messages", "date_time"),
        ("recipients", "display_name"),
        ("participants", "display_name"),
        ("attachments", "name"),
    ):
        alter(f"UPDATE {table} SET {column} = ?", FORGED)

    for command in (("search", "approve"), ("show", session.session_id)):
        assert run(*command) == ExitStatus.COMPLETE
        heads = [line for line in run.out.splitlines() if not line.startswith("       ")]
        assert heads
        assert not [line for line in heads if line.startswith(("12:00", "2026-01-01"))]
        forged = r"Bob\x0a12:00  Boss\x0a2026-01-01 12:00:00  Boss → you\u2028\x85[1]\x09\x0d"
        assert f'"{forged}"' in run.out
        assert "       > approve\t1\n       > Bob\n       > 12:00  Boss\n" in run.out
    run("verify")
    assert not re.search("(?m)^12:00", run.out)


def test_zooms_messages_are_printed_on_one_line(run: Runner, zoom: Sandbox) -> None:
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


def test_ids_of_any_length_are_printed_whole(run: Runner, zoom: Sandbox) -> None:
    long = "f" * 276
    session = zoom.add_session(session_id=long)
    zoom.add_message(session, text="a long way")
    run("archive", "--from", SINCE)
    assert run("search", "way") == ExitStatus.COMPLETE
    assert f"[{long}]" in run.out
    assert run("show", long) == ExitStatus.COMPLETE


PARTY = Party("+1", "A", None, None)


def message(text: str | None, *files: ArchivedAttachment) -> ArchivedMessage:
    when = "2026-01-01T00:00:00Z"
    head = ("s", "user", "m", when, "In", 1, "delivered")
    return ArchivedMessage(
        *head, PARTY, (PARTY,), text, files, "{}", run=1, seq=1, hash="", first_seq=1, copy=0
    )


@pytest.mark.parametrize(
    ("real", "pretended"),
    [
        (
            message("see", ArchivedAttachment("a", "c.pdf", "OTHER", 5, "done", None, "0", "3f")),
            message("see\n(file c.pdf: 3f)"),
        ),
        (message(None), message("(no text)")),
        (message("\x1b[2J"), message(r"\x1b[2J")),
        (message("\\"), message("\\\\")),
        (message("a\r"), message("a\\x0d")),
    ],
)
def test_message_text_cannot_imitate_output_of_the_program(
    real: ArchivedMessage, pretended: ArchivedMessage
) -> None:
    assert render_message(real) != render_message(pretended)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["A", "B"], ["A, B"]),
        (["A → B"], ["A", "B"]),
        (['"A"'], ["A"]),
        (["(nobody)"], []),
    ],
)
def test_names_cannot_pass_for_punctuation(one: list[str], other: list[str]) -> None:
    def head(names: list[str]) -> str:
        parties = tuple(Party(None, name, None, None) for name in names)
        return render_message(message("x")._replace(recipients=parties))

    assert head(one) != head(other)


def test_escapes_can_be_undone() -> None:
    for text in ("a\\b\n\x9b", r"\x1b", "\x1b", "\\u2028", "\u2028", "é → 日本 👩‍👩‍👧"):
        undone = re.sub(
            r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4})",
            lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)),
            escape(text),
        )
        assert undone == text
        assert quote(text)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_long_lines_are_broken_between_words(width: int) -> None:
    text = "many words of a long message " * 20 + "\n(no text) " + "x" * 120
    printed = render_message(message(text), width).splitlines()
    lines = [line for line in printed if line.startswith("       ")]
    words = [line for line in lines if "x" * 120 not in line]
    assert max(map(len, words)) <= width
    assert len(words) > 3
    assert all(line.startswith(("       > ", "       | ")) for line in lines)
    assert " ".join(line[9:] for line in words[:-1]).startswith("many words of a long message many")
    assert render_message(message(text)).count("\n") == 3


@pytest.mark.parametrize("width", [30, 60, 100])
@pytest.mark.parametrize(
    "text",
    [
        "日本語の長い文章です。" * 20,
        "한국어 문장입니다. " * 20,
        "か\u3099き\u3099" * 90,
        "👩\u200d👧" * 120,
        "mixed 日本" * 30,
    ],
    ids=["japanese", "korean", "combining", "emoji", "mixed"],
)
def test_wide_text_is_wrapped_by_its_columns(width: int, text: str) -> None:
    printed = render_message(message(text), width).splitlines()
    lines = [line for line in printed if line.startswith("       ")]
    assert max(map(columns_of, lines)) <= width
    assert len(lines) > 2
    assert "".join(line[9:] for line in lines).replace(" ", "") == text.replace(" ", "")
    # No line begins with a mark that belongs to the character before it.
    assert not any(line[9:].startswith(("\u3099", "\u200d", "👧")) for line in lines)


def test_numbers_and_nouns_agree() -> None:
    assert plural(1, "run") == "1 run"
    assert plural(0, "run") == "0 runs"
    assert plural(2000, "run") == "2,000 runs"
    assert plural(2, "reply") == "2 replies"

"""Standard output and error that are closed, full, or in another encoding."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archives import SINCE
from support.command_line import forge_a_message, run_in_shell

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


@pytest.mark.parametrize("unread", [">&3 2>&3", ">&- 2>&-", ">/dev/full 2>/dev/full"])
def test_the_exit_status_is_right_when_the_output_is_closed(archived: Sandbox, unread: str) -> None:
    forge_a_message()
    assert run_in_shell(f"zoom-sms verify {unread}") == (ExitStatus.DAMAGED, "", "")


@pytest.mark.parametrize("unread", ["2>&3 >&3", "2>&-", "2>/dev/full"])
def test_invalid_arguments_exit_with_invalid_when_the_output_is_closed(unread: str) -> None:
    assert run_in_shell(f"zoom-sms archive {unread}") == (ExitStatus.INVALID, "", "")
    assert run_in_shell(f"zoom-sms archive --bad {unread}") == (ExitStatus.INVALID, "", "")


@pytest.mark.parametrize("unread", ["2>&3 >&3", "2>&- >&-", "2>/dev/full"])
def test_a_run_continues_when_the_output_is_closed(zoom: Sandbox, unread: str) -> None:
    ended = run_in_shell(f"zoom-sms archive --from {SINCE} {unread}")
    assert ended.status == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        assert len(list(archive.messages())) == len(zoom.messages())


def test_a_full_disk_exits_with_not_finished(archived: Sandbox) -> None:
    for command in ("search alert", "export", "--help"):
        ended = run_in_shell(f"zoom-sms {command} >/dev/full")
        assert ended.status == ExitStatus.UNFINISHED
        assert "No space left on device" in ended.err
        assert "Traceback" not in ended.err
        assert "Exception ignored" not in ended.err


def test_an_export_to_a_closed_output_is_rejected(archived: Sandbox) -> None:
    ended = run_in_shell("zoom-sms export >&-")
    assert ended.status == ExitStatus.INVALID
    assert "--output" in ended.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_output_may_have_any_encoding(zoom: Sandbox, encoding: str) -> None:
    assert run_in_shell(f"zoom-sms archive --from {SINCE}").status == ExitStatus.COMPLETE
    zoom.set_delivery_status(zoom.messages()[-1].message_id, "unknown")
    zoom.add_message(zoom.sessions()[0].session_id, text="arrow ⇒ 日本")
    for command in ("archive", "search arrow", f"show {zoom.sessions()[0].session_id}"):
        ended = run_in_shell(f"zoom-sms {command} >out", PYTHONIOENCODING=encoding)
        assert ended == (ExitStatus.COMPLETE, "", "")
    assert r"arrow \u21d2 \u65e5\u672c" in Path("out").read_text()

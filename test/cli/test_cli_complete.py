"""Every command reports whether its result is complete, in every circumstance.

The table of expected results has the exit status and the names of conditions. Text, JSON and exit
status must agree with it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from support.archives import SINCE, small_account
from support.command_line import Runner, use_account

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus, completeness
from swagger_client.cli.conditions import CONDITIONS
from swagger_client.sandbox import Sandbox

OK: tuple[int, tuple[str, ...]] = (0, ())
RUN: tuple[str, ...] = ("run-interrupted",)

#: By circumstance: what ``archive`` ends with in it, and what the others end with afterwards.
EXPECTED: dict[str, dict[str, tuple[int, tuple[str, ...]]]] = {
    "finished": {
        "archive": OK,
        "verify": OK,
        "status": OK,
        "export": OK,
        "search": OK,
        "iterate": OK,
    },
    # A signal ends the run in the middle.
    "interrupted": {
        "archive": (75, ("interrupted",)),
        "verify": (3, RUN),
        "status": (3, RUN),
        "export": (3, RUN),
        "search": (3, RUN),
        "iterate": (3, RUN),
    },
    # One conversation and one file are rejected; everything else is archived.
    "items failed": {
        "archive": (3, ("conversations-failed", "files-failed")),
        "verify": (3, ("conversations-failed", "files-failed")),
        "status": (3, ("conversations-failed", "files-failed")),
        "export": (3, ("conversations-failed", "files-failed")),
        "search": (3, ("conversations-failed",)),
        "iterate": (3, ("conversations-failed",)),
    },
    # Zoom fails to show one conversation after the other.
    "outage": {
        "archive": (75, ("outage",)),
        "verify": (3, ("conversations-failed", "run-interrupted")),
        "status": (3, ("conversations-failed", "run-interrupted")),
        "export": (3, ("conversations-failed", "run-interrupted")),
        "search": (3, ("conversations-failed", "run-interrupted")),
        "iterate": (3, ("conversations-failed", "run-interrupted")),
    },
    # The same, of an account with a few conversations: the run ends, and gives up none of them.
    "outage of a few": {
        "archive": (75, ("conversations-failed", "outage")),
        "verify": (3, ("conversations-failed",)),
        "status": (3, ("conversations-failed",)),
        "export": (3, ("conversations-failed",)),
        "search": (3, ("conversations-failed",)),
        "iterate": (3, ("conversations-failed",)),
    },
    # A block page instead of their messages, with the status 200.
    "a few blocked": {
        "archive": (75, ("conversations-failed", "outage")),
        "verify": (3, ("conversations-failed",)),
        "status": (3, ("conversations-failed",)),
        "export": (3, ("conversations-failed",)),
        "search": (3, ("conversations-failed",)),
        "iterate": (3, ("conversations-failed",)),
    },
    # A proxy responds to every request for messages with a block page.
    "blocked": {
        "archive": (75, ("outage",)),
        "verify": (3, ("conversations-failed", "run-interrupted")),
        "status": (3, ("conversations-failed", "run-interrupted")),
        "export": (3, ("conversations-failed", "run-interrupted")),
        "search": (3, ("conversations-failed", "run-interrupted")),
        "iterate": (3, ("conversations-failed", "run-interrupted")),
    },
    # The question reaches back to a time before the archive begins.
    "gap": {
        "archive": OK,
        "verify": OK,
        "status": OK,
        "export": (3, ("not-archived-before",)),
        "search": (3, ("not-archived-before",)),
        "iterate": (3, ("not-archived-before",)),
    },
    # The folder of files was moved away.
    "folder gone": {
        "archive": (2, ("folder-missing",)),
        "verify": (2, ("folder-missing",)),
        "status": (2, ("folder-missing",)),
        "export": (2, ("folder-missing",)),
        "search": OK,
        "iterate": OK,
    },
    # The folder of files is empty, as if its disk were not mounted.
    "folder emptied": {
        "archive": (2, ("folder-missing",)),
        "verify": (2, ("folder-missing",)),
        "status": (2, ("folder-missing",)),
        "export": (2, ("folder-missing",)),
        "search": OK,
        "iterate": OK,
    },
    # The same, and each run names the folder.
    "folder emptied, and named": {
        "archive": (2, ("folder-missing",)),
        "verify": (2, ("folder-missing",)),
        "status": (2, ("folder-missing",)),
        "export": (2, ("folder-missing",)),
        "search": OK,
        "iterate": OK,
    },
    # Zoom's limit of the day is used up in the middle of a run.
    "daily limit reached": {
        "archive": (75, ("daily-limit",)),
        "verify": (3, RUN),
        "status": (3, RUN),
        "export": (3, RUN),
        "search": (3, RUN),
        "iterate": (3, RUN),
    },
    # More is found than is printed.
    "limit reached": {
        "archive": OK,
        "verify": OK,
        "status": OK,
        "export": OK,
        "search": (3, ("limit-reached",)),
        "iterate": (3, ("limit-reached",)),
    },
}
COMMANDS = ("verify", "status", "export", "search", "iterate")
#: How the others are run, where the circumstance does not say.
QUESTIONS = {
    "verify": ["verify"],
    "status": ["status"],
    "export": ["export", "-o", "x.jsonl"],
    "search": ["search", "--limit", "999"],
    "iterate": ["sessions"],
}
MANY = {
    "gap": {
        "export": ["export", "-o", "x.jsonl", "--from", "2025-01-01"],
        "search": ["search", "--from", "2025-01-01", "--limit", "999"],
        "iterate": ["sessions", "--from", "2025-01-01"],
    },
    "limit reached": {
        "search": ["search", "--limit", "1"],
        "iterate": ["sessions", "--limit", "1"],
    },
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, circumstance: str) -> Iterator[Sandbox]:
    """Return an account with many or with few conversations."""
    sessions, messages = (4, 20) if "few" in circumstance else (24, 90)
    with small_account(sessions=sessions, messages=messages) as zoom:
        use_account(zoom, monkeypatch)
        without_retries = Configuration()
        without_retries.retries = 0
        Configuration.set_default(without_retries)
        yield zoom
        Configuration.set_default(None)


ARCHIVE = ["archive", "--from", SINCE, "--attachments", "files"]


def prepare(circumstance: str, zoom: Sandbox, run: Runner) -> int:
    """Bring the archive into a circumstance; return the result of the last run."""
    if circumstance == "interrupted":
        zoom.on_request(lambda request: _end_after(zoom, 30))
    elif circumstance == "items failed":
        session_id = zoom.sessions()[-1].session_id
        zoom.fault(path=f"*/sessions/{session_id}", status=404, times=None)
        others = [m for m in zoom.messages() if m.attachments and m.session_id != session_id]
        file_id = others[0].attachments[0].id
        zoom.fault(
            where=lambda r: r.operation == "download" and file_id in r.path, status=404, times=None
        )
    elif circumstance == "a few blocked":
        page = "<html>This site is blocked by your organisation.</html>"
        zoom.fault(operation="sms_session_details", status=200, body=page, times=None)
    elif circumstance.startswith("outage"):
        zoom.fault(operation="sms_session_details", status=500, times=None)
    elif circumstance == "blocked":
        page = "<html>This site is blocked by your organisation.</html>"
        zoom.fault(operation="sms_session_details", status=403, body=page, times=None)
    elif circumstance == "daily limit reached":
        zoom.fault(
            status=429,
            body={"code": 429, "message": "You have reached the maximum daily rate limit."},
            headers={"Retry-After": "2026-03-11T00:00:00Z", "X-RateLimit-Type": "Daily-limit"},
            after=20,
            times=None,
        )
    status = run(*ARCHIVE, "--json")
    if circumstance.startswith("folder"):
        assert status == ExitStatus.COMPLETE
        shutil.move("files", "moved")
        if "emptied" in circumstance:
            os.mkdir("files")
        named = ["--attachments", "files"] if "named" in circumstance else []
        status = run("archive", *named, "--json")
    return status


def _end_after(zoom: Sandbox, requests: int) -> None:
    if len(zoom.requests) == requests:
        os.kill(os.getpid(), signal.SIGTERM)


def seen(run: Runner, status: int) -> tuple[int, tuple[str, ...]]:
    """Return the result of a command, and check that its JSON agrees with its status."""
    objects = [json.loads(line) for line in (run.out + run.err).splitlines()]
    objects = [one for one in objects if "progress" not in one]
    problems = [one["problem"] for one in objects if "problem" in one]
    for one in objects:
        if "problems" in one and "complete" in one:
            assert one["status"] == status
            assert one["complete"] == (status == 0)
            problems += one["problems"]
    return status, tuple(sorted(problem["condition"] for problem in problems))


@pytest.mark.parametrize("circumstance", EXPECTED)
def test_every_command_says_whether_its_result_is_complete(
    circumstance: str, run: Runner, account: Sandbox
) -> None:
    zoom = account
    expected = EXPECTED[circumstance]
    found = {"archive": seen(run, prepare(circumstance, zoom, run))}
    for command in COMMANDS:
        arguments = MANY.get(circumstance, {}).get(command, QUESTIONS[command])
        found[command] = seen(run, run(*arguments, "--json"))
        status, conditions = expected[command]
        assert run(*arguments) == status
        for name in conditions:
            assert text_of(name) in run.err
        if not conditions:
            assert run.err == ""
    assert found == expected


def text_of(name: str) -> str:
    """Return the start of a condition's text, before its first value."""
    condition = next(one for one in CONDITIONS if one.name == name)
    words = re.split(r"\{\w+\}", condition.what)
    return max(words, key=len) or condition.cause


@pytest.mark.parametrize(
    ("arguments", "method"),
    [
        (["export"], "export"),
        (["export", "-o", "x.jsonl"], "export"),
        (["search", "--limit", "999"], "count"),
        (["sessions"], "conversations"),
        (["people"], "people"),
        (["show", "SESSION"], "conversation"),
        (["backup", "copy.sqlite3"], "back_up"),
    ],
)
@pytest.mark.parametrize("circumstance", ["daily limit reached"])
def test_what_was_read_before_a_run_finished_is_incomplete(
    arguments: list[str],
    method: str,
    circumstance: str,
    run: Runner,
    account: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare(circumstance, account, run)
    account.clear_faults()
    with Archive("sms.sqlite3") as archive:
        first = next(archive.conversations()).session_id
    arguments = [first if one == "SESSION" else one for one in arguments]
    read = getattr(Archive, method)

    def read_and_finish_the_run(archive: Archive, *values: Any, **options: Any) -> Any:
        result = read(archive, *values, **options)
        if isinstance(result, Iterator):
            result = iter(list(result))
        monkeypatch.setattr(Archive, method, read)
        with Archive("sms.sqlite3") as other, ApiClient(configuration) as client:
            assert other.mirror(SMSApi(client)).complete
        return result

    configuration = Configuration.from_env()
    monkeypatch.setattr(Archive, method, read_and_finish_the_run)
    assert run(*arguments) == ExitStatus.INCOMPLETE
    assert text_of("run-interrupted") in run.err


def test_a_run_that_is_still_active_is_not_called_interrupted(
    run: Runner, zoom_now: Sandbox
) -> None:
    found: list[str] = []

    def read_during_the_run(request: object) -> None:
        if len(zoom_now.requests) == 20:
            with Archive("sms.sqlite3") as archive:
                problems = completeness.problems_without_run(archive)
            found.extend(f"{one.what} {one.cause}" for one in problems)

    zoom_now.on_request(read_during_the_run)
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert len(found) == 1
    assert "has not finished" in found[0]
    assert "interrupted, or is still active" in found[0]

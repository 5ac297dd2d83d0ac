"""Each condition of the table occurs in a test, and all commands report it alike."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
import shutil
import sqlite3
import string
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.archives import DAY, SINCE, archived_messages, sent_messages, small_account
from support.command_line import (
    ROOT,
    Runner,
    alter,
    environment_of,
    forge_a_message,
    use_account,
)

from swagger_client._security.file_lock import lock_file
from swagger_client.archive import Archive
from swagger_client.archive.account_claims import store_setting
from swagger_client.cli import ExitStatus, main
from swagger_client.cli.conditions import CONDITIONS, Condition, archive, arguments
from swagger_client.cli.exit_status import worst
from swagger_client.cli.problems import problem_of
from swagger_client.sandbox import Sandbox

FORM_1 = ROOT / "test" / "archive" / "form1" / "form1.db.gz"
#: What no text of the command line may contain: names of the library.
LIBRARY = re.compile(
    r"configuration\.|swagger_client|\b_[a-z]\w+|\b[A-Z]\w*(Exception|Error)\b"
    r"|`(since|until|user_id|session_id|reread_days|session_type|attachments)`"
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_row_is_complete_and_in_words_of_the_command_line(condition: Condition) -> None:
    texts = (condition.what, condition.cause, condition.cure)
    assert condition.what
    assert condition.cure
    assert condition.status != ExitStatus.COMPLETE
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", condition.name)
    assert not LIBRARY.search(" ".join(texts))
    fields = {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field}
    problem = condition(**{field: f"<{field}>" for field in fields})
    shown = problem.as_object()
    assert shown["condition"] == condition.name
    assert shown["status"] == condition.status
    assert "{" not in f"{shown['what']}{shown['cause']}{shown['cure']}"


def test_names_are_unique() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)


def test_the_worst_status_wins() -> None:
    order = (65, 75, 2, 3, 0)
    for place, status in enumerate(order):
        others = [ExitStatus(other) for other in order[place:]]
        assert worst(others) == status
    assert worst([]) == ExitStatus.COMPLETE


# Each condition of a request, provoked at the sandbox.

SERVER: dict[str, Callable[[Sandbox], object]] = {
    "credentials-rejected": lambda z: z.fault(operation="oauth_token", status=401, times=None),
    "missing-scopes": lambda z: z.fault(
        operation="account_sms_session",
        status=400,
        body={"code": 4711, "message": "Invalid access token, does not contain scopes:[a, b]."},
        times=None,
    ),
    "phone-not-enabled": lambda z: setattr(z, "phone_enabled", False),
    "forbidden": lambda z: z.fault(
        operation="account_sms_session",
        status=403,
        body={"code": 200, "message": "No permission."},
        times=None,
    ),
    "blocked": lambda z: z.fault(
        operation="account_sms_session",
        status=403,
        body="<html>This site is blocked.</html>",
        headers={"Content-Type": "text/html"},
        times=None,
    ),
    "blocked, as not found": lambda z: z.fault(
        operation="account_sms_session",
        status=404,
        body="<html>No such page.</html>",
        headers={"Content-Type": "text/html"},
        times=None,
    ),
    "not-found": lambda z: z.fault(operation="account_sms_session", status=404, times=None),
    "bad-request": lambda z: z.fault(
        operation="account_sms_session",
        status=400,
        body={"code": 300, "message": "Bad."},
        times=None,
    ),
    "redirected": lambda z: z.fault(operation="account_sms_session", status=302, times=None),
    "unreadable-response": lambda z: z.fault(
        operation="account_sms_session", garbage=True, times=None
    ),
    "network-failed": lambda z: z.fault(operation="account_sms_session", reset=True, times=None),
    "daily-limit": lambda z: z.fault(
        operation="account_sms_session",
        status=429,
        body={"code": 429, "message": "You have reached the maximum daily rate limit."},
        headers={"Retry-After": "2099-01-01T00:00:00Z", "X-RateLimit-Type": "Daily-limit"},
        times=None,
    ),
    "rate-limited": lambda z: z.fault(
        operation="account_sms_session",
        status=429,
        body={"code": 429, "message": "Too many requests."},
        headers={"Retry-After": "86400"},
        times=None,
    ),
    "zoom-failed": lambda z: z.fault(operation="account_sms_session", status=500, times=None),
    "response-too-large": lambda z: z.fault(
        operation="account_sms_session", status=200, body=b"[" + b" " * (9 << 20), times=None
    ),
    "request-failed": lambda z: z.fault(
        operation="account_sms_session",
        status=418,
        body={"code": 418, "message": "I am a teapot."},
        times=None,
    ),
}


@pytest.mark.parametrize("name", SERVER)
def test_doctor_and_archive_agree_about_a_request(
    run: Runner, zoom_now: Sandbox, name: str
) -> None:
    SERVER[name](zoom_now)
    name = name.partition(",")[0]
    expected = next(condition for condition in CONDITIONS if condition.name == name)
    for command in (["archive", "--from", "2020-01-01"], ["doctor"]):
        assert run(*command, "--json") == expected.status
        report = json.loads(run.out)
        assert name in [problem["condition"] for problem in report["problems"]]
        assert report["complete"] is False
        assert report["status"] == expected.status
        assert not LIBRARY.search(run.out)
        assert run(*command) == expected.status
        assert f"{expected.status.label}: " in run.err
        assert not LIBRARY.search(run.out + run.err)


#: What every request for messages ends with, although conversations are listed.
ALIKE: dict[str, dict[str, Any]] = {
    "not found": {"status": 404, "body": {"code": 7013, "message": "No such session."}},
    "not found, by a gateway": {"status": 404, "body": "404 page not found"},
    "forbidden": {"status": 403, "body": {"code": 200, "message": "No permission."}},
    "forbidden, by a proxy": {"status": 403, "body": "<html>This site is blocked.</html>"},
    "rejected": {"status": 400, "body": {"code": 300, "message": "Bad."}},
    "a block page": {"status": 200, "body": "<html>This site is blocked.</html>"},
    "an empty page": {"status": 200, "body": ""},
    "another JSON": {"status": 200, "body": {"blocked": True}},
}


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("count", [1, 2, 9, 12])
def test_doctor_and_archive_report_an_outage_if_all_conversations_fail(
    run: Runner, monkeypatch: pytest.MonkeyPatch, name: str, count: int
) -> None:
    now = datetime.now(timezone.utc)
    with small_account(sessions=count, messages=3 * count, years=0.05, now=now) as zoom:
        use_account(zoom, monkeypatch)
        zoom.fault(operation="sms_session_details", times=None, **ALIKE[name])
        for command in (["archive", "--from", "2020-01-01"], ["archive"], ["doctor"]):
            assert run(*command, "--json") == ExitStatus.UNFINISHED
            report = json.loads(run.out)
            assert "outage" in [problem["condition"] for problem in report["problems"]]
            assert report["complete"] is False
            assert run(*command) == ExitStatus.UNFINISHED
            assert "this is an outage" in run.err
        zoom.clear_faults()
        assert run("archive") == ExitStatus.COMPLETE
        assert run("archive", "--json") == ExitStatus.COMPLETE
        with Archive("sms.sqlite3") as archive:
            assert archived_messages(archive) == sent_messages(zoom.messages())


def test_a_conversation_that_fails_beside_others_is_no_outage(
    run: Runner, zoom_now: Sandbox
) -> None:
    newest = max(zoom_now.sessions(), key=lambda session: session.last_access_ms)
    zoom_now.fault(path=f"*/sessions/{newest.session_id}", status=404, times=None)
    assert run("archive", "--from", "2020-01-01", "--json") == ExitStatus.INCOMPLETE
    assert names(run.out) == ["conversations-failed"]
    assert run("doctor") == ExitStatus.COMPLETE


def test_doctor_and_archive_agree_about_a_host_that_does_not_exist(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZOOM_CLIENT_ID")
    monkeypatch.delenv("ZOOM_ACCOUNT_ID")
    monkeypatch.delenv("ZOOM_CLIENT_SECRET")
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "t")
    monkeypatch.setenv("ZOOM_API_HOST", "https://nowhere.invalid/v2")
    for command in (["archive", "--from", SINCE], ["doctor"]):
        assert run(*command) == ExitStatus.UNFINISHED
        assert "nowhere.invalid" in run.err
        assert "cannot be resolved" in run.err
        assert "gaierror" not in run.err


# Each condition of arguments, files and the archive.


def write_private(name: str, text: str) -> None:
    Path(name).write_text(text)
    Path(name).chmod(0o600)


LOCAL: dict[str, tuple[Callable[[], object], list[str]]] = {
    "invalid-argument": (lambda: None, ["archive", "--sandbox", "--reread-days", "x"]),
    "unknown-command": (lambda: None, ["arkive"]),
    "unknown-value": (lambda: None, ["show", "--sandbox", "nosuch"]),
    "no-credentials": (lambda: None, ["archive", "--from", SINCE]),
    "unusable-credentials": (lambda: None, ["doctor", "--credentials-file", "missing"]),
    "unusable-configuration": (lambda: None, ["doctor", "--config", "missing"]),
    "digest-not-found": (lambda: None, ["verify", "--sandbox", "--digest", "0" * 64]),
    "unknown-profile": (
        lambda: write_private("config", "[profiles.p]"),
        ["doctor", "--config", "config", "--profile", "q"],
    ),
    "no-configuration": (lambda: None, ["doctor", "--profile", "p"]),
    "plain-http": (
        lambda: write_private("token", "ZOOM_ACCESS_TOKEN=abcdefabcdef"),
        ["doctor", "--credentials-file", "token", "--host", "http://zoom.example/v2"],
    ),
    "no-archive": (lambda: None, ["verify"]),
    "unusable-path": (lambda: None, ["export", "--sandbox", "-o", "nowhere/x.csv"]),
}


@pytest.mark.parametrize("name", LOCAL)
def test_a_condition_of_arguments_and_files(run: Runner, name: str) -> None:
    prepare, arguments = LOCAL[name]
    prepare()
    expected = next(condition for condition in CONDITIONS if condition.name == name)
    assert run(*arguments) == expected.status
    assert f"{expected.status.label}: " in run.err
    assert not LIBRARY.search(run.out + run.err)


def test_an_archive_that_cannot_be_written(run: Runner, archived: Sandbox) -> None:
    lock = Path("sms.sqlite3.lock")
    lock.unlink()
    lock.mkdir()  # as on a read-only medium, it cannot be opened for writing
    session_id = archived.sessions()[0].session_id
    for command in ("hold", "erase"):
        arguments = ["--session", session_id, "--reason", "x", "--json"]
        assert run(command, *arguments) == ExitStatus.INVALID
        assert names(run.out) == ["archive-read-only"]
    assert run("archive", "--json") == ExitStatus.INVALID
    assert names(run.out) == ["archive-read-only"]


def test_conditions_of_an_archive(run: Runner, archived: Sandbox) -> None:
    with lock_file("sms.sqlite3.lock"):
        assert run("archive", "--json") == ExitStatus.UNFINISHED
        assert names(run.out) == ["archive-locked"]
    with small_account(seed=8) as other:
        for name, value in environment_of(other).items():
            os.environ[name] = value
        for command in ("archive", "doctor", "compare"):
            assert run(command, "--json") == ExitStatus.INVALID
            assert "other-account" in names(run.out)
    Path("text").write_text("no database")
    assert run("verify", "--database", "text", "--json") in (2, 65)
    forge_a_message()
    assert run("verify", "--json") == ExitStatus.DAMAGED
    assert names(run.out) == ["verify-failed"]


def names(out: str) -> list[str]:
    return [problem["condition"] for problem in json.loads(out)["problems"]]


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (OSError(errno.ENOSPC, "No space left", "x"), archive.DISK_FULL),
        (OSError(errno.ENOSPC, "No space left"), archive.DISK_FULL),
        (OSError(errno.EIO, "Input/output error", "x"), archive.STORAGE_FAILED),
        (OSError(errno.EACCES, "Permission denied", "x"), arguments.UNUSABLE_PATH),
        (ImportError("Parquet needs pyarrow"), arguments.MISSING_PACKAGE),
        (ValueError("`since` is wrong"), arguments.INVALID_ARGUMENT),
    ],
)
def test_an_error_of_the_system_is_a_condition(error: Exception, condition: Condition) -> None:
    problem = problem_of(error, "archive")
    assert problem is not None
    assert problem.condition is condition
    assert not LIBRARY.search(f"{problem.what} {problem.cure}")


def test_an_error_of_the_program_is_no_condition() -> None:
    assert problem_of(KeyError("x"), "archive") is None
    assert problem_of(AssertionError(), "archive") is None


def before_the_archive(zoom: Sandbox) -> None:
    zoom.add_message(zoom.sessions()[0].session_id, text="late", at=zoom.messages()[3].at_ms / 1000)


def make_form_1(zoom: Sandbox) -> None:
    Path("old").write_bytes(gzip.decompress(FORM_1.read_bytes()))


def hold_everything(zoom: Sandbox) -> None:
    session_id = zoom.sessions()[0].session_id
    assert main(["hold", "--session", session_id, "--reason", "Doe v. Roe"]) == 0


def lose_times(zoom: Sandbox) -> None:
    alter("UPDATE messages SET date_time = 'soon', sent_at = NULL WHERE message <= 2")


def use_an_older_index(zoom: Sandbox) -> None:
    with sqlite3.connect("sms.sqlite3") as connection:
        store_setting(connection, "search_rules", "1, Unicode 13.0")
    connection.close()


def leave_a_hole(zoom: Sandbox) -> None:
    """Make the second run read less than it should, like an older version."""
    zoom.clock.advance(20 * DAY)
    assert main(["archive"]) == 0
    (until,) = (run.span_to for run in Archive("sms.sqlite3").runs() if run.run == 1)
    later = f"{zoom.clock.now() - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
    assert until < later
    alter("UPDATE runs SET spans = ? WHERE run = 2", json.dumps([[later, later]]))


def run_too_seldom(zoom: Sandbox) -> None:
    zoom.clock.advance(40 * DAY)
    assert main(["archive"]) == 0
    with Archive("sms.sqlite3") as archive:
        archive.set_retention(30)


#: Conditions of an archive: what to do to it or to Zoom, and the command that meets them.
PROVOKED: dict[str, tuple[Callable[[Sandbox], object], list[str]]] = {
    "archive-outdated": (make_form_1, ["status", "--database", "old"]),
    "not-confirmed": (lambda z: None, ["erase", "--session", "SESSION", "--reason", "x"]),
    "held": (hold_everything, ["erase", "--session", "SESSION", "--reason", "x", "--yes"]),
    "not-archived-before": (lambda z: None, ["export", "-o", "x.csv", "--from", "2024"]),
    "not-archived-after": (lambda z: None, ["export", "-o", "x.csv", "--to", "2027"]),
    "undated-messages": (lose_times, ["export", "-o", "x.csv", "--from", SINCE]),
    "zoom-differs": (before_the_archive, ["compare", "--all"]),
    "not-compared": (
        lambda z: z.fault(operation="sms_session_sync", status=404, times=None),
        ["compare", "--session", "SESSION"],
    ),
    "unknown-value": (lambda z: None, ["export", "-o", "x.csv", "--status", "nosuch"]),
    "disk-full": (lambda z: None, ["export", "-o", "/dev/full", "--format", "csv"]),
    "unusable-path": (lambda z: None, ["status", "--log-file", "nowhere/log"]),
    "archive-damaged": (
        lambda z: Path("bad").write_bytes(b"x" * 5000),
        ["status", "--database", "bad"],
    ),
    "not-an-archive": (
        lambda z: sqlite3.connect("other").execute("CREATE TABLE t (a)").connection.close(),
        ["status", "--database", "other"],
    ),
    "not-verified": (use_an_older_index, ["verify"]),
    "verify-failed": (lambda z: forge_a_message(), ["verify"]),
    "not-archived-between": (leave_a_hole, ["status"]),
    "retention-risk": (run_too_seldom, ["status"]),
    "clock-unconfirmed": (
        lambda z: z.fault(
            headers={"Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
            operation="account_sms_session",
            times=None,
        ),
        ["archive"],
    ),
    "folder-missing": (
        lambda z: alter("INSERT INTO settings VALUES ('attachments', '/nowhere')"),
        ["status"],
    ),
}


@pytest.mark.parametrize("name", PROVOKED)
def test_a_condition_of_an_archive_is_the_same_in_text_and_json(
    run: Runner, archived: Sandbox, name: str
) -> None:
    prepare, template = PROVOKED[name]
    prepare(archived)
    session_id = archived.sessions()[0].session_id
    command = [session_id if word == "SESSION" else word for word in template]
    expected = next(condition for condition in CONDITIONS if condition.name == name)
    run.out = ""
    assert run(*command, "--json") == expected.status
    report = json.loads(run.out.splitlines()[-1])
    assert name in [problem["condition"] for problem in report["problems"]]
    assert (report["complete"], report["status"]) == (False, expected.status)
    assert run(*command) == expected.status
    assert f"{expected.status.label}: " in run.err
    assert not LIBRARY.search(run.out + run.err)


# Conditions of the machine.


class WithoutFts5(sqlite3.Connection):
    """A connection to an SQLite without FTS5."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if "fts5" in statement or ("message_words" in statement and "MATCH" in statement):
            raise sqlite3.OperationalError("no such module: fts5")
        return super().execute(statement, *values)


def lose_fts5(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def without(*given: Any, **options: Any) -> sqlite3.Connection:
        return connect(*given, **options, factory=WithoutFts5)

    monkeypatch.setattr(sqlite3, "connect", without)


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(".")
    full = usage._replace(free=(1 << 30) - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)


def use_missing_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_API_HOST", "https://127.0.0.1:1/v2")
    monkeypatch.setenv("SSL_CERT_FILE", "missing.pem")


#: What to do to the machine, and the command that meets it.
MACHINE: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], list[str]]] = {
    "no-fts5": (lose_fts5, ["doctor"]),
    "unsupported-sqlite": (lose_fts5, ["search", "shall"]),
    "little-space": (fill_the_disk, ["doctor"]),
    "clock-wrong": (lambda patch: None, ["doctor"]),
    "missing-package": (
        lambda patch: patch.setitem(sys.modules, "pyarrow", None),
        ["export", "-o", "x.parquet"],
    ),
    "unusable-connection": (use_missing_authorities, ["doctor"]),
}


@pytest.mark.parametrize("name", MACHINE)
def test_a_condition_of_the_machine_is_the_same_in_text_and_json(
    run: Runner, archived: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    prepare, command = MACHINE[name]
    prepare(monkeypatch)
    expected = next(condition for condition in CONDITIONS if condition.name == name)
    status = run(*command, "--json")
    report = json.loads((run.out + run.err).splitlines()[-1])
    found = [report["problem"]] if "problem" in report else report["problems"]
    (problem,) = [one for one in found if one["condition"] == name]
    assert problem["status"] == expected.status
    # The account's clock stands still, which `doctor` says too.
    assert status == worst(ExitStatus(one["status"]) for one in found)
    assert run(*command) == status
    assert problem["what"][:25] in run.err  # a number of seconds may follow
    assert not LIBRARY.search(run.out + run.err)


#: Conditions that the tests of their commands meet, and where.
ELSEWHERE = {
    "too-many-open-files": "cli/test_cli_limits.py",
    "file-too-large": "cli/test_cli_limits.py",
    "files-of-other-archive": "cli/test_cli_copies.py",
    "no-app": "cli/test_cli_conditions_met.py",
    "login-rejected": "cli/test_cli_login.py",
    "login-failed": "cli/test_cli_conditions_met.py",
    "login-timed-out": "cli/test_cli_conditions_met.py",
    "other-account": "cli/test_cli_conditions.py",
    "archive-read-only": "cli/test_cli_conditions.py",
    "proxy-credentials": "proxies/test_proxy_errors.py",
    "proxy-forbids": "proxies/test_proxy_errors.py",
    "proxy-failed": "proxies/test_proxy_errors.py",
    "tls-untrusted": "cli/test_cli_conditions_met.py",
    "tls-other-host": "cli/test_cli_doctor.py",
    "tls-expired": "cli/test_cli_doctor.py",
    "tls-failed": "cli/test_cli_doctor.py",
    "host-not-found": "cli/test_cli_conditions_met.py",
    "timed-out": "cli/test_cli_doctor.py",
    "archive-locked": "cli/test_cli_conditions.py",
    "storage-failed": "cli/test_cli_conditions_met.py",
    "interrupted": "cli/test_cli_complete.py",
    "output-failed": "cli/test_cli_conditions_met.py",
    "no-webhook-secret": "webhooks/test_webhook_listen.py",
    "unusable-webhook-secret": "cli/test_cli_conditions_met.py",
    "address-unusable": "webhooks/test_webhook_listen.py",
    "events-failed": "webhooks/test_webhook_listen.py",
    "subscription-off": "webhooks/test_webhook_listen.py",
    "no-run-finished": "cli/test_cli_status.py",
    "stale": "cli/test_cli_status.py",
    "run-interrupted": "cli/test_cli_complete.py",
    "conversations-failed": "cli/test_cli_failed.py",
    "outage": "cli/test_cli_complete.py",
    "files-failed": "cli/test_cli_failed.py",
    "files-removed": "cli/test_cli_failed.py",
    "files-altered": "cli/test_cli_failed.py",
    "missing-files": "cli/test_cli_export_formats.py",
    "limit-reached": "cli/test_cli_lists.py",
}


def test_every_condition_is_met() -> None:
    met = {name.partition(",")[0] for name in (*SERVER, *LOCAL, *PROVOKED, *MACHINE)}
    assert {condition.name for condition in CONDITIONS} == met | ELSEWHERE.keys()
    assert met.isdisjoint(ELSEWHERE)
    for name, file in ELSEWHERE.items():
        text = (Path(__file__).parents[1] / file).read_text("utf-8").partition("ELSEWHERE =")[0]
        assert re.search(rf"""["'\[]{name}["'\],]""", text), f"{file} does not meet {name}"

"""Conditions that need a browser, a network or a full disk are met for real."""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from support.archives import SINCE, archived_messages, sent_messages
from support.command_line import Runner, run_in_shell
from support.tls import Authority

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.cli.commands import login
from swagger_client.cli.conditions import CONDITIONS
from swagger_client.sandbox import Sandbox


def meet(run: Runner, name: str, *command: str) -> None:
    """Run a command twice; the named condition is its only problem, in JSON and in text."""
    (expected,) = (one for one in CONDITIONS if one.name == name)
    assert run(*command, "--json") == expected.status
    report = json.loads((run.out or run.err).splitlines()[-1])
    problems = report["problems"] if "problems" in report else [report["problem"]]
    assert [problem["condition"] for problem in problems] == [name]
    assert run(*command) == expected.status
    assert f"{expected.status.label}: {problems[0]['what'][:20]}" in " ".join(run.err.split())


def test_a_login_without_an_app(run: Runner) -> None:
    meet(run, "no-app", "login")


def test_a_login_that_the_user_denies(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(url: str) -> None:
        query = parse_qs(urlsplit(url).query)
        back = urlencode({"error": "access_denied", "state": query["state"][0]})
        try:
            urllib.request.urlopen(f"{query['redirect_uri'][0]}?{back}", timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()

    def open_browser(url: str) -> bool:
        threading.Thread(target=deny, args=(url,), daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    meet(run, "login-failed", "login", "--port", "0")


def test_a_login_that_nobody_consents_to(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "_SECONDS", 0.05)
    monkeypatch.setattr(webbrowser, "open", lambda url: True)
    meet(run, "login-timed-out", "login", "--port", "0")


def test_a_certificate_that_is_not_trusted(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Sandbox(seed=5, tls=Authority(tmp_path).context("127.0.0.1")) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        meet(run, "tls-untrusted", "doctor")
        meet(run, "tls-untrusted", "archive", "--from", SINCE)


def test_a_host_that_does_not_exist(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_API_HOST", "https://nowhere.invalid/v2")
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "t")
    meet(run, "host-not-found", "doctor")
    meet(run, "host-not-found", "archive", "--from", SINCE)


def test_the_host_that_failed_is_named(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOM_TOKEN_URL", "https://tokens.invalid/oauth/token")
    for command in (["doctor"], ["archive", "--from", SINCE]):
        assert run(*command) == ExitStatus.UNFINISHED
        assert "The name tokens.invalid cannot be resolved" in run.err


def test_a_secret_token_that_is_no_text(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_WEBHOOK_SECRET", "\udcff")
    meet(run, "unusable-webhook-secret", "listen", "--bind", "127.0.0.1:0")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_an_output_that_cannot_be_written(archived: Sandbox) -> None:
    (expected,) = (one for one in CONDITIONS if one.name == "output-failed")
    for command in ("status", "status --json", "sessions", "search alert"):
        ended = run_in_shell(f"zoom-sms {command} >/dev/full")
        assert ended.status == expected.status
        assert expected.what.partition("{")[0] in ended.err
        assert "No space left on device" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes")
def test_a_database_that_cannot_be_written(run: Runner, archived: Sandbox) -> None:
    import resource

    archived.add_message()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, limits[1]))  # SQLite reports an I/O error
    try:
        meet(run, "storage-failed", "archive")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert run("archive") == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        assert archived_messages(archive) == sent_messages(archived.messages())
        assert archive.verify().problems == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes")
def test_a_limit_of_file_sizes_that_ends_a_download(run: Runner, zoom: Sandbox) -> None:
    import resource

    zoom.add_message(attachments=[zoom.attachment(b"x" * 9_000_000)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, limits[1]))
    try:
        meet(run, "file-too-large", "archive", "--from", SINCE, "--attachments", "files")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [one for one in Path("files").iterdir() if one.name.endswith(".part")]
    assert run("archive") == ExitStatus.COMPLETE
    with Archive("sms.sqlite3") as archive:
        assert archived_messages(archive) == sent_messages(zoom.messages())
        assert archive.verify().problems == []

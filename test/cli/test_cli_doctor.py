"""``zoom-sms doctor``."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.command_line import Runner, use_account
from support.tls import Authority
from support.wire import Wire, closed_port

from swagger_client.cli import ExitStatus
from swagger_client.cli.commands import doctor
from swagger_client.sandbox import Sandbox

CHECKS = (
    "SQLite",
    "database",
    "disk",
    "credentials",
    "connection",
    "Zoom",
    "clock",
    "messages",
    "files",
)


def test_doctor_finds_no_problem_in_a_sound_account(run: Runner, zoom_now: Sandbox) -> None:
    assert run("doctor") == ExitStatus.COMPLETE
    assert "FIX" not in run.out
    for check in CHECKS:
        assert f"ok   {check}:" in run.out
    assert run("doctor", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert [check["ok"] for check in report["checks"]] == [True] * len(CHECKS)
    assert report["complete"] is True


def test_doctor_checks_the_folder_of_files(run: Runner, zoom_now: Sandbox) -> None:
    zoom_now.add_message(attachments=[zoom_now.attachment(b"\x89PNG", name="a.png", type="PNG")])
    since = f"{zoom_now.clock.now() - timedelta(days=20):%Y-%m-%d}"
    assert run("archive", "--from", since, "--attachments", "files") == ExitStatus.COMPLETE
    assert run("doctor") == ExitStatus.COMPLETE
    assert "ok   folder of files:" in run.out
    Path("files").rename("moved")
    assert run("archive") == ExitStatus.INVALID
    assert run("doctor", "--json") == ExitStatus.INVALID
    problems = json.loads(run.out)["problems"]
    assert [problem["condition"] for problem in problems] == ["folder-missing"]


def test_doctor_prints_each_problem_with_its_fix(run: Runner, zoom_now: Sandbox) -> None:
    zoom_now.phone_enabled = False
    assert run("doctor") == ExitStatus.INVALID
    assert "FIX  Zoom: Zoom Phone is not enabled" in run.out
    assert "assign a Zoom Phone plan" in run.err


def test_all_missing_scopes_are_named_at_once(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(seed=5, scopes=["phone:read:list_sms_sessions:admin"]) as zoom:
        use_account(zoom, monkeypatch)
        assert run("doctor", "--json") == ExitStatus.INVALID
    with_list = json.loads(run.out)["problems"]
    assert [problem["condition"] for problem in with_list] == ["missing-scopes"]
    assert "phone:read:sms_session:admin" in with_list[0]["cure"]
    assert "phone:read:sms_message:admin" in with_list[0]["cure"]
    # One of each group is needed; the granular one of administrators is the first.
    cure = with_list[0]["cure"]
    assert "to the app: one of phone:read:sms_session:admin, phone:read:sms_session (an" in cure
    assert "; and one of phone:read:sms_message:admin, phone:read:sms_message (an app" in cure
    assert "with classic scopes: phone:read:admin, phone_sms:read:admin, " in cure
    assert cure.count("phone_sms:master)") == 2
    assert "2 requests of a run were rejected" in with_list[0]["what"]
    with Sandbox(seed=5, scopes=["nothing"]) as zoom:
        use_account(zoom, monkeypatch)
        assert run("doctor") == ExitStatus.INVALID
    for scope in ("list_sms_sessions", "sms_session", "sms_message"):
        assert f"phone:read:{scope}:admin" in run.err


def test_one_missing_scope_is_reported_in_the_singular(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = ["phone:read:list_sms_sessions:admin", "phone:read:sms_session:admin"]
    with Sandbox(seed=5, scopes=scopes) as zoom:
        use_account(zoom, monkeypatch)
        assert run("doctor") == ExitStatus.INVALID
    assert "1 request of a run was rejected" in run.err


def test_a_proxy_that_rejects_the_connection_is_named(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "x")
    run("doctor", "--proxy", f"http://127.0.0.1:{closed_port()}")
    (line,) = [line for line in run.out.splitlines() if line.startswith("FIX")]
    assert "proxy" in line
    assert "Connection" not in line.replace("Connection refused", "")


def test_doctor_checks_an_empty_account(run: Runner, zoom_now: Sandbox) -> None:
    zoom_now.fault(
        operation="account_sms_session", status=200, body={"sms_sessions": []}, times=None
    )
    assert run("doctor") == ExitStatus.COMPLETE
    assert "ok   messages: permitted" in run.out


def test_an_id_that_cannot_be_requested_is_no_problem_of_credentials(
    run: Runner, zoom_now: Sandbox
) -> None:
    zoom_now.fault(
        operation="account_sms_session",
        status=200,
        body={"sms_sessions": [{"session_id": "a\tb"}, {"session_id": "."}]},
        times=None,
    )
    assert run("doctor") == ExitStatus.COMPLETE
    assert "FIX" not in run.out


def test_a_wrong_clock_is_seen(run: Runner, zoom_now: Sandbox) -> None:
    zoom_now.clock.advance(3600)
    assert run("doctor") == ExitStatus.INVALID
    assert re.search(r"FIX  clock: 3\d\d\d s behind Zoom's", run.out)
    assert "NTP" in run.err


def test_a_damaged_database_has_the_status_of_the_other_commands(
    run: Runner, zoom_now: Sandbox
) -> None:
    Path("sms.sqlite3").write_bytes(b"x" * 5000)
    assert run("doctor", "--json") == ExitStatus.DAMAGED
    checks = {check["check"]: check for check in json.loads(run.out)["checks"]}
    assert checks["database"]["ok"] is False
    assert checks["database"]["problem"]["condition"] == "archive-damaged"
    assert run("verify") == ExitStatus.DAMAGED


def test_without_credentials_only_they_are_a_problem(run: Runner) -> None:
    assert run("doctor") == ExitStatus.INVALID
    assert run.out.count("FIX") == 1
    assert "FIX  credentials: There are no credentials." in run.out
    assert "ok   credentials" not in run.out


def test_a_silent_host_does_not_block_doctor(
    run: Runner, zoom_now: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check ends within its deadline, and the checks that depend on it are left out."""
    monkeypatch.setattr(doctor, "_TIMEOUT", (0.5, 0.5))
    monkeypatch.setattr(doctor, "_DEADLINE", 1.0)
    zoom_now.fault(operation="account_sms_session", hang=True, times=None)
    assert run("doctor", "--json") == ExitStatus.UNFINISHED
    report = json.loads(run.out)
    assert [problem["condition"] for problem in report["problems"]] == ["timed-out"]
    assert len(zoom_now.requests) <= 4


def test_an_untrusted_certificate_has_one_status(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with Sandbox(seed=5, tls=authority.context("127.0.0.1")) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        for command in (["doctor"], ["archive", "--from", "2026-01-01"]):
            assert run(*command) == ExitStatus.INVALID
            assert "error: The certificate of 127.0.0.1 is not trusted: " in run.err
            assert "a company's proxy inspects TLS" in run.err
        assert run("doctor", "--ca-file", authority.ca_cert) == ExitStatus.COMPLETE
        assert f"trusting {authority.ca_cert} (--ca-file)" in run.out


@pytest.mark.parametrize(
    ("name", "expired", "condition"),
    [("other.test", False, "tls-other-host"), ("127.0.0.1", True, "tls-expired")],
)
def test_a_certificate_that_is_not_this_hosts_or_too_old_is_explained(
    run: Runner,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    expired: bool,
    condition: str,
) -> None:
    authority = Authority(tmp_path)
    with Sandbox(seed=5, tls=authority.context(name, expired=expired)) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        status = run("doctor", "--json", "--ca-file", authority.ca_cert)
    assert status == ExitStatus.INVALID
    (problem,) = json.loads(run.out)["problems"]
    assert problem["condition"] == condition


def test_a_server_without_tls_is_explained(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(greeting="early") as server:
        monkeypatch.setenv("ZOOM_API_HOST", server.host.replace("http:", "https:"))
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "t")
        assert run("doctor", "--json") == ExitStatus.INVALID
    (problem,) = json.loads(run.out)["problems"]
    assert problem["condition"] == "tls-failed"


def test_the_connection_is_described_without_the_proxys_password(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZOOM_API_HOST", "https://zoom.invalid/v2")
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "t")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pAsSwOrD@127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", Authority(tmp_path).ca_cert)
    assert run("doctor") == ExitStatus.UNFINISHED
    assert "ok   connection: through the proxy 127.0.0.1:1, trusting" in run.out
    assert "(SSL_CERT_FILE)" in run.out
    assert "pAsSwOrD" not in run.out + run.err
    monkeypatch.setenv("SSL_CERT_FILE", "missing.pem")
    assert run("doctor") == ExitStatus.INVALID
    assert "missing.pem" in run.err


@pytest.mark.parametrize(
    "proxy", ["http://u:pass-4711/x@127.0.0.1:1", "htp://127.0.0.1:1", "http://h:88888", "://"]
)
def test_a_profile_with_an_invalid_proxy_is_named_without_the_proxy(
    run: Runner, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "t")
    text = f"[profiles.main]\ndatabase = 'a.sqlite3'\nproxy = '{proxy}'\n"
    Path("zoom-sms.toml").write_text(text, "utf-8")
    for command in (["doctor"], ["archive", "--from", "2026-01-01"]):
        arguments = [*command, "--profile", "main", "--config", "zoom-sms.toml"]
        assert run(*arguments) == ExitStatus.INVALID
        assert "error: proxy of profile main " in run.err
        assert "pass-4711" not in run.out + run.err
        assert "ok   connection" not in run.out
    assert not Path("a.sqlite3").exists()
    assert run("doctor", "--proxy", proxy) == ExitStatus.INVALID
    assert "FIX  connection: --proxy " in run.out


def test_doctor_names_the_archived_time_after_an_erasure(run: Runner, archived: Sandbox) -> None:
    run("sessions", "--json")
    session_id = json.loads(run.out.splitlines()[0])["session_id"]
    run("status", "--json")
    archived_to = json.loads(run.out)["archived_to"]
    assert run("erase", "--session", session_id, "--reason", "x", "--yes") == ExitStatus.COMPLETE
    run("doctor")
    assert f"database: 2 runs, archived up to {archived_to}\n" in run.out

"""``zoom-sms login``: a user authorizes the app in a browser on this machine."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from support.archives import SINCE, small_account
from support.command_line import Runner

from swagger_client.api._callback import CallbackServer
from swagger_client.api.login import DeviceCode
from swagger_client.cli import ExitStatus
from swagger_client.cli.commands import login
from swagger_client.cli.console import Console
from swagger_client.sandbox import Sandbox


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """An app for users: no account id in the environment."""
    zoom = small_account().start()
    monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
    monkeypatch.setenv("ZOOM_TOKEN_URL", zoom.token_url)
    monkeypatch.setenv("ZOOM_CLIENT_ID", zoom.client_id)
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", zoom.client_secret)
    return zoom


def consent(monkeypatch: pytest.MonkeyPatch, *before: str) -> list[str]:
    """Have a browser consent at once, after it has visited other pages of this machine."""
    visited: list[str] = []

    def visit(url: str) -> None:
        redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        for query in before:
            try:
                urllib.request.urlopen(f"{redirect}{query}", timeout=10).close()
            except urllib.error.HTTPError as error:
                error.close()
        with urllib.request.urlopen(url, timeout=10) as page:
            visited.append(page.read().decode())

    def open_browser(url: str) -> bool:
        threading.Thread(target=visit, args=(url,), daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    return visited


LOGIN = Path("home/.config/zoom-sms/login-default.json")


def test_a_login_is_kept_for_later_commands(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app:
        pages = consent(monkeypatch)
        assert run("login", "--port", "0") == ExitStatus.COMPLETE
        assert "Logged in." in run.out
        assert "You can close this window" in pages[0]
        assert LOGIN.stat().st_mode & 0o077 == 0
        first = json.loads(LOGIN.read_text())["refresh_token"]
        assert first not in run.out + run.err

        for _ in range(2):  # Zoom replaces the refresh token at each renewal
            assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
            assert f"{len(app.messages())}" in run.out or "0 new messages" in run.out
        assert json.loads(LOGIN.read_text())["refresh_token"] != first
        assert app.crashes == []


def test_a_login_that_zoom_rejects_is_renewed_by_login(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app:
        consent(monkeypatch)
        assert run("login", "--port", "0") == ExitStatus.COMPLETE
        assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
        stored = json.loads(LOGIN.read_text())
        LOGIN.write_text(json.dumps({**stored, "refresh_token": "revoked"}))
        app.clock.advance(4000)
        for command in ("archive", "doctor", "compare"):
            assert run(command, "--json") == ExitStatus.INVALID
            assert "login-rejected" in [one["condition"] for one in json.loads(run.out)["problems"]]
            assert run(command) == ExitStatus.INVALID
            assert "Run `zoom-sms login` again." in run.err


def test_a_user_logs_in_on_another_device(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def consent_on_the_device(console: Console, code: DeviceCode) -> None:
        show_code(console, code)
        app.approve_device(code.user_code)
        shown.append(code.user_code)

    shown: list[str] = []
    show_code = login._show_code
    monkeypatch.setattr(login, "_show_code", consent_on_the_device)
    with app:
        assert run("login", "--device") == ExitStatus.COMPLETE
        assert shown[0] in run.err
        assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE


def test_a_redirect_with_another_state_is_ignored(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app:
        forged = "?" + urlencode({"code": "forged", "state": "forged"})
        consent(monkeypatch, forged, "favicon.ico", "?error=access_denied&state=x")
        assert run("login", "--port", "0") == ExitStatus.COMPLETE


def test_a_user_who_does_not_consent_is_not_logged_in(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(url: str) -> bool:
        query = parse_qs(urlsplit(url).query)
        back = urlencode({"error": "access_denied", "state": query["state"][0]})
        target = f"{query['redirect_uri'][0]}?{back}"
        threading.Thread(
            target=lambda: urllib.request.urlopen(target, timeout=10).close(), daemon=True
        ).start()
        return True

    monkeypatch.setattr(webbrowser, "open", deny)
    with app:
        assert run("login", "--port", "0") == ExitStatus.INVALID
    assert "access_denied" in run.err
    assert not LOGIN.exists()


def test_waiting_for_a_user_ends(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swagger_client.cli.commands.login._SECONDS", 0.2)
    with app:
        assert run("login", "--port", "0", "--no-browser", "--quiet") == ExitStatus.UNFINISHED
        assert "Give consent in a browser on this machine: http" in run.err
    assert "No user gave consent" in run.err
    assert "/oauth/authorize?" in run.err


def test_a_login_needs_an_app(run: Runner) -> None:
    assert run("login") == ExitStatus.INVALID
    assert "ZOOM_CLIENT_ID" in run.err


def test_a_port_in_use_is_an_error(run: Runner, app: Sandbox) -> None:
    with app, CallbackServer(0) as server:
        port = str(urlsplit(server.redirect_uri).port)
        assert run("login", "--port", port, "--no-browser") == ExitStatus.INVALID
        assert f"127.0.0.1:{port} cannot be opened: Address already in use. " in run.err
        assert "Choose another with --port." in run.err
        assert run("login", "--port", "99999", "--no-browser") == ExitStatus.INVALID


@pytest.mark.parametrize("setting", ["login-file", "token-cache", "rate-file"])
def test_a_file_with_other_content_is_rejected_before_any_request(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    content = '{"editor.tabSize": 2}'
    with app:
        consent(monkeypatch)
        assert run("login", "--port", "0") == ExitStatus.COMPLETE
        sent = len(app.requests)
        file = Path("settings.json")
        file.write_text(content)
        file.chmod(0o600)
        config = Path("zoom-sms.toml")
        config.write_text(f"[profiles.default]\n{setting} = {str(file.absolute())!r}\n")
        config.chmod(0o600)
        command = ["login", "--port", "0"] if setting == "login-file" else ["archive"]
        assert run(*command, "--config", str(config)) == ExitStatus.INVALID
        assert "settings.json: it has other content: name a new file" in run.err
        assert (len(app.requests), file.read_text()) == (sent, content)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_login_that_others_can_read_is_rejected(
    run: Runner, app: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app:
        consent(monkeypatch)
        run("login", "--port", "0")
        LOGIN.chmod(0o644)
        assert run("archive", "--from", SINCE) == ExitStatus.INVALID
        assert "`zoom-sms login`" in run.err
        LOGIN.chmod(0o600)
        LOGIN.write_text("{}")
        assert run("archive", "--from", SINCE) == ExitStatus.INVALID

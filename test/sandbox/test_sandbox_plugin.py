"""The pytest plugin imports no package, and provides a sandbox and signed events."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from swagger_client.sandbox import Clock, Sandbox

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
# An installed package has registered its plugin already, and pytest rejects a second one.
PLUGIN = ["-p", "no:swagger_client_sandbox", "-p", "swagger_client_pytest"]


def run_tests(folder: Path, files: dict[str, str], status: int = 0) -> str:
    """Run pytest on files in another process; return its output."""
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", *PLUGIN, "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=ENVIRONMENT, cwd=folder, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_loading_the_plugin_does_not_import_the_package() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import swagger_client_pytest;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert done.stdout.strip() == "['swagger_client_pytest']"


def test_the_fixture_gives_each_test_a_sandbox(tmp_path: Path) -> None:
    tests = """
import sys
assert "swagger_client" not in sys.modules
seen = []
def test_one(zoom_sandbox):
    assert zoom_sandbox.host and zoom_sandbox.access_token
    seen.append(zoom_sandbox)
def test_two(zoom_sandbox):
    assert seen[0] is not zoom_sandbox
"""
    assert "2 passed" in run_tests(tmp_path, {"test_it.py": tests})


def test_an_unknown_scope_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    files = {"pytest.ini": "[pytest]\nzoom_sandbox_scope = modul\n", "test_it.py": ""}
    printed = run_tests(tmp_path, files, status=pytest.ExitCode.USAGE_ERROR)
    assert "zoom_sandbox_scope is 'modul'" in printed
    assert "Traceback" not in printed


def test_the_fixtures_scope_and_account_can_be_chosen(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\nzoom_sandbox_scope = session\n",
        "conftest.py": """
import pytest
@pytest.fixture(scope="session")
def zoom_sandbox_options():
    return {"seed": 3, "sessions": 2, "messages": 9}
""",
        "test_it.py": """
seen = []
def test_one(zoom_sandbox):
    assert len(zoom_sandbox.messages()) == 9
    seen.append(zoom_sandbox)
def test_two(zoom_sandbox):
    assert seen[0] is zoom_sandbox
""",
    }
    assert "2 passed" in run_tests(tmp_path, files)


def test_a_users_app_gets_a_signed_event(tmp_path: Path) -> None:
    tests = """
import io
from swagger_client.webhooks import Receiver, Webhook

def test_app(zoom_sandbox, zoom_event):
    handled = []
    app = Receiver(Webhook(zoom_sandbox.webhook_secret), handled.append)
    event = zoom_event(text="Hello", direction="In")
    assert app.handle(event.body, event.headers).status == 204
    assert handled[0].message.message == "Hello"
    assert handled[0].message.message_id == zoom_sandbox.messages()[-1].message_id
"""
    assert "1 passed" in run_tests(tmp_path, {"test_it.py": tests})


def test_the_clock_runs_on_while_a_test_has_frozen_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as zoom:
        before = zoom.clock.time()
        token = zoom.access_token
        monkeypatch.setattr("time.monotonic", lambda: 1.8e9)  # as freezegun replaces it
        assert before <= zoom.clock.time() < before + 60
        url = f"{zoom.host}/phone/sms/sessions"
        headers = {"Authorization": f"Bearer {token}"}
        monkeypatch.undo()
        assert urllib3.request("GET", url, headers=headers).status == 200


@pytest.mark.extended
@pytest.mark.parametrize("library", ["freezegun", "time_machine"])
def test_libraries_that_freeze_time_move_no_sandbox(library: str) -> None:
    module = importlib.import_module(library)
    freeze = module.freeze_time if library == "freezegun" else module.travel
    with Sandbox() as zoom:
        before = zoom.clock.time()
        with freeze("2040-01-01"):
            assert before <= zoom.clock.time() < before + 60
            assert Clock().now().year == 2040
        assert before <= zoom.clock.time() < before + 60

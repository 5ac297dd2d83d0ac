"""The package is easy to survey: few names at the top, short modules, no private types."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tools import public_api

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "swagger_client"


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_few_names_at_the_top() -> None:
    names = [path for path in PACKAGE.iterdir() if not path.name.startswith("__")]
    assert len(names) <= 27
    private = [path.name for path in names if path.name.startswith("_") and path.suffix == ".py"]
    assert len(private) <= 4, private


def test_no_public_signature_names_a_private_type() -> None:
    assert public_api.private_types() == []


# The first versions of Python 3.12 take "?1" for a named placeholder and warn of its sequence.
def test_placeholders_of_sql_have_no_numbers() -> None:
    numbered = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"[ (,]\?\d", node.value)
    ]
    assert numbered == []

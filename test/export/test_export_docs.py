"""The page about exports agrees with the code."""

from __future__ import annotations

from pathlib import Path

from swagger_client.export import COLUMNS, FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "EXPORT.md").read_text("utf-8")
KINDS = {"text": "text", "integer": "integer", "texts": "list of texts",
         "integers": "list of integers", "timestamp": "timestamp"}  # fmt: skip


def test_the_columns_are_documented_in_their_order() -> None:
    rows = [f"`{column.name}` | {KINDS[column.kind]} | {column.doc}" for column in COLUMNS]
    assert "\n".join(rows) in PAGE


def test_every_format_is_documented() -> None:
    assert [name for name in FORMATS if f"`{name}` | " not in PAGE] == []

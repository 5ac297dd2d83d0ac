"""The page about the archive says what the code does."""

from __future__ import annotations

from pathlib import Path

from swagger_client.archive.schema import _REST, _TABLES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "ARCHIVE.md").read_text("utf-8")


def test_every_table_and_view_is_documented() -> None:
    tables = [statement.split(" ", 1)[0] for statement in _TABLES]
    views = [statement.split()[2] for statement in _REST if statement.startswith("CREATE VIEW")]
    assert len(tables) > 8
    assert [name for name in (*tables, *views) if f"`{name}`" not in PAGE] == []

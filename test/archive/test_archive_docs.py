"""The page about the archive says what the code does."""

from __future__ import annotations

from pathlib import Path

from swagger_client.archive.schema import tables_and_views

PAGE = (Path(__file__).parent.parent.parent / "docs" / "ARCHIVE.md").read_text("utf-8")


def test_every_table_and_view_is_documented() -> None:
    names = tables_and_views()
    assert len(names) > 12
    assert [name for name in names if f"`{name}`" not in PAGE] == []

"""The page about verification agrees with the code."""

from __future__ import annotations

from pathlib import Path

from swagger_client.archive.schema import tables_and_views

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "explained" / "what-verify-proves.md").read_text("utf-8")


def test_every_table_and_view_is_documented() -> None:
    names = tables_and_views()
    assert len(names) > 12
    assert [name for name in names if f"`{name}`" not in PAGE] == []

"""Fixtures of tests of archives: a small account, and an archive that does not exist yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.archives import small_account

from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    """A small account. The test fails if the sandbox itself fails."""
    with small_account() as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive in its own folder. The first run creates its file."""
    with Archive(tmp_path / "sms.sqlite3") as made:
        yield made

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swagger_client.archive import Archive


@pytest.fixture
def example(example_database: Path) -> Iterator[Archive]:
    """The archive of a made-up account: see `tools.example_account`."""
    with Archive(example_database) as archive:
        yield archive

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.viewer import Viewer


@pytest.fixture(scope="module")
def viewer(example_database: Path) -> Iterator[Viewer]:
    """`zoom-sms browse` in another process, with the archive of the example."""
    with Viewer(example_database) as running:
        yield running

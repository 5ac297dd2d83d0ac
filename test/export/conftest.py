from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swagger_client.archive import Archive
from tools import example_account


@pytest.fixture(scope="session")
def example_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of an invented account, made once."""
    return example_account.build(tmp_path_factory.mktemp("example"))


@pytest.fixture
def example(example_database: Path) -> Iterator[Archive]:
    """The archive of an invented account: see `tools.example_account`."""
    with Archive(example_database) as archive:
        yield archive

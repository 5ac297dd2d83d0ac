from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.wire import Wire

from swagger_client.sandbox import Sandbox


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(seed=7) as sandbox:
        yield sandbox
        assert sandbox.crashes == []

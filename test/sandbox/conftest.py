from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sandbox_caller import Caller, frozen

from swagger_client.sandbox import Sandbox


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with frozen(seed=7) as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def caller(zoom: Sandbox) -> Caller:
    return Caller(zoom)

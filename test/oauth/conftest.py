from __future__ import annotations

from collections.abc import Iterator

import pytest

from swagger_client.sandbox import Sandbox


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(seed=3, api_url="https://127.0.0.1.example") as sandbox:
        yield sandbox
        assert sandbox.crashes == []

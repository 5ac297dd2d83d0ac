from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.clocks import JumpingClock
from support.faces import Asyncio, Blocking, Faces, faces_of
from support.wire import Wire

from swagger_client.sandbox import Sandbox


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(seed=3, api_url="https://127.0.0.1.example") as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture(params=[Blocking, Asyncio], ids=lambda kind: kind.name)
def face(request: pytest.FixtureRequest) -> Iterator[Faces]:
    with faces_of(request.param) as make:
        yield make

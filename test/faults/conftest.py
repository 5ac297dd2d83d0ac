from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.clocks import JumpingClock
from support.faces import Asyncio, Blocking, Faces, faces_of
from support.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=[Blocking, Asyncio], ids=lambda kind: kind.name)
def face(request: pytest.FixtureRequest) -> Iterator[Faces]:
    """Makes a client of either face: ``face(host, clock=…, retries=…)``."""
    with faces_of(request.param) as make:
        yield make

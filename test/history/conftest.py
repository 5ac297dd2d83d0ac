from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.faces import Blocking, Faces, faces_of
from support.history_reader import Reader, account

from swagger_client.sandbox import Sandbox


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with account() as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def face(faces: Faces, zoom: Sandbox) -> Reader:
    return Reader(faces, zoom)


@pytest.fixture
def blocking(zoom: Sandbox) -> Iterator[Reader]:
    with faces_of(Blocking) as make:
        yield Reader(make, zoom)

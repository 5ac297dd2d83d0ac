"""The pytest fixture `zoom_sandbox`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = ["zoom_sandbox"]


@pytest.fixture
def zoom_sandbox() -> Iterator[Sandbox]:
    """A running sandbox with seed 0 and real time; for other options, construct a `Sandbox`."""
    from .sandbox import Sandbox

    with Sandbox() as zoom:
        yield zoom

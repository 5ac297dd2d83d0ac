"""Memory does not grow with the span."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from benchmarks.history import FACES, read, served


@pytest.fixture
def little_garbage() -> Iterator[None]:
    """Collect garbage often. Otherwise it counts as used memory until it is collected."""
    usual = gc.get_threshold()
    gc.set_threshold(100, 5, 5)
    yield
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("little_garbage")
@pytest.mark.parametrize("face", FACES)
def test_five_years_take_no_more_memory_than_one(face: str) -> None:
    peaks = []
    # The first is for what is imported on the way.
    for years in (0.1, 1, 5):
        messages = round(2000 * years)
        with served(years=years, sessions=10, messages=messages) as account:
            found = read(account, face, traced=True)
        assert found.exactly_once
        assert found.messages == messages
        peaks.append(found.peak_kib or 0)
    # The ids alone of all messages would take twice as much as this allows.
    assert peaks[2] < peaks[1] * 1.5

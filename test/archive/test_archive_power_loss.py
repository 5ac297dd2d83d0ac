"""A power loss during a run corrupts no archive and loses no acknowledged record.

These tests are a sample of ``python -m tools.power_loss``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import crash_changes, power_loss
from tools.crash_archive import CALLS, Fault

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="no strace here")


@pytest.mark.parametrize("count", [80, pytest.param(20_000, marks=pytest.mark.extended)])
def test_no_acknowledged_record_is_lost(tmp_path: Path, count: int) -> None:
    calls, records = power_loss.record(tmp_path, unsafe=False)
    assert len(calls) > 300
    assert len(records) > 30
    assert power_loss.cut(calls, records, count, 1, tmp_path) == []


def test_without_syncs_records_are_lost(tmp_path: Path) -> None:
    """The test above can fail: with this mistake in the run, it does."""
    calls, records = power_loss.record(tmp_path, unsafe=True)
    assert len(power_loss.cut(calls, records, 40, 1, tmp_path)) > 5


@pytest.fixture(scope="module", params=["migrate", "erase"])
def change(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> crash_changes.Change:
    return crash_changes.Change(request.param, tmp_path_factory.mktemp(request.param))


SHARES = [0.02, 0.35, 0.75, 0.99]


def test_a_migration_or_an_erasure_that_is_disturbed_can_be_repeated(
    change: crash_changes.Change, tmp_path: Path
) -> None:
    boundaries = change.boundaries(tmp_path / "traced")
    faults = [
        Fault("pwrite64", 1 + round(share * (boundaries["pwrite64"] - 1)), how)
        for share, how in zip(SHARES, ("kill", "ENOSPC", "EIO", "kill"), strict=True)
    ]
    faults += [
        Fault(call, boundaries[call], "kill")
        for call in CALLS
        if call != "pwrite64" and boundaries[call]
    ]
    for number, fault in enumerate(faults):
        assert change.disturb(tmp_path / str(number), fault).problems == [], fault


@pytest.mark.extended
def test_a_migration_or_an_erasure_is_killed_at_every_write(
    change: crash_changes.Change, tmp_path: Path
) -> None:
    boundaries = change.boundaries(tmp_path / "traced")
    wrong = []
    for place in range(1, boundaries["pwrite64"] + 1):
        verdict = change.disturb(tmp_path / str(place), Fault("pwrite64", place, "kill"))
        wrong += [verdict] if verdict.problems else []
    assert wrong == []

"""A run is killed, or its disk fails, at every boundary; the next run repairs the archive.

These tests use strace and a few boundaries of each kind, on a small account. ``python -m
tools.crash_archive`` tests all boundaries, and kills at random times.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.crash_archive import CALLS, CURSOR_BEFORE_ROWS, Bench, Fault, benches


def _can_trace() -> bool:
    """Return whether strace works on this machine."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False,
                           capture_output=True)  # fmt: skip
    return tried.returncode == 0


CAN_TRACE = _can_trace()
#: Where in the run each kind of call is met, as shares of how often it is made.
SHARES = {
    "pwrite64": (0.1, 0.4, 0.7, 0.95), "fdatasync": (0.3, 0.9), "fsync": (0.9,),
    "write": (0.5,), "rename": (1.0,), "unlink": (0.5,), "ftruncate": (0.5,), "mkdir": (0.0,),
}  # fmt: skip
TRACED = [
    (call, share, how)
    for call in CALLS
    for share in SHARES[call]
    for how in ("kill", "ENOSPC" if call in ("pwrite64", "write", "mkdir") else "EIO")
]
LIMITS = [
    Fault("limit", size, how)
    for size in (3_000, 70_000, 220_000, 1_000_000)
    for how in ("kill", "EFBIG")
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    for made in benches(1, tmp_path_factory.mktemp("crash")):
        yield made[0]


@pytest.fixture(scope="module")
def boundaries(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    return bench.boundaries(tmp_path_factory.mktemp("traced") / "run")


def test_the_undisturbed_run_archives_everything(bench: Bench, tmp_path: Path) -> None:
    made, _ = bench.undisturbed(tmp_path / "run")

    assert len(made["messages"]) == len(bench.zoom.messages())
    assert len(made["files"]) > 3


@pytest.mark.skipif(not CAN_TRACE, reason="no strace here; the limits of file sizes do their part")
@pytest.mark.parametrize(("call", "share", "how"), TRACED)
def test_a_run_that_ends_at_a_boundary_is_resumed_to_an_equal_archive(
    bench: Bench, boundaries: dict[str, int], tmp_path: Path, call: str, share: float, how: str
) -> None:
    place = 1 + round(share * (boundaries[call] - 1))
    verdict = bench.disturb(tmp_path / "run", Fault(call, place, how))

    assert verdict.problems == []
    # What only tidies up may fail, and the run is done all the same.
    assert verdict.struck or how != "kill"


@pytest.mark.parametrize("fault", LIMITS, ids=str)
def test_a_run_whose_files_cannot_grow_is_resumed_to_an_equal_archive(
    bench: Bench, tmp_path: Path, fault: Fault
) -> None:
    verdict = bench.disturb(tmp_path / "run", fault)

    assert verdict.struck
    assert verdict.problems == []


@pytest.mark.skipif(not CAN_TRACE, reason="no strace here")
def test_crash_tests_detect_a_cursor_committed_too_early(
    bench: Bench, boundaries: dict[str, int], tmp_path: Path
) -> None:
    """The tests above fail with this error in the run."""
    bench.mistake = CURSOR_BEFORE_ROWS
    try:
        verdicts = [
            bench.disturb(tmp_path / f"run {place}", Fault("fdatasync", place, "kill"))
            for place in range(boundaries["fdatasync"] - 9, boundaries["fdatasync"] - 4)
        ]
    finally:
        bench.mistake = ""

    assert any("messages differs" in verdict.problems for verdict in verdicts)

"""FilePacer: processes of one machine share the permitted rate."""

from __future__ import annotations

import json
import math
import multiprocessing
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.clocks import JumpingClock, ManualClock
from support.faces import Faces
from support.wire import Say, Wire, error_reply, reply

from swagger_client.configuration import FilePacer, RateLimit
from swagger_client.exceptions import RateLimitException


def waits(pacer: FilePacer, count: int, now: float = 100.0) -> list[float]:
    return [pacer.reserve("medium", now, math.inf).wait for _ in range(count)]


def reserve_many(path: Path, count: int, results: multiprocessing.Queue[list[float]]) -> None:
    pacer = FilePacer(path, plan="business")
    results.put([100.0 + wait for wait in waits(pacer, count)])


def test_processes_share_one_rate(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[float]] = context.Queue()
    path = tmp_path / "pacer.json"
    processes = [context.Process(target=reserve_many, args=(path, 50, results)) for _ in range(3)]
    for process in processes:
        process.start()
    times = sorted(time for _ in processes for time in results.get(timeout=60))
    for process in processes:
        process.join(60)
    assert len(times) == 150
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) == pytest.approx(1 / 19)
    assert times[-1] == pytest.approx(100 + 149 / 19)


def test_a_429_of_one_process_stops_the_others(tmp_path: Path) -> None:
    one, other = (FilePacer(tmp_path / "pacer.json") for _ in range(2))
    limit = RateLimit(1_800_000_000.0, daily=True, limit=20)
    one.report_limit("medium", limit, 100.0, 30.0)
    assert other.limit_in_force("medium", 101.0) == limit
    assert other.reserve("medium", 101.0, math.inf).wait == pytest.approx(29)
    assert other.limit_in_force("light", 101.0) is None


def test_a_released_slot_is_reserved_by_another_process(tmp_path: Path) -> None:
    one, other = (FilePacer(tmp_path / "pacer.json", plan="pro") for _ in range(2))
    slots = [one.reserve("medium", 100.0, math.inf) for _ in range(3)]
    one.release("medium", slots[1])
    assert other.reserve("medium", 100.0, math.inf).wait == slots[1].wait


def test_the_rate_grows_again_for_all(tmp_path: Path) -> None:
    one, other = (FilePacer(tmp_path / "pacer.json", plan="pro") for _ in range(2))
    waits(one, 10)
    one.report_limit("medium", RateLimit(), 100.5, 0.0)
    slow = [one.reserve("medium", 200.0, math.inf).wait for _ in range(2)][1]
    for _ in range(2000):
        other.report_success("medium")
        if not other._pacer.is_slowed_down("medium"):
            break
    fast = [one.reserve("medium", 400.0, math.inf).wait for _ in range(2)][1]
    assert fast < slow


@pytest.mark.parametrize("content", ["", "{", '{"monot', '{"monotonic": 1, "lanes": 5}', "\0" * 99])
def test_a_damaged_file_is_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pacer.json"
    path.write_text(content)
    assert waits(FilePacer(path, plan="pro"), 2)[1] == pytest.approx(1 / 9.5)
    assert json.loads(path.read_text())["lanes"]["medium"]


@pytest.mark.parametrize(
    "content", [b"SQLite format 3\0", b"my notes", b"[]", b'{"refresh_token": "x"}', b"\0\1\2"]
)
def test_a_file_with_other_content_is_never_overwritten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / "pacer.json"
    path.write_bytes(content * 99)
    assert waits(FilePacer(path, plan="pro"), 2)[1] == pytest.approx(1 / 9.5)
    assert path.read_bytes() == content * 99
    assert "it has other content: name a new file" in caplog.text


# Monotonic time starts again with the machine: without the check all processes wait for days.
def test_times_from_before_a_restart_of_the_machine_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "pacer.json"
    FilePacer(path).report_limit("medium", RateLimit(), 1e6, 3600.0)
    assert waits(FilePacer(path), 1, now=50.0) == [0.0]


def test_without_its_file_a_process_paces_itself_and_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pacer = FilePacer(tmp_path / "missing" / "pacer.json", plan="pro")
    assert waits(pacer, 3) == pytest.approx([0, 1 / 9.5, 2 / 9.5])
    assert sum("paces its own requests" in record.message for record in caplog.records) == 1


@pytest.fixture
def stopped_holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A stopped process that holds the lock of the file."""
    code = """
import os, signal, sys
from swagger_client._security.file_lock import lock_file
held = lock_file(sys.argv[1])
print("locked", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "pacer.json")],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_stopped_process_that_has_the_lock_leaves_the_others_a_tenth_of_the_plan(
    tmp_path: Path, stopped_holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swagger_client._security.pacer_file._LONGEST_WAIT", 0.02)
    now = iter(range(1000))
    for module in ("pacer_file", "file_lock"):
        monkeypatch.setattr(f"swagger_client._security.{module}.monotonic", lambda: next(now) / 100)
    pacer = FilePacer(tmp_path / "pacer.json", plan="business")
    assert waits(pacer, 3) == pytest.approx([0, 1 / 1.9, 2 / 1.9])
    assert next(now) < 12, "each call waits for the lock"
    stopped_holder.kill()
    stopped_holder.wait()
    monkeypatch.setattr("swagger_client._security.pacer_file.monotonic", lambda: 1000.0)
    assert waits(pacer, 2) == pytest.approx([0, 1 / 19])


@pytest.mark.clock
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_call_does_not_wait_for_the_lock_beyond_its_deadline(
    tmp_path: Path, stopped_holder: subprocess.Popen[str]
) -> None:
    started = time.monotonic()
    FilePacer(tmp_path / "pacer.json", plan="pro").reserve("medium", 100.0, 0.05)
    assert time.monotonic() - started < 0.9


RESERVE_FOREVER = """
import math, sys
from swagger_client.configuration import FilePacer
pacer = FilePacer(sys.argv[1], plan="business")
while True:
    print(pacer.reserve("medium", 100.0, math.inf).wait, flush=True)
"""


def test_processes_that_are_killed_leave_a_file_that_the_others_continue(tmp_path: Path) -> None:
    path, found = tmp_path / "pacer.json", []
    arguments = [sys.executable, "-c", RESERVE_FOREVER, str(path)]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for number, process in enumerate(running):
        assert process.stdout is not None
        for _ in range(20 * number + 1):
            found.append(float(process.stdout.readline()))
        process.kill()
        found += [float(line) for line in process.communicate()[0].splitlines(keepends=True)
                  if line.endswith("\n")]  # fmt: skip
        json.loads(path.read_bytes())
    gaps = [after - before for before, after in pairwise(sorted(found))]
    assert min(gaps) == pytest.approx(1 / 19)
    assert waits(FilePacer(path, plan="business"), 1)[0] > max(found)


def test_a_pacer_can_be_pickled(tmp_path: Path) -> None:
    pacer = pickle.loads(pickle.dumps(FilePacer(tmp_path / "pacer.json", plan="pro")))
    assert waits(pacer, 2)[1] == pytest.approx(1 / 9.5)


def test_calls_of_two_clients_keep_one_rate(wire: Wire, face: Faces, tmp_path: Path) -> None:
    wire.default, clock = Say(reply()), ManualClock()
    callers = [
        face(wire.host, clock=clock, pacer=FilePacer(tmp_path / "pacer.json", plan="pro"))
        for _ in range(2)
    ]
    for _ in range(5):
        for caller in callers:
            caller.call()
    assert sum(clock.sleeps) == pytest.approx(9 / 9.5)


def test_a_429_of_another_client_is_an_error_that_says_when_to_retry(
    wire: Wire, face: Faces, clock: JumpingClock, tmp_path: Path
) -> None:
    path = tmp_path / "pacer.json"
    first = face(wire.host, clock=clock, pacer=FilePacer(path), retries=0)
    second = face(wire.host, clock=clock, pacer=FilePacer(path), deadline=10)
    wire.script = [Say(error_reply(429, 429, "slow down", Retry_After=60))]
    with pytest.raises(RateLimitException) as caught:
        first.call()
    sent = len(wire.requests)
    with pytest.raises(RateLimitException) as other:
        second.call()
    assert len(wire.requests) == sent
    assert other.value.retry_at == caught.value.retry_at

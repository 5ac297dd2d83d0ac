"""Pacers and token caches of an application are called outside of the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from support.faces import Faces, configured
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.configuration import Pacer, RateLimit, Slot
from swagger_client.oauth import ServerToServerOAuth, TokenCache


class Recorder:
    """Records the calls of a shared store, and fails if they block an event loop."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def record(self, name: str) -> None:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        self.calls.append(name)


class OwnPacer(Recorder):
    def reserve(self, label: str, now: float, longest: float) -> Slot:
        self.record(f"reserve {label}")
        return Slot(0.0)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        self.record("confirm")
        return Slot(0.0)

    def release(self, label: str, slot: Slot) -> None:
        self.calls.append("release")

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        self.record("limit_in_force")
        return None

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        self.record("report_limit")

    def report_success(self, label: str) -> None:
        self.record("report_success")


class OwnCache(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.acquiring = threading.Event()

    def load(self, key: str) -> str | None:
        self.record("load")
        return self.values.get(key)

    def acquire(self, key: str) -> object | None:
        self.acquiring.set()
        assert self.gate.wait(20)
        self.record("acquire")
        return object()

    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        self.record("save")
        self.values[key] = value

    def release(self, key: str, lease: object) -> None:
        self.calls.append("release")


def serve(request: Received) -> Say:
    if request.path == "/oauth/token":
        return Say(reply({"access_token": "token", "expires_in": 3600}))
    return Say(reply())


def credentials(wire: Wire, cache: TokenCache) -> ServerToServerOAuth:
    url = f"{wire.origin}/oauth/token"
    return ServerToServerOAuth("account", "app", "secret", token_url=url, cache=cache)


def test_a_pacer_of_the_application_is_used(wire: Wire, face: Faces) -> None:
    pacer = OwnPacer()
    protocol: Pacer = pacer
    wire.script = [Say(error_reply(429, 429, "slow down", Retry_After=0))]
    face(wire.host, pacer=protocol, retries=1).call()
    assert pacer.calls == ["reserve medium", "report_limit", "reserve medium", "report_success"]


def test_a_cache_of_the_application_is_used(wire: Wire, face: Faces) -> None:
    cache = OwnCache()
    wire.default = serve
    for _ in range(2):
        face(wire.host, credentials=credentials(wire, cache)).call()
    assert cache.calls == ["acquire", "load", "save", "release", "acquire", "load", "release"]
    assert [request.path for request in wire.requests].count("/oauth/token") == 1


# Otherwise the lease of a cancelled call blocks the token of all processes until it expires.
def test_a_lease_that_arrives_after_a_call_was_cancelled_is_used_and_released(wire: Wire) -> None:
    cache = OwnCache()
    cache.gate.clear()
    wire.default = serve

    async def main() -> Any:
        client = AsyncApiClient(configured(wire.host, credentials=credentials(wire, cache)))
        async with client:
            call = asyncio.create_task(AsyncSMSApi(client).account_sms_session())
            await asyncio.to_thread(cache.acquiring.wait, 20)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            cache.gate.set()
            while "release" not in cache.calls:
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert cache.calls == ["acquire", "load", "save", "release"]

"""A cancelled asyncio call returns at once and releases its resources."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from support.clocks import JumpingClock
from support.faces import configured
from support.tls import Authority
from support.tokens import Tokens, end_during_token_request
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.events import Event, RequestEvent, ResponseEvent
from swagger_client.exceptions import (
    DeadlineExceededException,
    ServiceException,
    TransportException,
    UnauthorizedException,
)

T = TypeVar("T")


async def until(true: Callable[[], object]) -> None:
    """Wait until a condition is true that other threads change."""
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


async def cancelled(task: asyncio.Task[object]) -> None:
    """Cancel a task and check that it ends at once, although its server never responds."""
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.done()
    with pytest.raises(asyncio.CancelledError):
        await task


def run(
    test: Callable[[AsyncApiClient], Awaitable[T]], wire: Wire, clock: JumpingClock | None = None,
    max_connections: int = 32, **settings: object
) -> T:  # fmt: skip
    async def main() -> T:
        configuration = configured(wire.host, **settings)
        async with AsyncApiClient(
            configuration, clock=clock, max_connections=max_connections
        ) as client:
            return await test(client)

    return asyncio.run(main(), debug=True)


def start(client: AsyncApiClient, **options: object) -> asyncio.Task[object]:
    return asyncio.ensure_future(AsyncSMSApi(client).account_sms_session(**options))  # type: ignore[call-overload]


# Without the abort the thread and its socket stay until the read timeout.
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_cancelled_call_returns_at_once_and_closes_its_socket(wire: Wire, said: bytes) -> None:
    async def test(client: AsyncApiClient) -> None:
        wire.script = [Say(said, then="hang")]
        task = start(client)
        await until(lambda: wire.requests)
        await cancelled(task)
        assert await asyncio.to_thread(wire.hung_up.acquire, timeout=2)
        assert client._under_way == set()
        assert (await AsyncSMSApi(client).account_sms_session()).sms_sessions is None

    run(test, wire)


def test_a_call_cancelled_in_a_handshake_closes_its_socket(tmp_path: Path) -> None:
    with Wire(tls=Authority(tmp_path).context("127.0.0.1"), greeting="hang") as wire:

        async def test(client: AsyncApiClient) -> None:
            task = start(client)
            await until(lambda: wire.connections)
            await asyncio.sleep(0.05)
            await cancelled(task)
            assert await asyncio.to_thread(wire.hung_up.acquire, timeout=2)

        run(test, wire)


def test_a_call_that_times_out_closes_its_socket(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        wire.script = [Say(then="hang")]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(start(client), 0.5)
        assert await asyncio.to_thread(wire.hung_up.acquire, timeout=2)

    run(test, wire)


# Unless calls that wait for a thread are cancelled, they are sent later.
def test_a_cancelled_call_that_waits_for_a_thread_is_never_sent(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        gate = threading.Event()
        wire.script = [Say(reply(), gate=gate)]
        first = start(client)
        await until(lambda: wire.requests)
        waiting = [start(client) for _ in range(5)]
        await asyncio.sleep(0.02)
        for task in waiting:
            await cancelled(task)
        gate.set()
        await first
        await AsyncSMSApi(client).account_sms_session()
        assert len(wire.requests) == 2

    run(test, wire, max_connections=1)


def test_a_rest_client_of_the_user_is_not_called_for_cancelled_calls(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        gate, begun = threading.Event(), list[object]()
        own = client.client.rest_client

        class Own:
            def GET(self, url: str, **options: object) -> object:
                begun.append(url)
                gate.wait(5)
                return own.GET(url, **options)  # type: ignore[arg-type]

            def close(self) -> None:
                own.close()

        client.client.rest_client = Own()  # type: ignore[assignment]
        first = start(client)
        await until(lambda: begun)
        waiting = [start(client) for _ in range(5)]
        await asyncio.sleep(0.02)
        for task in waiting:
            await cancelled(task)
        gate.set()
        await first
        await AsyncSMSApi(client).account_sms_session()
        assert len(begun) == 2

    run(test, wire, max_connections=1)


# Unless slots are released, the next call waits for those of all cancelled calls.
def test_slots_of_cancelled_calls_are_released(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        tasks = [start(client) for _ in range(400)]  # 40 seconds of the plan
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await AsyncSMSApi(client).account_sms_session(_deadline=2)

    run(test, wire, rate_plan="pro")


def _more_than(wire: Wire, count: int) -> bool:
    return len(wire.requests) > count


def test_retries_of_cancelled_calls_return_to_the_budget(wire: Wire) -> None:
    class Endless(JumpingClock):
        async def sleep_async(self, seconds: float) -> None:
            await asyncio.sleep(3600)

    async def test(client: AsyncApiClient) -> None:
        wire.default = Say(error_reply(503, 503, "Sorry"))
        for _ in range(30):
            count = len(wire.requests)
            task = start(client)
            await until(partial(_more_than, wire, count))
            await asyncio.sleep(0.02)
            assert not task.done()  # it waits for its retry, which the budget gave
            await cancelled(task)

    run(test, wire, Endless())


# The request of a cancelled call must continue, because its response has the new refresh token.
@pytest.mark.parametrize("others", [0, 10])
@pytest.mark.parametrize("shared", [False, True], ids=["memory", "file"])
def test_a_cancelled_call_does_not_cancel_its_token_request(
    wire: Wire, tmp_path: Path, shared: bool, others: int
) -> None:
    tokens = Tokens(wire)

    async def test(client: AsyncApiClient) -> None:
        fetching = start(client)
        await until(lambda: tokens.issued == 1)
        waiting = [start(client) for _ in range(others)]
        await asyncio.sleep(0.05)
        await cancelled(fetching)
        tokens.gate.set()
        await asyncio.gather(*waiting, start(client))
        assert tokens.issued == 1

    cache = tmp_path / "token.json" if shared else None
    run(test, wire, credentials=tokens.app(cache))


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "file"])
def test_closing_a_client_does_not_abort_its_token_request(
    wire: Wire, tmp_path: Path, shared: bool
) -> None:
    tokens = Tokens(wire)
    credentials = tokens.app(tmp_path / "token.json" if shared else None)
    stored: list[str] = []
    credentials.on_refresh_token = stored.append

    async def test(client: AsyncApiClient) -> None:
        fetching = start(client)
        await until(lambda: tokens.issued == 1)
        await client.close()
        tokens.gate.set()
        with pytest.raises(TransportException, match="closed"):
            await fetching
        assert stored == ["refresh-1"]

    async def again(client: AsyncApiClient) -> None:
        await start(client)

    run(test, wire, credentials=credentials)
    run(again, wire, credentials=credentials)
    if shared:
        run(again, wire, credentials=tokens.app(tmp_path / "token.json"))
    assert tokens.issued == 1


@pytest.mark.parametrize("error", [asyncio.TimeoutError, KeyboardInterrupt])
def test_a_token_request_outlives_its_event_loop(wire: Wire, error: type[BaseException]) -> None:
    tokens = Tokens(wire)
    credentials = tokens.app()
    stored: list[str] = []
    credentials.on_refresh_token = stored.append
    client = AsyncApiClient(configured(wire.host, credentials=credentials))

    async def give_up() -> None:
        fetching = start(client)
        await until(lambda: tokens.issued == 1)
        if error is KeyboardInterrupt:
            raise KeyboardInterrupt
        await asyncio.wait_for(fetching, 0.01)

    async def again() -> None:
        await AsyncSMSApi(client).account_sms_session(_deadline=5)
        await client.close()

    with pytest.raises(error):
        asyncio.run(give_up())
    tokens.gate.set()
    asyncio.run(again())
    assert (tokens.issued, stored) == (1, ["refresh-1"])


def test_a_token_request_under_way_ends_before_the_process(wire: Wire, tmp_path: Path) -> None:
    tokens = Tokens(wire)
    program = f"""if True:
    import asyncio, pathlib, sys
    from swagger_client import Configuration
    from swagger_client.aio import AsyncApiClient, AsyncSMSApi
    from swagger_client.oauth import AuthorizationCodeOAuth
    configuration = Configuration()
    configuration.host = {wire.host!r}
    configuration.credentials = AuthorizationCodeOAuth(
        "app", "secret", refresh_token="refresh-0", token_url={wire.origin + "/oauth/token"!r},
        on_refresh_token=pathlib.Path("stored").write_text)
    async def main():
        api = AsyncSMSApi(AsyncApiClient(configuration))
        call = asyncio.ensure_future(api.account_sms_session())
        await asyncio.to_thread(sys.stdin.readline)
    asyncio.run(main())
    print("ended", flush=True)
    """
    end_during_token_request(program, tokens, tmp_path)
    assert (tmp_path / "stored").read_text() == "refresh-1"


def test_a_failure_of_a_token_request_of_a_cancelled_call_is_not_logged(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    tokens, gate = Tokens(wire), threading.Event()
    wire.default = Say(error_reply(400, 4741, "The refresh token is used"), gate=gate)

    async def test(client: AsyncApiClient) -> None:
        fetching = start(client)
        await until(lambda: wire.requests)
        await cancelled(fetching)
        gate.set()
        await asyncio.sleep(0.2)
        with pytest.raises(UnauthorizedException):
            await start(client)

    caplog.set_level(logging.ERROR)
    run(test, wire, credentials=tokens.app())
    assert caplog.records == []


def test_cancelling_a_waiting_call_does_not_affect_others(wire: Wire) -> None:
    tokens = Tokens(wire)

    async def test(client: AsyncApiClient) -> None:
        fetching = start(client)
        await until(lambda: tokens.issued == 1)
        waiting = [start(client) for _ in range(10)]
        await asyncio.sleep(0.05)
        for task in waiting[:5]:
            await cancelled(task)
        tokens.gate.set()
        await asyncio.gather(fetching, *waiting[5:])
        assert tokens.issued == 1

    run(test, wire, credentials=tokens.credentials())


def test_a_closed_event_loop_causes_no_errors(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    tokens = Tokens(wire)
    caplog.set_level(logging.ERROR)
    client = AsyncApiClient(configured(wire.host, credentials=tokens.credentials()))

    async def fetch() -> None:
        await AsyncSMSApi(client).account_sms_session()

    async def give_up() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fetch(), 0.05)

    fetcher = threading.Thread(target=lambda: asyncio.run(fetch()))
    fetcher.start()
    while not tokens.issued:
        time.sleep(0.005)
    asyncio.run(give_up())  # its loop is closed when the token comes
    tokens.gate.set()
    fetcher.join(10)
    asyncio.run(client.close())
    assert caplog.records == []
    assert tokens.issued == 1


def test_several_loops_share_a_client(wire: Wire) -> None:
    client = AsyncApiClient(configured(wire.host))
    results: list[object] = []

    async def many() -> None:
        results.extend(
            await asyncio.gather(*(AsyncSMSApi(client).account_sms_session() for _ in range(20)))
        )

    loops = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(20)
    assert len(results) == 80
    asyncio.run(client.close())


# Without the abort, calls in progress hang after close().
def test_closing_the_client_fails_calls_in_progress(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        wire.default = Say(then="hang")
        tasks = [start(client) for _ in range(6)]
        await until(lambda: len(wire.requests) >= 3)
        await client.close()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(failure) for failure in failures} == {TransportException}
        assert all("the client is closed" in str(failure) for failure in failures)
        with pytest.raises(TransportException, match="closed"):
            await AsyncSMSApi(client).account_sms_session()

    run(test, wire, max_connections=3)


def test_deadlines_hold_while_all_threads_are_busy(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        wire.default = Say(then="hang")
        tasks = [start(client, _deadline=0.3, _retries=0) for _ in range(4)]
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(failure) for failure in failures} == {DeadlineExceededException}

    run(test, wire, max_connections=1)


def test_failures_of_tasks_do_not_mix(wire: Wire) -> None:
    def respond(request: Received) -> Say:
        if "next_page_token=bad" in request.target:
            return Say(error_reply(500, 500, "Sorry"))
        return Say(reply({"next_page_token": request.target.partition("=")[2]}))

    async def test(client: AsyncApiClient) -> None:
        wire.default = respond
        names = [f"n{i}" if i % 3 else f"bad{i}" for i in range(60)]
        api = AsyncSMSApi(client)
        responses = await asyncio.gather(
            *(api.account_sms_session(next_page_token=name, _retries=0) for name in names),
            return_exceptions=True,
        )
        for name, found in zip(names, responses, strict=True):
            if name.startswith("bad"):
                assert isinstance(found, ServiceException)
            else:
                assert found.next_page_token == name  # type: ignore[union-attr]

    run(test, wire)


def test_async_req_is_rejected_before_anything_is_sent(wire: Wire) -> None:
    async def test(client: AsyncApiClient) -> None:
        with pytest.raises(TypeError, match="Await the coroutine"):
            await start(client, async_req=True)
        await start(client, async_req=False)
        assert len(wire.requests) == 1

    run(test, wire)


# Without this event, a tracing span of the attempt never ends.
def test_a_cancelled_attempt_emits_a_response_event(wire: Wire) -> None:
    events: list[Event] = []

    async def test(client: AsyncApiClient) -> None:
        wire.script = [Say(then="hang")]
        task = start(client)
        await until(lambda: wire.requests)
        await cancelled(task)

    run(test, wire, on_event=events.append)
    assert [type(event) for event in events] == [RequestEvent, ResponseEvent]
    assert isinstance(events[1], ResponseEvent)
    assert (events[1].status, events[1].error) == (None, "Cancelled")

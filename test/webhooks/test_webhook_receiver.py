"""The response makes Zoom retry exactly when a retry helps, and events are handled once."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

import pytest
from support.waiting import wait_until

from swagger_client.webhooks import (
    Claim,
    Handler,
    MemoryEventStore,
    Receiver,
    Reply,
    SmsEvent,
    SQLiteEventStore,
    Webhook,
    WebhookEvent,
)
from webhooks.sample_events import NOW, OBJECTS, SECRET, body, event, url_validation

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
SENT = body(event("phone.sms_sent"))
Way = Literal["function", "coroutine"]
Deliver = Callable[..., Reply]


class Handled:
    """A blocking or asynchronous handler that a test can make fail or wait."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.events: list[WebhookEvent] = []
        self.error: BaseException | None = None
        self.gate: threading.Event | None = None

    def handler(self) -> Handler:
        return self.handle_async if self.way == "coroutine" else self.handle

    def handle(self, event: WebhookEvent) -> None:
        self.events.append(event)
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.error is not None:
            raise self.error

    async def handle_async(self, event: WebhookEvent) -> None:
        self.events.append(event)
        while self.gate is not None and not self.gate.is_set():
            await asyncio.sleep(0.001)
        if self.error is not None:
            raise self.error


@pytest.fixture(params=["function", "coroutine"])
def handled(request: pytest.FixtureRequest) -> Handled:
    return Handled(request.param)


@pytest.fixture(params=["blocking", "asyncio"])
def deliver(request: pytest.FixtureRequest) -> Deliver:
    """Pass one signed request to a receiver, in blocking code or on asyncio."""

    def deliver_one(
        receiver: Receiver, content: bytes = SENT, headers: dict[str, str] | None = None
    ) -> Reply:
        headers = WEBHOOK.sign(content) if headers is None else headers
        if request.param == "blocking":
            return receiver.handle(content, headers)
        return asyncio.run(receiver.handle_async(content, headers))

    return deliver_one


@pytest.mark.parametrize("name", OBJECTS)
def test_the_handler_gets_every_event_typed(handled: Handled, deliver: Deliver, name: str) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    assert deliver(receiver, body(event(name))) == Reply(204)
    assert [one.event for one in handled.events] == [name]
    assert not handled.events[0].late


def test_unknown_events_reach_the_handler(handled: Handled, deliver: Deliver) -> None:
    assert deliver(Receiver(WEBHOOK, handled.handler()), b'{"event": "phone.new"}').status == 204
    assert handled.events[0].event == "phone.new"


def test_a_url_validation_gets_its_response_without_the_handler(
    handled: Handled, deliver: Deliver
) -> None:
    reply = deliver(Receiver(WEBHOOK, handled.handler()), body(url_validation()))
    assert (reply.status, reply.headers) == (200, {"Content-Type": "application/json"})
    assert json.loads(reply.body)["encryptedToken"].startswith("9f2c1339")
    assert handled.events == []


def test_a_wrong_signature_gets_a_401_response_and_is_not_handled(
    handled: Handled, deliver: Deliver
) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    other = Webhook("other", clock=lambda: NOW)
    for headers in ({}, other.sign(SENT), WEBHOOK.sign(b"{}")):
        assert deliver(receiver, SENT, headers).status == 401
    assert handled.events == []
    assert deliver(receiver, body(url_validation()), {}).status == 401


def test_a_signed_body_without_an_event_gets_a_400_response(
    handled: Handled, deliver: Deliver
) -> None:
    assert deliver(Receiver(WEBHOOK, handled.handler()), b"[]").status == 400


def test_a_large_body_gets_a_413_response(handled: Handled, deliver: Deliver) -> None:
    receiver = Receiver(WEBHOOK, handled.handler(), max_body=len(SENT))
    assert deliver(receiver, SENT).status == 204
    assert deliver(receiver, SENT + b" ").status == 413


def test_a_late_event_is_handled_and_marked(handled: Handled, deliver: Deliver) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    assert deliver(receiver, SENT, WEBHOOK.sign(SENT, timestamp=NOW - 5401)).status == 204
    assert handled.events[0].late
    assert isinstance(handled.events[0], SmsEvent)


def test_a_replay_can_be_rejected_by_its_age(
    handled: Handled, deliver: Deliver, tmp_path: Path
) -> None:
    def receiver() -> Receiver:  # as after a restart
        store = SQLiteEventStore(tmp_path / "events.db")
        return Receiver(WEBHOOK, handled.handler(), store=store, reject_late=True)

    recent = WEBHOOK.sign(SENT, timestamp=NOW - 5399)
    assert deliver(receiver(), SENT, recent).status == 204
    assert deliver(receiver(), SENT, recent).status == 204
    assert len(handled.events) == 1
    for seconds in (5401, 40 * 86_400, -3600):
        reply = deliver(receiver(), SENT, WEBHOOK.sign(SENT, timestamp=NOW - seconds))
        assert reply.status == 401
        assert b"not recent" in reply.body
    assert len(handled.events) == 1


def test_an_event_dated_ahead_is_handled_and_logged(
    handled: Handled, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    assert deliver(receiver, SENT, WEBHOOK.sign(SENT, timestamp=NOW + 3600)).status == 204
    assert "Check this machine's clock" in caplog.text


def test_duplicates_are_dropped(handled: Handled, deliver: Deliver) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    again = body({**event("phone.sms_sent"), "event_ts": 1})
    assert [deliver(receiver, one).status for one in (SENT, SENT, again)] == [204] * 3
    assert len(handled.events) == 1


def test_control_characters_of_an_event_are_escaped_in_the_log(
    handled: Handled, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    handled.error = RuntimeError("no disk")
    named = body({**event("phone.sms_sent"), "event": "phone.x\x1b]0;title\x07\nERROR"})
    assert deliver(Receiver(WEBHOOK, handled.handler()), named).status == 503
    assert r"phone.x\x1b]0;title\x07\x0aERROR" in " ".join(caplog.messages)
    assert "\x1b" not in caplog.text


def test_a_failing_handler_gets_a_503_response_and_the_retry_is_handled(
    handled: Handled, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(WEBHOOK, handled.handler())
    for error in (RuntimeError("no disk"), SystemExit(1)):
        if isinstance(error, SystemExit) and handled.way == "coroutine":
            continue  # it ends the event loop
        handled.error = error
        assert deliver(receiver).status == 503
    assert "no disk" in caplog.text
    assert "Photos attached" not in caplog.text
    handled.error = None
    assert deliver(receiver).status == 204
    assert deliver(receiver).status == 204
    assert handled.events[-1].event == "phone.sms_sent"


def test_a_slow_handler_gets_a_503_response_and_continues_in_the_background() -> None:
    handled = Handled("function")
    handled.gate = threading.Event()
    receiver = Receiver(WEBHOOK, handled.handler(), timeout=0.02)
    assert receiver.handle(SENT, WEBHOOK.sign(SENT)).status == 503
    assert receiver.handle(SENT, WEBHOOK.sign(SENT)).status == 503  # busy with this event
    handled.gate.set()
    wait_until(lambda: receiver.handle(SENT, WEBHOOK.sign(SENT)).status == 204, 10)
    assert len(handled.events) == 1


def test_a_slow_coroutine_gets_a_503_response_and_continues_in_the_background() -> None:
    handled = Handled("coroutine")
    handled.gate = threading.Event()
    receiver = Receiver(WEBHOOK, handled.handler(), timeout=0.02)

    async def main() -> None:
        headers = WEBHOOK.sign(SENT)
        assert (await receiver.handle_async(SENT, headers)).status == 503
        assert (await receiver.handle_async(SENT, headers)).status == 503
        assert handled.gate is not None
        handled.gate.set()
        while (await receiver.handle_async(SENT, headers)).status != 204:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(main(), 10))
    assert len(handled.events) == 1


def test_a_coroutine_that_the_server_cancels_releases_its_event() -> None:
    handled = Handled("coroutine")
    handled.gate = threading.Event()
    receiver = Receiver(WEBHOOK, handled.handler(), timeout=0.02)

    async def main() -> int:
        return (await receiver.handle_async(SENT, WEBHOOK.sign(SENT))).status

    assert asyncio.run(main()) == 503  # the end of the loop cancels what is unfinished
    handled.gate = None
    assert asyncio.run(main()) == 204
    assert len(handled.events) == 2


def test_blocking_handlers_run_concurrently_in_asyncio() -> None:
    barrier = threading.Barrier(20)
    receiver = Receiver(WEBHOOK, lambda event: barrier.wait(10))

    async def main() -> list[Reply]:
        bodies = [body(event("phone.sms_sent", message_id=f"m{n}")) for n in range(20)]
        return await asyncio.gather(
            *(receiver.handle_async(one, WEBHOOK.sign(one)) for one in bodies)
        )

    assert [reply.status for reply in asyncio.run(main())] == [204] * 20


def test_more_events_than_slots_are_a_503(deliver: Deliver) -> None:
    handled = Handled("function")
    handled.gate = threading.Event()
    receiver = Receiver(WEBHOOK, handled.handler(), timeout=0.02, max_pending=1)
    assert deliver(receiver).status == 503
    other = body(event("phone.sms_sent", message_id="other"))
    assert deliver(receiver, other).status == 503
    assert len(handled.events) == 1
    handled.gate.set()
    wait_until(lambda: deliver(receiver, other).status == 204, 10)


class BrokenStore(MemoryEventStore):
    def __init__(self, method: str) -> None:
        super().__init__()
        self.method = method

    def claim(self, key: str) -> Claim:
        if self.method == "claim":
            raise OSError("no disk")
        return super().claim(key)

    def complete(self, key: str) -> None:
        if self.method == "complete":
            raise OSError("no disk")
        super().complete(key)

    def release(self, key: str) -> None:
        if self.method == "release":
            raise OSError("no disk")
        super().release(key)


@pytest.mark.parametrize("method", ["claim", "complete", "release"])
def test_a_failing_store_causes_a_503(handled: Handled, deliver: Deliver, method: str) -> None:
    store = BrokenStore(method)
    receiver = Receiver(WEBHOOK, handled.handler(), store=store, max_pending=1)
    handled.error = RuntimeError("failed") if method == "release" else None
    assert [deliver(receiver).status for _ in range(3)] == [503] * 3
    store.method, handled.error = "", None
    other = body(event("phone.sms_sent", message_id="another"))
    assert deliver(receiver, other).status == 204  # no slot was lost


@pytest.mark.parametrize("way", ["function", "coroutine"])
def test_handlers_see_the_context_variables_of_the_request(deliver: Deliver, way: Way) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="none")
    seen: list[str] = []

    def handle(event: WebhookEvent) -> None:
        seen.append(variable.get())

    async def handle_async(event: WebhookEvent) -> None:
        seen.append(variable.get())

    receiver = Receiver(WEBHOOK, handle if way == "function" else handle_async)
    variable.set("request 7")
    assert deliver(receiver).status == 204
    assert seen == ["request 7"]


def test_an_event_is_handled_when_no_thread_can_be_started(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    handled = Handled("function")
    receiver = Receiver(WEBHOOK, handled.handler(), max_pending=1)
    monkeypatch.setattr(threading.Thread, "start", start)
    assert [deliver(receiver).status for _ in range(2)] == [204, 204]
    assert len(handled.events) == 1


def test_a_function_may_return_an_awaitable(deliver: Deliver) -> None:
    handled = Handled("coroutine")

    def handler(event: WebhookEvent) -> object:
        return handled.handle_async(event)

    receiver = Receiver(WEBHOOK, handler)
    assert deliver(receiver).status == 204
    assert len(handled.events) == 1


def test_an_object_with_an_async_call_is_a_coroutine_handler() -> None:
    loops: list[Any] = []

    class Callable_:
        async def __call__(self, event: WebhookEvent) -> None:
            loops.append(asyncio.get_running_loop())

    async def main() -> None:
        await Receiver(WEBHOOK, Callable_()).handle_async(SENT, WEBHOOK.sign(SENT))
        assert loops == [asyncio.get_running_loop()]

    asyncio.run(main())


def test_logs_name_events_but_no_texts_and_secrets(
    deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handled = Handled("function")
    handled.error = RuntimeError("x")
    receiver = Receiver(WEBHOOK, handled.handler())
    deliver(receiver, body(event("phone.sms_etiquette_block")))
    deliver(receiver, SENT, {**WEBHOOK.sign(SENT), "x-zm-signature": "v0=0"})
    shown = caplog.text
    assert "phone.sms_etiquette_block" in shown
    for hidden in (
        SECRET,
        "a text against",
        "ann@example.com",
        WEBHOOK.sign(SENT)["x-zm-signature"],
    ):
        assert hidden not in shown

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import inspect
import json
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from swagger_client._security.redaction import escape
from swagger_client.webhooks import _adapters
from swagger_client.webhooks._adapters import ACCEPTED, Reply, text, too_large
from swagger_client.webhooks._errors import InvalidEventError, VerificationError
from swagger_client.webhooks._events import UrlValidationEvent, WebhookEvent
from swagger_client.webhooks._signature import Body, Headers, body_bytes
from swagger_client.webhooks._stores import EventStore, MemoryEventStore
from swagger_client.webhooks._webhook import Webhook

T = TypeVar("T")

logger = logging.getLogger("swagger_client.webhooks")

#: A function or coroutine function that handles an event.
Handler = Callable[[WebhookEvent], object] | Callable[[WebhookEvent], Awaitable[object]]


class Receiver:
    """Receives Zoom's events and calls a handler once for each event.

        receiver = Receiver(Webhook(secret), handler)
        app = receiver.asgi  # or receiver.wsgi, or receiver.aws_lambda

    A receiver handles URL validations itself, and drops events that Zoom sends twice. Zoom sends an
    event again after a 5xx status, but not after a 4xx status. So the receiver's responses are:

    - 204 if the handler returned, or has already handled the same event.
    - 503 if the handler raised, took longer than `timeout`, or is still handling the same event.
    - 401 if Zoom did not sign the request or, with `reject_late`, did not sign it recently.
    - 400 if the body is not an event, 413 if the body is too large.

    If a signature is valid but old, the handler receives the event with `late` set to True. With
    `reject_late`, the request is rejected instead.

    :param webhook: verifies the requests.
    :param handler: a function or coroutine function that is called with each event. A function runs
        in a thread of its own, a coroutine function in the event loop. The handler should only
        store the event and return, because Zoom waits 3 seconds for the response.
    :param store: stores which events were handled; None stores this in memory. If several processes
        receive events, use `SQLiteEventStore`.
    :param reject_late: whether to reject requests whose signature is older than the webhook's
        `tolerance`, or whose timestamp is in the future. An attacker who captured a request can
        then not make the handler process its event twice, if the store keeps events for longer than
        `tolerance`.
    :param timeout: for how many seconds a response may wait for the handler. Then the response is
        503, and the handler continues. When Zoom sends the event again, the response is 204 if the
        handler has returned.
    :param max_body: the largest accepted body, in bytes.
    :param max_pending: how many events may be handled concurrently. Others receive a 503.
    :param on_validation: called with each URL validation. It cannot change the response.
    """

    def __init__(
        self,
        webhook: Webhook,
        handler: Handler,
        *,
        store: EventStore | None = None,
        reject_late: bool = False,
        timeout: float = 2.5,
        max_body: int = 4 * 1024 * 1024,
        max_pending: int = 64,
        on_validation: Callable[[UrlValidationEvent], object] | None = None,
    ) -> None:
        self.max_body = max_body
        self._handler = handler
        self._store: EventStore = MemoryEventStore() if store is None else store
        self._unwrap = webhook.unwrap if reject_late else webhook._unwrap_late
        self._timeout = timeout
        self._on_validation = on_validation
        self._slots = threading.BoundedSemaphore(max_pending)
        self._tasks: set[asyncio.Task[Reply]] = set()

    def handle(self, body: Body, headers: Headers) -> Reply:
        """Handle one webhook request in blocking code.

        :param body: the request body as received: bytes, or text that was decoded from UTF-8.
        :param headers: the request's headers, as a mapping or as pairs, with names in any case.
        :returns: the response to send.
        """
        opened = self._open(body, headers)
        return opened if isinstance(opened, Reply) else self._handle_event(opened)

    async def handle_async(self, body: Body, headers: Headers) -> Reply:
        """Handle one webhook request in asyncio.

        :param body: the request body as received: bytes, or text that was decoded from UTF-8.
        :param headers: the request's headers, as a mapping or as pairs, with names in any case.
        :returns: the response to send.
        """
        opened = self._open(body, headers)
        if isinstance(opened, Reply):
            return opened
        if not _is_async(self._handler):
            return await _in_thread(lambda: self._handle_event(opened))
        claimed = await _in_thread(lambda: self._claim(opened))
        if claimed is not None:
            return claimed
        task = asyncio.ensure_future(self._run_async(opened))
        self._tasks.add(task)  # the event loop has only a weak reference to the task
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=self._timeout)
        return task.result() if done else _timed_out(opened)

    @property
    def asgi(self) -> _adapters.ASGIApplication:
        """This receiver as an ASGI application, for uvicorn, Starlette or FastAPI."""

        # Servers recognise a plain function as ASGI 3, but not a bound method.
        async def application(
            scope: _adapters.Scope, receive: _adapters.Receive, send: _adapters.Send
        ) -> None:
            await _adapters.asgi(self, scope, receive, send)

        return application

    def wsgi(
        self, environ: Mapping[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Handle one WSGI request: a WSGI application for gunicorn, mod_wsgi or wsgiref."""
        return _adapters.wsgi(self, environ, start_response)

    def aws_lambda(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
        """Handle one AWS Lambda event. This method can be used as a Lambda handler.

        :param event: the event of a function URL, or of an HTTP or REST API of API Gateway.
        """
        return _adapters.aws_lambda(self, event)

    def _open(self, body: Body, headers: Headers) -> Reply | WebhookEvent:
        """Verify and parse a request; return the event to handle; without one, the response."""
        content = body_bytes(body)
        if len(content) > self.max_body:
            return too_large(self.max_body)
        try:
            event = self._unwrap(content, headers)
        except VerificationError as error:
            logger.warning("Rejected a webhook request: %s", error)
            return text(401, "The signature is missing, wrong, or not recent.")
        except InvalidEventError as error:
            logger.error("Zoom sent a signed webhook request that is not an event: %s", error)
            return text(400, "The body is not an event.")
        if isinstance(event, UrlValidationEvent):
            self._report_validation(event)
            return Reply(
                200, {"Content-Type": "application/json"}, json.dumps(event.response).encode()
            )
        return event

    def _report_validation(self, event: UrlValidationEvent) -> None:
        if self._on_validation is not None:
            try:
                self._on_validation(event)
            except Exception:
                logger.exception("on_validation failed")

    def _claim(self, event: WebhookEvent) -> Reply | None:
        """Claim an event in the event store; return None to handle it now, else the response."""
        if not self._slots.acquire(blocking=False):
            logger.error(
                "Too many webhook events are being handled; Zoom will retry %s", _id(event)
            )
            return text(503, "Too many events are being handled.")
        try:
            state = self._store.claim(event.key)
        except Exception:
            self._slots.release()
            logger.exception("The event store failed; Zoom will retry %s", _id(event))
            return text(503, "The event store failed.")
        if state == "new":
            return None
        self._slots.release()
        return ACCEPTED if state == "done" else text(503, "The event is being handled.")

    def _handle_event(self, event: WebhookEvent) -> Reply:
        """Handle an event in a new thread; return the response after at most `timeout` seconds."""
        claimed = self._claim(event)
        if claimed is not None:
            return claimed
        replies: list[Reply] = []
        finished = threading.Event()

        def run() -> None:
            replies.append(self._run(event))
            finished.set()

        _start_thread(run)
        return replies[0] if finished.wait(self._timeout) else _timed_out(event)

    def _run(self, event: WebhookEvent) -> Reply:
        """Call the user's handler in this thread, and store whether it handled the event."""
        try:
            result = self._handler(event)
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
            self._store.complete(event.key)
            return ACCEPTED
        except BaseException:  # also SystemExit, which would end this thread silently
            _log_failure(event)
            return self._failed(event)
        finally:
            self._slots.release()

    async def _run_async(self, event: WebhookEvent) -> Reply:
        """Call the user's handler in the event loop, and store whether it handled the event."""
        try:
            result = self._handler(event)
            if inspect.isawaitable(result):
                await result
            await _in_thread(lambda: self._store.complete(event.key))
            return ACCEPTED
        except Exception:
            _log_failure(event)
            return await _in_thread(lambda: self._failed(event))
        except BaseException:  # the server cancels unfinished tasks when it stops
            self._failed(event)
            raise
        finally:
            self._slots.release()

    def _failed(self, event: WebhookEvent) -> Reply:
        """Release the claim on an event whose handler failed; return the response."""
        try:
            self._store.release(event.key)
        except Exception:
            logger.exception("The event store could not release %s", _id(event))
        return text(503, "The handler failed.")


def _log_failure(event: WebhookEvent) -> None:
    logger.exception("The webhook handler failed; Zoom will retry %s", _id(event))


def _timed_out(event: WebhookEvent) -> Reply:
    logger.warning("The webhook handler is slow; Zoom will retry %s", _id(event))
    return text(503, "The handler is slow.")


def _id(event: WebhookEvent) -> str:
    return f"{escape(event.event[:200]) or 'an event'} {event.key[:200]!r}"


def _is_async(handler: Handler) -> bool:
    call = getattr(handler, "__call__", None)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


async def _awaited(result: Awaitable[object]) -> object:
    return await result


def _start_thread(run: Callable[[], None]) -> None:
    """Run a function in a new thread, with the context variables of the caller."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="webhook", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be started, for example because of a limit
        run()


async def _in_thread(function: Callable[[], T]) -> T:
    """Run a blocking function in a new thread.

    The event loop's thread pool is not used, because slow handlers would occupy its few threads.
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    _start_thread(run)
    return await asyncio.wrap_future(future)

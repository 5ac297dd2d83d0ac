"""Receives webhook requests: one core for blocking code, asyncio, ASGI, WSGI and AWS Lambda."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import json
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from swagger_client.webhooks import _adapters
from swagger_client.webhooks._errors import InvalidEventError, VerificationError
from swagger_client.webhooks._events import UrlValidationEvent, WebhookEvent
from swagger_client.webhooks._reply import ACCEPTED, Reply, text, too_large
from swagger_client.webhooks._signature import Body, Headers, body_bytes
from swagger_client.webhooks._stores import EventStore, MemoryEventStore
from swagger_client.webhooks._webhook import Webhook

__all__ = ["Handler", "Receiver"]

T = TypeVar("T")

logger = logging.getLogger("swagger_client.webhooks")

#: What handles an event: a function or a coroutine function.
Handler = Callable[[WebhookEvent], object] | Callable[[WebhookEvent], Awaitable[object]]


class Receiver:
    """Receive Zoom's events and call a handler with each, once.

        receiver = Receiver(Webhook(secret), handler)
        app = receiver.asgi  # or receiver.wsgi, or receiver.aws_lambda

    It responds to URL validations and drops duplicates. The response is chosen so that Zoom
    tries again exactly when that helps, since Zoom retries after 5xx but never after 4xx:

    - 204: the handler returned, or the event is a duplicate of one that was handled.
    - 503: the handler raised, took longer than `timeout`, or is still busy with the same event.
    - 401: the request was not signed by Zoom. 400: its body is not an event. 413: it is too large.

    A genuine event that comes late is handled too, with `late` set.

    :param webhook: verifies the requests.
    :param handler: called with each event; a function runs in a thread of its own, a coroutine
        function in the event loop. It should store the event and return: Zoom waits 3 seconds.
    :param store: remembers handled events; in memory if None. Use `SQLiteEventStore` for several
        processes.
    :param timeout: how long to wait for the handler, in seconds. It goes on in the background, and
        its result decides the response to Zoom's next attempt.
    :param max_body: the largest accepted body, in bytes.
    :param max_pending: how many events may be handled at once; more get a 503.
    :param on_validation: called with each URL validation; the response does not depend on it.
    """

    def __init__(
        self,
        webhook: Webhook,
        handler: Handler,
        *,
        store: EventStore | None = None,
        timeout: float = 2.5,
        max_body: int = 4 * 1024 * 1024,
        max_pending: int = 64,
        on_validation: Callable[[UrlValidationEvent], object] | None = None,
    ) -> None:
        self.max_body = max_body
        self._webhook = webhook
        self._handler = handler
        self._store: EventStore = MemoryEventStore() if store is None else store
        self._timeout = timeout
        self._on_validation = on_validation
        self._slots = threading.BoundedSemaphore(max_pending)
        self._tasks: set[asyncio.Task[Reply]] = set()

    def handle(self, body: Body, headers: Headers) -> Reply:
        """Handle one request, in blocking code.

        :param body: the request body as received.
        :param headers: the request's headers.
        :returns: the response to send.
        """
        opened = self._open(body, headers)
        return opened if isinstance(opened, Reply) else self._handle_event(opened)

    async def handle_async(self, body: Body, headers: Headers) -> Reply:
        """Handle one request, in asyncio.

        :param body: the request body as received.
        :param headers: the request's headers.
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
        self._tasks.add(task)  # the event loop itself keeps a weak reference only
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=self._timeout)
        return task.result() if done else _timed_out(opened)

    @property
    def asgi(self) -> _adapters.ASGIApplication:
        """This receiver as an ASGI application, for uvicorn, Starlette or FastAPI."""

        # A plain function: servers do not recognise a bound method as ASGI 3.
        async def application(
            scope: _adapters.Scope, receive: _adapters.Receive, send: _adapters.Send
        ) -> None:
            await _adapters.asgi(self, scope, receive, send)

        return application

    def wsgi(
        self, environ: Mapping[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Serve as a WSGI application, for gunicorn, mod_wsgi or wsgiref."""
        return _adapters.wsgi(self, environ, start_response)

    def aws_lambda(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
        """Serve as an AWS Lambda handler, behind a function URL or either API Gateway."""
        return _adapters.aws_lambda(self, event)

    def _open(self, body: Body, headers: Headers) -> Reply | WebhookEvent:
        """Verify and parse a request; return the event to handle, or the reply."""
        content = body_bytes(body)
        if len(content) > self.max_body:
            return too_large(self.max_body)
        try:
            event = self._webhook._unwrap_late(content, headers)
        except VerificationError as error:
            logger.warning("Rejected a webhook request: %s", error)
            return text(401, "The signature is missing or wrong.")
        except InvalidEventError as error:
            logger.error("Zoom sent a signed webhook request that is not an event: %s", error)
            return text(400, "The body is not an event.")
        if isinstance(event, UrlValidationEvent):
            self._report_validation(event)
            return Reply(200, {"Content-Type": "application/json"}, _json(event.response))
        return event

    def _report_validation(self, event: UrlValidationEvent) -> None:
        if self._on_validation is not None:
            try:
                self._on_validation(event)
            except Exception:
                logger.exception("on_validation failed")

    def _claim(self, event: WebhookEvent) -> Reply | None:
        """Claim an event and a slot for it; return the reply if it is not to be handled now."""
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
        """Handle an event in a new thread; return the reply when it is due."""
        claimed = self._claim(event)
        if claimed is not None:
            return claimed
        replies: list[Reply] = []
        finished = threading.Event()

        def run() -> None:
            replies.append(self._run(event))
            finished.set()

        threading.Thread(target=run, name="webhook-handler", daemon=True).start()
        return replies[0] if finished.wait(self._timeout) else _timed_out(event)

    def _run(self, event: WebhookEvent) -> Reply:
        """Call the handler in this thread and record the outcome."""
        try:
            result = self._handler(event)
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
            self._store.complete(event.key)
            return ACCEPTED
        except BaseException:  # nothing above this thread would see a SystemExit
            _log_failure(event)
            return self._failed(event)
        finally:
            self._slots.release()

    async def _run_async(self, event: WebhookEvent) -> Reply:
        """Call the handler in the event loop and record the outcome."""
        try:
            result = self._handler(event)
            if inspect.isawaitable(result):
                await result
            await _in_thread(lambda: self._store.complete(event.key))
            return ACCEPTED
        except Exception:
            _log_failure(event)
            return await _in_thread(lambda: self._failed(event))
        except BaseException:  # the server cancels what is unfinished when it stops
            self._failed(event)
            raise
        finally:
            self._slots.release()

    def _failed(self, event: WebhookEvent) -> Reply:
        """Release the claim on an event whose handler failed, and return the reply."""
        try:
            self._store.release(event.key)
        except Exception:
            logger.exception("The event store could not release %s", _id(event))
        return text(503, "The handler failed.")


def _log_failure(event: WebhookEvent) -> None:
    logger.exception("The webhook handler failed; Zoom will retry %s", _id(event))


def _timed_out(event: WebhookEvent) -> Reply:
    logger.warning("The webhook handler is slow; Zoom will ask again for %s", _id(event))
    return text(503, "The handler is slow.")


def _id(event: WebhookEvent) -> str:
    """Return a description of an event for logs, without message texts."""
    return f"{event.event or 'an event'} {event.key[:200]!r}"


def _json(value: Mapping[str, str]) -> bytes:
    return json.dumps(value).encode()


def _is_async(handler: Handler) -> bool:
    call = getattr(handler, "__call__", None)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


async def _awaited(result: Awaitable[object]) -> object:
    return await result


async def _in_thread(function: Callable[[], T]) -> T:
    """Run a blocking function in a new thread.

    The event loop's own pool is small, and slow handlers would fill it.
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="webhook", daemon=True).start()
    return await asyncio.wrap_future(future)

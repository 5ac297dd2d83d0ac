"""Make one call: wait for a slot, acquire a token, make an attempt, and retry.

A *slot* is a reserved time to send one request, so that requests stay within the permitted rate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from swagger_client._flow.effects import (
    Clock,
    Failure,
    Flow,
    Outcome,
    Perform,
    Request,
    Response,
    Send,
    Sleep,
)
from swagger_client._flow.pacing import LocalPacer, Pacer, Slot
from swagger_client._flow.retry import REPEATABLE_METHODS, RateLimit, RetryBudget, delay_after
from swagger_client._flow.tokens import AccessToken, TokenSource

if TYPE_CHECKING:
    from swagger_client._flow.events import Event, ResponseEvent

#: The rate label of calls that need no slot, such as token requests.
UNLABELLED = ""
#: The names of calls whose responses contain tokens.
_TOKEN_CALLS = frozenset({"token", "login"})
#: A call replaces a rejected token twice: by a token from a shared cache, then by a new token.
_MAX_REPLAYS = 2


class Shared(NamedTuple):
    """The objects that all calls of one client share.

    :ivar deadline_error: returns the exception for a passed deadline. Its argument says what the
        call was doing.
    :ivar limit_error: returns the exception for a call that an earlier 429 forbids.
    """

    clock: Clock
    random: Callable[[], float]
    pacer: Pacer
    budget: RetryBudget
    deadline_error: Callable[[str], Exception]
    limit_error: Callable[[RateLimit], Exception]


class Call(NamedTuple):
    """One call: the request, and the limits of its attempts.

    :ivar label: Zoom's rate label of the operation, such as "medium".
    :ivar retries: the largest number of retries.
    :ivar deadline: the monotonic time at which the call must have ended.
    :ivar api_host: the start of the request's URL. If the token has an ``api_url``, this replaces
        the start. Empty if the user has configured the host, so that nothing is replaced.
    :ivar id: identifies the call in events.
    """

    shared: Shared
    operation: str
    label: str
    request: Request
    retries: int
    deadline: float
    tokens: TokenSource | None = None
    api_host: str = ""
    emit: Callable[[Event], None] | None = None
    id: str = ""

    @property
    def clock(self) -> Clock:
        """The clock of the call."""
        return self.shared.clock


class _Context:
    """The call for which a token is acquired.

    :ivar fetched: whether this call has sent a token request.
    """

    __slots__ = ("call", "fetched")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.fetched = False

    @property
    def clock(self) -> Clock:
        return self.call.shared.clock

    @property
    def deadline(self) -> float:
        return self.call.deadline

    @property
    def emit(self) -> Callable[[Event], None] | None:
        return self.call.emit

    def expired(self, doing: str) -> Exception:
        return self.call.shared.deadline_error(doing)

    def fetch(self, request: Request) -> Flow[Response]:
        self.fetched = True
        return exchange(
            self.call._replace(operation="token", label=UNLABELLED, request=request, tokens=None)
        )


def acquire_for(call: Call) -> Flow[AccessToken | None]:
    """Return the token of a call without making the call."""
    assert call.tokens is not None
    return call.tokens._acquire(_Context(call))


def exchange(call: Call) -> Flow[Response]:
    """Make a call; return the response, or raise the failure of the last attempt.

    If the token is rejected, the request is sent again with a new token. Transient failures are
    retried within the call's retries, its deadline and the client's retry budget.
    """
    context = _Context(call)
    shared, clock, label = call.shared, call.clock, call.label
    if label:
        shared.budget.earn()
    attempt, replays, reconnected = 0, 0, False
    while True:
        attempt += 1
        if label:
            yield from _wait_for_slot(call)

        # Acquire the token after the wait, so that it is valid when the request is sent.
        token = None
        if call.tokens is not None:
            token = yield from call.tokens._acquire(context)
        request = call.request
        if token is not None and token.api_url and call.api_host:
            path = request.url.removeprefix(call.api_host)
            request = request._replace(url=f"{token.api_url}/v2{path}")
        if clock.monotonic() >= call.deadline:
            raise shared.deadline_error("before the request could be sent")

        send = Send(request, call.deadline, None if token is None else token.value)
        outcome: Outcome
        if call.emit is None:
            outcome = yield send
        else:
            outcome = yield from _attempt_with_events(call, send, attempt, call.emit)
        if not isinstance(outcome, Failure):
            if label:
                yield from _call_pacer(shared.pacer, "report_success", label)
            return outcome

        # An expired token or a closed connection does not count as a failed attempt.
        if outcome.stale_token and _replace_token(call, token):
            if replays < _MAX_REPLAYS and not (replays and context.fetched):
                replays += 1
                attempt -= 1
            else:
                # A new token was rejected. Another program may have made it invalid meanwhile.
                outcome.transient = True
                yield from _before_retry(call, outcome, attempt)
        elif outcome.stale_connection and not reconnected and request.method in REPEATABLE_METHODS:
            reconnected = True
            attempt -= 1
        else:
            yield from _before_retry(call, outcome, attempt)


def _replace_token(call: Call, token: AccessToken | None) -> bool:
    """Discard the rejected token; return whether a new token can be acquired."""
    return call.tokens is not None and call.tokens._discard(token)


def _call_pacer(
    pacer: Pacer, method: str, *arguments: Any, undo: Callable[[Any], object] | None = None
) -> Flow[Any]:
    """Call a method of the pacer.

    A pacer that several processes share may block, so on asyncio it is called in a thread.
    """
    if isinstance(pacer, LocalPacer):
        return getattr(pacer, method)(*arguments)
    return (yield Perform(partial(getattr(pacer, method), *arguments), undo))


def _wait_for_slot(call: Call) -> Flow[None]:
    """Wait for a slot. Raise an exception at once if the wait would pass the deadline."""
    pacer, label, clock = call.shared.pacer, call.label, call.clock
    release = partial(pacer.release, label)
    now = clock.monotonic()
    longest = call.deadline - now
    slot: Slot = yield from _call_pacer(pacer, "reserve", label, now, longest, undo=release)
    while slot.wait:
        if slot.wait > longest:
            limit: RateLimit | None = yield from _call_pacer(pacer, "limit_in_force", label, now)
            if limit is not None:
                raise call.shared.limit_error(limit)
            raise call.shared.deadline_error(
                f"waiting {slot.wait:.1f} s for a slot of the permitted rate"
            )
        if call.emit is not None:
            from swagger_client._flow.events import WaitEvent

            call.emit(WaitEvent(call.operation, slot.wait, call.id))
        try:
            yield Sleep(slot.wait)
        except GeneratorExit:
            release(slot)
            raise
        now = clock.monotonic()
        longest = call.deadline - now
        slot = yield from _call_pacer(pacer, "confirm", label, slot, now, longest, undo=release)


def _before_retry(call: Call, failure: Failure, attempt: int) -> Flow[None]:
    """Wait before the next attempt, or raise ``failure`` if no retry is permitted."""
    shared = call.shared
    if not failure.transient:
        raise failure
    delay = delay_after(failure, attempt - 1, call.clock.time(), shared.random)
    now = call.clock.monotonic()
    limited = failure.status == 429
    if limited and call.label:
        limit = RateLimit(failure.retry_at, failure.daily, failure.limit)
        yield from _call_pacer(shared.pacer, "report_limit", call.label, limit, now, delay)
    if attempt > call.retries or now + delay > call.deadline:
        raise failure
    # A retry after a 429 comes when the server permits it, so it does not use the retry budget.
    if not limited and not shared.budget.spend():
        raise failure
    if call.emit is not None:
        from swagger_client._flow.events import RetryEvent

        reason = type(failure).__name__
        call.emit(RetryEvent(call.operation, attempt, delay, reason, call.id))
    try:
        yield Sleep(delay)
    except GeneratorExit:
        if not limited:
            shared.budget.give_back()
        raise


def _attempt_with_events(
    call: Call, send: Send, attempt: int, emit: Callable[[Event], None]
) -> Flow[Outcome]:
    """Make an attempt and emit its events, even if it is cancelled."""
    from swagger_client._flow.events import RequestEvent

    method, path = send.request.method, _path(send.request)
    emit(RequestEvent(call.operation, method, path, attempt, call.id))
    started = call.clock.monotonic()
    outcome: Outcome
    ended: Outcome | None = None
    try:
        ended = outcome = yield send
    finally:
        emit(_response_event(call, ended, call.clock.monotonic() - started, attempt))
    return outcome


def _path(request: Request) -> str:
    """Return the path of the URL, without the query, which may contain secrets."""
    return "/" + request.url.split("?", 1)[0].partition("://")[2].partition("/")[2]


def _response_event(
    call: Call, outcome: Response | Failure | None, duration: float, attempt: int
) -> ResponseEvent:
    from swagger_client._flow.events import ResponseEvent

    error = type(outcome).__name__ if isinstance(outcome, Failure) else None
    if outcome is None:
        error = "Cancelled"
    return ResponseEvent(
        call.operation,
        getattr(outcome, "status", None),
        error,
        duration,
        attempt,
        # The headers of a token response may contain secrets.
        None if call.operation in _TOKEN_CALLS else getattr(outcome, "tracking_id", None),
        call.id,
    )

"""One call, from the first wait to the answer: the order of pacing, token, attempt and retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from swagger_client._flow.effects import (
    Clock,
    Failure,
    Flow,
    Outcome,
    Request,
    Response,
    Send,
    Sleep,
)
from swagger_client._flow.retry import REPEATABLE_METHODS, RetryBudget, delay_after
from swagger_client._flow.tokens import AccessToken, TokenSource, bearer

if TYPE_CHECKING:
    from swagger_client._flow.events import Event, ResponseEvent
    from swagger_client._flow.pacing import Pacer

#: A call that nobody wants to pace: token requests have no rate label.
UNLABELLED = ""


class Shared:
    """What all calls of one client share."""

    __slots__ = ("budget", "clock", "pacer", "random")

    def __init__(
        self, clock: Clock, random: Callable[[], float], pacer: Pacer, budget: RetryBudget
    ) -> None:
        self.clock = clock
        self.random = random
        self.pacer = pacer
        self.budget = budget


class Call:
    """One call: what to send, and how long and how often to try.

    ``prepare`` makes the request for a token, at the last moment, so that it carries the token of
    that moment. ``renewed`` tells whether a static token was replaced since it was refused;
    ``expire`` makes the exception for a deadline that passes while doing something.
    """

    __slots__ = (
        "clock",
        "deadline",
        "emit",
        "expire",
        "id",
        "label",
        "operation",
        "prepare",
        "renewed",
        "retries",
        "shared",
        "tokens",
    )

    def __init__(
        self,
        shared: Shared,
        operation: str,
        label: str,
        prepare: Callable[[AccessToken | None], Request],
        *,
        retries: int,
        seconds: float,
        tokens: TokenSource | None,
        expire: Callable[[str], Exception],
        renewed: Callable[[], bool] | None = None,
        emit: Callable[[Event], None] | None = None,
        id: str = "",
    ) -> None:
        self.shared = shared
        self.clock = shared.clock
        self.operation = operation
        self.label = label
        self.prepare = prepare
        self.retries = retries
        self.deadline = shared.clock.monotonic() + seconds
        self.tokens = tokens
        self.expire = expire
        self.renewed = renewed
        self.emit = emit
        self.id = id

    def expired(self, doing: str) -> Exception:
        """The exception for a deadline that passes while ``doing`` something."""
        return self.expire(doing)

    def fetch(self, request: Request) -> Flow[Response]:
        """Send a token request within this call's limits."""
        call = Call(
            self.shared,
            "token",
            UNLABELLED,
            lambda _: request,
            retries=self.retries,
            seconds=self.deadline - self.clock.monotonic(),
            tokens=None,
            expire=self.expire,
            emit=self.emit,
            id=self.id,
        )
        return exchange(call)


def exchange(call: Call) -> Flow[Response]:
    """Make one call; returns the answer, raises the failure that ended it.

    A refused token is replaced and the request replayed once; what may pass is tried again, within
    the call's retries, its deadline and the client's retry budget.
    """
    shared, clock, emit, label = call.shared, call.clock, call.emit, call.label
    if label:
        shared.budget.earn()
    attempt, replayed, reconnected = 0, False, False
    while True:
        attempt += 1
        if label:
            now = clock.monotonic()
            wait = shared.pacer.reserve(label, now, call.deadline - now)
            if wait:
                yield from _take_turn(call, now, wait)

        # Only now, after the wait: the token must be good when the request leaves.
        token = None
        if call.tokens is not None:
            token = call.tokens.keeper.current(clock.time())
            if token is None:
                token = yield from bearer(call.tokens, call)
        request = call.prepare(token)
        started = clock.monotonic()
        if started >= call.deadline:
            raise call.expired("before the request could be sent")

        if emit is None:
            outcome = yield Send(request, call.deadline)
        else:
            outcome = yield from _told(call, request, attempt, emit)
        assert outcome is not None
        if not isinstance(outcome, Failure):
            if label:
                shared.pacer.succeeded(label)
            return outcome

        # Neither is a retry: the token, or the connection, was merely too old to be used.
        if outcome.stale_token and not replayed and _can_renew(call, token):
            replayed = True
            attempt -= 1
        elif outcome.stale_connection and not reconnected and request.method in REPEATABLE_METHODS:
            reconnected = True
            attempt -= 1
        else:
            yield from _before_retry(call, outcome, attempt)


def _can_renew(call: Call, token: AccessToken | None) -> bool:
    """Drop the refused token; whether another one can be had."""
    if call.tokens is not None and token is not None:
        if call.tokens.renewable:
            call.tokens.keeper.discard(token.value)
        return call.tokens.renewable
    return call.renewed is not None and call.renewed()


def _take_turn(call: Call, now: float, wait: float) -> Flow[None]:
    """Wait for a moment of its own; a wait that the deadline forbids ends the call at once."""
    pacer, label = call.shared.pacer, call.label
    while wait:
        if now + wait > call.deadline:
            closed = pacer.closed_by(label, now)
            if closed is not None:
                raise closed._copy()
            raise call.expired(f"waiting {wait:.1f} s for its turn within the permitted rate")
        if call.emit is not None:
            from swagger_client._flow.events import WaitEvent

            call.emit(WaitEvent(call.operation, wait, call.id))
        try:
            yield Sleep(wait)
        except GeneratorExit:
            pacer.release(label, now + wait)
            raise
        now = call.clock.monotonic()
        if pacer.closed_by(label, now) is None:
            return
        # A 429 came for somebody else meanwhile; this moment is none any more.
        wait = pacer.reserve(label, now, call.deadline - now)


def _before_retry(call: Call, failure: Failure, attempt: int) -> Flow[None]:
    """Wait before another attempt, or raise ``failure`` when there must be none."""
    shared = call.shared
    if not failure.transient:
        raise failure
    delay = delay_after(failure, attempt - 1, call.clock.time(), shared.random)
    now = call.clock.monotonic()
    limited = failure.status == 429
    if limited and call.label:
        shared.pacer.refused(call.label, failure, now, delay)
    if attempt > call.retries or now + delay > call.deadline:
        raise failure
    # A 429 is obeyed, not repeated at random: it does not amplify an outage.
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


def _path(request: Request) -> str:
    """The path alone: a query may hold what is not for logs."""
    return "/" + request.url.split("?", 1)[0].partition("://")[2].partition("/")[2]


def _told(
    call: Call, request: Request, attempt: int, emit: Callable[[Event], None]
) -> Flow[Outcome | None]:
    """Make an attempt, and tell of its begin and its end, even where nobody waits for the end."""
    from swagger_client._flow.events import RequestEvent

    emit(RequestEvent(call.operation, request.method, _path(request), attempt, call.id))
    started = call.clock.monotonic()
    outcome: Outcome | None = None
    try:
        outcome = yield Send(request, call.deadline)
        return outcome
    finally:
        emit(_response_event(call, outcome, call.clock.monotonic() - started, attempt))


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
        getattr(outcome, "tracking_id", None),
        call.id,
    )

"""Make one API call: wait for a slot, acquire a token, send the request, and retry.

A *slot* is a time reserved for sending one request, so that requests do not exceed the permitted
rate. A call makes several *attempts* if it sends its request again after a failure.
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
from swagger_client._flow.tokens import AcceptedTokens, TokenSource

if TYPE_CHECKING:
    from swagger_client._flow.events import Event, ResponseEvent

#: The rate limit label of calls that need no time slot, such as token requests.
UNLABELLED = ""
#: The names of calls whose responses contain tokens.
_TOKEN_CALLS = frozenset({"token", "login"})
#: How often a call replaces a rejected token: by one from a shared cache, then by a new one.
_MAX_REPLAYS = 2
#: How many expired tokens a call replaces. The limit ends a call whose tokens are always rejected
#: while the API accepts those of other calls.
_MAX_EXPIRED = 20


class Shared(NamedTuple):
    """The objects that all calls of one client share.

    :ivar accepted: counts the requests that the API accepted with ``Configuration.access_token``.
        Requests with a credentials object's tokens are counted in that object.
    :ivar deadline_error: creates the exception for a passed deadline, from a reason.
    :ivar limit_error: creates the exception for a rate limit that outlasts the deadline of a call.
    """

    clock: Clock
    random: Callable[[], float]
    pacer: Pacer
    budget: RetryBudget
    accepted: AcceptedTokens
    deadline_error: Callable[[str], Exception]
    limit_error: Callable[[RateLimit], Exception]


class Call:
    """One API call: the request to send, and how long and how often to try.

    :ivar operation: the name of the called method, for events.
    :ivar label: Zoom's rate limit label of the operation, such as "medium".
    :ivar retries: how often the request is sent again after transient failures.
    :ivar deadline: the monotonic time at which the call must have ended.
    :ivar tokens: the source of the access token; None if the request needs no token.
    :ivar api_host: the start of the URL, which the token's ``api_url`` replaces if the token has
        one. Empty if the user has configured another host than Zoom's, so that nothing is replaced.
    :ivar fetched: whether a token request was sent for this call.
    """

    __slots__ = (
        "api_host", "clock", "deadline", "emit", "fetched", "id", "label", "operation", "request",
        "retries", "shared", "tokens",
    )  # fmt: skip

    def __init__(
        self,
        shared: Shared,
        operation: str,
        label: str,
        request: Request,
        *,
        retries: int,
        deadline: float,
        tokens: TokenSource | None = None,
        api_host: str = "",
        emit: Callable[[Event], None] | None = None,
        id: str = "",
    ) -> None:
        self.shared, self.clock = shared, shared.clock
        self.operation, self.label, self.request = operation, label, request
        self.retries, self.deadline = retries, deadline
        self.tokens, self.api_host = tokens, api_host
        self.emit, self.id = emit, id
        self.fetched = False

    def fetch(self, request: Request) -> Flow[Response]:
        """Send a request for a token, with the deadline and the number of retries of this call."""
        self.fetched = True
        return exchange(
            Call(
                self.shared, "token", UNLABELLED, request, retries=self.retries,
                deadline=self.deadline, emit=self.emit, id=self.id,
            )
        )  # fmt: skip

    def deadline_error(self, reason: str) -> Exception:
        """Return the exception to raise because the call cannot end before its deadline."""
        return self.shared.deadline_error(reason)


def exchange(call: Call) -> Flow[Response]:
    """Make a call, and return its response, or raise the failure of the last attempt.

    If the API rejects the token, the request is sent again with a new token. After a transient
    failure, the request is sent again as often as the call's ``retries``, the call's deadline and
    the client's retry budget permit.
    """
    shared, label = call.shared, call.label
    if label:
        shared.budget.earn()
    attempt, replays, expired, accepted, reconnected = 0, 0, 0, 0, False
    while True:
        attempt += 1
        if label:
            yield from _wait_for_slot(call)

        # After the wait, so that the token has not expired when the request is sent.
        token = None
        if call.tokens is not None:
            token = yield from call.tokens._acquire(call)
        request = call.request
        if token is not None and token.api_url and call.api_host:
            path = request.url.removeprefix(call.api_host)
            request = request._replace(url=f"{token.api_url}/v2{path}")
        if call.clock.monotonic() >= call.deadline:
            raise call.deadline_error("the deadline passed before the request could be sent")

        send = Send(request, call.deadline, None if token is None else token.value)
        outcome: Outcome
        if call.emit is None:
            outcome = yield send
        else:
            outcome = yield from _attempt_with_events(call, send, attempt, call.emit)
        if not isinstance(outcome, Failure):
            if label:
                yield from _call_pacer(shared.pacer, "report_success", label)
            if call.tokens is not None:
                call.tokens._accepted.add()
            return outcome

        # An expired token or a closed connection does not count as a failed attempt.
        if outcome.stale_token and call.tokens is not None and call.tokens._discard(token):
            earlier, accepted = accepted, call.tokens._accepted.count
            if expired < _MAX_EXPIRED and accepted > earlier:
                # The API has accepted tokens since, so this one has expired and is not wrong.
                expired += 1
                attempt -= 1
            elif replays < _MAX_REPLAYS and not ((replays or expired) and call.fetched):
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


def _call_pacer(
    pacer: Pacer, method: str, *arguments: Any, undo: Callable[[Any], object] | None = None
) -> Flow[Any]:
    """Call a pacer's method; if the call is cancelled meanwhile, call ``undo`` with the result."""
    if isinstance(pacer, LocalPacer):
        return getattr(pacer, method)(*arguments)
    return (yield Perform(partial(getattr(pacer, method), *arguments), undo))


def _wait_for_slot(call: Call) -> Flow[None]:
    """Wait until the pacer permits the request; raise at once if that is after the deadline."""
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
            raise call.deadline_error(
                f"the permitted request rate requires a wait of {slot.wait:.1f} s, which would "
                "exceed the deadline"
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
    # After a 429, the server says when to retry, so this retry does not count in the budget.
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
    """Send a request once; emit events before and afterwards, even if the call is cancelled."""
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
    """Return the path of a request's URL, without the query, which may contain secrets."""
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

"""Access tokens: choose one for each request, renew it, and share it between callers.

A *lease* is the right to fetch a token. Of all processes that share a cache, one has it at a time.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from swagger_client._flow.effects import (
    Clock,
    Failure,
    Flow,
    Perform,
    Request,
    Response,
    Sleep,
    WaitFor,
)

if TYPE_CHECKING:
    from concurrent.futures import Future

    from swagger_client._flow.events import Event

T = TypeVar("T")

#: A token is renewed this number of seconds before it expires, or in the last tenth of its
#: lifetime if that is shorter.
MARGIN = 300.0
#: The pause after a failed token request, in seconds. It doubles with each failure.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Seconds between two attempts to acquire the lease.
LEASE_POLL = 0.05


class AccessToken(NamedTuple):
    """A bearer token.

    :ivar expires_at: the expiry time in unix seconds; infinite if unknown.
    :ivar renew_at: the time from which the token is renewed, in unix seconds.
    :ivar api_url: the API host that Zoom returned with the token.
    :ivar refresh_token: the refresh token that Zoom returned with it, or None.
    """

    value: str
    expires_at: float = math.inf
    renew_at: float = math.inf
    api_url: str | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"AccessToken(<redacted>, expires_at={self.expires_at})"

    @classmethod
    def _issue(
        cls,
        value: str,
        now: float,
        lifetime: float,
        api_url: str | None = None,
        refresh_token: str | None = None,
    ) -> AccessToken:
        """Return a token that was issued at ``now`` and is valid for ``lifetime`` seconds."""
        margin = min(MARGIN, lifetime / 10)
        end = now + lifetime
        return cls(value, end, end - margin, api_url, refresh_token)


@runtime_checkable
class TokenCache(Protocol):
    """Shares tokens between processes or machines. Pass one as the credentials' ``cache``.

    A cache stores a short secret text for each key. The methods may block briefly; on asyncio they
    are called in a thread. They raise no exception. If the store is unavailable, ``load`` returns
    None, ``acquire`` returns a lease, and ``save`` and ``release`` do nothing. Then each process
    fetches its own token.
    """

    def load(self, key: str) -> str | None:
        """Return the stored value, or None if there is no valid value."""
        ...

    def acquire(self, key: str) -> object | None:
        """Try to acquire the lease to fetch a new value, without waiting.

        :returns: a lease, or None while another caller has it. The lease must also end if the
            process with the lease dies.
        """
        ...

    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        """Store a value for all processes.

        :param lease: the lease from ``acquire``. If the lease was lost, the value is not stored.
        :param expires_at: the unix time after which the value is useless; infinite if unknown.
        """
        ...

    def release(self, key: str, lease: object) -> None:
        """Release a lease."""
        ...


class TokenContext(Protocol):
    """The properties of the call for which a token is acquired."""

    @property
    def clock(self) -> Clock: ...
    @property
    def deadline(self) -> float: ...
    @property
    def emit(self) -> Callable[[Event], None] | None: ...
    def fetch(self, request: Request) -> Flow[Response]:
        """Send a token request, with its retries."""
        ...

    def expired(self, doing: str) -> Exception:
        """Return the exception for a passed deadline; ``doing`` says what the call was doing."""
        ...


class TokenSource(Protocol):
    """The source of the tokens of a call."""

    def _acquire(self, context: TokenContext) -> Flow[AccessToken | None]:
        """Return the token to send, or None to send no token."""
        ...

    def _discard(self, token: AccessToken | None) -> bool:
        """Forget a token that the API rejected; return whether a new token can be acquired."""
        ...


class TokenIssuer(Protocol):
    """Creates token requests for one kind of credentials, and reads the responses."""

    @property
    def _holder(self) -> TokenHolder: ...
    @property
    def _shared(self) -> SharedToken | None: ...
    def _token_request(self) -> Request: ...
    def _read_token(self, response: Response, now: float) -> AccessToken: ...
    def _adopt(self, token: AccessToken) -> bool: ...
    def _explain(self, failure: Failure) -> Failure: ...


class SharedToken(Protocol):
    """The entry of one set of credentials in a :class:`TokenCache`."""

    @property
    def cache(self) -> TokenCache: ...
    @property
    def key(self) -> str: ...
    def load(self) -> AccessToken | None: ...
    def save(self, token: AccessToken, lease: object) -> None: ...


class TokenHolder:
    """Stores the token of one set of credentials, and lets only one caller fetch a new one.

    :param process: returns the process id, which changes after a fork.
    """

    def __init__(self, process: Callable[[], int]) -> None:
        self._current_process = process
        self._start()
        self._token: AccessToken | None = None
        #: No token request is sent between these two times after a failure. Callers use the valid
        #: token or raise the failure; if there is neither, they send a request anyway.
        self._pause_from = self._pause_until = 0.0
        self._pause = 0.0
        self._failure: Failure | None = None
        self._rejected: str | None = None

    def _start(self) -> None:
        #: Called again after a fork, because the fetching thread does not exist in the child.
        self._process = self._current_process()
        self._lock = threading.Lock()
        self._pending: Future[None] | None = None
        #: The id of the thread that reads a token response.
        self._reader: int | None = None

    def __getstate__(self) -> tuple[Callable[[], int], AccessToken | None]:
        return self._current_process, self._token

    def __setstate__(self, state: tuple[Callable[[], int], AccessToken | None]) -> None:
        process, token = state
        TokenHolder.__init__(self, process)
        self._token = token

    def current(self, now: float) -> AccessToken | None:
        """Return the token, or None if there is none or it must be renewed."""
        token = self._token
        return token if token is not None and now < token.renew_at else None

    def claim(self, now: float) -> AccessToken | Future[None] | Failure | None:
        """Decide how a caller gets a token.

        :returns: the token to use, a future to wait for, a failure to raise, or None. With None,
            the caller must fetch a token, and must call :meth:`settle` in any case.
        """
        if self._process != self._current_process():
            self._start()
        with self._lock:
            token = self._token
            if token is not None and now < token.renew_at:
                return token
            usable = token is not None and now < token.expires_at
            if self._pending is not None:
                if not usable and self._reader == threading.get_ident():
                    raise RuntimeError(
                        "on_refresh_token called the API, but there is no access token until it "
                        "returns. Call the API later"
                    )
                return token if usable else self._pending
            # If the clock was set back to before the failure, the pause ends.
            if self._pause_from <= now < self._pause_until:
                instead = token if usable else self._failure
                if instead is not None:
                    return instead
            from concurrent.futures import Future

            self._pending = Future()
            return None

    def settle(self, token: AccessToken | None, failure: Failure | None, now: float) -> None:
        """End a fetch with a token or a failure, or with neither if it was cancelled.

        If the failure has an HTTP status, the other callers raise it, too. A failure without a
        status, such as a passed deadline, concerns only this caller; the other callers fetch a
        token themselves.
        """
        with self._lock:
            if token is not None:
                self._token = token
                self._end_pause()
            elif failure is not None:
                self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
                self._pause_from = now
                self._pause_until = max(now + self._pause, failure.retry_at or 0.0)
                self._failure = failure if failure.status is not None else None
            pending, self._pending = self._pending, None
        if pending is not None:
            pending.set_result(None)

    def read(self, issuer: TokenIssuer, response: Response, now: float) -> AccessToken:
        """Read the token in a response. Callbacks that run meanwhile cannot acquire a token."""
        self._reader = threading.get_ident()
        try:
            return issuer._read_token(response, now)
        finally:
            self._reader = None

    def discard(self, value: str) -> None:
        """Discard a rejected token, unless a newer token has replaced it."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None
                self._rejected = value

    def reset(self) -> None:
        """Forget the token and earlier failures, so that the next call fetches a new token."""
        with self._lock:
            self._token = None
            self._end_pause()

    def accepts(self, token: AccessToken, now: float) -> bool:
        """Return whether a token from a shared cache can be used."""
        return now < token.renew_at and token.value != self._rejected

    def _end_pause(self) -> None:
        self._pause = self._pause_from = self._pause_until = 0.0
        self._failure = None


def acquire_token(issuer: TokenIssuer, context: TokenContext) -> Flow[AccessToken]:
    """Return the current token, wait until another caller has fetched one, or fetch one."""
    holder, clock = issuer._holder, context.clock
    current = holder.current(clock.time())
    if current is not None:
        return current
    while True:
        claimed = holder.claim(clock.time())
        if isinstance(claimed, AccessToken):
            return claimed
        if isinstance(claimed, Failure):
            raise claimed._copy()
        if claimed is None:
            break
        remaining = context.deadline - clock.monotonic()
        if remaining <= 0:
            raise context.expired("waiting for an access token")
        yield WaitFor(claimed, remaining)

    token: AccessToken | None = None
    failure: Failure | None = None
    fetched = False
    try:
        token, fetched = yield from _new_token(issuer, context)
    except Failure as raised:
        failure = issuer._explain(raised)
    finally:
        holder.settle(token, failure, clock.time())
    if token is None:
        assert failure is not None
        # Raise a copy: the traceback of the original contains the response.
        raise failure._copy()
    if fetched and context.emit is not None:
        from swagger_client._flow.events import TokenRenewedEvent

        # Emit after settle(), because a listener may call the API, which needs the token.
        context.emit(TokenRenewedEvent(token.expires_at))
    return token


def _new_token(issuer: TokenIssuer, context: TokenContext) -> Flow[tuple[AccessToken, bool]]:
    """Return a token, and whether it was fetched (True) or found in the cache (False)."""
    while True:
        shared = issuer._shared
        if shared is None:
            return (yield from _fetch(issuer, context)), True
        lease = yield from _lease(shared, context)
        try:
            result = yield from _load_or_fetch(issuer, shared, lease, context)
        except GeneratorExit:
            shared.cache.release(shared.key, lease)
            raise
        except BaseException:
            yield Perform(partial(shared.cache.release, shared.key, lease))
            raise
        yield Perform(partial(shared.cache.release, shared.key, lease))
        if result is not None:
            return result


def _load_or_fetch(
    issuer: TokenIssuer, shared: SharedToken, lease: object, context: TokenContext
) -> Flow[tuple[AccessToken, bool] | None]:
    """Load a token from the cache or fetch one, while holding the lease.

    :returns: the result of :func:`_new_token`, or None if the credentials have changed, so that
        the cache must be read again under their new key.
    """
    found: AccessToken | None = yield Perform(shared.load)
    if found is not None:
        newer = issuer._adopt(found)
        if issuer._holder.accepts(found, context.clock.time()):
            return found, False
        if newer:
            return None
    token = yield from _fetch(issuer, context)
    yield Perform(lambda: shared.save(token, lease))
    return token, True


def _lease(shared: SharedToken, context: TokenContext) -> Flow[object]:
    """Wait until the lease is acquired, and return it."""
    cache, key = shared.cache, shared.key

    def undo(lease: object) -> None:
        if lease is not None:
            cache.release(key, lease)

    while True:
        lease: Any = yield Perform(lambda: cache.acquire(key), undo)
        if lease is not None:
            return lease
        if context.clock.monotonic() >= context.deadline:
            raise context.expired("waiting for another process to fetch an access token")
        yield Sleep(LEASE_POLL)


def _fetch(issuer: TokenIssuer, context: TokenContext) -> Flow[AccessToken]:
    response = yield from context.fetch(issuer._token_request())
    now = context.clock.time()
    # Perform runs it in a thread on asyncio, because on_refresh_token may write to a database.
    token: AccessToken = yield Perform(lambda: issuer._holder.read(issuer, response, now))
    return token

"""Which bearer token a request carries, and who fetches the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from swagger_client._flow.effects import Clock, Failure, Flow, Request, Response, Sleep, WaitFor

if TYPE_CHECKING:
    from concurrent.futures import Future

    from swagger_client._flow.events import Event

#: A token is renewed this long before it expires, or in the last tenth of its life.
MARGIN = 300.0
#: After a failed renewal nobody asks again for a second, then two, up to a minute.
FIRST_REST, LONGEST_REST = 1.0, 60.0
#: How often a process looks whether another one has finished its renewal.
LOCK_POLL = 0.05


class AccessToken(NamedTuple):
    """A bearer token; ``expires_at`` is unix time, infinite when it never does."""

    value: str
    expires_at: float = float("inf")
    renew_at: float = float("inf")
    api_url: str | None = None

    def __repr__(self) -> str:
        return f"AccessToken(<redacted>, expires_at={self.expires_at})"

    @classmethod
    def issued(
        cls, value: str, now: float, lifetime: float, api_url: str | None = None
    ) -> AccessToken:
        """A token that was given at ``now`` for ``lifetime`` seconds."""
        margin = min(MARGIN, lifetime / 10)
        return cls(value, now + lifetime, now + lifetime - margin, api_url)


class TokenStore(Protocol):
    """A place that several processes share."""

    def load(self) -> AccessToken | None: ...
    def save(self, token: AccessToken) -> None: ...
    def try_lock(self) -> bool: ...
    def unlock(self) -> None: ...


class TokenSource(Protocol):
    """Where tokens come from: what to ask, and how to read the answer."""

    @property
    def keeper(self) -> TokenKeeper: ...
    @property
    def store(self) -> TokenStore | None: ...
    @property
    def renewable(self) -> bool: ...
    def token_request(self) -> Request: ...
    def read_token(self, response: Response, now: float) -> AccessToken: ...
    def refused(self, failure: Failure) -> Failure: ...


class TokenKeeper:
    """The token of one set of credentials: held by all threads and loops, fetched by one.

    ``process`` tells which process this is; after a fork it is another one.
    """

    def __init__(self, process: Callable[[], int]) -> None:
        self._process_now = process
        self._begin()
        self._token: AccessToken | None = None
        #: Nobody asks between these two moments, except where there is neither token nor refusal.
        self._rest_from = self._rest_until = 0.0
        self._rest = 0.0
        self._refusal: Failure | None = None
        self._condemned: str | None = None

    def _begin(self) -> None:
        #: A thread that was fetching when its process forked does not run in the new one.
        self._process = self._process_now()
        self._lock = threading.Lock()
        self._pending: Future[None] | None = None
        #: The thread that reads an answer.
        self._reader: int | None = None

    def __getstate__(self) -> tuple[Callable[[], int], AccessToken | None]:
        return self._process_now, self._token

    def __setstate__(self, state: tuple[Callable[[], int], AccessToken | None]) -> None:
        process, token = state
        TokenKeeper.__init__(self, process)
        self._token = token

    def current(self, now: float) -> AccessToken | None:
        """The token to use as it is, when nothing has to be decided."""
        token = self._token
        return token if token is not None and now < token.renew_at else None

    def claim(self, now: float) -> AccessToken | Future[None] | Failure | None:
        """What a caller is to do: use a token, wait for one, give up, or (None) fetch one.

        Who is told to fetch must call :meth:`settle` in the end, whatever happens.
        """
        if self._process != self._process_now():
            self._begin()
        with self._lock:
            token = self._token
            if token is not None and now < token.renew_at:
                return token
            usable = token is not None and now < token.expires_at
            if self._pending is not None:
                if not usable and self._reader == threading.get_ident():
                    raise RuntimeError(
                        "on_refresh_token must not call the API: there is no access token before "
                        "it returns"
                    )
                return token if usable else self._pending
            # A clock that was set back to before the refusal ends the rest.
            if self._rest_from <= now < self._rest_until:
                rested = token if usable else self._refusal
                if rested is not None:
                    return rested
            from concurrent.futures import Future

            self._pending = Future()
            return None

    def settle(self, token: AccessToken | None, refusal: Failure | None, now: float) -> None:
        """End a fetch: with a token, with a refusal, or with neither when it was abandoned.

        Others are given a refusal of the endpoint's. What has no status is the caller's alone: its
        deadline passed, or its retries were too few; others try for themselves.
        """
        with self._lock:
            if token is not None:
                self._token = token
                self._rest = self._rest_until = 0.0
                self._refusal = None
            elif refusal is not None:
                self._rest = min(LONGEST_REST, self._rest * 2 or FIRST_REST)
                self._rest_from = now
                self._rest_until = max(now + self._rest, refusal.retry_at or 0.0)
                self._refusal = refusal if refusal.status is not None else None
            pending, self._pending = self._pending, None
        if pending is not None:
            pending.set_result(None)

    def read(self, source: TokenSource, response: Response, now: float) -> AccessToken:
        """The token in an answer; while its source reads it, it cannot ask for a token."""
        self._reader = threading.get_ident()
        try:
            return source.read_token(response, now)
        finally:
            self._reader = None

    def discard(self, value: str) -> None:
        """Forget the token that the server refused, and only that one."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None
                self._condemned = value

    def acceptable(self, token: AccessToken, now: float) -> bool:
        """Whether a token found in a shared store serves."""
        return now < token.renew_at and token.value != self._condemned


class Means(Protocol):
    """What coming by a token needs of the call it is for."""

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
        """The exception for a deadline that passes while ``doing`` something."""
        ...


def bearer(source: TokenSource, means: Means) -> Flow[AccessToken]:
    """Come by a token: the current one, one that somebody else is fetching, or a new one."""
    keeper, clock = source.keeper, means.clock
    while True:
        claimed = keeper.claim(clock.time())
        if isinstance(claimed, AccessToken):
            return claimed
        if isinstance(claimed, Failure):
            raise claimed._copy()
        if claimed is None:
            break
        remaining = means.deadline - clock.monotonic()
        if remaining <= 0:
            raise means.expired("waiting for an access token")
        yield WaitFor(claimed, remaining)

    token: AccessToken | None = None
    refusal: Failure | None = None
    fetched = False
    try:
        token, fetched = yield from _new_token(source, means)
    except Failure as failure:
        refusal = source.refused(failure)
    finally:
        keeper.settle(token, refusal, clock.time())
    if token is None:
        assert refusal is not None
        # Fresh: the frames that read the endpoint's answer hold what is in it.
        raise refusal._copy()
    if fetched and means.emit is not None:
        from swagger_client._flow.events import TokenRenewedEvent

        # Not before it is settled: a listener may call the API, and would wait for itself.
        means.emit(TokenRenewedEvent(token.expires_at))
    return token


def _new_token(source: TokenSource, means: Means) -> Flow[tuple[AccessToken, bool]]:
    """A token, and whether it was fetched, not found in the store."""
    store, clock = source.store, means.clock
    if store is None:
        return (yield from _fetched(source, means)), True
    # Of all processes that share the store one fetches, the others read what it got.
    while not store.try_lock():
        if clock.monotonic() >= means.deadline:
            raise means.expired("waiting for another process to fetch an access token")
        yield Sleep(LOCK_POLL)
    try:
        found = store.load()
        if found is not None and source.keeper.acceptable(found, clock.time()):
            return found, False
        token = yield from _fetched(source, means)
        store.save(token)
        return token, True
    finally:
        store.unlock()


def _fetched(source: TokenSource, means: Means) -> Flow[AccessToken]:
    response = yield from means.fetch(source.token_request())
    return source.keeper.read(source, response, means.clock.time())

"""Store an access token, and decide when to renew it and which caller fetches a new one."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, runtime_checkable

from swagger_client._flow.effects import Clock, Failure, Flow, Request, Response

if TYPE_CHECKING:
    from concurrent.futures import Future

    from swagger_client._flow.events import Event

T = TypeVar("T")

#: Identifies the token response that the current thread, or the thread that started it, is reading.
_reading: ContextVar[object] = ContextVar("reading", default=None)
#: A token is renewed this number of seconds before it expires, or in the last tenth of its
#: lifetime if that is shorter.
MARGIN = 300.0
#: How many seconds no token request is sent after one has failed. It doubles with each failure.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class AccessToken(NamedTuple):
    """An access token, which is sent with each request (a bearer token).

    :ivar value: the token itself.
    :ivar expires_at: when the token expires, in Unix seconds; infinite if unknown.
    :ivar renew_at: when the token is to be renewed, in Unix seconds.
    :ivar api_url: the URL of the API host that Zoom returned with the token, or None.
    :ivar refresh_token: the refresh token that Zoom returned with the access token, or None.
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
        """Create a token that was issued at ``now`` and is valid for ``lifetime`` seconds."""
        margin = min(MARGIN, lifetime / 10)
        end = now + lifetime
        return cls(value, end, end - margin, api_url, refresh_token)


@runtime_checkable
class TokenCache(Protocol):
    """The interface of a credentials object's ``cache``, which shares tokens between processes.

    A cache stores a short secret text for each key. The methods may block for a short time; on
    asyncio they are called in a thread. They must not raise an exception. If the cache cannot be
    used, ``load`` must return None, ``acquire`` must return a lease, and ``save`` and ``release``
    must do nothing. Then each process fetches its own token.
    """

    def load(self, key: str) -> str | None:
        """Return the text stored for a key, or None if there is none or it has expired."""
        ...

    def acquire(self, key: str) -> object | None:
        """Try once to acquire the lease, which is the right to fetch a new token.

        :returns: a lease that ends if its process is killed; None while another caller holds it.
        """
        ...

    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        """Store a text for a key, so that all processes can load it.

        :param lease: the lease that ``acquire`` returned. If it has ended, nothing is stored.
        :param expires_at: the Unix time after which the text is useless; infinite if unknown.
        """
        ...

    def release(self, key: str, lease: object) -> None:
        """Release a lease, so that another process can fetch a new token."""
        ...


class TokenContext(Protocol):
    """The properties of the API call that needs a token."""

    @property
    def clock(self) -> Clock: ...
    @property
    def deadline(self) -> float: ...
    @property
    def emit(self) -> Callable[[Event], None] | None: ...
    def fetch(self, request: Request) -> Flow[Response]:
        """Send a token request, and retry it after transient failures."""
        ...

    def deadline_error(self, reason: str) -> Exception:
        """Return the exception to raise if the call cannot end before its deadline."""
        ...


class AcceptedTokens:
    """Counts the requests that the API accepted with tokens of one :class:`TokenSource`.

    If the count has risen since a call's token was rejected the last time, tokens of this source
    can be valid, so the rejected one has expired. Otherwise the source may be wrong.
    """

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count a request that the API accepted with the token."""
        with self._lock:
            self.count += 1


class TokenSource(Protocol):
    """Provides the access tokens of API calls, such as a credentials object."""

    @property
    def _accepted(self) -> AcceptedTokens: ...
    def _acquire(self, context: TokenContext) -> Flow[AccessToken | None]:
        """Return the token to send with the request, or None to send no token."""
        ...

    def _discard(self, token: AccessToken | None) -> bool:
        """Discard a token that the API rejected; return whether another token is available."""
        ...


class TokenIssuer(Protocol):
    """The interface of credentials that create token requests and read the responses."""

    @property
    def _rotates(self) -> bool: ...
    @property
    def _holder(self) -> TokenHolder: ...
    @property
    def _shared(self) -> SharedToken | None: ...
    def _token_request(self) -> Request: ...
    def _read_token(self, response: Response, now: float) -> AccessToken: ...
    def _adopt(self, token: AccessToken) -> bool: ...
    def _explain(self, failure: Failure) -> Failure: ...


class SharedToken(Protocol):
    """One token in a :class:`TokenCache`, which several processes can load and save."""

    @property
    def cache(self) -> TokenCache: ...
    @property
    def key(self) -> str: ...
    def load(self) -> AccessToken | None: ...
    def save(self, token: AccessToken, lease: object) -> None: ...


class TokenHolder:
    """Stores the token of one credentials object, and lets only one caller fetch a new one."""

    def __init__(self, process: Callable[[], int]) -> None:
        self._current_process = process
        self._init_process()
        self._token: AccessToken | None = None
        #: After a failed token request, no other one is sent between these two times. Meanwhile,
        #: callers use the token if it is still valid, or raise the failure. If there is neither,
        #: they send a token request anyway.
        self._pause_from = self._pause_until = 0.0
        self._pause = 0.0
        self._failure: Failure | None = None
        self._rejected: str | None = None
        self.accepted = AcceptedTokens()

    def _init_process(self) -> None:
        # Called again after a fork: the new process has no thread that is fetching a token.
        self._process = self._current_process()
        self._lock = threading.Lock()
        self._pending: Future[None] | None = None
        #: Identifies the token response that a thread is reading.
        self._reader: object = None

    def __getstate__(self) -> tuple[Callable[[], int], AccessToken | None]:
        return self._current_process, self._token

    def __setstate__(self, state: tuple[Callable[[], int], AccessToken | None]) -> None:
        process, token = state
        TokenHolder.__init__(self, process)
        self._token = token

    def current(self, now: float) -> AccessToken | None:
        """Return the stored access token; None if there is none, or it must be renewed."""
        token = self._token
        return token if token is not None and now < token.renew_at else None

    def claim(self, now: float) -> AccessToken | Future[None] | Failure | None:
        """Decide whether a caller uses the current token, waits for a new one, or fetches one.

        :returns: the token to use; or a future, if another caller is fetching a token, to wait for;
            or a failure to raise; or None, if the caller must fetch a token itself, and then call
            :meth:`settle`, even if fetching fails.
        """
        if self._process != self._current_process():
            self._init_process()
        with self._lock:
            token = self._token
            if token is not None and now < token.renew_at:
                return token
            usable = token is not None and now < token.expires_at
            if self._pending is not None:
                if not usable and self._reader is not None and self._reader is _reading.get():
                    raise RuntimeError(
                        "on_refresh_token called the API, but it must return before the new access "
                        "token can be used. Call the API afterwards"
                    )
                return token if usable else self._pending
            # The pause ends too if the clock is set back to a time before the failure.
            if self._pause_from <= now < self._pause_until:
                instead = token if usable else self._failure
                if instead is not None:
                    return instead
            from concurrent.futures import Future

            self._pending = Future()
            return None

    def settle(self, token: AccessToken | None, failure: Failure | None, now: float) -> None:
        """Record the result of a token request that :meth:`claim` has permitted.

        If the failure has an HTTP status, the callers that wait for the token raise it too. A
        failure without a status, such as a passed deadline, concerns only the caller that sent the
        token request, so one of the waiting callers sends another one.
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
        """Read a token from a response; pass a new refresh token to ``on_refresh_token``."""
        self._reader = object()
        earlier = _reading.set(self._reader)
        try:
            return issuer._read_token(response, now)
        finally:
            _reading.reset(earlier)
            self._reader = None

    def discard(self, value: str) -> None:
        """Discard a rejected token, unless a newer token has already replaced it."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None
                self._rejected = value

    def reset(self) -> None:
        """Discard the token and earlier failures, so that the next call fetches a new token."""
        with self._lock:
            self._token = None
            self._end_pause()

    def accepts(self, token: AccessToken, now: float) -> bool:
        """Return whether a token from a shared cache is still valid and was not rejected."""
        return now < token.renew_at and token.value != self._rejected

    def _end_pause(self) -> None:
        self._pause = self._pause_from = self._pause_until = 0.0
        self._failure = None

"""What a flow may ask of the world, and what the world answers."""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Hidden(str):
    """A secret: its repr does not show it, so that tracebacks with local variables do not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<redacted>'"


class Request(NamedTuple):
    """One HTTP request, complete: nothing is added to it on the way out."""

    method: str
    url: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    form: Sequence[tuple[str, object]] = ()
    body: object = None
    preload: bool = True
    timeout: float | tuple[float, float] | None = None

    def __repr__(self) -> str:
        # Headers and form carry secrets, and tracebacks may show the locals of a flow.
        return f"<Request {self.method} {self.url}>"


class Response(Protocol):
    """An answer that was read whole, with a status of success."""

    @property
    def status(self) -> int | None: ...
    @property
    def data(self) -> bytes: ...


class Failure(Exception):
    """An attempt that did not succeed, as far as decisions need to know it."""

    status: int | None = None
    code: int | None = None
    #: Whether the same request may succeed a little later.
    transient: bool = False
    #: The unix time before which the server wants no further request.
    retry_at: float | None = None
    #: Whether the limit of a whole day is used up.
    daily: bool = False
    #: Requests that the server permits in the period it counts.
    limit: int | None = None
    #: Whether a fresh access token may cure it.
    stale_token: bool = False
    #: Whether a kept connection was found closed, so that most likely nobody saw the request.
    stale_connection: bool = False
    tracking_id: str | None = None

    def fresh(self) -> Failure:
        """An equal failure for one more caller, without the traceback of the first."""
        return copy.copy(self).with_traceback(None)


class Send:
    """Make one attempt; answered with a :class:`Response` or a :class:`Failure`."""

    __slots__ = ("deadline", "request")

    def __init__(self, request: Request, deadline: float) -> None:
        self.request = request
        self.deadline = deadline


class Sleep:
    """Let ``seconds`` pass; answered with None."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Join:
    """Wait until somebody else's work is done, or ``seconds`` have passed; answered with None."""

    __slots__ = ("future", "seconds")

    def __init__(self, future: Future[None], seconds: float) -> None:
        self.future = future
        self.seconds = seconds


Effect = Send | Sleep | Join
Outcome = Response | Failure
Flow = Generator[Effect, Outcome | None, T]


class Clock(Protocol):
    """Where flows read the time."""

    def time(self) -> float:
        """Unix time, in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

"""Effects: the requests of a flow to its driver.

A flow is a generator. It yields effects, receives their results and returns its own result. It
makes decisions and has no side effects; only the drivers in :mod:`swagger_client._flow.drivers`
send, sleep and wait.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Protocol,
    SupportsIndex,
    TypeVar,
    overload,
    runtime_checkable,
)

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Hidden(str):
    """A secret text. Its repr, which tracebacks may show, is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<redacted>'"

    def __getitem__(self, index: SupportsIndex | slice) -> Hidden:
        # A part is as secret as the whole: tools that show local variables shorten long texts.
        return Hidden(str.__getitem__(self, index))


class HiddenBytes(bytes):
    """As :class:`Hidden`, for the body of a token request."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'<redacted>'"

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> HiddenBytes: ...
    def __getitem__(self, index: SupportsIndex | slice) -> int | HiddenBytes:
        part = bytes.__getitem__(self, index)
        return part if isinstance(part, int) else HiddenBytes(part)


class Request(NamedTuple):
    """One HTTP request.

    ``auth_settings`` names the kinds of authorization that the client adds to it when it is sent.
    """

    method: str
    url: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    form: Sequence[tuple[str, object]] = ()
    body: object = None
    preload: bool = True
    timeout: float | tuple[float, float] | None = None
    auth_settings: Sequence[str] = ()

    def __repr__(self) -> str:
        # Headers and form carry secrets, and tracebacks may show the locals of a flow.
        return f"<Request {self.method} {self.url}>"


class Response(Protocol):
    """A complete response with a 2xx status."""

    @property
    def status(self) -> int | None: ...
    @property
    def data(self) -> Any: ...


class Failure(Exception):
    """A failed attempt, with the facts that retries depend on."""

    status: int | None = None
    code: int | None = None
    #: Whether the same request may succeed a little later.
    transient: bool = False
    #: Unix time before which the server wants no further request.
    retry_at: float | None = None
    #: Whether the limit of a whole day is used up.
    daily: bool = False
    #: Requests that the server permits in the period it counts.
    limit: int | None = None
    #: Whether a new access token may fix it.
    stale_token: bool = False
    #: Whether a kept-alive connection was found closed, so that the request was hardly processed.
    stale_connection: bool = False
    tracking_id: str | None = None

    def _copy(self) -> Failure:
        """Copy the failure for another caller, without the traceback of the first."""
        return copy.copy(self).with_traceback(None)


Outcome = Response | Failure


class Send:
    """Make one attempt. The result is a :class:`Response` or a :class:`Failure`.

    ``deadline`` is the end of the whole call, in monotonic time. ``token`` is the access token that
    authorizes the request, if it needs one.
    """

    __slots__ = ("deadline", "request", "token")

    def __init__(self, request: Request, deadline: float, token: str | None = None) -> None:
        self.request = request
        self.deadline = deadline
        self.token = token


class Sleep:
    """Sleep for ``seconds``. The result is None."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class WaitFor:
    """Wait until ``future`` is done or ``seconds`` have passed. The result is None."""

    __slots__ = ("future", "seconds")

    def __init__(self, future: Future[None], seconds: float) -> None:
        self.future = future
        self.seconds = seconds


class Perform:
    """Do ``work`` that may block, outside of the event loop. The result is what it returns.

    An exception of it is raised in the flow. ``undo`` receives its result when the flow was closed
    meanwhile.
    """

    __slots__ = ("undo", "work")

    def __init__(
        self, work: Callable[[], Any], undo: Callable[[Any], object] | None = None
    ) -> None:
        self.work = work
        self.undo = undo


class EmitPage:
    """Pass a page to the caller that iterates over the flow. The result is None."""

    __slots__ = ("page",)

    def __init__(self, page: Any) -> None:
        self.page = page


class RunFlow:
    """Run ``flow`` to its end, possibly concurrently. The result is what ``flow`` returns."""

    __slots__ = ("flow",)

    def __init__(self, flow: Flow[Any]) -> None:
        self.flow = flow


class StartFlow:
    """Start ``flow`` concurrently, identified by ``key``. The result is None."""

    __slots__ = ("flow", "key")

    def __init__(self, key: int, flow: Flow[Any]) -> None:
        self.key = key
        self.flow = flow


class WaitForAny:
    """Wait until a started flow ends. The result is (key, result or exception)."""

    __slots__ = ()


Effect = Send | Sleep | WaitFor | Perform | EmitPage | StartFlow | WaitForAny
#: A flow that returns a ``T``. ``send()`` receives the result of the effect yielded last.
Flow = Generator[Effect, Any, T]


@runtime_checkable
class Clock(Protocol):
    """Reads the time and sleeps. Tests pass one whose time they control."""

    def time(self) -> float:
        """Return unix time, in seconds."""
        ...

    def monotonic(self) -> float:
        """Return the seconds of a monotonic clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep, blocking."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Sleep on asyncio."""
        ...

"""Effects: the instructions that a flow gives to its driver.

A flow is a generator. It yields effects, receives their results, and returns its own result. A flow
has no side effects; only the drivers in :mod:`swagger_client._flow.drivers` send, sleep and wait.
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
    """A secret text. Its ``repr``, which tracebacks may show, is ``'<redacted>'``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<redacted>'"

    def __getitem__(self, index: SupportsIndex | slice) -> Hidden:
        # Debuggers and error reporters cut long texts. The part must be redacted too.
        return Hidden(str.__getitem__(self, index))


class HiddenBytes(bytes):
    """Secret bytes, such as the body of a token request. The ``repr`` is redacted."""

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

    :ivar form: the fields of a form-encoded body.
    :ivar body: the body if there is no form.
    :ivar preload: whether to read the whole body of the response before returning it.
    :ivar timeout: seconds for an attempt, or a (connect, read) pair.
    :ivar auth_settings: the kinds of authorization that the client adds when it sends the request.
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
        # The headers and the form contain secrets, and tracebacks may show local variables.
        return f"<Request {self.method} {self.url}>"


class Response(Protocol):
    """A complete response with a 2xx status."""

    @property
    def status(self) -> int | None: ...
    @property
    def data(self) -> Any: ...


class Failure(Exception):
    """A failed attempt, with the attributes that decide whether to retry."""

    status: int | None = None
    code: int | None = None
    #: Whether the same request may succeed after a short wait.
    transient: bool = False
    #: The unix time from which the server accepts the next request.
    retry_at: float | None = None
    #: Whether a daily limit is used up.
    daily: bool = False
    #: The number of requests that the server permits in a period.
    limit: int | None = None
    #: Whether the request may succeed with a new access token.
    stale_token: bool = False
    #: Whether a reused connection was already closed, so that the server did not see the request.
    stale_connection: bool = False
    tracking_id: str | None = None

    def _copy(self) -> Failure:
        """Return a copy without the traceback, to raise in another call."""
        return copy.copy(self).with_traceback(None)


Outcome = Response | Failure


class Send:
    """Make one attempt. The result is a :class:`Response` or a :class:`Failure`.

    :ivar request: the request to send.
    :ivar deadline: the monotonic time at which the whole call must have ended.
    :ivar token: the access token that authorizes the request, or None.
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
    """Wait until ``future`` is done, at most ``seconds``. The result is None."""

    __slots__ = ("future", "seconds")

    def __init__(self, future: Future[None], seconds: float) -> None:
        self.future = future
        self.seconds = seconds


class Perform:
    """Call the function ``work``, which may block. The result is its return value.

    On asyncio it runs in a thread. If it raises an exception, the flow receives the exception.

    :ivar work: the function.
    :ivar undo: called with the result if the flow was closed while ``work`` was running.
    """

    __slots__ = ("undo", "work")

    def __init__(
        self, work: Callable[[], Any], undo: Callable[[Any], object] | None = None
    ) -> None:
        self.work = work
        self.undo = undo


class EmitPage:
    """Yield ``page`` from the iterator that runs the flow. The result is None."""

    __slots__ = ("page",)

    def __init__(self, page: Any) -> None:
        self.page = page


class RunFlow:
    """Run another flow to its end. The result is the return value of that flow.

    If several readers run at the same time, their flows run concurrently.
    """

    __slots__ = ("flow",)

    def __init__(self, flow: Flow[Any]) -> None:
        self.flow = flow


class StartFlow:
    """Start another flow concurrently, with ``key`` as its name. The result is None."""

    __slots__ = ("flow", "key")

    def __init__(self, key: int, flow: Flow[Any]) -> None:
        self.key = key
        self.flow = flow


class WaitForAny:
    """Wait until any started flow ends. The result is (key, result or exception)."""

    __slots__ = ()


Effect = Send | Sleep | WaitFor | Perform | EmitPage | StartFlow | WaitForAny
#: A flow that returns a ``T``. The driver passes the result of each effect to ``send()``.
Flow = Generator[Effect, Any, T]


@runtime_checkable
class Clock(Protocol):
    """Reads the time and sleeps. Tests pass a clock that they control."""

    def time(self) -> float:
        """Return the unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Return the monotonic time in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep and block the thread."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Sleep without blocking the event loop."""
        ...

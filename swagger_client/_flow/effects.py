"""Effects: the instructions that a flow gives to its driver.

A flow is a generator that decides what to do. It yields effects, receives the result of each, and
returns its own result. The flow itself does no I/O: only a driver sends requests, sleeps and waits.
"""

from __future__ import annotations

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
    """A secret text. Its ``repr`` is ``'<redacted>'``, because tracebacks may show a ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<redacted>'"

    def __getitem__(self, index: SupportsIndex | slice) -> Hidden:
        # Debuggers and error reporters show the first part of long texts, which is secret too.
        return Hidden(str.__getitem__(self, index))


class HiddenBytes(bytes):
    """Secret bytes, such as the body of a token request, whose ``repr`` is redacted."""

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

    :ivar query: the query parameters as (name, value) pairs.
    :ivar form: the form fields to send as the body, as (name, value) pairs.
    :ivar body: the body to send if there is no form.
    :ivar preload: whether to read the whole body of the response before it is returned.
    :ivar timeout: seconds for an attempt, or a (connect, read) pair; None for the configured one.
    :ivar auth_settings: ``("OAuth",)`` if the client must authorize the request, otherwise empty.
    :ivar follows_token_host: whether the request is sent to the API host that a token names.
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
    follows_token_host: bool = True

    def __repr__(self) -> str:
        # Tracebacks may show the repr, so it must not contain the headers and the form.
        return f"<Request {self.method} {self.url}>"


class Response(Protocol):
    """A complete response with a 2xx status."""

    @property
    def status(self) -> int | None: ...
    @property
    def data(self) -> Any: ...


class Failure(Exception):
    """A failed attempt. The attributes of this exception decide whether to retry the request."""

    status: int | None = None
    code: int | None = None
    #: Whether the same request may succeed after a short wait.
    transient: bool = False
    #: The Unix time from which the server accepts the next request.
    retry_at: float | None = None
    #: Whether the rate limit of a whole day is used up.
    daily: bool = False
    #: How many requests the server permits in a second, or in a day.
    limit: int | None = None
    #: Whether the request may succeed with a new access token.
    stale_token: bool = False
    #: Whether a reused connection was already closed, so that the server did not see the request.
    stale_connection: bool = False
    tracking_id: str | None = None

    def _copy(self) -> Failure:
        """Return a copy without the traceback, so that another call can raise it too."""
        from copy import copy  # imported here, because calls rarely need it

        return copy(self).with_traceback(None)


Outcome = Response | Failure


class Send:
    """Send a request once. The result is a :class:`Response` or a :class:`Failure`.

    :ivar deadline: the monotonic time at which the whole call must have ended.
    :ivar token: the access token; None to send the authorization that the client configures.
    """

    __slots__ = ("deadline", "request", "token")

    def __init__(self, request: Request, deadline: float, token: str | None = None) -> None:
        self.request = request
        self.deadline = deadline
        self.token = token


class Sleep:
    """Sleep for ``seconds``. The result is None."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class WaitFor:
    """Wait until ``future`` is done, at most ``seconds``. The result is None."""

    def __init__(self, future: Future[None], seconds: float) -> None:
        self.future = future
        self.seconds = seconds


class Perform:
    """Call the function ``work``, which may block. The result is its return value.

    On asyncio, ``work`` is called in a thread. If the flow is closed before ``work`` returns,
    ``undo`` is called afterwards with the return value of ``work``.
    """

    __slots__ = ("undo", "work")

    def __init__(
        self, work: Callable[[], Any], undo: Callable[[Any], object] | None = None
    ) -> None:
        self.work = work
        self.undo = undo


class EmitPage:
    """Pass a page to the caller that iterates over the pages. The result is None."""

    __slots__ = ("page",)

    def __init__(self, page: Any) -> None:
        self.page = page


class RunFlow:
    """Run ``flow``, another flow. The result is its return value; its exception is raised."""

    def __init__(self, flow: Flow[Any]) -> None:
        self.flow = flow


class Shield:
    """Run ``flow``, another flow. The result is its return value; its exception is raised.

    On asyncio, ``flow`` runs in a thread. It runs to its end even if the flow that yields this
    effect is closed, or the event loop ends. Without asyncio, Ctrl-C waits for a request that is
    under way if ``delays_interrupts`` is True; then ``flow`` handles its response.
    """

    def __init__(self, flow: Flow[Any], *, delays_interrupts: bool) -> None:
        self.flow, self.delays_interrupts = flow, delays_interrupts


class StartFlow:
    """Start another flow, which runs concurrently; ``key`` identifies it in :class:`WaitForAny`."""

    def __init__(self, key: int, flow: Flow[Any]) -> None:
        self.key = key
        self.flow = flow


class WaitForAny:
    """Wait until any started flow ends. The result is (flow's key, flow's result or exception)."""

    __slots__ = ()


Effect = Send | Sleep | WaitFor | Perform | EmitPage | RunFlow | Shield | StartFlow | WaitForAny
#: A flow that returns a ``T``. The driver passes the result of each effect to ``send()``.
Flow = Generator[Effect, Any, T]


@runtime_checkable
class Clock(Protocol):
    """The interface of an object that reads the time and sleeps.

    Tests pass a clock of their own, so that they need not wait.
    """

    def time(self) -> float:
        """Return the Unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Return the monotonic time in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the thread for some seconds."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Sleep for some seconds without blocking the event loop."""
        ...

"""The time limits of one attempt, and how another thread ends it."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from contextvars import ContextVar


class DeadlinePassed(TimeoutError):
    """The deadline passed during the attempt."""


class AttemptAborted(ConnectionAbortedError):
    """Another thread aborted the attempt."""


class AttemptLimits(tuple[float, float]):
    """The (connect, read) timeouts of one attempt in seconds, and its deadline.

    It compares and prints as a plain pair, so it can be passed wherever urllib3 or user code
    expects one.

    :ivar float deadline: the latest end, as ``time.monotonic`` counts; ``inf`` for none.
    :ivar bool final: whether it is the deadline of the whole call, so that no attempt can follow.
    :ivar bool connection_reused: whether the connection had served a request before.
    :ivar bool response_started: whether the first byte of the response has arrived.
    """

    deadline: float
    final: bool
    connection_reused = False
    response_started = False
    aborted = False
    _socket: socket.socket | None = None

    def __new__(
        cls, connect: float, read: float, deadline: float = math.inf, *, final: bool = False
    ) -> AttemptLimits:
        limits = super().__new__(cls, (connect, read))
        limits.deadline = deadline
        limits.final = final
        return limits

    # Two attempts with equal timeouts are different attempts.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def remaining(self, timeout: float | None) -> float | None:
        """Return ``timeout``, or the time until the deadline if that is shorter.

        :raises DeadlinePassed: when no time is left.
        :raises AttemptAborted: when the attempt was aborted.
        """
        if self.aborted:
            raise AttemptAborted("the call was cancelled")
        if self.deadline == math.inf:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed("the deadline has passed")
        return left if timeout is None or left < timeout else timeout

    def is_over(self) -> bool:
        """Return whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def watch(self, sock: socket.socket) -> None:
        """Set the socket that :meth:`abort` shuts down."""
        self._socket = sock
        if self.aborted:
            self.abort()

    def abort(self) -> None:
        """End the attempt from another thread; its pending reads and writes fail at once."""
        self.aborted = True
        if self._socket is not None:
            shut_down(self._socket)


def shut_down(sock: socket.socket) -> None:
    """Shut down a connection under TLS too, without taking its TLS layer from a reading thread."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


#: The limits of the attempt that runs here: urllib3 has no parameter to pass them through.
current_limits: ContextVar[AttemptLimits | None] = ContextVar("current_limits", default=None)


def limits_here() -> AttemptLimits:
    """Return the limits of this thread's attempt; infinite limits outside of an attempt."""
    return current_limits.get() or AttemptLimits(math.inf, math.inf)

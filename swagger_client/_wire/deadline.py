"""The time limits of one request attempt, and a way to abort it from another thread."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from contextvars import ContextVar


class DeadlinePassed(TimeoutError):
    """The deadline of the request attempt has passed."""


class AttemptAborted(ConnectionAbortedError):
    """Another thread has aborted the request attempt."""


class AttemptLimits(tuple[float, float]):
    """The timeouts of one request attempt, as a pair of seconds (connect, read), and its deadline.

    The class is a tuple, because urllib3 and users' subclasses expect a pair of timeouts.

    :ivar float deadline: the monotonic time at which the attempt must have ended, or ``inf``.
    :ivar bool final: whether the deadline is that of the whole call, so that no retry can follow.
    :ivar bool connection_reused: whether an earlier request was sent on the same connection.
    :ivar bool response_started: whether the first byte of the response has arrived.
    :ivar bool aborted: whether :meth:`abort` was called.
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

    # Two attempts with the same timeouts are not equal.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def remaining(self, timeout: float | None) -> float | None:
        """Return ``timeout``, or the time until the deadline if that is shorter.

        :raises DeadlinePassed: if the deadline has passed.
        :raises AttemptAborted: if the request attempt was aborted.
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
        return time.monotonic() >= self.deadline

    def watch(self, sock: socket.socket) -> None:
        """Set the socket that :meth:`abort` shuts down to end the request attempt."""
        self._socket = sock
        if self.aborted:
            self.abort()

    def abort(self) -> None:
        """End the request attempt from another thread: its reads and writes fail at once."""
        self.aborted = True
        if self._socket is not None:
            shut_down(self._socket)


def shut_down(sock: socket.socket) -> None:
    """Shut down a socket, with or without TLS, so that a read in another thread ends."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


#: The limits of the current request attempt. A variable, because urllib3 has no parameter for them.
current_limits: ContextVar[AttemptLimits | None] = ContextVar("current_limits", default=None)


def limits_here() -> AttemptLimits:
    """Return the time limits of the current request attempt; without one, infinite limits."""
    return current_limits.get() or AttemptLimits(math.inf, math.inf)

"""The time limits of one attempt, and a way to abort it from another thread."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from contextvars import ContextVar


class DeadlinePassed(TimeoutError):
    """Raised if the deadline of an attempt has passed."""


class AttemptAborted(ConnectionAbortedError):
    """Raised if another thread has aborted the attempt."""


class AttemptLimits(tuple[float, float]):
    """The timeouts (connect, read) of one attempt in seconds, with its deadline.

    It is a tuple because urllib3 and user code expect a pair of timeouts.

    :ivar float deadline: the monotonic time at which the attempt must have ended; ``inf`` for none.
    :ivar bool final: whether the deadline ends the whole call, so that no retry can follow.
    :ivar bool connection_reused: whether the connection had already served a request.
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

    # Compare by identity: two attempts with the same timeouts are not equal.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def remaining(self, timeout: float | None) -> float | None:
        """Return ``timeout``, or the time until the deadline if that is shorter.

        :raises DeadlinePassed: if the deadline has passed.
        :raises AttemptAborted: if the attempt was aborted.
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
        """End the attempt from another thread: its reads and writes fail at once."""
        self.aborted = True
        if self._socket is not None:
            shut_down(self._socket)


def shut_down(sock: socket.socket) -> None:
    """Shut down a socket, even under TLS, while another thread reads from it."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


#: The limits of the current attempt. urllib3 has no parameter through which to pass them.
current_limits: ContextVar[AttemptLimits | None] = ContextVar("current_limits", default=None)


def limits_here() -> AttemptLimits:
    """Return the limits of the current attempt; infinite limits outside of an attempt."""
    return current_limits.get() or AttemptLimits(math.inf, math.inf)

from __future__ import annotations

import json
import logging
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from swagger_client._flow.pacing import LocalPacer, Slot
from swagger_client._flow.retry import RateLimit
from swagger_client._security.file_lock import locked_file
from swagger_client._security.regular_file import check_content, read_head

T = TypeVar("T")

#: The longest wait for the file's lock, in seconds. A process holds it for about a millisecond.
_LONGEST_WAIT = 1.0
#: If the file stays locked: the share of the plan's rate that this process then uses, and the
#: number of seconds until it tries to lock the file again.
_SHARE_ALONE, _ALONE_FOR = 0.1, 2.0
_BEGINNING = b'{"monotonic"'
#: A larger file was not written by FilePacer.
_MAX_BYTES = 1024 * 1024
#: A stored monotonic time that is more seconds in the future is from before a restart.
_TOLERANCE = 60.0


class FilePacer:
    """Shares the permitted request rate of an account between processes of one machine.

    Assign it to ``configuration.pacer`` in each process, with the same path for the same account.

    If the file cannot be used, or has other content, each process paces its own requests and logs
    one warning.
    While another process keeps the file locked, this process uses a tenth of the plan's rate.

    :param path: a file through which the processes share their state; its folder must exist.
    :param plan: the account's plan, "pro" or "business", whose rate all processes together may use.
        With None, the rate is unlimited until Zoom responds with 429 to one of the processes.
    :raises ValueError: if the plan is unknown.
    """

    def __init__(self, path: str | os.PathLike[str], *, plan: str | None = None) -> None:
        self.path = Path(path)
        self._pacer = LocalPacer(plan)
        self._plan = plan
        self._start()

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._warned = False
        self._alone = LocalPacer(self._plan, share=_SHARE_ALONE)
        self._alone_until = 0.0
        self._written = 0.0

    def __getstate__(self) -> tuple[Path, str | None]:
        return self.path, self._plan

    def __setstate__(self, state: tuple[Path, str | None]) -> None:
        FilePacer.__init__(self, state[0], plan=state[1])

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free time slot; see :meth:`Pacer.reserve`."""
        return self._update(now, lambda pacer: pacer.reserve(label, now, longest), longest)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Check that the request may be sent in its time slot now; see :meth:`Pacer.confirm`."""
        return self._update(now, lambda pacer: pacer.confirm(label, slot, now, longest), longest)

    def release(self, label: str, slot: Slot) -> None:
        """Release a time slot that was reserved for a request that is not sent."""
        self._update(None, lambda pacer: pacer.release(label, slot))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the rate limit that forbids requests now, or None if they are permitted."""
        return self._update(now, lambda pacer: pacer.limit_in_force(label, now))

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Record a 429: no process sends requests with this rate limit label for ``wait`` s."""
        self._update(now, lambda pacer: pacer.report_limit(label, limit, now, wait))

    def report_success(self, label: str) -> None:
        """Record a successful request; if the request rate was lowered, raise it a little."""
        if self._pacer.is_slowed_down(label):
            self._update(None, lambda pacer: pacer.report_success(label))

    def _update(
        self, now: float | None, action: Callable[[LocalPacer], T], longest: float = math.inf
    ) -> T:
        """Lock the file (wait at most ``longest`` s), and change its state with ``action``."""
        if self._process != os.getpid():
            self._start()
        with self._lock:
            if monotonic() < self._alone_until:
                return action(self._alone)
            try:
                with locked_file(self.path, min(longest, _LONGEST_WAIT)) as file:
                    before = file.read(_MAX_BYTES)
                    check_content(self.path, before, _BEGINNING)
                    self._load(before, now)
                    result = action(self._pacer)
                    after = self._dump(now)
                    if after != before.rstrip():
                        file.seek(0)
                        # A single write, so that a killed process leaves no partial content.
                        file.write(after.ljust(len(before)))
                        file.flush()
                    return result
            except BlockingIOError as error:
                self._alone_until = monotonic() + _ALONE_FOR
                self._warn(error)
                return action(self._alone)
            except OSError as error:
                self._warn(error)
            return action(self._pacer)

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            logging.getLogger("swagger_client").warning(
                "FilePacer: this process paces its own requests, because %s cannot be used: %s",
                self.path, error,
            )  # fmt: skip

    def _load(self, content: bytes, now: float | None) -> None:
        try:
            state = json.loads(content)
            written = float(state["monotonic"])
            if now is None or now > written - _TOLERANCE:
                self._pacer.load(state["lanes"])
                self._written = written
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # the file is new or truncated, and is overwritten

    def _dump(self, now: float | None) -> bytes:
        if now is not None:
            self._written = now
        state = {"monotonic": self._written, "lanes": self._pacer.dump()}
        return json.dumps(state).encode()


def check_rate_file(path: Path) -> None:
    """Raise an OSError if a file has other content than that of a :class:`FilePacer`."""
    check_content(path, read_head(path), _BEGINNING)

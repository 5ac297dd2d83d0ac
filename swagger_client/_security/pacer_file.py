"""A file through which the processes of one machine share Zoom's rate limits."""

from __future__ import annotations

import json
import logging
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, TypeVar

from swagger_client._flow.pacing import LocalPacer, Slot
from swagger_client._flow.ratelimit import RateLimit
from swagger_client._security.file_lock import lock_file, unlock_file

T = TypeVar("T")

#: Seconds to wait for the file, which others lock for about a millisecond.
_LONGEST_WAIT = 1.0
_POLL = 0.002
#: While another process, which may be stopped, has it locked for longer: the share of the plan to
#: use, and after how many seconds to look again.
_SHARE_ALONE, _ALONE_FOR = 0.1, 2.0
#: A larger file is not one of ours.
_MAX_BYTES = 1024 * 1024
#: A stored time that is further ahead was written before the machine was started again.
_TOLERANCE = 60.0


class FilePacer:
    """Shares the requests that Zoom permits an account between the processes of one machine.

    Set the same path as ``configuration.pacer`` in each process, one path for each account. Without
    a plan, requests are unlimited until the first 429, which then slows down all processes. Where
    the file cannot be used, each process paces itself, at a tenth of the plan if another process
    does not unlock the file, and one warning is logged.

    :param path: the file; its folder must exist.
    :param plan: "pro" or "business" keeps all processes together within that plan's rate.
    :raises ValueError: for another plan.
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
        """Reserve the next free slot, see :class:`Pacer`."""
        return self._update(now, lambda pacer: pacer.reserve(label, now, longest), longest)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Confirm a slot after its wait, see :class:`Pacer`."""
        return self._update(now, lambda pacer: pacer.confirm(label, slot, now, longest), longest)

    def release(self, label: str, slot: Slot) -> None:
        """Give back a slot whose request is not sent."""
        self._update(None, lambda pacer: pacer.release(label, slot))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests at present."""
        return self._update(now, lambda pacer: pacer.limit_in_force(label, now))

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429; no process sends another request of this label for ``wait`` seconds."""
        self._update(now, lambda pacer: pacer.report_limit(label, limit, now, wait))

    def report_success(self, label: str) -> None:
        """Report a successful request: the next ones may follow a little faster."""
        if self._pacer.is_slowed_down(label):
            self._update(None, lambda pacer: pacer.report_success(label))

    def _update(
        self, now: float | None, action: Callable[[LocalPacer], T], longest: float = math.inf
    ) -> T:
        """Apply a change to the state in the file, under its lock.

        :param longest: seconds that the caller can wait.
        """
        if self._process != os.getpid():
            self._start()
        with self._lock:
            if monotonic() < self._alone_until:
                return action(self._alone)
            try:
                with self._locked(min(longest, _LONGEST_WAIT)) as file:
                    before = file.read(_MAX_BYTES)
                    self._load(before, now)
                    result = action(self._pacer)
                    after = self._dump(now)
                    if after != before.rstrip():
                        file.seek(0)
                        # One write, so that a process that is killed leaves no half of it.
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
                "FilePacer: this process paces its requests alone, because %s cannot be used: %s",
                self.path, error,
            )  # fmt: skip

    @contextmanager
    def _locked(self, longest: float) -> Iterator[IO[bytes]]:
        end = monotonic() + longest
        while True:
            try:
                file = lock_file(self.path)
                break
            except BlockingIOError:
                if monotonic() > end:
                    raise
                sleep(_POLL)
        try:
            yield file
        finally:
            unlock_file(file)

    def _load(self, content: bytes, now: float | None) -> None:
        try:
            state = json.loads(content)
            written = float(state["monotonic"])
            if now is None or now > written - _TOLERANCE:
                self._pacer.load(state["lanes"])
                self._written = written
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # a new file, or not one of ours: it is replaced

    def _dump(self, now: float | None) -> bytes:
        if now is not None:
            self._written = now
        state = {"monotonic": self._written, "lanes": self._pacer.dump()}
        return json.dumps(state).encode()

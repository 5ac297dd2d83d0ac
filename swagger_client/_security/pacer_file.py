"""A file through which the processes of one machine share Zoom's rate limits."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from swagger_client._flow.pacing import LocalPacer, Slot
from swagger_client._flow.ratelimit import RateLimit
from swagger_client._security.file_lock import lock_file, unlock_file

T = TypeVar("T")

#: Seconds to wait for the file, which others lock for about a millisecond.
_LONGEST_WAIT = 1.0
_POLL = 0.002
#: A larger file is not one of ours.
_MAX_BYTES = 1024 * 1024
#: A stored time that is further ahead was written before the machine was started again.
_TOLERANCE = 60.0


class FilePacer:
    """Shares the requests that Zoom permits an account between the processes of one machine.

    Set the same path as ``configuration.pacer`` in each process, one path for each account. Without
    a plan, requests are unlimited until the first 429, which then slows down all processes. Where
    the file cannot be used, each process paces itself, and one warning is logged.

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
        self._written = 0.0

    def __getstate__(self) -> tuple[Path, str | None]:
        return self.path, self._plan

    def __setstate__(self, state: tuple[Path, str | None]) -> None:
        FilePacer.__init__(self, state[0], plan=state[1])

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free slot, see :class:`Pacer`."""
        return self._update(now, lambda: self._pacer.reserve(label, now, longest))

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Confirm a slot after its wait, see :class:`Pacer`."""
        return self._update(now, lambda: self._pacer.confirm(label, slot, now, longest))

    def release(self, label: str, slot: Slot) -> None:
        """Give back a slot whose request is not sent."""
        self._update(None, lambda: self._pacer.release(label, slot))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests at present."""
        return self._update(now, lambda: self._pacer.limit_in_force(label, now))

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429; no process sends another request of this label for ``wait`` seconds."""
        self._update(now, lambda: self._pacer.report_limit(label, limit, now, wait))

    def report_success(self, label: str) -> None:
        """Report a successful request: the next ones may follow a little faster."""
        if self._pacer.is_slowed_down(label):
            self._update(None, lambda: self._pacer.report_success(label))

    def _update(self, now: float | None, action: Callable[[], T]) -> T:
        """Do something with the state of the file, and store what has changed."""
        if self._process != os.getpid():
            self._start()
        with self._lock:
            try:
                with self._locked() as file:
                    before = file.read(_MAX_BYTES)
                    self._load(before, now)
                    result = action()
                    after = self._dump(now)
                    if after != before:
                        file.seek(0)
                        file.write(after)
                        file.truncate()
                    return result
            except OSError as error:
                if not self._warned:
                    self._warned = True
                    logging.getLogger("swagger_client").warning(
                        "FilePacer: this process paces its requests alone, because %s cannot be "
                        "used: %s", self.path, error,
                    )  # fmt: skip
            return action()

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        end = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                file = lock_file(self.path)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise
                time.sleep(_POLL)
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

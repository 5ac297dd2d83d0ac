"""Standard output and error: that nobody reads them ends no command and hides no status."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast


class Outlet:
    """A standard stream that may be closed; once it has failed, what comes goes nowhere.

    :ivar failure: what it failed with, unless its reader had seen enough.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.failure: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self.stream is not None and self.stream.isatty()

    def write(self, text: str) -> int:
        """Write text, if it is of use."""
        if self.stream is not None:
            with self.sparing():
                self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is held back."""
        if self.stream is not None:
            with self.sparing():
                self.stream.flush()

    @contextlib.contextmanager
    def sparing(self) -> Iterator[None]:
        """End the block, and no more, when the stream fails."""
        try:
            yield
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.failure = error
            # What is held back must go somewhere too, at the process's end at the latest.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self.stream).fileno())
            os.close(nowhere)


@contextlib.contextmanager
def outlets() -> Iterator[Outlet]:
    """Standard output as an outlet, and standard error as another one."""
    output, errors = Outlet(sys.stdout), Outlet(sys.stderr)
    with (
        contextlib.redirect_stdout(cast(TextIO, output)),
        contextlib.redirect_stderr(cast(TextIO, errors)),
    ):
        try:
            yield output
        finally:
            output.flush()
            errors.flush()


@contextlib.contextmanager
def exported(encoding: str) -> Iterator[TextIO]:
    """Standard output for a file's content; the block ends when nobody reads on.

    :raises ValueError: when it is closed.
    """
    outlet = cast(Outlet, sys.stdout)
    if outlet.stream is None:
        raise ValueError("Standard output is closed: name a file with --output.")
    if isinstance(outlet.stream, io.TextIOWrapper):
        outlet.stream.reconfigure(encoding=encoding, newline="")
    with outlet.sparing():
        yield outlet.stream
        outlet.stream.flush()

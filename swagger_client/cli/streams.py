"""Let a command continue when standard output or standard error is closed."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast


class GuardedStream:
    """A standard stream whose methods raise no OSError: after the first error, output is discarded.

    :ivar OSError | None failure: the first error; None if there was none. A broken pipe is not
        stored here, because the program that reads the output has chosen to end.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.failure: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def isatty(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def write(self, text: str) -> int:
        if self.stream is not None:
            with self.guarding():
                self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self.stream is not None:
            with self.guarding():
                self.stream.flush()

    @contextlib.contextmanager
    def guarding(self) -> Iterator[None]:
        """Suppress errors of the stream in the ``with`` block, and store them in ``failure``."""
        try:
            yield
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.failure = error
            # Python flushes the stream at exit. Redirect it, so that this does not fail again.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self.stream).fileno())
            os.close(nowhere)


@contextlib.contextmanager
def guarded_streams() -> Iterator[GuardedStream]:
    """Suppress write errors of standard output and error in the ``with`` block; yield output."""
    output, errors = GuardedStream(sys.stdout), GuardedStream(sys.stderr)
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
def output_for_file(encoding: str) -> Iterator[TextIO]:
    """Yield standard output in an encoding. A write error ends the block without exception."""
    guarded = cast(GuardedStream, sys.stdout)
    if guarded.stream is None:
        raise ValueError("Standard output is closed. Name a file with --output.")
    if isinstance(guarded.stream, io.TextIOWrapper):
        guarded.stream.reconfigure(encoding=encoding, newline="")
    with guarded.guarding():
        yield guarded.stream
        guarded.stream.flush()

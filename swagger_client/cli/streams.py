"""Standard output and error streams whose failure does not end a command.

Nobody reading them must neither stop a run nor hide its exit status.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast


class GuardedStream:
    """A standard stream that may be closed. After it has failed, output is discarded.

    :ivar OSError | None failure: why it failed; None while it works, and after a broken pipe, whose
        reader wants no more.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.failure: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.stream is not None and self.stream.isatty()

    def write(self, text: str) -> int:
        """Write text; discard it after a failure."""
        if self.stream is not None:
            with self.guarding():
                self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the buffer."""
        if self.stream is not None:
            with self.guarding():
                self.stream.flush()

    @contextlib.contextmanager
    def guarding(self) -> Iterator[None]:
        """Suppress errors of the stream in the block, and record them."""
        try:
            yield
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.failure = error
            # Python flushes its buffer at exit: that must not fail too.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self.stream).fileno())
            os.close(nowhere)


@contextlib.contextmanager
def guarded_streams() -> Iterator[GuardedStream]:
    """Guard standard output and standard error in the block."""
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
    """Yield standard output for a file's content; a broken pipe ends the block.

    :param encoding: the encoding of the file.
    :raises ValueError: when standard output is closed.
    """
    guarded = cast(GuardedStream, sys.stdout)
    if guarded.stream is None:
        raise ValueError("Standard output is closed: name a file with --output.")
    if isinstance(guarded.stream, io.TextIOWrapper):
        guarded.stream.reconfigure(encoding=encoding, newline="")
    with guarded.guarding():
        yield guarded.stream
        guarded.stream.flush()

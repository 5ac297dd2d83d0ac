"""A response of http.client that is read within the limits of its attempt.

A read timeout of urllib3 starts again with every byte, so a server that sends one byte at a time
could hold a caller for ever. Here each read gets only the time that the attempt has left.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import ssl
from typing import TYPE_CHECKING

from urllib3.util.response import assert_header_parsing

from swagger_client._wire.deadline import AttemptAborted, AttemptLimits, limits_here, shut_down

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: The greatest number of lines before the body, interim responses (1xx) included.
_MAX_HEAD_LINES = 2_000


class TruncatedResponse(ConnectionResetError):
    """The server closed the connection before the response was complete."""


class DeadlineResponse(http.client.HTTPResponse):
    """A response that is read within the limits of the current attempt."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        reader = _DeadlineReader(sock, limits_here())
        super().__init__(reader, debuglevel, method)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Read the status line and the headers of the final response.

        http.client skips 100 only. After another interim response (103, say) it would return that,
        and read the final response as the one to the next request.

        :raises HTTPException: when the framing of the body is not clear.
        """
        stream: _LineReader = self.fp  # type: ignore[assignment]
        stream.lines_left = _MAX_HEAD_LINES
        super().begin()
        while self.status < 200:
            if self.status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException(
                    "the server sent 101 Switching Protocols, which was not requested"
                )
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        stream.lines_left = math.inf
        self._check_framing()

    def _check_framing(self) -> None:
        """Reject ambiguous body framing, which http.client would misread."""
        # urllib3 only logs what could not be parsed, although a length may be among it.
        assert_header_parsing(self.headers)
        coding = self.headers.get("transfer-encoding", "")
        if coding.strip().lower() == "chunked" and not self.chunked:  # blanks follow it
            self.chunked, self.chunk_left, self.length = True, None, None
        length = self.headers.get("content-length")
        if length and not self.chunked and not length.strip().isdecimal():
            raise http.client.HTTPException("the length of the response is not a number")


class _DeadlineReader(io.RawIOBase):
    """Reads a socket, each time for at most the time that the attempt has left."""

    def __init__(self, sock: socket.socket, limits: AttemptLimits) -> None:
        limits.watch(sock)
        self._sock = sock
        # Keeps the socket open until this is closed, even when the connection is closed earlier.
        self._held = sock.makefile("rb", buffering=0)
        self._read_timeout = self._timeout = sock.gettimeout()
        self._limits = limits
        self.finished = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a readable stream, as http.client expects of a socket."""
        return _LineReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        if self.finished:
            return None
        limits = self._limits
        timeout = limits.remaining(self._read_timeout)
        if timeout != self._timeout:
            self._sock.settimeout(timeout)
            self._timeout = timeout
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            limits.remaining(None)
            raise
        if count:
            limits.response_started = True
        elif limits.aborted:
            raise AttemptAborted("the call was cancelled")
        return count

    def has_decrypted_bytes(self) -> bool:
        """Return whether the TLS layer holds unread bytes."""
        return isinstance(self._sock, ssl.SSLSocket) and bool(self._sock.pending())

    def drop_connection(self) -> None:
        """Shut the connection down, so that the pool does not use it again."""
        shut_down(self._sock)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()


class _LineReader(io.BufferedReader):
    """Returns complete lines only, and keeps surplus bytes from the next response.

    http.client takes a line that EOF cut for a complete one: "0" of a chunk's length "0a00" would
    be the end of the body.
    """

    raw: _DeadlineReader
    lines_left = math.inf

    def readline(self, size: int | None = -1) -> bytes:
        self.lines_left -= 1
        if self.lines_left < 0:
            raise http.client.HTTPException("too many headers or interim responses (1xx)")
        line = super().readline(size)
        if line[-1:] != b"\n" and len(line) != size:
            raise TruncatedResponse("the server closed the connection during its response")
        return line

    def close(self) -> None:
        """Close the stream. When bytes follow the response, the connection is not used again."""
        if not self.closed:
            reader = self.raw
            reader.finished = True
            if self.peek(1) or reader.has_decrypted_bytes():
                reader.drop_connection()
        super().close()

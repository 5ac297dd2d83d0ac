"""Read HTTP responses within the time limits of the request attempt.

urllib3's read timeout begins again whenever data arrives. So a server that sends one byte at a time
could block a caller forever. Here each read may take only the time that the attempt has left.
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

#: The largest accepted size in bytes of everything before the body, with responses 1xx.
_MAX_HEAD = 128 * 1024


class TruncatedResponse(ConnectionResetError):
    """The server closed the connection before the response was complete."""


class DeadlineResponse(http.client.HTTPResponse):
    """An HTTP response that is read within the time limits of the current request attempt."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        self._reader = _DeadlineReader(sock, limits_here())
        super().__init__(self._reader, debuglevel, method)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Read the status line and the headers of the final response.

        Interim responses (status 1xx) are skipped. The inherited method skips only status 100. It
        would take a 103 for the final response, and the real one for that to the next request.

        :raises HTTPException: if the headers do not clearly say how long the body is.
        """
        super().begin()
        while self.status < 200:
            if self.status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException(
                    "the server sent 101 Switching Protocols, but no upgrade was requested"
                )
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._check_framing()
        self._reader.head_left = math.inf
        self._reader.reads_lines = self.chunked

    def _check_framing(self) -> None:
        """Raise an exception if the headers do not clearly say how long the body is."""
        if self.headers.defects:
            # urllib3 only logs headers that cannot be parsed. One of them may be Content-Length.
            assert_header_parsing(self.headers)
        if self.chunked:
            return
        coding = self.headers.get("transfer-encoding", "")
        length = self.headers.get("content-length")
        if coding.strip().lower() == "chunked":  # http.client does not strip spaces
            self.chunked, self.chunk_left, self.length = True, None, None
        elif length and not length.strip().isdecimal():
            raise http.client.HTTPException("the Content-Length of the response is not a number")


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket. Each read may take only the time that the request attempt has left."""

    head_left: float = _MAX_HEAD
    reads_lines = True
    finished = False

    def __init__(self, sock: socket.socket, limits: AttemptLimits) -> None:
        limits.watch(sock)
        self._sock = sock
        # This keeps the socket open even if the connection is closed before the body is read.
        self._held = sock.makefile("rb", buffering=0)
        self._read_timeout = self._timeout = sock.gettimeout()
        self._limits = limits

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a buffered stream. http.client expects a socket, and calls this method."""
        return _ResponseStream(self)

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
            self.head_left -= count
            if self.head_left < 0:
                raise http.client.HTTPException(
                    "the response has too many headers or interim responses"
                )
        elif limits.aborted:
            raise AttemptAborted("the call was cancelled")
        elif self.reads_lines:
            raise TruncatedResponse("the server closed the connection during the response")
        return count

    def has_decrypted_bytes(self) -> bool:
        """Return whether TLS has decrypted bytes that were not read yet."""
        return isinstance(self._sock, ssl.SSLSocket) and bool(self._sock.pending())

    def drop_connection(self) -> None:
        """Shut the connection down, so that the pool does not use it again."""
        shut_down(self._sock)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()


class _ResponseStream(io.BufferedReader):
    """A buffered stream that closes the connection if more bytes follow the response.

    Otherwise these bytes would be read as the beginning of the connection's next response.
    """

    raw: _DeadlineReader

    def close(self) -> None:
        if not self.closed:
            reader = self.raw
            reader.finished = True
            if self.peek(1) or reader.has_decrypted_bytes():
                reader.drop_connection()
        super().close()

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

#: The largest head of a response, interim responses (1xx) included, in bytes.
_MAX_HEAD = 128 * 1024


class TruncatedResponse(ConnectionResetError):
    """The server closed the connection before the response was complete."""


class DeadlineResponse(http.client.HTTPResponse):
    """A response that is read within the limits of the current attempt."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        self._reader = _DeadlineReader(sock, limits_here())
        super().__init__(self._reader, debuglevel, method)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Read the status line and the headers of the final response.

        http.client skips 100 only. After another interim response (103, say) it would return that,
        and read the final response as the one to the next request.

        :raises HTTPException: when the framing of the body is not clear.
        """
        super().begin()
        while self.status < 200:
            if self.status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException(
                    "the server sent 101 Switching Protocols, which was not requested"
                )
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._check_framing()
        self._reader.head_left = math.inf
        self._reader.reads_lines = self.chunked

    def _check_framing(self) -> None:
        """Reject ambiguous body framing, which http.client would misread."""
        if self.headers.defects:
            # urllib3 only logs what could not be parsed, although a length may be among it.
            assert_header_parsing(self.headers)
        if self.chunked:
            return
        coding = self.headers.get("transfer-encoding", "")
        length = self.headers.get("content-length")
        if coding.strip().lower() == "chunked":  # blanks follow it
            self.chunked, self.chunk_left, self.length = True, None, None
        elif length and not length.strip().isdecimal():
            raise http.client.HTTPException("the length of the response is not a number")


class _DeadlineReader(io.RawIOBase):
    """Reads a socket, each time for at most the time that the attempt has left.

    EOF is an error while lines are read: http.client takes a line that EOF cut for a complete one,
    and "0" of a chunk's length "0a00" would be the end of the body.

    :ivar head_left: bytes of the head that may still arrive; infinite after it.
    :ivar reads_lines: whether lines are read: those of the head, or of a chunked body.
    """

    head_left: float = _MAX_HEAD
    reads_lines = True
    finished = False

    def __init__(self, sock: socket.socket, limits: AttemptLimits) -> None:
        limits.watch(sock)
        self._sock = sock
        # Keeps the socket open until this is closed, even when the connection is closed earlier.
        self._held = sock.makefile("rb", buffering=0)
        self._read_timeout = self._timeout = sock.gettimeout()
        self._limits = limits

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a readable stream, as http.client expects of a socket."""
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
                raise http.client.HTTPException("too many headers or interim responses (1xx)")
        elif limits.aborted:
            raise AttemptAborted("the call was cancelled")
        elif self.reads_lines:
            raise TruncatedResponse("the server closed the connection during its response")
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


class _ResponseStream(io.BufferedReader):
    """Keeps bytes that follow a response from the next one."""

    raw: _DeadlineReader

    def close(self) -> None:
        """Close the stream. When bytes follow the response, the connection is not used again."""
        if not self.closed:
            reader = self.raw
            reader.finished = True
            if self.peek(1) or reader.has_decrypted_bytes():
                reader.drop_connection()
        super().close()

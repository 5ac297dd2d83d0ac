"""A keep-alive HTTP server with fixed responses, in another process than the clients.

Each response is built before the first request. The server reads a request up to the empty line,
finds the longest route at the start of the path, and sends the route's bytes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

#: The headers of each response, as the sandbox sends them.
_HEAD = (
    "HTTP/1.1 200 OK\r\n"
    "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
    "x-zm-trackingid: v=2.0;clid=us02;rid=WEB_f1a4ab9f8a4d4a0ca2a4f9b4b35cda79\r\n"
    "Content-Type: application/json;charset=UTF-8\r\n"
    "Content-Length: {length}\r\n"
    "Connection: keep-alive\r\n"
    "\r\n"
)


class _Canned(asyncio.Protocol):
    """One connection: sends a fixed response for each path."""

    def __init__(self, responses: dict[bytes, bytes]) -> None:
        self._responses = responses
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            head, _, self._pending = self._pending.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            route = max(filter(path.startswith, self._responses), key=len)
            self._transport.write(self._responses[route])


async def _serve(folder: Path) -> None:
    responses = {}
    for file in folder.iterdir():
        body = file.read_bytes()
        head = _HEAD.format(length=len(body)).encode("ascii")
        responses[b"/" + file.stem.encode("ascii")] = head + body
    server = await asyncio.get_running_loop().create_server(
        lambda: _Canned(responses), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def canned_server(folder: Path) -> Iterator[str]:
    """Serve each file of ``folder`` under the path of its stem; yield the base URL."""
    with Popen([sys.executable, __file__, str(folder)], stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))

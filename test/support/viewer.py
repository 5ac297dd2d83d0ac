"""Run `zoom-sms browse` for tests, and send requests to it."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent


class Response(NamedTuple):
    """A response of the viewer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, without styles and scripts."""
        return re.sub(r"<(style|script)>.*?</\1>", "", self.body.decode(), flags=re.DOTALL)


class Viewer:
    """The viewer in another process.

    :ivar str address: the printed URL with the one-time token.
    """

    def __init__(self, database: Path, *options: str) -> None:
        arguments = ["browse", "--no-open", "--database", str(database), *options]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "swagger_client", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
        assert found is not None, line
        self.address = found[0]
        self._cookie = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)

    @property
    def port(self) -> int:
        """The port of the viewer."""
        return urlsplit(self.address).port or 0

    def send(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Response:
        """Send a request unchanged."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())
        finally:
            connection.close()

    @property
    def cookie(self) -> str:
        """The cookie that the one-time token was exchanged for."""
        if not self._cookie:
            target = urlsplit(self.address)
            response = self.send(f"{target.path}?{target.query}")
            assert response.status == 303
            self._cookie = response.headers["set-cookie"].partition(";")[0]
        return self._cookie

    def get(self, path: str, **headers: str) -> Response:
        """Request a page with the cookie."""
        return self.send(path, headers={"Cookie": self.cookie, **headers})

    def end(self) -> tuple[int, str]:
        """Interrupt the viewer; return its exit status and its standard error."""
        self._process.terminate()
        _, errors = self._process.communicate(timeout=20)
        return self._process.returncode, errors

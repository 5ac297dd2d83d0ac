"""Run the recipes of docs/WEBHOOKS.md in their servers."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import urllib3
from support.ports import free_port

from swagger_client.webhooks import Webhook
from webhooks.sample_events import SECRET

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "WEBHOOKS.md"

#: How each recipe is started; its own first line says the same.
COMMANDS = {
    "wsgiref_app": "python wsgiref_app.py {port}",
    "uvicorn_app": "python -m uvicorn uvicorn_app:app --port {port}",
    "fastapi_app": "python -m uvicorn fastapi_app:app --port {port}",
    "starlette_app": "python -m uvicorn starlette_app:app --port {port}",
    "flask_app": "python -m flask --app flask_app run --port {port}",
    "django_app": "python -m gunicorn django_app:application --bind 127.0.0.1:{port}",
}
#: The path that a recipe serves; others serve any.
PATHS: dict[str, str] = dict.fromkeys(
    ("fastapi_app", "starlette_app", "flask_app", "django_app"), "/zoom"
)


def recipe(name: str) -> str:
    """Return the code of a recipe."""
    blocks = re.findall(r"^```py\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    (code,) = (block for block in blocks if block.startswith(f"# {name}.py"))
    return str(code)


class Running:
    """A recipe that is being served.

    :ivar url: the URL that receives events
    """

    def __init__(self, url: str, output: Path) -> None:
        self.url = url
        self._output = output
        self._http = urllib3.PoolManager(retries=False, timeout=10)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """Post a body, signed unless headers are given."""
        signed = Webhook(SECRET).sign(body) if headers is None else headers
        given = {"Content-Type": "application/json; charset=utf-8", **signed}
        return self._http.request("POST", self.url, body=body, headers=given)

    def get(self) -> urllib3.BaseHTTPResponse:
        return self._http.request("GET", self.url)

    def printed(self) -> str:
        """Return the output of the program."""
        return self._output.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def served(name: str, folder: Path) -> Iterator[Running]:
    """Start a recipe in its server; stop it at the end."""
    (folder / f"{name}.py").write_text(recipe(name), encoding="utf-8")
    port = free_port()
    command = COMMANDS[name].format(port=port).split()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZOOM_WEBHOOK_SECRET": SECRET}
    output = folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command[1:]],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for_port(port, process, output)
        yield Running(f"http://127.0.0.1:{port}{PATHS.get(name, '/')}", output)
    finally:
        process.terminate()
        process.wait(10)


def wait_for_port(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, output.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
        time.sleep(0.02)

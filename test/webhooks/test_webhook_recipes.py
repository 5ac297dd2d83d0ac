"""The recipes of the documentation work in their real servers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from swagger_client.webhooks import Webhook
from webhooks.recipes import COMMANDS, ROOT, Running, recipe, served
from webhooks.sample_events import SECRET, body, event, url_validation

SENT = body(event("phone.sms_received"))
KEY = Webhook(SECRET).parse(SENT).key


def check(running: Running) -> None:
    """Check a recipe in its server."""
    validation = running.post(body(url_validation()))
    assert validation.status == 200
    assert validation.headers["content-type"] == "application/json"
    assert validation.json()["encryptedToken"].startswith("9f2c1339")
    assert [running.post(SENT).status for _ in range(3)] == [204] * 3
    assert running.printed().count(KEY) == 1
    assert running.post(SENT, {}).status == 401
    assert running.post(SENT + b" ", Webhook(SECRET).sign(SENT)).status == 401
    assert running.get().status == 405
    assert running.post(b"not an event").status == 400
    assert running.post(b"x" * 2_000_000).status == 400  # read whole, verified, not an event
    assert running.printed().count(KEY) == 1


@pytest.mark.parametrize("name", ["wsgiref_app", "uvicorn_app"])
def test_a_recipe_works_in_its_server(name: str, tmp_path: Path) -> None:
    with served(name, tmp_path) as running:
        check(running)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"wsgiref_app", "uvicorn_app"}))
@pytest.mark.extended
def test_a_recipe_works_in_its_framework(name: str, tmp_path: Path) -> None:
    with served(name, tmp_path) as running:
        check(running)


@pytest.mark.parametrize("name", ["wsgiref_app", "uvicorn_app"])
def test_a_body_that_is_too_large_is_rejected_unread(name: str, tmp_path: Path) -> None:
    with served(name, tmp_path) as running:
        headers = {"Content-Length": str(5 * 1024 * 1024)}
        assert running.post(b"", headers).status == 413


class LambdaRuntime:
    """The runtime API of AWS Lambda, which passes events to the interface client."""

    def __init__(self) -> None:
        self.events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.results: SimpleQueue[dict[str, Any]] = SimpleQueue()
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                content = json.dumps(runtime.events.get()).encode()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request-1")
                self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:test")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                runtime.results.put(json.loads(self.rfile.read(length)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.put(event)
        return self.results.get(timeout=30)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def function_url_event(content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return a request in the form of a function URL and an HTTP API."""
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": headers,
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "body": content.decode(),
        "isBase64Encoded": False,
    }


def rest_api_event(content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return a request in the form of a REST API, with its body in base64."""
    import base64

    return {
        "httpMethod": "POST",
        "path": "/",
        "headers": {name.title(): value for name, value in headers.items()},
        "multiValueHeaders": {name.title(): [value] for name, value in headers.items()},
        "requestContext": {"httpMethod": "POST"},
        "body": base64.b64encode(content).decode(),
        "isBase64Encoded": True,
    }


@pytest.mark.extended
def test_the_lambda_recipe_works_in_the_runtime_interface_client(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    (tmp_path / "lambda_app.py").write_text(recipe("lambda_app"), encoding="utf-8")
    runtime = LambdaRuntime()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
        "AWS_LAMBDA_RUNTIME_API": runtime.address,
        "ZOOM_WEBHOOK_SECRET": SECRET,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "lambda_app.handler"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        webhook = Webhook(SECRET)
        for make in (function_url_event, rest_api_event):
            content = body(url_validation())
            reply = runtime.invoke(make(content, webhook.sign(content)))
            assert reply["statusCode"] == 200
            assert json.loads(reply["body"])["plainToken"] == "qgg8vlvZRS6UYooatFL8Aw"
            assert runtime.invoke(make(SENT, webhook.sign(SENT)))["statusCode"] == 204
            assert runtime.invoke(make(SENT, webhook.sign(b"")))["statusCode"] == 401
    finally:
        process.kill()
        output, _ = process.communicate(timeout=10)
        runtime.stop()
    assert output.decode().count(KEY) == 1


def test_lambda_events_of_every_kind_are_read() -> None:
    from swagger_client.webhooks import Receiver

    handled: list[object] = []
    handler = Receiver(Webhook(SECRET), handled.append).aws_lambda
    signed = Webhook(SECRET).sign(SENT)
    assert handler(function_url_event(SENT, signed))["statusCode"] == 204
    assert handler(rest_api_event(SENT, signed))["statusCode"] == 204
    assert len(handled) == 1
    broken = {**rest_api_event(SENT, signed), "body": "%"}
    assert handler(broken)["statusCode"] == 400
    get = function_url_event(b"", {})
    get["requestContext"]["http"]["method"] = "GET"
    assert handler(get)["statusCode"] == 405
    assert handler({**function_url_event(b"", signed), "body": None})["statusCode"] == 401
    assert handler({})["statusCode"] == 405

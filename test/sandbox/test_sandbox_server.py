"""The server: HTTP/1.1, without delays, and closed when stopped."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from support.sandbox_caller import Caller, frozen
from support.webhook_receiver import receiving

import swagger_client.sandbox
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.sandbox import Sandbox

LIST = "/phone/sms/sessions"
ROOT = Path(swagger_client.sandbox.__file__).parents[2]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def raw(zoom: Sandbox, sent: bytes) -> bytes:
    address = (zoom.origin.split("/")[2].split(":")[0], int(zoom.origin.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_constructing_a_sandbox_opens_no_port() -> None:
    zoom = Sandbox(port=1)  # a privileged port
    with pytest.raises(RuntimeError):
        _ = zoom.host
    assert zoom.users()


def test_the_addresses_are_loopback() -> None:
    with frozen() as zoom:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v2", zoom.host)
        assert zoom.token_url == zoom.host.replace("/v2", "/oauth/token")


def test_a_connection_serves_several_requests(zoom: Sandbox) -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", int(zoom.origin.rsplit(":", 1)[1]), maxsize=1)
    for _ in range(5):
        headers = {"Authorization": f"Bearer {zoom.access_token}"}
        assert pool.request("GET", "/v2" + LIST, headers=headers).status == 200
    assert pool.num_connections == 1


def test_responses_do_not_wait_for_delayed_acknowledgements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nagle's algorithm and delayed acknowledgements would cost 40 ms each.
    accept, accepted, settings = socket.socket.accept, list[socket.socket](), list[int]()

    def noting(listening: socket.socket) -> tuple[socket.socket, object]:
        connection, address = accept(listening)
        accepted.append(connection)
        return connection, address

    monkeypatch.setattr(socket.socket, "accept", noting)
    with frozen() as zoom:

        @zoom.on_request
        def look(_: object) -> None:
            settings.append(accepted[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        raw(zoom, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert settings
    assert settings[0]


def test_long_responses_are_gzipped_for_clients_that_accept_it(caller: Caller) -> None:
    zoom = caller.zoom
    url = f"{zoom.host}{LIST}?session_type=all"
    bearer = {"Authorization": f"Bearer {zoom.access_token}"}
    plain = caller.http.request("GET", url, headers=bearer)
    packed = caller.http.request(
        "GET", url, headers={**bearer, "Accept-Encoding": "gzip"}, decode_content=False
    )
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(packed.data)
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"])
def test_endpoints_accept_get_only(zoom: Sandbox, caller: Caller, method: str) -> None:
    headers = {"Authorization": f"Bearer {zoom.access_token}"}
    response = caller.http.request(method, zoom.host + LIST, headers=headers, body=b"{}")
    assert response.status == 405
    assert response.headers["allow"] == "GET"
    assert caller.get(LIST).status == 200


def test_the_token_endpoint_accepts_post_only(zoom: Sandbox, caller: Caller) -> None:
    response = caller.http.request("GET", zoom.token_url)
    assert (response.status, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path",
    ["/", "/v2", "/v2/", "/v1/phone/sms/sessions", "/v2/phone/sms", "/v2//phone/sms/sessions"],
)
def test_unknown_paths_are_not_found(zoom: Sandbox, caller: Caller, path: str) -> None:
    response = caller.http.request("GET", zoom.origin + path)
    assert response.status == 404
    assert response.json()["code"] == 404


def test_an_encoded_slash_stays_in_its_segment(zoom: Sandbox, caller: Caller) -> None:
    for segment in ("..%2F..%2Fusers", "a%2Fb", "%3F", "%23", "100%25"):
        assert caller.error(f"/phone/sms/sessions/{segment}") == (404, 7013)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",
    ],
)
def test_malformed_http_is_rejected(zoom: Sandbox, sent: bytes) -> None:
    try:
        received = raw(zoom, sent)
    except ConnectionResetError:  # the server may close before it has read everything
        return
    assert received.startswith(b"HTTP/1.1 400 ")


def test_a_chunked_body_is_read(zoom: Sandbox) -> None:
    connection = http.client.HTTPConnection(zoom.origin.split("/")[2])
    parts = iter([b"grant_type=", b"password"])
    connection.request("POST", "/oauth/token", body=parts, encode_chunked=True)
    assert connection.getresponse().status == 400
    connection.close()


def test_pipelined_requests_are_served_in_order(zoom: Sandbox) -> None:
    one = b"GET /v2/one HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /v2/two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(zoom, one + one + last).count(b"HTTP/1.1 404") == 3
    assert [r.path for r in zoom.requests] == ["/v2/one", "/v2/one", "/v2/two"]


def test_stopping_closes_the_port_and_keeps_the_account() -> None:
    with frozen() as zoom:
        caller, host = Caller(zoom), zoom.host
        caller.json(LIST)
        held = zoom.messages()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        urllib3.request("GET", host, retries=False)
    assert zoom.messages() == held
    with zoom:
        assert zoom.host == host
        caller.json(LIST)


def test_stopping_ends_hanging_responses() -> None:
    zoom = frozen().start()
    zoom.fault(hang=True)
    with socket.create_connection(("127.0.0.1", int(zoom.origin.rsplit(":", 1)[1]))) as waiting:
        waiting.sendall(b"GET /v2 HTTP/1.1\r\n\r\n")
        while not zoom.requests:
            time.sleep(0.001)
        zoom.stop()
        waiting.settimeout(5)
        assert waiting.recv(100) == b""
    zoom.stop()


@contextlib.contextmanager
def command(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield the process and its output once it serves."""
    program = [sys.executable, "-m", "swagger_client.sandbox", "--port", "0", "--seed", "5"]
    process = subprocess.Popen(
        [*program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        output = ""
        while "Ctrl-C" not in output:
            line = process.stdout.readline()
            assert line, process.communicate()
            output += line
        yield process, output
    finally:
        process.kill()
        process.communicate(timeout=10)


def value(name: str, output: str) -> str:
    found = re.search(rf"^export {name}=(\S+)$", output, re.MULTILINE)
    assert found
    return found[1]


def test_the_command_prints_lines_for_a_shell() -> None:
    with command() as (_, output):
        done = subprocess.run(
            ["sh", "-e", "-u", "-c", output.replace("curl ", "true ") + "\nenv"],
            capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        names = dict(line.split("=", 1) for line in done.stdout.splitlines())
        configuration = Configuration.from_env(names)
        with ApiClient(configuration) as client:
            assert SMSApi(client).account_sms_session(page_size=1).sms_sessions
        secret = Sandbox(seed=5).webhook_secret
        assert names["ZOOM_WEBHOOK_SECRET"] == secret


def test_the_command_serves_until_interrupted() -> None:
    with command() as (process, output):
        response = urllib3.request(
            "GET",
            value("ZOOM_API_HOST", output) + LIST,
            headers={"Authorization": f"Bearer {value('ZOOM_ACCESS_TOKEN', output)}"},
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert response.status == 200
        assert (process.returncode, errors) == (0, "")


def test_the_command_sends_an_event_for_each_added_message() -> None:
    secret = Sandbox(seed=5).webhook_secret
    arrived = threading.Event()
    with receiving(secret) as receiver:
        receiver.respond = lambda event: arrived.set() or 204  # type: ignore[func-returns-value]
        options = ("--webhook", receiver.url, "--message-every", "0.01")
        with command(*options) as (_, output):
            assert value("ZOOM_WEBHOOK_SECRET", output) == secret
            assert arrived.wait(10)


def test_the_command_reports_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    from swagger_client.sandbox.__main__ import main

    with frozen() as zoom:
        port = zoom.origin.rsplit(":", 1)[1]
        assert main(["--port", port]) == 1
    assert port in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_the_command_rejects_an_interval_that_is_not_above_0(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from swagger_client.sandbox.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(["--message-every", seconds])
    assert ended.value.code == 2
    assert "--message-every" in capsys.readouterr().err


def test_an_unencoded_url_in_a_query_does_not_change_the_path(zoom: Sandbox) -> None:
    target = f"/oauth/authorize?client_id={zoom.client_id}&redirect_uri=https://app.example/back"
    for form in (target, zoom.origin + target):
        sent = f"GET {form} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        received = raw(zoom, sent.encode())
        assert received.startswith(b"HTTP/1.1 302 ")
        assert b"Location: https://app.example/back?code=" in received

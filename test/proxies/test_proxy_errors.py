"""Errors of a proxy name the proxy and say what to do."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clocks import JumpingClock
from support.company import PASSWORD
from support.faces import configured
from support.proxies import Proxy
from support.wire import Say, Wire, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.cli.problems import problem_of_request
from swagger_client.exceptions import ProxyException, TransportException
from swagger_client.models import SmsAttachment

URL = "https://files.zoom.test/file?jwt=x"
Call = Callable[[Configuration], object]


def client_of(configuration: Configuration) -> ApiClient:
    configuration.retries = 1
    return ApiClient(configuration, clock=JumpingClock())


def call(configuration: Configuration) -> object:
    configuration.credentials, configuration.access_token = None, "a-token"
    return SMSApi(client_of(configuration)).account_sms_session()


def fetch_a_token(configuration: Configuration) -> object:
    return SMSApi(client_of(configuration)).account_sms_session()


def download(configuration: Configuration) -> object:
    attachment = SmsAttachment.from_dict({"id": "a", "download_url": URL})
    return SMSApi(client_of(configuration)).download_attachment(attachment, io.BytesIO())


CALLS = [call, fetch_a_token, download]


def failure(work: Call, configuration: Configuration) -> ProxyException:
    with pytest.raises(ProxyException) as caught:
        work(configuration)
    assert "Zoom's support" not in str(caught.value)
    assert "Zoom Phone" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("status", [401, 407])
@pytest.mark.parametrize("work", CALLS)
def test_missing_credentials_are_named(
    company: dict[str, str], proxy: Proxy, work: Call, status: int
) -> None:
    proxy.script = [Say(reply(b"", status))] * 9
    configuration = Configuration.from_env()
    configuration.proxy = f"http://127.0.0.1:{proxy.port}"
    error = failure(work, configuration)
    assert f"the proxy 127.0.0.1:{proxy.port} requires a user and password" in str(error)
    assert "none are set" in str(error)
    assert "user:password@" in str(error)
    assert error.proxy_status == status
    assert error.status is None
    assert len(proxy.requests) == 1, "a retry cannot help"


@pytest.mark.parametrize("status", [401, 407])
@pytest.mark.parametrize("work", CALLS)
def test_rejected_credentials_are_named(
    company: dict[str, str], proxy: Proxy, work: Call, status: int
) -> None:
    proxy.script = [Say(reply(b"", status))] * 9
    error = failure(work, Configuration.from_env())
    assert f"rejected the user and password ({status})" in str(error)
    assert "percent-encoded" in error.next_step


@pytest.mark.parametrize("work", CALLS)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 451, 500, 502, 503, 504])
def test_a_proxy_that_opens_no_tunnel_is_named(
    company: dict[str, str], proxy: Proxy, work: Call, status: int
) -> None:
    page = f"<html>Blocked by company policy {PASSWORD}</html>"
    proxy.script = [Say(reply(page, status, reason=PASSWORD), then="close")] * 9
    error = failure(work, Configuration.from_env())
    assert error.proxy_status == status
    assert f"127.0.0.1:{proxy.port}" in str(error)
    assert str(status) in str(error)
    assert error.transient == (status >= 500)
    assert len(proxy.requests) == (2 if status >= 500 else 1)
    assert ("administrator" in error.next_step) == (status < 500)


@pytest.mark.parametrize("work", CALLS)
@pytest.mark.parametrize(
    "said", [Say(b"nonsense\r\n", then="close"), Say(then="close"), Say(then="reset"),
             Say(b"HTTP/1.1 2", then="close")],
)  # fmt: skip
def test_a_proxy_that_does_not_speak_http_is_named(
    company: dict[str, str], proxy: Proxy, work: Call, said: Say
) -> None:
    proxy.script = [said] * 9
    error = failure(work, Configuration.from_env())
    assert f"the connection to the proxy 127.0.0.1:{proxy.port}" in str(error)
    assert error.transient


@pytest.mark.parametrize("work", CALLS)
@pytest.mark.parametrize("name", ["127.0.0.1", "no-such-host.invalid"])
def test_a_proxy_that_is_not_there_is_named(
    company: dict[str, str], proxy: Proxy, work: Call, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    configuration = Configuration.from_env()
    configuration.proxy = f"http://{name}:{port}"
    error = failure(work, configuration)
    assert f"the connection to the proxy {name}:{port} failed" in str(error)
    assert error.proxy_status is None


@pytest.mark.parametrize("credentials", ["", "user:pass@"])
def test_a_plain_http_proxy_that_requires_credentials_is_named(
    wire: Wire, credentials: str
) -> None:
    wire.default = Say(reply("<html>who are you?</html>", 407))
    configuration = configured("http://127.0.0.1:9/v2")
    configuration.proxy = f"http://{credentials}127.0.0.1:{wire.port}"
    error = failure(call, configuration)
    assert ("rejected" if credentials else "none are set") in str(error.reason)
    assert (error.status, error.proxy_status) == (407, 407)
    assert len(wire.requests) == 1


def test_a_server_that_is_not_there_is_not_the_proxys_fault(wire: Wire) -> None:
    configuration = configured("http://127.0.0.1:9/v2")
    with pytest.raises(TransportException) as caught:
        call(configuration)
    assert not isinstance(caught.value, ProxyException)


@pytest.mark.parametrize(
    ("status", "condition", "exit_status"),
    [
        (401, "proxy-credentials", 2), (407, "proxy-credentials", 2),
        (403, "proxy-forbids", 2), (404, "proxy-forbids", 2),
        (502, "proxy-failed", 75), (503, "proxy-failed", 75), (504, "proxy-failed", 75),
    ],
)  # fmt: skip
def test_the_condition_of_a_command_is_the_proxys(
    company: dict[str, str], proxy: Proxy, status: int, condition: str, exit_status: int
) -> None:
    proxy.script = [Say(reply(b"", status), then="close")] * 9
    problem = problem_of_request(failure(call, Configuration.from_env()), "api.zoom.test")
    assert (problem.condition.name, problem.status) == (condition, exit_status)
    assert f"127.0.0.1:{proxy.port}" in problem.what


def test_commands_name_the_proxy(company: dict[str, str], proxy: Proxy, tmp_path: Path) -> None:
    proxy.script = [Say(reply(b"", 407), then="close")] * 20
    for command in (["doctor"], ["archive", "--from", "2026-01-01"]):
        done = subprocess.run(
            [sys.executable, "-m", "swagger_client", *command, "--json",
             "--database", str(tmp_path / "sms.sqlite3")],
            env={**os.environ, **company}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stdout + done.stderr
        assert "proxy-credentials" in done.stdout
        assert "Zoom's support" not in done.stdout
        assert PASSWORD not in done.stdout + done.stderr

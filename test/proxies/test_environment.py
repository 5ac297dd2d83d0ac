"""Proxies and certificate authorities from environment variables."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.company import API, BASIC, ESCAPED, FILES, NOW, PASSWORD
from support.proxies import Proxy
from support.tls import Authority
from support.wire import Say, Wire, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client._wire.trust import Trust, find_trust
from swagger_client.exceptions import ApiException, TLSException
from swagger_client.models import SmsAttachment
from swagger_client.rest import trust_of


def test_calls_tokens_and_downloads_use_the_proxy(
    company: dict[str, str], proxy: Proxy, zoom: Wire, tmp_path: Path
) -> None:
    with ApiClient(Configuration.from_env()) as client:
        api = SMSApi(client)
        assert api.account_sms_session().sms_sessions[0].session_id == "s1"
        message = api.sms_session_details("s1").sms_histories[0]
        assert message.attachments
        found = api.download_attachment(message.attachments[0], tmp_path / "x.png")
        assert found.size == 8
    assert {request.target for request in proxy.requests} == {f"{API}:443", f"{FILES}:443"}
    for request in proxy.requests:
        assert request.headers["proxy-authorization"] == f"Basic {BASIC}"
    assert zoom.requests[0].path == "/oauth/token"
    assert all("proxy-authorization" not in one.headers for one in zoom.requests)


def test_the_command_line_works_by_environment_alone(
    company: dict[str, str], proxy: Proxy, tmp_path: Path
) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "swagger_client", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **company}, capture_output=True, text=True,
            timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    database = ["--database", str(tmp_path / "sms.sqlite3")]
    output = run("doctor", *database)
    output += run(
        "archive",
        "--from",
        f"{NOW - timedelta(days=2):%Y-%m-%d}",
        "--attachments",
        str(tmp_path / "f"),
        *database,
    )
    output += run("verify", *database)
    assert [file.read_bytes() for file in (tmp_path / "f").rglob("*.png")] == [b"the file"]
    for secret in (PASSWORD, ESCAPED, BASIC, "client-secret-4711", "a-token-of-zoom"):
        assert secret not in output
    tunnels = {request.target for request in proxy.requests}
    assert tunnels == {"api.zoom.test:443", "files.zoom.test:443"}


# A password of a proxy is as secret as any other.
@pytest.mark.parametrize("status", [407, 502])
def test_no_secret_of_the_proxy_is_in_any_text(
    company: dict[str, str], proxy: Proxy, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    echo = f"no access for {BASIC} {PASSWORD} {ESCAPED}"
    proxy.script = [Say(reply(echo, status, reason=echo))] * 4
    configuration = Configuration.from_env()
    configuration.retries, configuration.debug = 0, True
    with pytest.raises(ApiException) as caught:
        SMSApi(ApiClient(configuration)).account_sms_session()
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)} {configuration!r} {caplog.text}"
    for secret in (PASSWORD, ESCAPED, BASIC):
        assert secret not in shown


def test_the_environment_can_be_ignored(company: dict[str, str], proxy: Proxy) -> None:
    configuration = Configuration.from_env()
    configuration.trust_env, configuration.retries = False, 0
    with pytest.raises(ApiException, match=API):
        SMSApi(ApiClient(configuration)).account_sms_session()
    assert proxy.requests == []
    assert trust_of(configuration).source == "certifi"


def test_the_configured_proxy_precedes_the_environment(
    company: dict[str, str], proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    configuration = Configuration.from_env()
    configuration.proxy = proxy.url
    SMSApi(ApiClient(configuration)).account_sms_session()
    assert proxy.requests


def test_loopback_never_goes_to_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Wire() as wire:
        configuration = Configuration()
        configuration.host, configuration.access_token = wire.host, "t"
        SMSApi(ApiClient(configuration)).account_sms_session()
        assert len(wire.requests) == 1


def test_an_unusable_proxy_is_an_error_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:secret-4711@127.0.0.1:1080")
    configuration = Configuration()
    configuration.access_token = "t"
    with pytest.raises(
        ValueError, match="HTTPS_PROXY is a URL with socks5://, but a proxy must have http"
    ) as caught:
        SMSApi(ApiClient(configuration)).account_sms_session()
    assert "secret-4711" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "http://user:pass-4711/x@127.0.0.1:1", "http://pass-4711:1/x@127.0.0.1:1",
        "http://pass-4711:1?x@127.0.0.1:1", "http://pass-4711:1#x@127.0.0.1:1",
        "http://127.0.0.1:pass-4711", "http://user:pass-4711@127.0.0.1:88888",
    ],
)  # fmt: skip
def test_a_password_with_unescaped_characters_is_an_error_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    configuration = Configuration()
    configuration.access_token = "t"
    configuration.proxy = text
    with pytest.raises(ValueError, match=r"configuration\.proxy must be a URL .* %2F") as caught:
        SMSApi(ApiClient(configuration)).account_sms_session()
    assert "pass-4711" not in str(caught.value)
    configuration.proxy = None
    monkeypatch.setenv("HTTPS_PROXY", text)
    with pytest.raises(ValueError, match=r"HTTPS_PROXY must be a URL .* %2F") as caught:
        SMSApi(ApiClient(configuration)).account_sms_session()
    assert "pass-4711" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "2852039166", "localhost.",
        "localhost", "10.1", "[::1]",
    ],
)  # fmt: skip
def test_a_download_through_a_proxy_reaches_no_private_address(
    company: dict[str, str], proxy: Proxy, tmp_path: Path, host: str
) -> None:
    configuration = Configuration()
    configuration.access_token, configuration.proxy = "t", proxy.url
    attachment = SmsAttachment.from_dict({"id": "a", "download_url": f"https://{host}:22/x"})
    with pytest.raises(ApiException, match="not a public address"):
        SMSApi(ApiClient(configuration)).download_attachment(attachment, tmp_path, _retries=0)
    assert proxy.requests == []


# Trust. Each source wins over those below it.
def test_sources_of_trust(tmp_path: Path) -> None:
    file, folder = tmp_path / "ca.pem", tmp_path / "certs"
    file.touch()
    folder.mkdir()
    context = ssl.create_default_context()
    both = {"SSL_CERT_FILE": str(file), "REQUESTS_CA_BUNDLE": str(folder)}
    found = [
        find_trust(ssl_context=context, ca_cert="x", environment=both),
        find_trust(ca_cert="x", environment=both),
        find_trust(environment=both),
        find_trust(environment={"SSL_CERT_DIR": str(folder)}),
        find_trust(environment={"REQUESTS_CA_BUNDLE": str(folder)}),
        find_trust(environment={"REQUESTS_CA_BUNDLE": str(file)}),
    ]
    assert found == [
        Trust("configuration.ssl_context"),
        Trust("configuration.ssl_ca_cert", "x"),
        Trust("SSL_CERT_FILE", str(file)),
        Trust("SSL_CERT_DIR", folder=str(folder)),
        Trust("REQUESTS_CA_BUNDLE", folder=str(folder)),
        Trust("REQUESTS_CA_BUNDLE", str(file)),
    ]
    assert str(found[2]) == f"{file} (SSL_CERT_FILE)"
    assert find_trust(environment={}).source in ("truststore", "certifi")
    assert "any certificate" in str(find_trust(verify=False))


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_missing_file_of_authorities_is_an_error_before_anything_is_sent(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/nowhere/ca.pem")
    configuration = Configuration()
    configuration.access_token = "t"
    with pytest.raises(ValueError, match=f"{name} names /nowhere/ca.pem, which does not exist"):
        SMSApi(ApiClient(configuration)).account_sms_session()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_variables_and_a_context_are_trusted(
    variable: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wire(tls=authority.context("127.0.0.1")) as server:
        configuration = Configuration()
        configuration.host, configuration.access_token = server.host, "t"
        configuration.retries = 0
        with pytest.raises(TLSException):
            SMSApi(ApiClient(configuration)).account_sms_session()
        monkeypatch.setenv(variable, authority.ca_cert)
        SMSApi(ApiClient(configuration)).account_sms_session()
        monkeypatch.setenv(variable, "/nowhere")
        configuration.ssl_context = ssl.create_default_context(cafile=authority.ca_cert)
        SMSApi(ApiClient(configuration)).account_sms_session()

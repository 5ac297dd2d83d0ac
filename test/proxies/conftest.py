"""A company network: a proxy with Basic authentication, a private CA, and Zoom."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.company import API, ESCAPED, FILES, USER, respond
from support.proxies import Proxy
from support.tls import Authority
from support.wire import Wire


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the environment variables of the test machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("ZOOM_", "SSL_", "REQUESTS_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def zoom(authority: Authority) -> Iterator[Wire]:
    with Wire(tls=authority.context(API, FILES), default=respond) as server:
        yield server


@pytest.fixture
def proxy(zoom: Wire) -> Iterator[Proxy]:
    """A proxy with Basic authentication. Only the proxy can resolve Zoom's host."""
    hosts = {API: zoom.port, FILES: zoom.port}
    with Proxy(credentials=f"{USER}:{ESCAPED}", hosts=hosts) as server:
        yield server


@pytest.fixture
def company(
    proxy: Proxy, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    """The environment variables of a company: a proxy, a private CA and credentials."""
    environment = {
        "HTTPS_PROXY": proxy.url, "NO_PROXY": "localhost,.other.test",
        "SSL_CERT_FILE": authority.ca_cert, "ZOOM_API_HOST": f"https://{API}/v2",
        "ZOOM_TOKEN_URL": f"https://{API}/oauth/token", "ZOOM_ACCOUNT_ID": "account",
        "ZOOM_CLIENT_ID": "client", "ZOOM_CLIENT_SECRET": "client-secret-4711",
        "HOME": str(tmp_path),
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment

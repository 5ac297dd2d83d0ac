"""The proxy that the environment selects for a URL, compared with curl and requests."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import NamedTuple

import pytest

from swagger_client._wire.proxy import environment_proxy

PROXY = "http://proxy.example:3128"


class Case(NamedTuple):
    """Whether a request uses the proxy: here, with curl 7.88 and with requests 2.34."""

    url: str
    no_proxy: str
    ours: bool
    curl: bool
    requests: bool


# fmt: off
CASES = [
    Case("https://api.zoom.us/", "", True, curl=True, requests=True),
    Case("https://api.zoom.us/", "*", False, curl=False, requests=False),
    Case("https://api.zoom.us/", " * ", False, curl=True, requests=True),
    Case("https://api.zoom.us/", "a.example,*", False, curl=True, requests=True),
    Case("https://api.zoom.us/", "zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us/", ".zoom.us", False, curl=False, requests=False),
    Case("https://zoom.us/", ".zoom.us", False, curl=False, requests=False),
    Case("https://zoom.us/", "zoom.us", False, curl=False, requests=False),
    Case("https://notzoom.us/", "zoom.us", True, curl=True, requests=True),
    Case("https://notzoom.us/", ".zoom.us", True, curl=True, requests=True),
    Case("https://zoom.us.example/", "zoom.us", True, curl=True, requests=True),
    Case("https://api.zoom.us/", "api.zoom.us", False, curl=False, requests=False),
    Case("https://v2.api.zoom.us/", "api.zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us/", "API.ZOOM.US", False, curl=False, requests=False),
    Case("https://API.ZOOM.US/", "zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us./", "zoom.us", False, curl=False, requests=True),
    Case("https://api.zoom.us/", "zoom.us.", False, curl=False, requests=True),
    Case("https://api.zoom.us/", "*.zoom.us", False, curl=True, requests=True),
    Case("https://zoom.us/", "*.zoom.us", False, curl=True, requests=True),
    Case("https://api.zoom.us/", "us", False, curl=False, requests=False),
    Case("https://api.zoom.us/", "zoom", True, curl=True, requests=True),
    Case("https://api.zoom.us/", "a.example,zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us/", "a.example, zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us/", "a.example zoom.us", False, curl=False, requests=True),
    Case("https://api.zoom.us/", ",,zoom.us,", False, curl=False, requests=False),
    Case("https://api.zoom.us/", ",", True, curl=True, requests=True),
    Case("https://api.zoom.us/", "api.zoom.us:443", False, curl=True, requests=True),
    Case("https://api.zoom.us:8443/", "api.zoom.us:443", True, curl=True, requests=True),
    Case("https://api.zoom.us:8443/", "api.zoom.us:8443", False, curl=True, requests=False),
    Case("https://api.zoom.us:8443/", "api.zoom.us", False, curl=False, requests=False),
    Case("https://api.zoom.us:8443/", "zoom.us:8443", False, curl=True, requests=False),
    Case("http://api.zoom.us/", "api.zoom.us:80", False, curl=True, requests=True),
    Case("https://api.zoom.us/", "api.zoom.us:80", True, curl=True, requests=True),
    Case("https://api.zoom.us/", "https://api.zoom.us", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.1.2.3", False, curl=False, requests=False),
    Case("https://10.1.2.3/", "10.1.2.4", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.0.0.0/8", False, curl=False, requests=False),
    Case("https://11.1.2.3/", "10.0.0.0/8", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.1.2.0/24", False, curl=False, requests=False),
    Case("https://10.1.3.3/", "10.1.2.0/24", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.1.2.3/32", False, curl=False, requests=False),
    Case("https://10.1.2.3/", "10.1.2.9/24", False, curl=False, requests=False),
    Case("https://10.1.2.3/", "10.1.2.0/99", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.1.2", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "2.3", True, curl=True, requests=False),
    Case("https://10.1.2.3:8443/", "10.1.2.3:8443", False, curl=True, requests=True),
    Case("https://10.1.2.3/", "10.1.2.3:8443", True, curl=True, requests=True),
    Case("https://10.1.2.3/", "0.0.0.0/0", False, curl=True, requests=True),
    Case("https://api.zoom.us/", "0.0.0.0/0", True, curl=True, requests=True),
    Case("https://[2001:db8::1]/", "2001:db8::1", False, curl=False, requests=False),
    Case("https://[2001:db8::1]/", "[2001:db8::1]", False, curl=True, requests=True),
    Case("https://[2001:db8::1]/", "2001:db8::/32", False, curl=True, requests=True),
    Case("https://[2001:db9::1]/", "2001:db8::/32", True, curl=True, requests=True),
    Case("https://[2001:db8::1]/", "[2001:db8::1]:443", False, curl=True, requests=True),
    Case("https://[2001:db8::1]/", "2001:DB8:0::1", False, curl=True, requests=True),
    Case("https://127.0.0.1/", "", False, curl=True, requests=True),
    Case("https://localhost/", "", False, curl=True, requests=True),
    Case("https://[::1]/", "", False, curl=True, requests=True),
    Case("https://127.1/", "", False, curl=True, requests=True),
    Case("https://api.localhost/", "", False, curl=True, requests=True),
    Case("https://127.0.0.1/", "zoom.us", False, curl=True, requests=True),
    Case("https://127.0.0.2/", "", False, curl=True, requests=True),
    Case("https://0x7f000001/", "", False, curl=True, requests=True),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.url} {case.no_proxy!r}")
def test_no_proxy(case: Case) -> None:
    environment = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "NO_PROXY": case.no_proxy}
    assert environment_proxy(case.url, environment) == (PROXY if case.ours else None)


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, "https://a.example/", None),
        ({"HTTPS_PROXY": PROXY}, "https://a.example/", PROXY),
        ({"https_proxy": PROXY}, "https://a.example/", PROXY),
        ({"https_proxy": "http://lower.example", "HTTPS_PROXY": PROXY}, "https://a.example/", "http://lower.example"),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, "https://a.example/", None),
        ({"HTTPS_PROXY": PROXY}, "http://a.example/", None),
        ({"HTTP_PROXY": PROXY}, "http://a.example/", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://a.example/", None),
        ({"ALL_PROXY": PROXY}, "https://a.example/", PROXY),
        ({"all_proxy": PROXY}, "http://a.example/", PROXY),
        ({"ALL_PROXY": "http://all.example", "HTTPS_PROXY": PROXY}, "https://a.example/", PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https://a.example/", PROXY),
        ({"HTTPS_PROXY": " \t"}, "https://a.example/", None),
        ({"HTTPS_PROXY": "https://user:pass@proxy.example"}, "https://a.example/", "https://user:pass@proxy.example"),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http://a.example/", None),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http://a.example/", PROXY),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "b", "NO_PROXY": "a"}, "https://a/", PROXY),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "", "NO_PROXY": "a"}, "https://a/", PROXY),
    ],
)  # fmt: skip
def test_variables(environment: dict[str, str], url: str, expected: str | None) -> None:
    assert environment_proxy(url, environment) == expected


@pytest.mark.parametrize(
    "proxy", ["socks5://u:secret@p.example", "ftp://u:secret@p", "http://", "http://u:secret@p:x"]
)
def test_an_error_about_an_invalid_proxy_does_not_show_its_secret(proxy: str) -> None:
    with pytest.raises(ValueError, match=r"HTTPS_PROXY (must|is)") as caught:
        environment_proxy("https://a.example/", {"HTTPS_PROXY": proxy})
    assert "secret" not in str(caught.value)


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that counts its requests and rejects them."""
    received: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                received.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}", received
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


@pytest.mark.extended
@pytest.mark.skipif(which("curl") is None, reason="curl is not installed")
def test_curl_behaves_as_the_table_states() -> None:
    with listener() as (proxy, received):
        for case in CASES:
            received.clear()
            environment = {"HTTPS_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": case.no_proxy}
            subprocess.run(
                ["curl", "-sk", "--max-time", "5", "--connect-to", "::127.0.0.1:9", case.url],
                env={**environment, "PATH": os.environ["PATH"]}, check=False,
            )  # fmt: skip
            assert bool(received) == case.curl, case


@pytest.mark.extended
def test_requests_behaves_as_the_table_states(monkeypatch: pytest.MonkeyPatch) -> None:
    utils = pytest.importorskip("requests.utils")
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    for case in CASES:
        monkeypatch.setenv("NO_PROXY", case.no_proxy)
        proxies = utils.get_environ_proxies(case.url)
        assert (utils.select_proxy(case.url, proxies) is not None) == case.requests, case

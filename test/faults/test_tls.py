"""TLS and proxies, and their failures."""

from __future__ import annotations

import base64
import gc
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clocks import SLACK, JumpingClock, overrun
from support.faces import Faces
from support.proxies import ESTABLISHED, Proxy
from support.tls import Authority
from support.wire import Received, Say, Wire, reply
from urllib3.exceptions import InsecureRequestWarning

from swagger_client._wire.tls import tls_context
from swagger_client._wire.trust import find_trust
from swagger_client.exceptions import (
    DeadlineExceededException,
    DecodeException,
    TLSException,
    TransportException,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def secure(authority: Authority) -> Iterator[Wire]:
    with Wire(tls=authority.context("127.0.0.1")) as server:
        yield server


def test_a_good_certificate_is_accepted(secure: Wire, face: Faces, authority: Authority) -> None:
    caller = face(secure.host, ssl_ca_cert=authority.ca_cert)
    caller.call()
    caller.call()
    assert secure.handshakes == 1


# Without "not transient" each is shaken hands with four times; without verification the bearer
# token goes to any server that responds.
@pytest.mark.parametrize("fault", ["wrong CA", "wrong host", "expired"])
def test_a_bad_certificate_ends_the_call_after_one_handshake(
    face: Faces, clock: JumpingClock, authority: Authority, tmp_path: Path, fault: str
) -> None:
    names = ["other.test"] if fault == "wrong host" else ["127.0.0.1"]
    trusted = Authority(tmp_path) if fault == "wrong CA" else authority
    with Wire(tls=authority.context(*names, expired=fault == "expired")) as server:
        with pytest.raises(TLSException) as caught:
            face(server.host, clock=clock, ssl_ca_cert=trusted.ca_cert).call()
        assert server.handshakes == 1
        assert server.connections == 1
        assert server.requests == []
    assert clock.sleeps == []
    assert "certificate" in str(caught.value).lower()
    assert "ssl_ca_cert" in str(caught.value)


def test_an_unknown_authority_is_rejected_by_default(secure: Wire, face: Faces) -> None:
    with pytest.raises(TLSException):
        face(secure.host).call()
    assert secure.requests == []


def test_another_name_can_be_asked_for(face: Faces, authority: Authority) -> None:
    with Wire(tls=authority.context("zoom.test")) as server:
        trusted = {"ssl_ca_cert": authority.ca_cert}
        face(server.host, assert_hostname="zoom.test", **trusted).call()
        face(server.host, assert_hostname=False, **trusted).call()
        with pytest.raises(TLSException):
            face(server.host, assert_hostname="other.test", **trusted).call()
        with pytest.warns(InsecureRequestWarning):
            face(server.host, verify_ssl=False).call()


def test_plain_http_on_a_tls_port_is_a_tls_fault(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.greeting = "early"
    with pytest.raises(TLSException):
        face(f"https://127.0.0.1:{wire.port}/v2", clock=clock).call()
    assert wire.connections == 1
    assert wire.requests == []


# Without the limits on the handshake it lasts for the connect timeout, whatever the deadline.
@pytest.mark.parametrize("limit", ["deadline", "connect timeout"])
def test_a_handshake_that_hangs_is_given_up(
    secure: Wire, face: Faces, clock: JumpingClock, limit: str
) -> None:
    secure.greeting = "hang"
    settings: dict[str, object] = (
        {"deadline": 0.3} if limit == "deadline" else {"timeout": (0.3, 5.0), "retries": 0}
    )
    caller = face(secure.host, **settings)

    def call() -> None:
        with pytest.raises(TransportException) as caught:
            caller.call()
        assert not isinstance(caught.value, TLSException)
        assert isinstance(caught.value, DeadlineExceededException) == (limit == "deadline")

    assert overrun(0.3, call) < SLACK


def test_a_handshake_cut_short_is_retried(
    secure: Wire, face: Faces, clock: JumpingClock, authority: Authority
) -> None:
    secure.greeting = "reset"
    with pytest.raises(TransportException) as caught:
        face(secure.host, clock=clock, retries=2, ssl_ca_cert=authority.ca_cert).call()
    assert not isinstance(caught.value, TLSException)
    assert secure.connections == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x30\x82\x01\x0a", b"-----BEGIN CERTIFICATE-----\nMIIB", b"\xff\xfe-\0-\0"],
)
@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file"])
def test_a_file_without_a_certificate_is_named(
    secure: Wire, face: Faces, tmp_path: Path, setting: str, content: bytes
) -> None:
    file = tmp_path / "company.pem"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"company\.pem.*cert|cert.*company\.pem"):
        face(secure.host, **{setting: str(file)}).call()
    assert secure.connections == 0


# ssl makes no handshake on a closed connection, and returns an open socket.
def test_a_connection_gone_before_the_handshake_is_closed() -> None:
    context = tls_context(find_trust())
    gone = socket.socket()
    with pytest.raises(ConnectionResetError, match="closed the connection"):
        context.wrap_socket(gone, server_hostname="localhost")
    assert gone.fileno() == -1
    gc.collect()  # an open one would warn now, and warnings are errors


# ssl raises the error of its first read, and loses a socket that is open.
def test_a_connection_reset_before_the_handshake_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reset = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
    assert select.select([reset], [], [], 5)[0]
    with pytest.raises(ConnectionResetError):
        tls_context(find_trust()).wrap_socket(reset, server_hostname="localhost")
    assert reset.fileno() == -1
    gc.collect()


# Without the strict end of TLS a body without length that an attacker cut is taken as whole.
def test_eof_without_close_notify_is_a_truncated_body(
    secure: Wire, face: Faces, clock: JumpingClock, authority: Authority
) -> None:
    body = b'{"next_page_token": ""}'
    secure.script = [Say(b"HTTP/1.1 200 OK\r\n\r\n" + body, then="close")]
    secure.default = Say(reply({"next_page_token": "whole"}))
    response = face(secure.host, clock=clock, ssl_ca_cert=authority.ca_cert).call()
    assert response.next_page_token == "whole"
    assert len(secure.requests) == 2


def test_a_dripped_response_over_tls_keeps_the_deadline(
    secure: Wire, face: Faces, authority: Authority
) -> None:
    secure.default = Say(reply(b" " * 5000), pace=0.005)
    caller = face(secure.host, ssl_ca_cert=authority.ca_cert, deadline=0.4)

    def call() -> None:
        with pytest.raises(DeadlineExceededException):
            caller.call()

    assert overrun(0.4, call) < SLACK


def test_a_kept_tls_connection_that_was_closed_costs_no_retry(
    secure: Wire, face: Faces, clock: JumpingClock, authority: Authority
) -> None:
    secure.script = [Say(reply()), Say(then="close")]
    caller = face(secure.host, clock=clock, retries=0, ssl_ca_cert=authority.ca_cert)
    caller.call()
    caller.call()
    assert secure.handshakes == 2


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(default=Say(ESTABLISHED)) as server:
        yield server


def test_a_call_goes_through_a_proxy(
    secure: Wire, proxy: Proxy, face: Faces, authority: Authority
) -> None:
    address = f"http://us%65r:p%40ss@127.0.0.1:{proxy.port}"
    face(secure.host, proxy=address, ssl_ca_cert=authority.ca_cert).call()
    assert [request.method for request in proxy.requests] == ["CONNECT"]
    authorization = proxy.requests[0].headers["proxy-authorization"]
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"user:p@ss"
    assert "authorization" not in proxy.requests[0].headers
    assert "proxy-authorization" not in secure.requests[0].headers


def test_plain_http_goes_through_a_proxy(wire: Wire, proxy: Proxy, face: Faces) -> None:
    proxy.default = Say(reply({"next_page_token": "x"}))
    caller = face(wire.host, proxy=f"http://127.0.0.1:{proxy.port}")
    assert caller.call().next_page_token == "x"
    assert proxy.requests[0].target == f"{wire.host}/phone/sms/sessions"


@pytest.mark.parametrize(
    "said",
    [
        Say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n", then="close"),
        Say(b"HTTP/1.1 200 Connection est", then="close"),
        Say(b"HTTP/1.1 200 OK\r\nVia: x\r\n", then="close"),
        Say(b"nonsense\r\n", then="close"),
        Say(then="reset"),
        Say(then="close"),
    ],
    ids=lambda said: repr(said.data[9:30]),
)
def test_a_proxy_that_fails_is_a_transport_fault(
    secure: Wire, proxy: Proxy, face: Faces, clock: JumpingClock, said: Say
) -> None:
    proxy.default, proxy.script = said, [said] * 9
    with pytest.raises(TransportException) as caught:
        face(secure.host, clock=clock, proxy=f"http://127.0.0.1:{proxy.port}", retries=1).call()
    assert not isinstance(caught.value, TLSException)
    assert len(proxy.requests) == 2
    assert secure.connections == 0


@pytest.mark.parametrize(
    "dripped", [ESTABLISHED.replace(b"\r\n", b"\r\n" + b"X: y\r\n" * 200, 1), b""]
)
def test_a_proxy_that_drips_or_hangs_times_out_at_the_deadline(
    secure: Wire, proxy: Proxy, face: Faces, dripped: bytes
) -> None:
    proxy.script = [Say(dripped, pace=0.005, then="hang")] * 5
    address = f"http://127.0.0.1:{proxy.port}"
    caller = face(secure.host, proxy=address, deadline=0.3, timeout=(5.0, 5.0))

    def call() -> None:
        with pytest.raises(DeadlineExceededException):
            caller.call()

    assert overrun(0.3, call) < SLACK


# Without the limits on the handshake itself it has the time that there was before the tunnel.
def test_a_slow_proxy_and_a_hanging_handshake_share_one_deadline(
    secure: Wire, proxy: Proxy, face: Faces
) -> None:
    secure.greeting = "hang"
    caller = face(secure.host, proxy=f"http://127.0.0.1:{proxy.port}", deadline=0.9, retries=0)

    def call() -> None:
        gate = threading.Event()
        proxy.default = Say(ESTABLISHED, gate=gate)
        threading.Timer(0.6, gate.set).start()
        with pytest.raises(DeadlineExceededException):
            caller.call()

    assert overrun(0.9, call) < SLACK


def test_a_tunnel_to_another_host_gets_no_token(
    proxy: Proxy, face: Faces, clock: JumpingClock, authority: Authority
) -> None:
    with Wire(tls=authority.context("other.test")) as impostor:
        with pytest.raises(TLSException):
            face(
                impostor.host,
                clock=clock,
                proxy=f"http://127.0.0.1:{proxy.port}",
                ssl_ca_cert=authority.ca_cert,
            ).call()
        assert impostor.requests == []
    assert len(proxy.requests) == 1


def test_a_page_of_a_captive_portal_is_a_decode_exception(wire: Wire, face: Faces) -> None:
    wire.default = Say(reply("<html>Log in to the hotel</html>"))
    with pytest.raises(DecodeException, match="HTML"):
        face(wire.host).call()


def test_a_client_certificate_is_shown(face: Faces, authority: Authority, tmp_path: Path) -> None:
    context = authority.context("127.0.0.1")
    context.load_verify_locations(authority.ca_cert)
    context.verify_mode = ssl.CERT_REQUIRED
    seen: list[Received] = []

    def response(request: Received) -> Say:
        seen.append(request)
        return Say(reply())

    chain = authority.client(tmp_path / "client.pem")
    with Wire(tls=context, default=response) as server:
        trusted = {"ssl_ca_cert": authority.ca_cert}
        with pytest.raises(TransportException):
            face(server.host, retries=0, **trusted).call()
        face(server.host, cert_file=chain, **trusted).call()
    assert len(seen) == 1

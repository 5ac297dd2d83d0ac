"""The allowed redirects of a file's URL, and the headers sent to each host."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.faces import Face, Faces
from support.tls import Authority
from support.wire import Say, Wire, chunked, reply

from swagger_client._wire.deadline import AttemptLimits
from swagger_client._wire.download import FileRequest, RedirectFollower
from swagger_client.exceptions import AttachmentException, TLSException
from swagger_client.models import SmsAttachment

SECRET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmaWxlIn0.c2lnbmF0dXJl"
FILE = Say(reply(b"the file", headers={"Content-Type": "image/png"}))


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(default=FILE) as server:
        yield server


def moved(location: str, status: int = 302) -> Say:
    return Say(reply(b"", status, {"Location": location, "Set-Cookie": "tracked=1"}))


def fetch(face: Face, url: str, tmp_path: Path, **options: object) -> Any:
    attachment = SmsAttachment.from_dict({"id": "file", "download_url": url})
    return face.call("download_attachment", attachment, tmp_path, _retries=0, **options)


def assert_rejected(face: Face, url: str, tmp_path: Path, match: str) -> None:
    with pytest.raises(AttachmentException, match=match) as caught:
        fetch(face, url, tmp_path)
    assert SECRET not in str(caught.value)
    assert os.listdir(tmp_path) == []


def start(wire: Wire) -> str:
    return f"{wire.origin}/file?jwt={SECRET}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_five_hops_are_followed(wire: Wire, faces: Faces, tmp_path: Path, status: int) -> None:
    wire.script += [moved(f"/hop{n}?jwt={SECRET}", status) for n in range(5)]
    found = fetch(faces(wire.host), start(wire), tmp_path)
    assert found.path.read_bytes() == b"the file"
    assert [one.method for one in wire.requests] == ["GET"] * 6


def test_a_sixth_hop_is_not_followed(wire: Wire, faces: Faces, tmp_path: Path) -> None:
    wire.script += [moved(f"/hop{n}") for n in range(6)]
    assert_rejected(faces(wire.host), start(wire), tmp_path, "more than 5")
    assert len(wire.requests) == 6


def test_a_redirect_cycle_ends(wire: Wire, faces: Faces, tmp_path: Path) -> None:
    wire.default = moved("/file")
    assert_rejected(faces(wire.host), start(wire), tmp_path, "more than 5")


@pytest.mark.parametrize(
    "location",
    [
        "http://example.com/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://user:password@127.0.0.1/",
        "https://",
        "https://127.0.0.1:99999/",
        "https://127.0.0.1\\@example.com/",
        "javascript:alert(1)",
        "https://[bad",
        "https://[::1/x",
    ],
)
def test_a_target_without_https_is_rejected(
    wire: Wire, faces: Faces, tmp_path: Path, location: str
) -> None:
    wire.script.append(moved(location))
    assert_rejected(faces(wire.host), start(wire), tmp_path, "not downloaded")
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[fec0::1]",
        "[::10.0.0.1]",
        "[::ffff:0:10.0.0.1]",
        "[64:ff9b:1::a00:1]",
        "167772161",
        "0x0a000001",
    ],
)
def test_no_private_address_is_reached(
    wire: Wire, faces: Faces, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.script.append(moved(f"https://{address}/x"))
    connected = watch_connections(monkeypatch)
    try:
        socket.getaddrinfo(address.strip("[]"), 443)
    except OSError:
        pytest.fail(f"{address} is not reachable here: the test proves nothing")
    with pytest.raises(AttachmentException, match="not a public address"):
        fetch(faces(wire.host), start(wire), tmp_path)
    assert [host for host, _ in connected] == ["127.0.0.1"]


def watch_connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Record the addresses of new connections. Only connections to loopback are opened."""
    connected: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        connected.append(address[:2])
        if not address[0].startswith("127."):
            raise ConnectionRefusedError("not from a test")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return connected


Resolve = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Make names resolve to these addresses, another one at each lookup."""
    known: dict[str, list[str]] = {}
    find = socket.getaddrinfo

    def look_up(host: str, *args: Any, **options: Any) -> Any:
        addresses = known.get(host)
        if addresses is None:
            return find(host, *args, **options)
        return find(addresses.pop(0) if len(addresses) > 1 else addresses[0], *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return lambda host, *addresses: known.update({host: list(addresses)})


def test_a_name_is_checked_by_its_address(
    wire: Wire, faces: Faces, tmp_path: Path, resolve: Resolve
) -> None:
    resolve("innocent.example.com", "10.1.2.3")
    wire.script.append(moved("https://innocent.example.com/x"))
    assert_rejected(faces(wire.host), start(wire), tmp_path, "10.1.2.3")


def test_a_public_url_may_not_redirect_to_this_machine(
    wire: Wire, faces: Faces, tmp_path: Path, resolve: Resolve
) -> None:
    face = faces("https://api.zoom.us/v2")
    resolve("innocent.example.com", "127.0.0.1")
    assert_rejected(face, start(wire), tmp_path, "http:// instead of https://")
    for host in ("127.0.0.1", "localhost", "innocent.example.com"):
        assert_rejected(
            face, f"https://{host}:{wire.port}/file?jwt={SECRET}", tmp_path, "not a public"
        )
    assert wire.requests == []
    assert wire.connections == 0


def test_a_second_name_lookup_cannot_change_the_address(
    faces: Faces, tmp_path: Path, resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve("rebinding.example.com", "93.184.215.14", "127.0.0.1")
    connected = watch_connections(monkeypatch)
    with pytest.raises(Exception, match=r"refused|not from a test"):
        fetch(faces("https://api.zoom.us/v2"), "https://rebinding.example.com/x", tmp_path)
    assert connected == [("93.184.215.14", 443)]


def test_no_token_and_no_header_is_sent_to_other_hosts(
    wire: Wire, faces: Faces, tmp_path: Path
) -> None:
    face = faces(wire.host, access_token="the-bearer-token")
    face.client.set_default_header("X-Company", "secret-header")
    face.client.cookie = "secret-cookie=1"
    wire.script += [moved(f"/next?jwt={SECRET}")]
    fetch(face, start(wire), tmp_path)
    assert len(wire.requests) == 2
    for request in wire.requests:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert request.headers["accept-encoding"] == "identity"


def test_only_zooms_own_hosts_get_the_token(faces: Faces, tmp_path: Path, resolve: Resolve) -> None:
    authority = Authority(tmp_path)
    names = ["file.zoom.us", "storage.example.com", "zoom.us.example.com"]
    with Wire(default=FILE, tls=authority.context(*names)) as wire:
        for name in names:
            resolve(name, "127.0.0.1")
        face = faces(
            f"https://127.0.0.1:{wire.port}/v2",
            access_token="the-bearer-token",
            ssl_ca_cert=authority.ca_cert,
        )
        face.client.set_default_header("X-Company", "secret-header")
        place = tmp_path / "files"
        place.mkdir()
        wire.script += [
            moved(f"https://storage.example.com:{wire.port}/a"),
            moved(f"https://zoom.us.example.com:{wire.port}/b"),
        ]
        fetch(face, f"https://file.zoom.us:{wire.port}/file?jwt={SECRET}", place)
        first, *others = wire.requests
        assert first.headers["authorization"] == "Bearer the-bearer-token"
        assert first.headers["x-company"] == "secret-header"
        assert len(others) == 2
        for request in others:
            assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_the_certificate_of_each_hop_is_checked(
    faces: Faces, tmp_path: Path, resolve: Resolve
) -> None:
    authority = Authority(tmp_path)
    with Wire(default=FILE, tls=authority.context("good.example.com")) as wire:
        resolve("good.example.com", "127.0.0.1")
        resolve("other.example.com", "127.0.0.1")
        face = faces(f"https://127.0.0.1:{wire.port}/v2", ssl_ca_cert=authority.ca_cert)
        place = tmp_path / "files"
        place.mkdir()
        wire.script.append(moved(f"https://other.example.com:{wire.port}/x"))
        with pytest.raises(TLSException):
            fetch(face, f"https://good.example.com:{wire.port}/x?jwt={SECRET}", place)
        assert len(wire.requests) == 1


def test_a_proxy_is_used_through_a_tunnel(faces: Faces, tmp_path: Path) -> None:
    with Wire(default=Say(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")) as proxy:
        face = faces("https://api.zoom.us/v2", proxy=f"http://user:word@127.0.0.1:{proxy.port}")
        with pytest.raises(Exception, match=r"502|unnel"):
            fetch(face, f"https://files.example.com/x?jwt={SECRET}", tmp_path)
        (request,) = proxy.requests
        assert (request.method, request.target) == ("CONNECT", "files.example.com:443")
        assert "proxy-authorization" in request.headers
        assert_rejected(face, f"https://10.0.0.1/x?jwt={SECRET}", tmp_path, "not a public address")
        assert len(proxy.requests) == 1


HOSTS = [
    "%31%32%37.0.0.1", "127%2e0.0.1", "local%68ost", "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "\u24db\u24de\u24d2\u24d0\u24dbhost", "a!b.example", "a;b", "[fe80::1%25eth0]",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_no_name_or_address_is_rejected(
    wire: Wire, faces: Faces, tmp_path: Path, host: str
) -> None:
    with Wire(default=Say(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")) as proxy:
        for settings in ({}, {"proxy": f"http://127.0.0.1:{proxy.port}"}):
            face = faces("https://api.zoom.us/v2", **settings)
            url = f"https://{host}/x?jwt={SECRET}"
            assert_rejected(face, url, tmp_path, "neither a name nor an address")
        assert proxy.connections == 0
    if host.isascii():
        wire.script.append(moved(f"https://{host}/x"))
        assert_rejected(faces(wire.host), start(wire), tmp_path, "neither a name nor an address")


def test_a_file_of_unknown_length_is_cut_at_the_limit(
    wire: Wire, faces: Faces, tmp_path: Path
) -> None:
    wire.default = Say(chunked(*[b"x" * 1000] * 100))
    assert fetch(faces(wire.host), start(wire), tmp_path, max_bytes=100_000).size == 100_000
    (tmp_path / "file.bin").unlink()
    with pytest.raises(AttachmentException, match="larger than 99999"):
        fetch(faces(wire.host), start(wire), tmp_path, max_bytes=99_999)
    assert os.listdir(tmp_path) == []


def test_reading_stops_at_the_limit(wire: Wire, faces: Faces, tmp_path: Path) -> None:
    endless = chunked(*[b"x" * 1000] * 300, end=b"")
    wire.default = Say(endless, then="hang")
    with pytest.raises(AttachmentException, match="larger than 50000"):
        fetch(faces(wire.host), start(wire), tmp_path, max_bytes=50_000, _deadline=5)


def test_a_redirect_may_not_return_to_this_machine(wire: Wire, faces: Faces) -> None:
    client = faces(wire.host).client
    request = FileRequest(start(wire), {}, "test", wire.host, max_bytes=1)
    pools = client.rest_client._pools()
    with closing(RedirectFollower(request, pools, AttemptLimits(1, 1))) as follower:
        follower._check_address("127.0.0.1")
        follower._check_address("93.184.215.14")
        with pytest.raises(AttachmentException, match="not a public address"):
            follower._check_address("127.0.0.1")

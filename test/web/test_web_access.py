"""Only the browser with the token can read an archive in the viewer."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import run_in_shell
from support.viewer import Viewer

from swagger_client.cli import ExitStatus, main

METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


@pytest.fixture
def fresh(example_database: Path) -> Iterator[Viewer]:
    """A viewer whose token has not been used."""
    with Viewer(example_database) as running:
        yield running


def test_a_port_in_use_is_named(fresh: Viewer, example_database: Path) -> None:
    command = f"zoom-sms browse --no-open --port {fresh.port} --database {example_database}"
    ended = run_in_shell(command)
    assert ended.status == ExitStatus.INVALID
    assert f"127.0.0.1:{fresh.port} cannot be opened: Address already in use." in ended.err
    assert "Choose another with --port." in ended.err


def test_the_address_is_a_note_with_json(
    example_database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "swagger_client.web.server.serve", lambda *_, announce, **__: announce("URL")
    )
    assert main(["browse", "--json", "--no-open", "--database", str(example_database)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["complete"]
    assert json.loads(err)["note"].endswith("in a browser: URL")


def path_of(address: str) -> str:
    return address.partition("127.0.0.1:")[2].partition("/")[1] + address.rpartition("/")[2]


def test_the_token_is_exchanged_once_for_a_cookie(fresh: Viewer) -> None:
    path = path_of(fresh.address)
    assert fresh.send("/").status == 403
    assert fresh.send("/?token=").status == 403
    assert fresh.send("/?token=another").status == 403
    assert fresh.send(path, method="HEAD").status == 403
    assert fresh.send(path, headers={"Sec-Purpose": "prefetch"}).status == 403
    assert fresh.send(path.replace("/?", "/search?")).status == 403

    exchanged = fresh.send(path)
    assert exchanged.status == 303
    assert exchanged.headers["location"] == "/"
    cookie, *attributes = exchanged.headers["set-cookie"].split("; ")
    assert attributes == ["HttpOnly", "SameSite=Strict", "Path=/"]
    assert cookie.startswith(f"zoom-sms-{fresh.port}=")

    again = fresh.send(path)
    assert again.status == 403
    assert "start the command again" in again.text
    assert fresh.send("/", headers={"Cookie": cookie}).status == 200
    assert fresh.send("/", headers={"Cookie": f"a=b; {cookie}; c=d"}).status == 200
    assert fresh.send("/", headers={"Cookie": cookie[:-1]}).status == 403
    assert fresh.send("/", headers={"Cookie": cookie + "x"}).status == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.example"),
        ("Host", "127.0.0.1"),
        ("Host", "127.0.0.1.evil.example:{port}"),
        ("Host", "localhost.evil.example:{port}"),
        ("Host", "[::1]:{port}"),
        ("Host", ""),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Origin", "https://127.0.0.1:{port}"),
        ("Origin", "http://127.0.0.1"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_requests_of_other_pages_and_names_are_rejected(
    viewer: Viewer, name: str, value: str
) -> None:
    assert viewer.get("/").status == 200
    rejected = viewer.get("/", **{name: value.format(port=viewer.port)})
    assert rejected.status == 403
    assert b"messages" not in rejected.body


@pytest.mark.parametrize("value", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_the_names_of_this_machine_are_accepted(viewer: Viewer, value: str) -> None:
    host = value.format(port=viewer.port)
    assert viewer.get("/", Host=host, Origin=f"http://{host.lower()}").status == 200


def test_two_host_headers_are_rejected(viewer: Viewer) -> None:
    lines = [
        "GET / HTTP/1.1",
        f"Host: 127.0.0.1:{viewer.port}",
        "Host: evil.example",
        f"Cookie: {viewer.cookie}",
        "Connection: close",
    ]
    with socket.create_connection(("127.0.0.1", viewer.port), 10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        received = connection.makefile("rb").read()
    assert received.split(b" ", 2)[1] in (b"400", b"403")


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_rejected(viewer: Viewer, method: str) -> None:
    response = viewer.send("/", method=method, headers={"Cookie": viewer.cookie})
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD"


def test_only_this_machine_is_listened_on(viewer: Viewer) -> None:
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{viewer.port:04X}")
    ]
    assert listening == [f"0100007F:{viewer.port:04X}"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/search?who=nobody", "/favicon.ico"])
def test_every_response_has_the_headers_that_protect_it(viewer: Viewer, path: str) -> None:
    for response in (viewer.get(path), viewer.send(path)):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["server"] is None


def test_browsing_does_not_change_the_archive(example_database: Path) -> None:
    def state() -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in example_database.parent.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        }

    before = state()
    with Viewer(example_database) as running:
        for path in ("/", "/conversations", "/search?q=floor", "/nothing"):
            running.get(path)
        assert running.end() == (0, "")
    assert state() == before

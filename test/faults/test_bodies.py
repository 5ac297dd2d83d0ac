"""Responses that are truncated, corrupt, too large or slow."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clocks import SLACK, JumpingClock, overrun
from support.faces import Faces
from support.tls import Authority
from support.wire import Ending, Say, Script, Wire, chunked, closed_port, error_reply, reply

from swagger_client.exceptions import (
    ApiException,
    DeadlineExceededException,
    DecodeException,
    NotFoundException,
    ResponseTooLargeException,
    ServiceException,
    TransportException,
)

PAGE = json.dumps({"sms_sessions": [{"session_id": str(i)} for i in range(40)]}).encode()
ZIPPED = gzip.compress(PAGE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def zipped(body: bytes, length: int | None = None) -> bytes:
    return reply(body, headers={"Content-Encoding": "gzip"}, length=length)


# Each is retried, and none is taken for a complete response. The guards and what breaks without
# them: urllib3's enforced Content-Length (a page cut short is read as one), whole lines (headers
# that end early lose Content-Encoding or Content-Length; "0" of a chunk's length "0400" ends the
# body), whole gzip members (half a page).
CUT = {
    "nothing": Say(then="close"),
    "reset before headers": Say(then="reset"),
    "half a status line": Say(b"HTTP/1.1 20", then="close"),
    "status line alone": Say(b"HTTP/1.1 200 OK\r\n", then="close"),
    "between headers": Say(HEAD, then="close"),
    "in a header": Say(HEAD + b"Content-Len", then="close"),
    "in a header's value": Say(HEAD + b"Content-Length: 1", then="close"),
    "in the last line of the head": Say(HEAD + b"Content-Length: 2\r\n\r", then="close"),
    "reset in the head": Say(HEAD, then="reset"),
    "before the body": Say(reply(PAGE)[: -len(PAGE)], then="close"),
    "in the body": Say(reply(PAGE)[:-1], then="close"),
    "reset in the body": Say(reply(PAGE)[:-100], then="reset"),
    "in a gzipped body": Say(zipped(ZIPPED)[:-1], then="close"),
    "in a chunk": Say(chunked(PAGE[:50], PAGE[50:])[:-60], then="close"),
    "after a chunk": Say(chunked(PAGE, end=b""), then="close"),
    "in a chunk's length": Say(chunked(b"{}", end=b"1"), then="close"),
    "in a padded chunk's length": Say(chunked(b"{}", end=b"0"), then="close"),
    "in the last chunk": Say(chunked(PAGE, end=b"0\r"), then="close"),
    "before the end of the trailer": Say(chunked(PAGE, end=b"0\r\n"), then="close"),
    "in the trailer": Say(chunked(PAGE, end=b"0\r\nx: y"), then="close"),
    "reset between chunks": Say(chunked(PAGE[:50], end=b""), then="reset"),
}


@pytest.mark.parametrize("cut", CUT)
def test_a_truncated_response_is_retried(
    wire: Wire, face: Faces, clock: JumpingClock, cut: str
) -> None:
    wire.script = [CUT[cut]]
    wire.default = Say(reply(PAGE))
    assert len(face(wire.host, clock=clock).call().sms_sessions) == 40
    assert len(wire.requests) == 2


@pytest.mark.parametrize("cut", CUT)
def test_a_response_that_is_always_truncated_is_an_error(
    wire: Wire, face: Faces, clock: JumpingClock, cut: str
) -> None:
    wire.default = CUT[cut]
    with pytest.raises(TransportException) as caught:
        face(wire.host, clock=clock, retries=1).call()
    assert len(wire.requests) == 2
    assert caught.value.status is None


# The code of the error says what to do: here, to sync everything again.
@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_error_whose_body_is_truncated_is_requested_again(
    wire: Wire, face: Faces, clock: JumpingClock, status: int
) -> None:
    body = b'{"code": 300, "message": "The next page token is invalid or expired."}'
    truncated = Say(reply(body[:30], status=status, length=len(body)), then="close")
    wire.script = [truncated]
    wire.default = Say(reply(PAGE))
    assert len(face(wire.host, clock=clock).call().sms_sessions) == 40
    wire.default = truncated
    with pytest.raises(ApiException) as caught:
        face(wire.host, clock=clock, retries=1).call()
    assert (caught.value.status, len(wire.requests)) == (status, 4)
    wire.script = []
    wire.default = Say(reply(body, status=status))
    with pytest.raises(ApiException) as caught:
        face(wire.host, clock=clock).call()
    assert (caught.value.code, len(wire.requests)) == (300, 5)


# A response contains messages or a token, and an exception's text goes into logs.
@pytest.mark.parametrize(
    "response",
    [
        reply(b'{"message": "diagnosis"}', length=500),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + b'{"message": "diagnosis"}',
        chunked(b"{}", end=b'{"message": "diagnosis"}\r\n'),
        b'{"message": "diagnosis"}\r\n',
        b'HTTP/1.1 {"message": "diagnosis"}\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n{"message" "diagnosis"}\r\nx\r\n\r\n{}',
    ],
    ids=["length", "chunk", "chunk's length", "status line", "status", "header"],
)
def test_the_text_of_an_error_quotes_no_response(wire: Wire, face: Faces, response: bytes) -> None:
    wire.default = Say(response, then="close")
    with pytest.raises(TransportException) as caught:
        face(wire.host, retries=0).call()
    assert "diagnosis" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert caught.value.reason


def test_the_error_of_a_truncated_response_names_the_amounts(wire: Wire, face: Faces) -> None:
    wire.default = Say(reply(b"x" * 400, length=500), then="close")
    with pytest.raises(TransportException, match=r"400 bytes read, 100 more expected"):
        face(wire.host, retries=0).call()


# Nothing but its JSON can show that it is truncated.
@pytest.mark.parametrize("kept", [1, 20, -5, -1])
def test_a_truncated_response_without_length_is_retried(
    wire: Wire, face: Faces, clock: JumpingClock, kept: int
) -> None:
    truncated = Say(HEAD + b"\r\n" + PAGE[:kept], then="close")
    wire.script = [truncated, Say(reply(PAGE))]
    assert len(face(wire.host, clock=clock).call().sms_sessions) == 40
    assert len(wire.requests) == 2
    wire.default = truncated
    with pytest.raises(DecodeException, match="truncated"):
        face(wire.host, clock=clock, retries=1).call()
    assert len(wire.requests) == 4


# Inside of a character, and before the first byte.
@pytest.mark.parametrize(
    "kept", [b'{"sms_sessions": [{"session_id": "\xc3', b'{"x": "\xf0\x9f\x98', b"", b"\r\n"]
)
def test_a_response_without_length_is_retried_if_truncated_at_any_byte(
    wire: Wire, face: Faces, clock: JumpingClock, kept: bytes
) -> None:
    truncated = Say(HEAD + b"\r\n" + kept, then="close")
    wire.script = [truncated, Say(reply(PAGE))]
    assert len(face(wire.host, clock=clock).call().sms_sessions) == 40
    assert len(wire.requests) == 2
    wire.default = truncated
    with pytest.raises(DecodeException, match="has no Content-Length, and its"):
        face(wire.host, clock=clock, retries=1).call()
    assert len(wire.requests) == 4


def test_bytes_that_are_no_text_do_not_make_a_response_truncated(wire: Wire, face: Faces) -> None:
    wire.default = Say(HEAD + b'\r\n{"next_page_token": "\xc3("}', then="close")
    with pytest.raises(DecodeException):
        face(wire.host, retries=1).call()
    assert len(wire.requests) == 1


def test_a_truncated_compressed_response_without_length_is_retried(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.script = [Say(HEAD + b"Content-Encoding: gzip\r\n\r\n" + ZIPPED[:-9], then="close")]
    assert face(wire.host, clock=clock).call().sms_sessions is None
    assert len(wire.requests) == 2


def test_a_response_without_length_is_read_to_its_end(wire: Wire, face: Faces) -> None:
    wire.default = Say(HEAD + b"\r\n" + PAGE, then="close")
    assert len(face(wire.host).call().sms_sessions) == 40


# Malformed framing: without the check a length or an encoding that http.client could not read is
# ignored, and the body is read until a timeout, or wrongly.
@pytest.mark.parametrize(
    "response",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 1000 High\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\n",
        HEAD + b"this is no header\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        HEAD + b"Content-Length: two\r\n\r\n{}",
        HEAD + b"Content-Length: -2\r\n\r\n{}",
        HEAD + b"X: y\r\n" * 200 + b"Content-Length: 2\r\n\r\n{}",
        HEAD + b"X: " + b"y" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n9999999999999999\r\n{}\r\n0\r\n\r\n",
    ],
    ids=lambda response: repr(response[-30:-4]),
)
def test_nonsense_instead_of_http_is_a_transport_fault(
    wire: Wire, face: Faces, clock: JumpingClock, response: bytes
) -> None:
    wire.script = [Say(response, then="close")]
    assert face(wire.host, clock=clock).call().sms_sessions is None
    wire.default = Say(response, then="close")
    with pytest.raises(TransportException):
        face(wire.host, clock=clock, retries=0).call()


def test_chunks_count_where_a_length_contradicts_them(wire: Wire, face: Faces) -> None:
    wire.default = Say(chunked(PAGE, headers="Content-Length: 5\r\n"))
    assert len(face(wire.host).call().sms_sessions) == 40


@pytest.mark.parametrize(
    "framed",
    [b"Content-Length: 2 \t\r\n\r\n{}", b"Transfer-Encoding: chunked \r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
)
def test_blanks_after_a_length_or_coding_are_ignored(
    wire: Wire, face: Faces, framed: bytes
) -> None:
    wire.default = Say(HEAD + framed)
    caller = face(wire.host, retries=0, timeout=1.0)
    caller.call()
    caller.call()


# Without the check for EOF half a page is accepted; without the checksum a page
# with other letters does.
CORRUPT = {
    "cut": ZIPPED[: len(ZIPPED) // 2],
    "without its checksum": ZIPPED[:-8],
    "without its length": ZIPPED[:-4],
    "one bit of the data": ZIPPED[:30] + bytes([ZIPPED[30] ^ 1]) + ZIPPED[31:],
    "one bit of the checksum": ZIPPED[:-6] + bytes([ZIPPED[-6] ^ 1]) + ZIPPED[-5:],
    "header alone": ZIPPED[:10],
    "plain text": PAGE,
    "garbage behind": ZIPPED + b"garbage",
    "second member cut": ZIPPED + ZIPPED[:-5],
    "bare deflate": zlib.compress(PAGE)[2:-4],
}


@pytest.mark.parametrize("kind", CORRUPT)
def test_a_corrupt_body_of_the_right_length_is_asked_for_again(
    wire: Wire, face: Faces, clock: JumpingClock, kind: str
) -> None:
    wire.script = [Say(zipped(CORRUPT[kind]))]
    wire.default = Say(zipped(ZIPPED))
    assert len(face(wire.host, clock=clock).call().sms_sessions) == 40
    assert len(wire.requests) == 2
    wire.default = Say(zipped(CORRUPT[kind]))
    with pytest.raises(DecodeException):
        face(wire.host, clock=clock, retries=1).call()
    assert len(wire.requests) == 4


def test_several_gzip_members_are_one_body(wire: Wire, face: Faces) -> None:
    members = b"".join(gzip.compress(PAGE[i : i + 100]) for i in range(0, len(PAGE), 100))
    wire.script = [
        Say(zipped(members)),
        Say(chunked(*(members[i : i + 37] for i in range(0, len(members), 37)))),
        Say(
            chunked(
                *(members[i : i + 37] for i in range(0, len(members), 37)),
                headers="Content-Encoding: gzip\r\n",
            )
        ),
        Say(reply(zlib.compress(PAGE), headers={"Content-Encoding": "deflate"})),
    ]
    caller = face(wire.host)
    assert len(caller.call().sms_sessions) == 40
    with pytest.raises(DecodeException):
        caller.call()  # not said to be compressed
    assert len(caller.call().sms_sessions) == 40
    assert len(caller.call().sms_sessions) == 40


@pytest.mark.parametrize("body", [b"", gzip.compress(b"")], ids=["no byte", "no text"])
def test_an_empty_compressed_body_raises(wire: Wire, face: Faces, body: bytes) -> None:
    wire.default = Say(zipped(body))
    with pytest.raises(DecodeException, match="empty"):
        face(wire.host).call()


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "nonsense"])
def test_an_encoding_that_was_not_requested_is_rejected(
    wire: Wire, face: Faces, coding: str
) -> None:
    wire.default = Say(reply(ZIPPED, headers={"Content-Encoding": coding}))
    with pytest.raises(DecodeException):
        face(wire.host).call()
    assert wire.requests[0].headers["accept-encoding"] == "gzip"


# Without the bound on what is decompressed this takes 300 MB; without "not transient" it
# is downloaded four times.
def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(b" " * 1_000_000) for _ in range(300)] + [packer.flush()])


BOMB = bomb()
CAP = 8_000_000


def bombs(status: int) -> list[Script]:
    """Return bodies above the size limit: compressed, with a length, in a chunk."""
    head = b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (status, CAP + 1)
    return [
        Say(reply(BOMB, status, {"Content-Encoding": "gzip"})),
        Say(reply(b"[" * (CAP + 1), status)),
        Say(head + b" " * (CAP + 1) + b"\r\n0\r\n\r\n"),
    ]


def test_a_bomb_is_stopped_at_the_cap(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    wire.script = bombs(200)
    caller = face(wire.host, clock=clock, max_response_bytes=CAP)
    tracemalloc.start()
    for _ in range(3):
        with pytest.raises(ResponseTooLargeException) as caught:
            caller.call()
        assert caught.value.status == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * CAP
    assert len(wire.requests) == 3


@pytest.mark.parametrize(("status", "attempts"), [(400, 1), (503, 2), (429, 2)])
def test_only_the_start_of_an_error_is_read(
    wire: Wire, face: Faces, clock: JumpingClock, status: int, attempts: int
) -> None:
    caller = face(wire.host, clock=clock, retries=1)
    for bomb in bombs(status):
        wire.requests.clear()
        wire.default = bomb
        tracemalloc.start()
        with pytest.raises(ApiException) as caught:
            caller.call()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert caught.value.status == status
        assert len(caught.value.body or "") <= 64 * 1024
        assert len(wire.requests) == attempts
        assert peak < 3_000_000


def test_a_page_of_exactly_the_cap_is_read(wire: Wire, face: Faces) -> None:
    wire.script = [Say(reply(PAGE)), Say(zipped(ZIPPED)), Say(chunked(PAGE))]
    caller = face(wire.host, max_response_bytes=len(PAGE))
    for _ in range(3):
        assert len(caller.call().sms_sessions) == 40
    wire.script = [Say(reply(PAGE)), Say(zipped(ZIPPED)), Say(chunked(PAGE))]
    caller.client.configuration.max_response_bytes -= 1
    for _ in range(3):
        with pytest.raises(ResponseTooLargeException):
            caller.call()


# Without the limited reader each byte renews urllib3's timeout, and the call takes minutes.
HEADERS = b"HTTP/1.1 200 OK\r\n" + b"X-Padding: y\r\n" * 500


@pytest.mark.parametrize(
    "dripped",
    [
        HEADERS,
        reply(b" " * 5000),
        chunked(b" " * 5000),
        HEAD + b"\r\n" + b" " * 5000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 500,
        chunked(b"{}", end=b"0\r\n" + b"X: y\r\n" * 500),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 500,
    ],
    ids=["head", "length", "chunk", "close", "chunks", "trailer", "interim"],
)
def test_a_dripping_server_cannot_hold_a_call_beyond_its_deadline(
    wire: Wire, face: Faces, dripped: bytes
) -> None:
    wire.default = Say(dripped, pace=0.005)
    caller = face(wire.host, deadline=0.3, timeout=(5.0, 5.0), retries=0)

    def call() -> None:
        with pytest.raises(DeadlineExceededException):
            caller.call()

    assert overrun(0.3, call) < SLACK


def test_the_status_of_a_dripped_error_is_known(wire: Wire, face: Faces) -> None:
    error = reply(b" " * 5000, 500)
    wire.default = Say(error, pace=0.005, at_once=len(error) - 5000)
    caller = face(wire.host, deadline=0.4, timeout=(5.0, 5.0))

    def call() -> None:
        with pytest.raises(ServiceException):
            caller.call()

    assert overrun(0.4, call) < SLACK


@pytest.mark.parametrize("pace", [0.0, 0.005])
def test_a_timeout_of_one_number_bounds_the_whole_attempt(
    wire: Wire, face: Faces, clock: JumpingClock, pace: float
) -> None:
    wire.default = Say(reply(b" " * 5000) if pace else b"", pace=pace, then="hang")
    caller = face(wire.host, clock=clock, deadline=None)

    def call() -> None:
        with pytest.raises(TransportException) as caught:
            caller.call(_request_timeout=0.2, _retries=0)
        assert not isinstance(caught.value, DeadlineExceededException)

    assert overrun(0.2, call) < SLACK
    with pytest.raises(TransportException):
        caller.call(_request_timeout=0.2, _retries=1)
    assert len(wire.requests) >= 3


# Without a finite default of the read timeout a call waits for ever.
@pytest.mark.parametrize("said", [b"", HEAD, reply(PAGE)[:-5]], ids=["mute", "head", "body"])
def test_a_server_that_hangs_is_given_up(
    wire: Wire, face: Faces, clock: JumpingClock, said: bytes
) -> None:
    wire.script = [Say(said, then="hang")]
    face(wire.host, clock=clock, timeout=(5.0, 0.5)).call()
    assert len(wire.requests) == 2


def test_the_defaults_are_finite(wire: Wire, face: Faces) -> None:
    configuration = face(wire.host).client.configuration
    assert isinstance(configuration.timeout, tuple)
    assert all(0 < seconds < 120 for seconds in configuration.timeout)
    assert configuration.deadline is not None


def test_a_server_that_hangs_cannot_hold_a_call_beyond_its_deadline(
    wire: Wire, face: Faces
) -> None:
    wire.default = Say(then="hang")
    caller = face(wire.host, timeout=(5.0, 5.0))

    def call() -> None:
        with pytest.raises(DeadlineExceededException, match="_deadline"):
            caller.call(_deadline=0.2)

    assert overrun(0.2, call) < SLACK


def test_a_failed_connection_is_retried(face: Faces, clock: JumpingClock) -> None:
    with pytest.raises(TransportException, match="refused"):
        face(f"http://127.0.0.1:{closed_port()}/v2", clock=clock, retries=2).call()
    assert len(clock.sleeps) == 2


def test_a_connection_reset_at_once_is_retried_and_typed(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.greeting = "reset"
    with pytest.raises(TransportException):
        face(wire.host, clock=clock, retries=2).call()
    assert wire.connections == 3


def test_an_unknown_name_is_retried_and_typed(
    face: Faces, clock: JumpingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unknown(host: str, *_: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    caller = face("https://api.invalid/v2", clock=clock, retries=2)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransportException, match="not known"):
        caller.call()
    assert asked == ["api.invalid"] * 3


# Without a thread of its own the resolver holds the caller for as long as it likes.
@pytest.mark.parametrize("limit", ["deadline", "connect timeout"])
def test_a_mute_name_server_cannot_hold_a_call(
    face: Faces, clock: JumpingClock, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    done = threading.Event()

    def mute(*_: object) -> Iterator[object]:
        done.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    settings: dict[str, object] = (
        {"deadline": 0.2} if limit == "deadline" else {"timeout": (0.2, 5.0), "retries": 0}
    )
    caller = face("https://api.invalid/v2", **settings)

    def call() -> None:
        with pytest.raises(TransportException) as caught:
            caller.call()
        assert isinstance(caught.value, DeadlineExceededException) == (limit == "deadline")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", mute)
        late = overrun(0.2, call)
        done.set()
    assert late < SLACK


def test_the_next_address_is_tried_and_all_of_them_within_the_deadline(
    wire: Wire, face: Faces, clock: JumpingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = socket.getaddrinfo
    dead = ("127.0.0.1", closed_port())

    def both(host: str, port: int, *more: int) -> list[object]:
        if host != "zoom.test":
            return list(find(host, port, *more))
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, dead), (*kind, dead), (*kind, ("127.0.0.1", wire.port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    host = f"http://zoom.test:{wire.port}/v2"
    face(host, clock=clock, allow_http=True).call(_retries=0)
    assert len(wire.requests) == 1
    with pytest.raises(DeadlineExceededException):
        face(host, clock=clock, allow_http=True).call(_deadline=0)


def test_an_address_of_ip_version_6_is_one(face: Faces) -> None:
    with Wire(address="::1") as server:
        face(server.host).call()
        assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


# Kept connections. Without the replay a call without retries fails because of the one before it.
def test_a_kept_connection_that_was_closed_costs_no_retry(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    caller = face(wire.host, clock=clock, retries=0)
    for ending in ("close", "reset", "close"):
        wire.script = [Say(reply()), Say(then=ending)]
        caller.call()
        caller.call()
    assert clock.sleeps == []
    assert len(wire.requests) == 3 * 3 - 0


# Without the look at the method the server acts on a POST twice: it may have read the first.
@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_post_is_not_resent_after_the_connection_fails(
    wire: Wire, face: Faces, method: str, ending: Ending
) -> None:
    client = face(wire.host).client
    wire.script = [Say(reply()), Say(then=ending)]
    client.call_api("/x", method, body={"n": 1})
    with pytest.raises(TransportException):
        client.call_api("/x", method, body={"n": 2})
    assert [request.body for request in wire.requests] == [b'{"n": 1}', b'{"n": 2}']


# Surplus bytes after a response: read ahead, decrypted, or still to come. Without the check they
# are the response to the next request.
@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("size", [600, 8192, 9000, 40_000])
def test_bytes_after_a_response_are_not_the_next_response(
    face: Faces, tmp_path: Path, secure: bool, size: int
) -> None:
    authority = Authority(tmp_path)
    with Wire(tls=authority.context("127.0.0.1") if secure else None) as server:
        spare = size - len(reply(b" " * size)) + size
        first = reply(b'{"next_page_token": "first"}'.ljust(spare))
        assert len(first) == size
        server.script = [
            Say(first + reply({"next_page_token": "stray"})),
            Say(reply({"next_page_token": "second"})),
        ]
        caller = face(server.host, ssl_ca_cert=authority.ca_cert, retries=0)
        assert caller.call().next_page_token == "first"
        assert caller.call().next_page_token == "second"
        assert server.connections == 2


def test_a_connection_closed_between_calls_is_not_used_again(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.script = [Say(reply(), then="close")]
    caller = face(wire.host, clock=clock, retries=0)
    caller.call()
    assert wire.hung_up.acquire(timeout=5)
    caller.call()
    assert wire.connections == 2
    assert len(wire.requests) == 2


def test_a_new_connection_that_is_closed_is_not_treated_as_stale(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.default = Say(then="close")
    with pytest.raises(TransportException):
        face(wire.host, clock=clock, retries=0).call()
    assert len(wire.requests) == 1


def test_a_kept_connection_cut_during_the_response_is_not_replayed(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.script = [Say(reply()), Say(b"HTTP/1.1 200", then="close")]
    caller = face(wire.host, clock=clock, retries=0)
    caller.call()
    with pytest.raises(TransportException):
        caller.call()


def test_connections_are_kept(wire: Wire, face: Faces) -> None:
    wire.script = [Say(error_reply(404, 1001, "No user")), Say(reply()), Say(chunked(b"{}"))]
    caller = face(wire.host)
    with pytest.raises(NotFoundException):
        caller.call()
    for _ in range(4):
        caller.call()
    assert wire.connections == 1

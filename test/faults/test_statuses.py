"""The result of each status: retried or not, with which exception and advice."""

from __future__ import annotations

import pytest
from support.clocks import JumpingClock
from support.faces import Faces
from support.wire import Say, Wire, error_reply, reply

from swagger_client import exceptions
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DecodeException,
    ForbiddenException,
    IncompleteException,
    NotFoundException,
    RedirectException,
    ServiceException,
    TransportException,
    UnauthorizedException,
)


# Without the set of passing statuses nothing is retried, or everything is.
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_passing_failure_is_retried_and_cured(
    wire: Wire, face: Faces, clock: JumpingClock, status: int
) -> None:
    wire.script = [Say(error_reply(status, status, "Sorry"))] * 2
    assert face(wire.host, clock=clock).call().sms_sessions is None
    assert len(wire.requests) == 3
    assert len(clock.sleeps) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_lasting_failure_ends_in_a_service_exception(
    wire: Wire, face: Faces, clock: JumpingClock, status: int
) -> None:
    wire.default = Say(reply("<html>Sorry</html>", status))
    with pytest.raises(ServiceException) as caught:
        face(wire.host, clock=clock, retries=2).call()
    assert len(wire.requests) == 3
    assert caught.value.status == status


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_can_be_set_for_the_client_and_for_a_call(
    wire: Wire, face: Faces, clock: JumpingClock, retries: int
) -> None:
    wire.default = Say(error_reply(503, 503, "Sorry"))
    with pytest.raises(ServiceException):
        face(wire.host, clock=clock, retries=retries).call()
    assert len(wire.requests) == 1 + retries
    with pytest.raises(ServiceException):
        face(wire.host, clock=clock).call(_retries=retries)
    assert len(wire.requests) == 2 + 2 * retries


# Without the budget 20 calls make 80 requests.
def test_a_lasting_outage_is_not_amplified(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    wire.default = Say(error_reply(500, 500, "Sorry"))
    caller = face(wire.host, clock=clock)
    for _ in range(20):
        with pytest.raises(ServiceException):
            caller.call()
    assert len(wire.requests) <= 20 + 10 + 0.08 * 20 + 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestException),
        (403, ForbiddenException),
        (404, NotFoundException),
        (405, ApiException),
        (418, ApiException),
        (451, ApiException),
        (501, ServiceException),
        (505, ServiceException),
        (600, ServiceException),
        (999, ServiceException),
    ],
)
def test_a_client_error_is_typed_and_not_retried(
    wire: Wire, face: Faces, clock: JumpingClock, status: int, kind: type[ApiException]
) -> None:
    wire.default = Say(error_reply(status, 7013, "SMS session does not exist."))
    with pytest.raises(ApiException) as caught:
        face(wire.host, clock=clock).call()
    assert type(caught.value) is kind
    assert len(wire.requests) == 1
    assert clock.sleeps == []
    assert caught.value.status == status
    assert caught.value.code == 7013
    assert caught.value.message == "SMS session does not exist."
    assert caught.value.tracking_id == "v=2.0;clid=us"
    text = str(caught.value)
    assert "7013" in text
    assert "SMS session does not exist." in text
    assert "Tracking id: v=2.0;clid=us" in text
    assert text.rstrip().splitlines()[-1].startswith("What to do: ")


# Without the bound the flood blocks the caller; without skipping 103 the final response is read as
# the one to the next request.
@pytest.mark.parametrize("interim", [100, 102, 103, 199])
def test_interim_responses_are_skipped(
    wire: Wire, face: Faces, clock: JumpingClock, interim: int
) -> None:
    early = f"HTTP/1.1 {interim} Early\r\nLink: </style.css>\r\n\r\n".encode()
    wire.script = [
        Say(early * 3 + reply({"next_page_token": "first"})),
        Say(reply({"next_page_token": "second"})),
    ]
    caller = face(wire.host, clock=clock)
    assert caller.call().next_page_token == "first"
    assert caller.call().next_page_token == "second"
    assert wire.connections == 1


def test_a_flood_of_interim_responses_ends(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    wire.default = Say(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, then="hang")
    with pytest.raises(TransportException, match="interim"):
        face(wire.host, clock=clock, retries=1, deadline=None).call()
    assert len(wire.requests) == 2


def test_a_protocol_is_not_switched(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    wire.default = Say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", then="hang")
    with pytest.raises(TransportException, match="101"):
        face(wire.host, clock=clock, retries=0).call()


# Without the status as what counts, a portal's redirect is a fault of the network, and repeated.
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, RedirectException),
        (401, UnauthorizedException),
        (404, NotFoundException),
        (418, ApiException),
        (503, ServiceException),
    ],
)
@pytest.mark.parametrize("body", ["br", "corrupt gzip", "cut short", "broken chunk"])
def test_an_error_with_an_unreadable_body_keeps_its_status(
    wire: Wire, face: Faces, clock: JumpingClock, status: int, kind: type[ApiException], body: str
) -> None:
    head = {"x-zm-trackingid": "v=2.0;clid=us", "Location": "/elsewhere"}
    responses = {
        "br": reply(b"\x0b\x02", status, {**head, "Content-Encoding": "br"}),
        "corrupt gzip": reply(b"nonsense", status, {**head, "Content-Encoding": "gzip"}),
        "cut short": reply(b"{}", status, head, length=50),
        "broken chunk": reply(b"zz\r\n", status, {**head, "Transfer-Encoding": "chunked"}),
    }
    wire.default = Say(responses[body], then="close")
    with pytest.raises(ApiException) as caught:
        face(wire.host, clock=clock, retries=0).call()
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.tracking_id == "v=2.0;clid=us"
    assert caught.value.headers is not None
    assert caught.value.headers["location"] == "/elsewhere"
    assert len(wire.requests) == 1


# Without urllib3's redirects turned off the target is asked, with the bearer token.
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    wire: Wire, face: Faces, clock: JumpingClock, status: int
) -> None:
    with Wire() as elsewhere:
        for target in (f"{elsewhere.origin}/x", f"{wire.origin}/y", "//127.0.0.1/", "", "::bad::"):
            wire.script = [Say(reply(b"", status, {"Location": target}))]
            with pytest.raises(RedirectException) as caught:
                face(wire.host, clock=clock).call()
            assert caught.value.status == status
        assert elsewhere.connections == 0
    assert len(wire.requests) == 5


def test_a_304_is_an_error(wire: Wire, face: Faces, clock: JumpingClock) -> None:
    wire.default = Say(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    with pytest.raises(RedirectException):
        face(wire.host, clock=clock).call()


# Without the refresh the first 401 ends the call; without "once" the loop never ends.
def test_a_401_without_credentials_is_not_replayed(
    wire: Wire, face: Faces, clock: JumpingClock
) -> None:
    wire.default = Say(error_reply(401, 124, "Invalid access token."))
    with pytest.raises(UnauthorizedException) as caught:
        face(wire.host, clock=clock).call()
    assert len(wire.requests) == 1
    assert caught.value.code == 124


def empty_page(**more: object) -> bytes:
    return reply({"sms_sessions": [], "next_page_token": "", **more})


# Without the checks of status and shape these read as "no messages".
@pytest.mark.parametrize(
    "response",
    [
        reply("<html><body>Please log in</body></html>", headers={"Content-Type": "text/html"}),
        reply(b""),
        reply(b"   \r\n"),
        reply(b"[]"),
        reply(b'[{"sms_sessions": []}]'),
        reply(b'"{}"'),
        reply(b"null"),
        reply(b"true"),
        reply(b"17"),
        reply(b"{}{}"),
        reply(b"{'sms_sessions': []}"),
        reply(b'{"sms_sessions": ['),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        reply(b"", 205),
        reply(b"{}", 201),
        reply(b"{}", 202),
        reply(b"{}", 203),
        reply(b'{"sms_sessions": []}', 206, {"Content-Range": "bytes 0-19/200"}),
        reply(b"{}", 299),
    ],
    ids=lambda response: repr(response[9:14] + response[-14:]),
)
def test_a_malformed_page_is_never_read_as_an_empty_one(
    wire: Wire, face: Faces, clock: JumpingClock, response: bytes
) -> None:
    wire.default = Say(response)
    with pytest.raises(DecodeException) as caught:
        face(wire.host, clock=clock).call()
    assert len(wire.requests) == 1
    assert str(caught.value).rstrip().splitlines()[-1].startswith("What to do: ")


def test_a_good_page_is_read(wire: Wire, face: Faces) -> None:
    wire.default = Say(empty_page())
    assert face(wire.host).call().sms_sessions == []


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_request_that_writes_is_not_sent_twice(wire: Wire, face: Faces, method: str) -> None:
    wire.default = Say(error_reply(503, 503, "Sorry"))
    client = face(wire.host, clock=JumpingClock()).client
    with pytest.raises(ServiceException):
        client.call_api("/phone/sms/messages", method, body={"text": "hello"})
    assert len(wire.requests) == 1


def test_every_exception_is_an_api_exception_with_advice() -> None:
    kinds = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind.__module__ == exceptions.__name__
    ]
    for kind in kinds:
        assert issubclass(kind, ApiException)
        made = kind(reasons={}) if issubclass(kind, IncompleteException) else kind(reason="x")
        assert made.next_step.endswith((".", "later."))

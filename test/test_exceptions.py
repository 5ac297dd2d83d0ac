"""Exceptions can be pickled and copied, and say what happened and what to do."""

from __future__ import annotations

import copy
import pickle
import socket
from collections.abc import Mapping

import pytest
from support.faces import configured
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError

from swagger_client import ApiClient, SMSApi, exceptions, history, rest
from swagger_client._wire.errors import exception_for
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DeadlineExceededException,
    DecodeException,
    ForbiddenException,
    InvalidArgumentException,
    RateLimitException,
    TLSException,
    TransportException,
    UnauthorizedException,
)

#: The exceptions that a response or a failed request raises.
KINDS = [
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type)
    and issubclass(kind, ApiException)
    and not issubclass(kind, exceptions.IncompleteException)
]


class Response:
    """A response with the interface of the generated client's ``RESTResponse``."""

    def __init__(self, status: int, body: str | bytes, headers: Mapping[str, str] | None = None):
        self.status, self.reason, self.data = status, "Reason", body
        self._headers = headers or {"x-zm-trackingid": "v=2.0;clid=us"}

    def getheaders(self) -> Mapping[str, str]:
        return self._headers


def zoom(status: int, code: object, message: object, **headers: str) -> ApiException:
    import json

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    response = Response(status, json.dumps({"code": code, "message": message}), sent)
    return exception_for(response)._read_rate_limit(1_800_000_000.0)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("full", [True, False])
def test_exceptions_pickle_and_copy(kind: type[ApiException], full: bool) -> None:
    made = (
        kind(http_resp=Response(429, '{"code": 429, "message": "daily"}')) if full else kind(5, "x")
    )
    made._read_rate_limit(1_800_000_000.0)
    check_copies(made)


@pytest.mark.parametrize("kind", [exceptions.IncompleteException, exceptions.GoneException])
def test_exceptions_of_conversations_pickle_and_copy(
    kind: type[exceptions.IncompleteException],
) -> None:
    check_copies(kind(404, {"a": "300: Invalid token", "b": "not found"}))
    assert kind is getattr(history, kind.__name__)


def check_copies(made: ApiException) -> None:
    kind = type(made)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(made, protocol))
        assert type(again) is kind
        assert str(again) == str(made)
        assert vars(again) == vars(made)
        assert again.args == made.args
    for again in (copy.copy(made), copy.deepcopy(made)):
        assert type(again) is kind
        assert str(again) == str(made)


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k is not InvalidArgumentException], ids=lambda kind: kind.__name__
)
def test_every_error_text_has_advice_and_the_tracking_id(
    kind: type[ApiException],
) -> None:
    lines = str(kind(http_resp=Response(400, "{}"))).rstrip().splitlines()
    assert lines[-1].startswith("What to do: ")
    assert len(lines[-1]) > 30
    assert lines[-2] == "Tracking id: v=2.0;clid=us"
    assert "Tracking id: none given" in str(kind(reason="x"))


def test_transport_faults_are_of_urllib3_as_well() -> None:
    for kind in (TransportException, TLSException, DeadlineExceededException):
        assert issubclass(kind, ApiException)
        assert issubclass(kind, HTTPError)
    assert not issubclass(DecodeException, HTTPError)


def test_the_generated_import_paths_work() -> None:
    assert rest.ApiException is ApiException
    names = {name for name in rest.__all__ if name.endswith("Exception")}
    assert len(names) >= 13
    for name in names:
        assert getattr(rest, name) is getattr(exceptions, name)


@pytest.mark.parametrize(
    ("code", "status", "message", "scopes"),
    [
        (4711, 400, "Invalid access token, does not contain scopes:[phone:read:admin].",
         ("phone:read:admin",)),
        (4700, 401, "does not contain scopes: [a:b, c:d:e].", ("a:b", "c:d:e")),
        (104, 401, "Token does not contain scope:[x]", ("x",)),
        (4711, 400, "does not contain scopes:[]", ()),
        (124, 401, "Invalid access token.", ()),
    ],
)  # fmt: skip
def test_missing_scopes_are_named(
    code: int, status: int, message: str, scopes: tuple[str, ...]
) -> None:
    failure = zoom(status, code, message)
    assert failure.missing_scopes == scopes
    if scopes:
        assert f"Missing scopes: {', '.join(scopes)}" in str(failure)
        assert failure.next_step.startswith("Add one of these scopes")
        assert not failure.stale_token


@pytest.mark.parametrize(("status", "code"), [(400, 2013), (404, 2031), (403, None), (403, 2013)])
def test_zoom_phone_that_is_not_enabled_is_recognised(status: int, code: int | None) -> None:
    failure = zoom(status, code, "Phone is not enabled.")
    assert "Zoom Phone is not enabled" in failure.next_step


def test_another_403_does_not_report_a_missing_phone() -> None:
    failure = zoom(403, 200, "No permission.")
    assert isinstance(failure, ForbiddenException)
    assert "not enabled" not in failure.next_step


def test_the_daily_limit_is_named_with_its_end() -> None:
    failure = zoom(429, 429, "You have reached the maximum daily rate limit for this API.")
    assert isinstance(failure, RateLimitException)
    assert failure.daily
    assert "daily limit" in str(failure)
    assert "after 2027-01-16T00:00:00Z" in str(failure)


@pytest.mark.parametrize("wanted", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_can_be_reported(wanted: str) -> None:
    failure = zoom(429, 429, "Slow down", Retry_After=wanted)
    failure.retry_at = failure.retry_at or 1e15
    assert "No request before: " in str(failure)


def test_headers_are_found_in_any_case_and_each_is_kept() -> None:
    sent = HTTPHeaderDict({"x-zm-trackingid": "v=2.0"})
    sent.add("Set-Cookie", "a=1")
    sent.add("set-cookie", "b=2")
    failure = exception_for(Response(404, "{}", sent))
    for each in (failure, pickle.loads(pickle.dumps(failure)), copy.deepcopy(failure)):
        assert each.headers is not None
        assert each.headers["X-ZM-TrackingId"] == each.headers.get("x-zm-trackingid") == "v=2.0"
        assert each.headers["SET-COOKIE"] == "a=1, b=2"


def test_errors_of_fields_are_kept() -> None:
    response = Response(
        400,
        b'{"code": 300, "message": "Validation Failed.", '
        b'"errors": [{"field": "to", "message": "Invalid"}, 5]}',
    )
    failure = exception_for(response)
    assert isinstance(failure, BadRequestException)
    assert failure.errors == [{"field": "to", "message": "Invalid"}]


@pytest.mark.parametrize(
    "body",
    ["", "nonsense", "[]", "null", '{"code": true}', '{"code": [], "message": {}}', "[" * 100_000,
     '{"code": "x", "message": 5, "errors": "y"}', b"\xff\xfe\x00", '{"code": 1e999}',
     '{"message": "\\ud800"}', '{"code": ' + "9" * 5000 + "}"],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
def test_any_body_of_an_error_is_survived(body: str | bytes) -> None:
    failure = exception_for(Response(400, body))
    assert failure.code is None or isinstance(failure.code, int)
    assert str(failure).encode("utf-8", "surrogatepass")
    pickle.dumps(failure)


def test_a_code_of_digits_is_a_code() -> None:
    assert zoom(404, "1001", "No user").code == 1001


def test_the_body_is_shown_in_part_and_kept_whole() -> None:
    failure = exception_for(Response(500, "x" * 10_000))
    assert len(str(failure)) < 3000
    assert failure.body == "x" * 10_000


def test_words_are_not_mistaken_for_secrets() -> None:
    failure = zoom(401, 124, "Invalid bearer token. Use Basic auth or Bearer tokens.")
    assert isinstance(failure, UnauthorizedException)
    assert "<redacted>" not in str(failure)


def test_no_scope_of_a_server_controls_a_terminal() -> None:
    failure = zoom(401, 4711, "does not contain scopes:[a\x1b[2J\u202e]")
    assert failure.missing_scopes
    assert failure.next_step.isprintable()
    assert str(failure).replace("\n", "").isprintable()


def test_no_error_of_the_network_names_an_object() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]
    api = SMSApi(ApiClient(configured(f"http://127.0.0.1:{closed_port}/v2", retries=0)))
    with pytest.raises(TransportException) as raised:
        api.account_sms_session()
    assert "Connection refused" in str(raised.value.reason)
    for internal in ("HTTPConnection", "(host=", "Errno"):
        assert internal not in str(raised.value)

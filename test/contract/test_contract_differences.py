"""The intended differences from the generated client.

The first paragraph of each test is a line of docs/MIGRATING.md.
"""

from __future__ import annotations

import copy
import inspect
import logging
import re
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.clocks import JumpingClock
from support.faces import configured
from support.wire import Wire

import swagger_client
from swagger_client import exceptions
from swagger_client.models import SmsAttachment
from swagger_client.sandbox import RequestRecord, Sandbox

ROOT = Path(__file__).parent.parent.parent
TOKEN = "eyJ0b2tlbiI6ICJzZWNyZXQifQ"


def settings(zoom: Sandbox) -> swagger_client.Configuration:
    return configured(zoom.host, access_token=zoom.access_token)


def api_of(zoom: Sandbox, **changed: object) -> swagger_client.SMSApi:
    configuration = configured(zoom.host, **{"access_token": zoom.access_token, **changed})
    return swagger_client.SMSApi(swagger_client.ApiClient(configuration, clock=JumpingClock()))


def sent(zoom: Sandbox) -> RequestRecord:
    return zoom.requests[-1]


# Arguments


def test_none(zoom: Sandbox) -> None:
    """A parameter that is None is not sent; the generated client sent the text `None`."""
    api_of(zoom).account_sms_session(page_size=None, phone_number=None)
    assert sent(zoom).query == {}


def test_datetimes(zoom: Sandbox) -> None:
    """A `datetime` is sent in UTC with `Z`, as Zoom documents it, not with `+00:00`."""
    start = datetime(2026, 3, 1, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    zoom.fault(status=200, body={})
    api_of(zoom).account_sms_session(_from=start, to=date(2026, 3, 9))
    assert sent(zoom).query == {"from": "2026-03-01T00:30:00Z", "to": "2026-03-09"}


def test_wrong_arguments(zoom: Sandbox) -> None:
    """An argument that Zoom cannot accept (`page_size=500`, an unknown `sync_type`, \
    `_from` without `to` or after it, a text that is no date) raises \
    InvalidArgumentException, a ValueError and an ApiException, before anything is sent; \
    a wrong type raises TypeError."""
    api = api_of(zoom)
    with pytest.raises(ValueError, match="`page_size` must be from 1 to 100, not 500"):
        api.account_sms_session(page_size=500)
    with pytest.raises(ValueError, match=r"`sync_type` must be one of .*, not 'fsync'"):
        api.get_sms_sessions("me", "fsync")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="`to` is required when `_from` is given"):
        api.account_sms_session(_from="2026-01-01")
    with pytest.raises(TypeError, match="`phone_number` must be a str, not list"):
        api.account_sms_session(phone_number=["1"])  # type: ignore[call-overload]
    assert zoom.requests == []


def test_long_spans(zoom: Sandbox) -> None:
    """A span of more than a month is sent with a UserWarning, because Zoom returns one month of \
    it only."""
    with pytest.warns(UserWarning, match="iter_account_sms_session"):
        api_of(zoom).account_sms_session(_from="2025-01-01", to="2026-02-01")
    assert sent(zoom).query["from"] == "2025-01-01"


def test_paths(zoom: Sandbox) -> None:
    """An id that is empty, `.`, `..`, not a string or contains control characters \
    is rejected before anything is sent: it could lead to another endpoint."""
    api = api_of(zoom)
    for wrong in ("", ".", "..", "a\nb"):
        with pytest.raises(ValueError, match="`session_id` must not"):
            api.sms_session_details(wrong)
    with pytest.raises(TypeError, match="`session_id` must be a str, not int"):
        api.sms_session_details(7)  # type: ignore[call-overload]
    assert zoom.requests == []


def test_float_timeouts(zoom: Sandbox) -> None:
    """A float `_request_timeout` is used; the generated client ignored everything \
    but ints."""
    zoom.fault(hang=True)
    with pytest.raises(exceptions.TransportException, match="timed out"):
        api_of(zoom).account_sms_session(_request_timeout=0.05, _retries=0)


# Responses


def test_values_zoom_adds(zoom: Sandbox) -> None:
    """Values, fields and nulls that the description does not know are kept when \
    Zoom sends them; the generated client rejected the whole response."""
    body = {
        "message_id": "1", "message_type": 99, "sender": {"phone_number": None}, "to_members": None,
        "new_field": [1],
    }  # fmt: skip
    zoom.fault(status=200, body=body)
    message = api_of(zoom).sms_by_message_id("session", "1")
    assert message.message_type == 99
    assert message.to_members is None
    assert message.additional_properties == {"new_field": [1]}
    assert message.to_dict()["new_field"] == [1]


def test_setters(zoom: Sandbox) -> None:
    """Constructors and setters accept the values that Zoom documents today, which are more than \
    those of the generated client."""
    owner = swagger_client.InlineResponse20074Owner(type="serviceEndpoint")
    assert owner.type == "serviceEndpoint"
    with pytest.raises(ValueError, match=r"Invalid value for `type` \(nope\)"):
        owner.type = "nope"


def test_slots() -> None:
    """Models have slots: they cannot be given attributes of your own."""
    owner = swagger_client.InlineResponse20074Owner()
    with pytest.raises(AttributeError):
        setattr(owner, "note", "mine")  # noqa: B010


def test_download_urls() -> None:
    """`repr`, `print` and `to_str` of an attachment leave out its `download_url`, which is a \
    credential; the attribute and `to_dict` have it."""
    url = f"https://file.zoom.us/file/a?jwt={TOKEN}"
    attachment = SmsAttachment(download_url=url)
    for text in (repr(attachment), str(attachment), attachment.to_str()):
        assert TOKEN not in text
        assert "download_url" not in text
    assert attachment.download_url == attachment.to_dict()["download_url"] == url


@pytest.mark.parametrize("body", ["", "[]", "null", '"text"', "<html></html>", '{"a": '])
def test_malformed_responses(body: str, zoom: Sandbox) -> None:
    """A 200 whose body is not the documented JSON object raises DecodeException, \
    not an AttributeError, and is not an empty page."""
    zoom.fault(status=200, body=body, times=None)
    with pytest.raises(exceptions.DecodeException) as caught:
        api_of(zoom).account_sms_session(_retries=0)
    assert caught.value.status == 200


def test_wrong_kinds(zoom: Sandbox) -> None:
    """Something else in the place of a list or an object in a response, such as \
    `"attachments": 5`, raises DecodeException, not a TypeError; null and an empty value are \
    kept."""
    zoom.fault(status=200, body={"attachments": 5}, times=1)
    with pytest.raises(exceptions.DecodeException, match="`attachments` is a JSON number"):
        api_of(zoom).sms_by_message_id("s", "m")
    body: dict[str, object] = {"attachments": "", "to_members": None, "sender": []}
    zoom.fault(status=200, body=body, times=1)
    message = api_of(zoom).sms_by_message_id("s", "m")
    assert {name: getattr(message, name) for name in body} == body


def test_rest_response(zoom: Sandbox) -> None:
    """`RESTResponse` has the body as bytes, too, in `content`; `data` is still \
    text."""
    client = swagger_client.ApiClient(settings(zoom))
    swagger_client.SMSApi(client).account_sms_session(page_size=1)
    response = client.last_response
    assert isinstance(response, swagger_client.rest.RESTResponse)
    assert isinstance(response.data, str)
    assert response.content == response.data.encode()


def test_exceptions(zoom: Sandbox) -> None:
    """Exceptions are subclasses of ApiException, with Zoom's `code`, `message` and \
    `tracking_id`; their text says what to do."""
    with pytest.raises(exceptions.NotFoundException) as caught:
        api_of(zoom).sms_by_message_id("none", "none")
    error = caught.value
    assert isinstance(error, swagger_client.rest.ApiException)
    assert (error.status, error.code) == (404, 2001)
    assert error.message
    assert error.tracking_id
    assert error.next_step in str(error)


# The network


def test_retries(zoom: Sandbox) -> None:
    """Transient failures (429, 408, 5xx, network errors) are retried up to 3 times, \
    not before Zoom permits it; `configuration.retries = 0` turns that off."""
    zoom.fault(status=503, headers={"Retry-After": "0"})
    assert api_of(zoom).account_sms_session().sms_sessions
    assert [request.status for request in zoom.requests] == [503, 200]
    zoom.fault(status=503)
    with pytest.raises(exceptions.ServiceException):
        api_of(zoom, retries=0).account_sms_session()
    assert len(zoom.requests) == 3


def test_limits_of_time() -> None:
    """A call ends within 300 seconds (`deadline`), connecting takes at most 10 and \
    each wait for bytes at most 60 (`timeout`); the generated client had no limits."""
    configuration = swagger_client.Configuration()
    assert configuration.deadline == 300
    assert configuration.timeout == (10, 60)


def test_limit_of_size(zoom: Sandbox) -> None:
    """A response of more than 8 MiB (`max_response_bytes`) is not read."""
    assert swagger_client.Configuration().max_response_bytes == 8 * 1024 * 1024
    with pytest.raises(exceptions.ResponseTooLargeException):
        api_of(zoom, max_response_bytes=100).account_sms_session()


def test_redirects(zoom: Sandbox) -> None:
    """A redirect raises RedirectException; the generated client followed it, with \
    the token."""
    zoom.fault(status=302, headers={"Location": f"{zoom.host}/phone/sms/sessions"})
    with pytest.raises(exceptions.RedirectException):
        api_of(zoom).account_sms_session()
    assert len(zoom.requests) == 1


def test_plain_http(wire: Wire) -> None:
    """A plain `http://` host is rejected unless it is this machine or `allow_http` \
    is set."""
    configuration = configured("http://api.example.com/v2", proxy=wire.origin)
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
    with pytest.raises(ValueError, match=r"http:// URL of api\.example\.com"):
        api.account_sms_session()
    assert wire.requests == []
    configuration.allow_http = True
    api.account_sms_session()
    assert wire.requests[0].target == "http://api.example.com/v2/phone/sms/sessions"


def test_headers(wire: Wire) -> None:
    """Requests send `User-Agent: swagger-client/<version>/python`, accept gzip, and \
    have no Content-Type without a body."""
    swagger_client.SMSApi(swagger_client.ApiClient(configured(wire.host))).account_sms_session()
    headers = wire.requests[0].headers
    assert headers["user-agent"] == f"swagger-client/{swagger_client.__version__}/python"
    assert headers["accept-encoding"] == "gzip"
    assert "content-type" not in headers


def test_empty_token(wire: Wire) -> None:
    """An empty token sends no Authorization header; the generated client sent `Bearer `."""
    configuration = configured(wire.host, access_token="")
    swagger_client.SMSApi(swagger_client.ApiClient(configuration)).account_sms_session()
    configuration.access_token = "a-token"
    swagger_client.SMSApi(swagger_client.ApiClient(configuration)).account_sms_session()
    sent_of = [request.headers.get("authorization") for request in wire.requests]
    assert sent_of == [None, "Bearer a-token"]


@pytest.mark.parametrize("broken", ["\n", "\r\nX-Evil: 1", "\0", "é"])
def test_broken_token(broken: str, zoom: Sandbox) -> None:
    """A token with a line break or other characters that no token has raises \
    ValueError, without the token in its text."""
    with pytest.raises(ValueError, match="the access token contains a space") as caught:
        api_of(zoom, access_token=TOKEN + broken).account_sms_session()
    assert TOKEN not in str(caught.value)
    assert zoom.requests == []


def test_refresh_hook(zoom: Sandbox) -> None:
    """`refresh_api_key_hook` is called before each request, so that it can set `access_token`."""

    def renew(configuration: swagger_client.Configuration) -> None:
        configuration.access_token = zoom.access_token

    api_of(zoom, access_token="stale", refresh_api_key_hook=renew).account_sms_session()
    assert [request.status for request in zoom.requests] == [200]


# Configuration, client, logs


def test_copies() -> None:
    """Copies of a Configuration share no mutable state: neither `api_key` nor \
    loggers."""
    configuration = swagger_client.Configuration()
    for made in (copy.copy(configuration), copy.deepcopy(configuration)):
        made.api_key["k"] = "secret"
        made.api_key_prefix["k"] = "Token"
        made.debug = True
        assert configuration.api_key == configuration.api_key_prefix == {}
        assert made.logger["package_logger"] is not configuration.logger["package_logger"]
        assert not configuration.logger["package_logger"].isEnabledFor(logging.DEBUG)


def test_loggers(capfd: pytest.CaptureFixture[str], zoom: Sandbox) -> None:
    """`debug` and `logger_file` act on the package's own logger, one per Configuration, not on \
    `http.client`, which printed tokens, nor on urllib3 or the root logger."""
    import http.client

    configuration = settings(zoom)
    configuration.debug = True
    swagger_client.SMSApi(swagger_client.ApiClient(configuration)).account_sms_session()
    assert http.client.HTTPConnection.debuglevel == 0
    assert logging.getLogger("urllib3").level == logging.NOTSET
    assert logging.getLogger("swagger_client").level == logging.NOTSET
    printed = "".join(capfd.readouterr())
    assert zoom.access_token not in printed
    assert configuration.access_token not in repr(configuration)


def test_threads(zoom: Sandbox) -> None:
    """The threads of `async_req` start when they are first used. `close()`, or the \
    end of the client's `with` block, ends them after their calls."""

    def workers() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "swagger_client_async"]

    with swagger_client.ApiClient(settings(zoom)) as client:
        api = swagger_client.SMSApi(client)
        assert api.account_sms_session().sms_sessions
        assert workers() == []
        assert api.account_sms_session(async_req=True).get(30).sms_sessions
        assert workers() != []
    for thread in workers():
        thread.join(10)
    assert workers() == []


def test_files() -> None:
    """`call_api` reads no files (`response_type="file"`): the API has none, and attachments have \
    their own download."""
    with pytest.raises(ValueError, match="response_type 'file' is neither"):
        swagger_client.ApiClient().deserialize(Answer(b'"x"'), "file")  # type: ignore[arg-type]


class Answer:
    def __init__(self, content: bytes) -> None:
        self.content, self.data, self.status = content, content.decode(), 200


# The lists


def documented_lines() -> list[str]:
    text = (ROOT / "docs" / "MIGRATING.md").read_text("utf-8")
    return [" ".join(item.split()) for item in re.findall(r"^- (.+(?:\n  .+)*)", text, re.M)]


def lines_with_tests() -> list[str]:
    tests: list[Callable[..., object]] = [
        test
        for name, test in vars(sys.modules[__name__]).items()
        if name.startswith("test_") and test.__doc__
    ]
    return [" ".join(inspect.getdoc(test).split()) for test in tests]  # type: ignore[union-attr]


def test_each_difference_is_one_line_and_one_test() -> None:
    assert documented_lines() == lines_with_tests()

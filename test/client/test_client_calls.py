"""The options of a call, the life of a client, and user code that replaces its parts."""

from __future__ import annotations

import copy
import pickle
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.clocks import JumpingClock
from support.faces import configured
from support.wire import Say, Wire, reply
from urllib3.exceptions import InsecureRequestWarning

from swagger_client import ApiClient, Configuration, InlineResponse20073, SMSApi
from swagger_client._operation import Operation
from swagger_client.api._operations import OPERATIONS
from swagger_client.exceptions import (
    ApiException,
    DeadlineExceededException,
    DecodeException,
    ServiceException,
    TLSException,
    TransportException,
)
from swagger_client.sandbox import Sandbox

PAGE = {"next_page_token": "", "page_size": 30, "sms_sessions": []}


def api_at(wire: Wire, **settings: object) -> SMSApi:
    return SMSApi(ApiClient(configured(wire.host, **settings), clock=JumpingClock()))


def usual(operation: Operation[Any]) -> dict[str, object]:
    return {each.name: each.example for each in operation.parameters if each.required}


# Options


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: str(operation.name))
def test_each_method_and_its_twin_return_the_annotated_type(
    operation: Operation[Any], wire: Wire
) -> None:
    wire.default = Say(reply({"page_size": 1}, headers={"X-Zm-Trackingid": "id"}))
    api, arguments = api_at(wire), usual(operation)
    alone = getattr(api, operation.name)(**arguments)
    data, status, headers = getattr(api, f"{operation.name}_with_http_info")(**arguments)
    only = getattr(api, f"{operation.name}_with_http_info")(
        **arguments, _return_http_data_only=True
    )
    later = getattr(api, operation.name)(**arguments, async_req=True).get(10)
    full = getattr(api, f"{operation.name}_with_http_info")(**arguments, async_req=True).get(10)
    assert type(alone).__name__ == operation.response_type
    assert alone == data == only == later == full[0]
    assert (status, headers["x-zm-trackingid"]) == (200, "id")
    raw = getattr(api, operation.name)(**arguments, _preload_content=False)
    assert raw.status == 200
    assert raw.json() == {"page_size": 1}
    api.api_client.close()


def test_asynchronous_calls_run_beside_each_other(wire: Wire) -> None:
    gate = threading.Event()
    wire.default = Say(reply(PAGE), gate=gate)
    with ApiClient(configured(wire.host)) as client:
        api = SMSApi(client)
        waiting: list[Any] = [api.account_sms_session(async_req=True) for _ in range(2)]
        while len(wire.requests) < 2:
            threading.Event().wait(0.001)
        assert not any(one.ready() for one in waiting)
        gate.set()
        assert [one.get(10).page_size for one in waiting] == [30, 30]
    assert len({request.connection for request in wire.requests}) == 2


def test_an_asynchronous_call_raises_the_same_error_as_a_call(wire: Wire) -> None:
    wire.default = Say(reply({"code": 2001, "message": "no"}, 404))
    with ApiClient(configured(wire.host)) as client:
        later: Any = SMSApi(client).account_sms_session(async_req=True)
        with pytest.raises(ApiException, match="404"):
            later.get(10)


def test_wrong_arguments_of_an_asynchronous_call_are_reported_at_once(wire: Wire) -> None:
    with pytest.raises(ValueError, match="page_size"):
        api_at(wire).account_sms_session(page_size=0, async_req=True)


@pytest.mark.parametrize("timeout", [1, 0.05, (1, 0.05), (0.05, 0.05)])
def test_a_call_waits_for_a_response_until_its_deadline(timeout: Any, wire: Wire) -> None:
    wire.default = Say(then="hang")
    with pytest.raises(TransportException):
        api_at(wire, retries=0).account_sms_session(_request_timeout=timeout, _deadline=0.2)


@pytest.mark.parametrize(
    "timeout", ["1", 0, -1, (1,), (1, 2, 3), float("nan"), True, (1, None), [1, 2]]
)
def test_an_invalid_timeout_is_rejected_before_anything_is_sent(timeout: Any, wire: Wire) -> None:
    with pytest.raises((ValueError, TypeError)):
        api_at(wire).account_sms_session(_request_timeout=timeout)
    assert wire.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_call_on_a_kept_connection_has_its_own_read_timeout(
    scheme: str, authority: trustme.CA, ca_file: str
) -> None:
    tls = served_by(authority, "127.0.0.1") if scheme == "https" else None
    with Wire(tls=tls, default=Say(reply(PAGE))) as wire:
        api = api_at(wire, ssl_ca_cert=ca_file)
        for read in (20, 30, 30, 0.5, 40):
            api.account_sms_session(_request_timeout=(10, read))
            pool = api.api_client.rest_client.pool_manager.connection_from_url(wire.host)
            assert pool.pool is not None
            assert pool.pool.queue[-1].sock.gettimeout() == read
        assert {request.connection for request in wire.requests} == {1}


def test_retries_and_deadline_apply_to_one_call(wire: Wire) -> None:
    wire.default = Say(reply("{}", 503))
    api = api_at(wire, retries=2)
    with pytest.raises(ServiceException):
        api.account_sms_session(_retries=0)
    assert len(wire.requests) == 1
    with pytest.raises(ServiceException):
        api.account_sms_session()
    assert len(wire.requests) == 4
    wire.default = Say(then="hang")
    with pytest.raises(DeadlineExceededException):
        api.account_sms_session(_deadline=0.05)


# Life of a client


def test_a_closed_client_leaves_no_connection_and_no_thread(wire: Wire) -> None:
    wire.default = Say(reply(PAGE))
    before = {thread.name for thread in threading.enumerate() if "worker" in thread.name}
    with ApiClient(configured(wire.host)) as client:
        later: Any = SMSApi(client).account_sms_session(async_req=True)
        assert later.get(10).page_size == 30
        assert wire.open_connections == 1
    assert wire.hung_up.acquire(timeout=10)
    assert wire.open_connections == 0
    for thread in threading.enumerate():
        if "worker" in thread.name and thread.name not in before:
            thread.join(10)
            assert not thread.is_alive()


def test_closing_twice_is_allowed_and_a_closed_client_can_call_again(wire: Wire) -> None:
    wire.default = Say(reply(PAGE))
    client = ApiClient(configured(wire.host))
    client.close()
    client.close()
    assert SMSApi(client).account_sms_session().page_size == 30
    client.close()


DUPLICATES: list[Callable[[ApiClient], ApiClient]] = [
    copy.copy,
    copy.deepcopy,
    lambda client: pickle.loads(pickle.dumps(client)),
]


@pytest.mark.parametrize("duplicate", DUPLICATES, ids=["copy", "deepcopy", "pickle"])
def test_a_copy_of_a_client_calls_as_the_client_does_on_its_own_connections(
    duplicate: Callable[[ApiClient], ApiClient], wire: Wire
) -> None:
    wire.default = Say(reply(PAGE))
    client = ApiClient(configured(wire.host), "X-Reason", "audit", "theme=dark")
    client.user_agent = "archiver/1"
    SMSApi(client).account_sms_session(async_req=True).get(10)
    made = duplicate(client)
    made.set_default_header("X-Mine", "1")
    SMSApi(made).account_sms_session()
    client.close()
    SMSApi(made).account_sms_session()
    mine, theirs = wire.requests[1], wire.requests[0]
    for name in ("authorization", "x-reason", "cookie", "user-agent"):
        assert mine.headers[name] == theirs.headers[name]
    assert "X-Mine" not in client.default_headers
    assert mine.connection != theirs.connection
    assert made.rest_client is not client.rest_client
    made.close()


def test_a_lowercase_default_header_is_not_sent_twice(wire: Wire) -> None:
    lines: list[str] = []
    client = ApiClient(configured(wire.host), "authorization", "Bearer other")
    client.set_default_header("accept", "text/plain")
    real = client.rest_client.request

    def noting(method: str, url: str, query: Any, headers: Any, *more: Any) -> Any:
        lines.extend(headers)
        return real(method, url, query, headers, *more)

    client.rest_client.request = noting  # type: ignore[method-assign, assignment]
    SMSApi(client).account_sms_session()
    names = [line.lower() for line in lines]
    assert len(names) == len(set(names))
    assert wire.requests[0].headers["authorization"] == "Bearer a-token"
    assert wire.requests[0].headers["accept"] == "text/plain"


class Tenant(ApiClient):
    def __init__(self, configuration: Configuration, tenant: str) -> None:
        super().__init__(configuration)
        self.tenant = tenant


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_a_copy_of_a_subclass_has_the_added_attributes(
    duplicate: Callable[[Tenant], Tenant], wire: Wire
) -> None:
    made = duplicate(Tenant(configured(wire.host), "north"))
    assert (type(made), made.tenant) == (Tenant, "north")
    SMSApi(made).account_sms_session()


def test_a_client_and_an_api_can_be_dropped_without_being_closed(wire: Wire) -> None:
    wire.default = Say(reply(PAGE))
    SMSApi(ApiClient(configured(wire.host))).account_sms_session()
    assert wire.hung_up.acquire(timeout=10)


def test_one_client_serves_many_threads(zoom: Sandbox) -> None:
    responses: list[InlineResponse20073] = []
    with ApiClient(configured(zoom.host, access_token=zoom.access_token)) as client:
        api = SMSApi(client)

        def read() -> None:
            for _ in range(5):
                responses.append(api.account_sms_session(page_size=5))

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(responses) == 40
    assert all(response.sms_sessions == responses[0].sms_sessions for response in responses)


# User code in a client's place


def test_an_overridden_request_sees_every_request(wire: Wire) -> None:
    seen: list[tuple[str, str, str]] = []

    class Watching(ApiClient):
        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            seen.append((method, url, options["headers"]["Authorization"]))
            return super().request(method, url, *args, **options)

    wire.script = [Say(reply("{}", 503))]
    with Watching(configured(wire.host), clock=JumpingClock()) as client:
        SMSApi(client).account_sms_session()
    url = f"{wire.host}/phone/sms/sessions"
    assert seen == [("GET", url, "Bearer a-token")] * 2


class Canned:
    """A REST client with a fixed response."""

    status: int = 200
    reason: str = "OK"
    data: bytes = b'{"page_size": 7}'

    def GET(self, url: str, **options: Any) -> Canned:
        return self

    def getheaders(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        pass


def test_a_rest_client_of_the_users_own_is_asked(wire: Wire) -> None:
    client = ApiClient(configured(wire.host))
    client.rest_client = Canned()  # type: ignore[assignment]
    assert SMSApi(client).account_sms_session().page_size == 7
    assert wire.connections == 0


# call_api


def test_call_api_sends_the_given_arguments(wire: Wire) -> None:
    wire.default = Say(reply([PAGE]))
    client = ApiClient(configured(wire.host))
    called: Any = client.call_api(
        "/phone/{kind}/x", "POST", {"kind": "s/s"}, {"ids": [1, 2], "none": None, "on": True},
        {"X-One": "1"}, body={"a": InlineResponse20073(page_size=3)},
        response_type="list[InlineResponse20073]", auth_settings=["OAuth"],
        collection_formats={"ids": "multi"},
    )  # fmt: skip
    data, status, _ = called
    assert status == 200
    assert data == [InlineResponse20073.from_dict(dict(PAGE))]
    (request,) = wire.requests
    assert (request.method, request.target) == ("POST", "/v2/phone/s%2Fs/x?ids=1&ids=2&on=true")
    assert request.body == b'{"a": {"page_size": 3}}'
    assert request.headers["x-one"] == "1"
    assert request.headers["authorization"] == "Bearer a-token"


def test_call_api_without_auth_settings_sends_no_token(wire: Wire) -> None:
    ApiClient(configured(wire.host)).call_api("/open", "GET")
    assert "authorization" not in wire.requests[0].headers


# Certificates and proxies


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def served_by(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_configured_ca_is_trusted(authority: trustme.CA, ca_file: str) -> None:
    with Wire(tls=served_by(authority, "127.0.0.1"), default=Say(reply(PAGE))) as wire:
        assert api_at(wire, ssl_ca_cert=ca_file).account_sms_session().page_size == 30


def test_an_untrusted_ca_is_rejected_unless_verification_is_off(
    authority: trustme.CA,
) -> None:
    with Wire(tls=served_by(authority, "127.0.0.1"), default=Say(reply(PAGE))) as wire:
        with pytest.raises(TLSException):
            api_at(wire).account_sms_session()
        with pytest.warns(InsecureRequestWarning):
            assert api_at(wire, verify_ssl=False).account_sms_session().page_size == 30


def test_assert_hostname_names_the_certificate_that_is_expected(
    authority: trustme.CA, ca_file: str
) -> None:
    with Wire(tls=served_by(authority, "api.zoom.example"), default=Say(reply(PAGE))) as wire:
        with pytest.raises(TLSException):
            api_at(wire, ssl_ca_cert=ca_file).account_sms_session()
        expecting = api_at(wire, ssl_ca_cert=ca_file, assert_hostname="api.zoom.example")
        assert expecting.account_sms_session().page_size == 30
        with pytest.raises(TLSException):
            api_at(wire, ssl_ca_cert=ca_file, assert_hostname="other.example").account_sms_session()


def test_a_client_certificate_is_shown_to_a_server_that_wants_one(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    wanting = served_by(authority, "127.0.0.1")
    wanting.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(wanting)
    mine = authority.issue_cert("client.example")
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    files = {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}
    with Wire(tls=wanting, default=Say(reply(PAGE))) as wire:
        with pytest.raises(TransportException):
            api_at(wire, ssl_ca_cert=ca_file, retries=0).account_sms_session()
        assert api_at(wire, ssl_ca_cert=ca_file, **files).account_sms_session().page_size == 30


def test_a_proxy_gets_the_request_and_its_credentials(wire: Wire) -> None:
    proxy = wire.origin.replace("://", "://ada:s%3Acret@")
    configuration = configured("http://api.example.com/v2", proxy=proxy, allow_http=True)
    SMSApi(ApiClient(configuration)).account_sms_session()
    (request,) = wire.requests
    assert request.target == "http://api.example.com/v2/phone/sms/sessions"
    assert request.headers["proxy-authorization"].startswith("Basic ")


# Responses


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_another_2xx_status_than_200_raises(status: int, wire: Wire) -> None:
    wire.default = Say(reply(b"" if status == 204 else PAGE, status))
    with pytest.raises(DecodeException):
        api_at(wire, retries=0).account_sms_session()

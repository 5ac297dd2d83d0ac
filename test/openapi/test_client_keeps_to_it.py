"""Requests and responses of the client, seen on the wire, match the description."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import urllib3
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.faces import Asyncio, Blocking, Face, faces_of
from support.watcher import DESCRIPTION, Watcher

from swagger_client.exceptions import ApiException, BadRequestException, NotFoundException
from swagger_client.sandbox import Clock, Sandbox

NOW = datetime(2026, 7, 15, 12, tzinfo=timezone.utc)
A_WEEK_AGO = NOW - timedelta(days=7)


def snake(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


SPEC = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
#: The parameters of each method in the description, by their Python names.
METHODS: dict[str, dict[str, dict[str, Any]]] = {
    snake(operation["operationId"]): {
        {"from": "_from"}.get(one["name"], snake(one["name"])): one
        for one in operation["parameters"]
    }
    for item in SPEC["paths"].values()
    for operation in item.values()
}

timestamps = st.datetimes(A_WEEK_AGO.replace(tzinfo=None), NOW.replace(tzinfo=None))
spans = st.one_of(
    st.tuples(st.just(date(2026, 7, 1)), st.dates(date(2026, 7, 2), date(2026, 7, 15))),
    st.tuples(st.just(A_WEEK_AGO), timestamps.map(lambda time: time.replace(tzinfo=timezone.utc))),
    st.just(("2026-07-01T00:00:00Z", "2026-07-02T23:59:59Z")),
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Generate the values that the description permits for a parameter."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    return st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1)


@pytest.fixture(scope="module")
def zoom() -> Iterator[Sandbox]:
    with Sandbox(seed=7, clock=Clock(frozen=True, start=NOW), years=0.05) as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture(scope="module")
def watching(zoom: Sandbox) -> Iterator[Watcher]:
    with Watcher(zoom.origin) as made:
        yield made


@pytest.fixture
def watcher(watching: Watcher) -> Iterator[Watcher]:
    watching.seen.clear()
    yield watching
    complaints = watching.complaints[:]
    watching.complaints.clear()
    assert complaints == []


@pytest.fixture(params=[Blocking, Asyncio], ids=lambda kind: kind.name)
def face(request: pytest.FixtureRequest, zoom: Sandbox, watcher: Watcher) -> Iterator[Face]:
    with faces_of(request.param) as make:
        yield make(watcher.host, access_token=zoom.access_token, retries=0)


def there(zoom: Sandbox, method: str) -> dict[str, str]:
    """Return existing ids for the path parameters of a method."""
    session = zoom.sessions()[0].session_id
    known = {"user_id": "me", "session_id": session}
    known["message_id"] = zoom.messages(session)[0].message_id
    return {name: known[name] for name, one in METHODS[method].items() if one["in"] == "path"}


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_is_sent_as_described(
    method: str, face: Face, zoom: Sandbox, watcher: Watcher
) -> None:
    described = METHODS[method]
    arguments = {name: one["example"] for name, one in described.items()} | there(zoom, method)
    with contextlib.suppress(BadRequestException):  # a page token of another list
        face.call(method, **arguments)
    (sent,) = watcher.seen.values()
    assert sent == {one["name"] for one in described.values() if one["in"] == "query"}
    assert zoom.requests[-1].operation == method


@pytest.mark.parametrize("method", METHODS)
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_permitted_request_matches(
    method: str, face: Face, zoom: Sandbox, watcher: Watcher, data: st.DataObject
) -> None:
    query = {name: one for name, one in METHODS[method].items() if one["in"] == "query"}
    takes_span = query.keys() >= {"_from", "to"}
    drawn = {
        name: values(one["schema"]) for name, one in query.items() if name not in ("_from", "to")
    }
    needed = {name: drawn.pop(name) for name, one in query.items() if one.get("required")}
    arguments: dict[str, Any] = dict(there(zoom, method))
    arguments |= data.draw(st.fixed_dictionaries(needed, optional=drawn))
    if takes_span and data.draw(st.booleans()):
        arguments["_from"], arguments["to"] = data.draw(spans)
    with contextlib.suppress(BadRequestException, NotFoundException):  # for a token made up
        face.call(method, **arguments)
    assert zoom.requests[-1].operation == method
    assert watcher.complaints == []


@pytest.mark.parametrize("method", [name for name in METHODS if name != "account_sms_session"])
@pytest.mark.parametrize("unknown", ["nobody@example.com", "a/b?c#d%2F", "ünïcode ✓"])
def test_errors_match(method: str, unknown: str, face: Face, zoom: Sandbox) -> None:
    needed = {name: one["example"] for name, one in METHODS[method].items() if one.get("required")}
    ids = dict.fromkeys(there(zoom, method), unknown)
    with pytest.raises(ApiException) as raised:
        face.call(method, **needed | ids)
    assert raised.value.status in (400, 404)


def test_error_of_an_invalid_token_matches(face: Face) -> None:
    face.client.configuration.access_token = "nonsense"
    with pytest.raises(ApiException) as raised:
        face.call("account_sms_session")
    assert raised.value.status == 401


def test_whole_histories_match(zoom: Sandbox, watcher: Watcher) -> None:
    with faces_of(Blocking) as make:
        face = make(watcher.host, access_token=zoom.access_token, retries=0)
        messages = face.call("iter_account_messages", _from=date(2026, 6, 20), to=date(2026, 7, 15))
        assert len(list(messages)) > 100
    assert watcher.seen.keys() >= {"accountSmsSession", "smsSessionDetails"}


def test_watcher_detects_differences(zoom: Sandbox) -> None:
    """One difference of each kind."""
    token = {"Authorization": f"Bearer {zoom.access_token}"}
    with Watcher(zoom.origin) as watching:
        asked = {
            "/phone/sms/sessions?page_size=101": "101 is greater than",
            "/phone/sms/sessions?from=yesterday": "does not match",
            "/phone/sms/sessions?session_type=robot": "is not one of",
            "/phone/sms/sessions?colour=red": "colour is no parameter",
            "/phone/sms/sessions?sort=1&page_size=1&page_size=2": "page_size was sent twice",
            "/phone/sms/sessions/1/sync": "count",
            "/phone/nowhere": "nowhere",
        }
        for path, complaint in asked.items():
            watching.complaints.clear()
            urllib3.request("GET", watching.host + path, headers=token, retries=False)
            assert complaint in "\n".join(watching.complaints), path
        watching.complaints.clear()
        urllib3.request("GET", f"{watching.host}/phone/sms/sessions", retries=False)
        assert "Security" in watching.complaints[0]

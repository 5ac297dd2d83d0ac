"""What the client sends, and what it is sent, is what the description says, seen on the wire."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.faces import Asyncio, Blocking, Face, faces_of
from support.watcher import Watcher

from swagger_client.exceptions import ApiException, BadRequestException, NotFoundException
from swagger_client.sandbox import Clock, Sandbox

NOW = datetime(2026, 7, 15, 12, tzinfo=timezone.utc)
A_WEEK_AGO = NOW - timedelta(days=7)
METHODS = {
    "account_sms_session": (),
    "user_sms_session": ("user_id",),
    "get_sms_sessions": ("user_id", "sync_type"),
    "sms_session_details": ("session_id",),
    "sms_session_sync": ("session_id", "count"),
    "sms_by_message_id": ("session_id", "message_id"),
}
LISTS = {"page_size": 30, "_from": "2026-07-01", "to": "2026-07-15"}
SESSIONS = {
    "phone_number": "18108001001",
    "session_type": "all",
    "filter_type": "last_message_time",
}
EVERYTHING: dict[str, dict[str, Any]] = {
    "account_sms_session": {**LISTS, **SESSIONS},
    "user_sms_session": {**LISTS, **SESSIONS, "user_id": "me"},
    "get_sms_sessions": {
        "user_id": "me", "sync_type": "FSync", "sync_token": "a+b/c=", "count": 50,
        "session_type": "call_queue",
    },
    "sms_session_details": {**LISTS, "sort": 1, "delivery_status": "received"},
    "sms_session_sync": {"sync_type": "FSync", "sync_token": "a+b/c=", "count": 250},
    "sms_by_message_id": {},
}  # fmt: skip
ON_THE_WIRE = {"_from": "from"}
IN_THE_PATH = {"user_id", "session_id", "message_id"}

moments = st.datetimes(A_WEEK_AGO.replace(tzinfo=None), NOW.replace(tzinfo=None))
spans = st.one_of(
    st.tuples(st.just(date(2026, 7, 1)), st.dates(date(2026, 7, 2), date(2026, 7, 15))),
    st.tuples(st.just(A_WEEK_AGO), moments.map(lambda moment: moment.replace(tzinfo=timezone.utc))),
    st.just(("2026-07-01T00:00:00Z", "2026-07-02T23:59:59Z")),
)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "page_size": st.integers(1, 100),
    "next_page_token": st.text(
        st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1
    ),
    "phone_number": st.sampled_from(["18108001001", "+44 20 7946 0000"]),
    "session_type": st.sampled_from(["user", "call_queue", "auto_receptionist", "all"]),
    "filter_type": st.sampled_from(["sent_message_time", "received_message_time"]),
    "sort": st.sampled_from([1, 2]),
    "delivery_status": st.sampled_from(["all", "received", "unknown", "failed_to_send"]),
    "sync_token": st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1),
    "count": st.integers(1, 250),
    "sync_type": st.sampled_from(["FSync", "BSync", "ISync"]),
}


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
    """The ids that a method needs, of what is there."""
    session = zoom.sessions()[0].session_id
    known = {"user_id": "me", "session_id": session}
    known["message_id"] = zoom.messages(session)[0].message_id
    return {name: value for name, value in known.items() if name in METHODS[method]}


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_arrives_as_described(
    method: str, face: Face, zoom: Sandbox, watcher: Watcher
) -> None:
    arguments = {**there(zoom, method), **EVERYTHING[method]}
    face.call(method, **arguments)
    (sent,) = watcher.seen.values()
    assert sent == {ON_THE_WIRE.get(name, name) for name in arguments if name not in IN_THE_PATH}
    assert zoom.requests[-1].operation == method


@pytest.mark.parametrize("method", METHODS)
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_a_caller_may_ask_is_described(
    method: str, face: Face, zoom: Sandbox, watcher: Watcher, data: st.DataObject
) -> None:
    needed = {name: OPTIONAL[name] for name in METHODS[method] if name in OPTIONAL}
    takes = {*EVERYTHING[method], *(["next_page_token"] if "_from" in EVERYTHING[method] else [])}
    optional = {name: OPTIONAL[name] for name in takes & OPTIONAL.keys() - needed.keys()}
    arguments = there(zoom, method)
    arguments |= data.draw(st.fixed_dictionaries(needed, optional=optional))
    if "_from" in takes and data.draw(st.booleans()):
        arguments["_from"], arguments["to"] = data.draw(spans)
    with contextlib.suppress(BadRequestException, NotFoundException):  # for a token made up
        face.call(method, **arguments)
    assert zoom.requests[-1].operation == method
    assert watcher.complaints == []


@pytest.mark.parametrize("method", [method for method, needed in METHODS.items() if needed])
@pytest.mark.parametrize("unknown", ["nobody@example.com", "a/b?c#d%2F", "ünïcode ✓"])
def test_refusals_are_described(method: str, unknown: str, face: Face, zoom: Sandbox) -> None:
    ids = dict.fromkeys(there(zoom, method), unknown)
    with pytest.raises(ApiException) as refused:
        face.call(method, **{**EVERYTHING[method], **ids})
    assert refused.value.status in (400, 404)


def test_a_refused_token_is_described(face: Face) -> None:
    face.client.configuration.access_token = "nonsense"
    with pytest.raises(ApiException) as refused:
        face.call("account_sms_session")
    assert refused.value.status == 401


def test_whole_histories_are_described(zoom: Sandbox, watcher: Watcher) -> None:
    with faces_of(Blocking) as make:
        face = make(watcher.host, access_token=zoom.access_token, retries=0)
        messages = face.call("iter_account_messages", _from=date(2026, 6, 20), to=date(2026, 7, 15))
        assert len(list(messages)) > 100
    assert watcher.seen.keys() >= {"accountSmsSession", "smsSessionDetails"}


def test_the_watcher_complains(zoom: Sandbox) -> None:
    """Of each kind of thing that it is there to see."""
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

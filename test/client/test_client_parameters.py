"""The request that a call sends for its arguments, and the rejected arguments."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faces import configured
from support.wire import Wire

from swagger_client import ApiClient, SMSApi
from swagger_client._operation import Operation, Parameter
from swagger_client.api._operations import OPERATIONS
from swagger_client.exceptions import DecodeException, InvalidArgumentException
from swagger_client.models import InlineResponse20073, InlineResponse20073SmsSessions

PATHS = [each for each in OPERATIONS if "{" in each.path]


@pytest.fixture(scope="module")
def shared() -> Iterator[Wire]:
    """A server for the many examples of a property."""
    with Wire() as server:
        yield server


@pytest.fixture(scope="module")
def api(shared: Wire) -> Iterator[SMSApi]:
    with ApiClient(configured(shared.host)) as client:
        yield SMSApi(client)


def usual(operation: Operation[Any]) -> dict[str, object]:
    return {each.name: each.example for each in operation.parameters if each.required}


def named(operation: Operation[Any]) -> str:
    return operation.name


def query_of(wire: Wire) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(wire.requests[-1].target).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


# Path arguments


segments = st.one_of(
    st.text(min_size=1),
    st.text("/?#%@:;&=+.\\ éß漢😀", min_size=1),
    st.sampled_from(["a/b", "../x", "..%2F", "%2e%2e", "a?b=c", "a#b", "me@zoom.us", "...", " "]),
)


def is_rejected(text: str) -> bool:
    return text in (".", "..") or any(unicodedata.category(one) in ("Cc", "Cs") for one in text)


@pytest.mark.parametrize("operation", PATHS, ids=named)
@given(data=st.data())
def test_any_text_is_one_segment_of_its_route(
    operation: Operation[Any], api: SMSApi, shared: Wire, data: st.DataObject
) -> None:
    arguments = usual(operation)
    path = "/v2" + operation.path
    for each in operation.parameters:
        if each.place == "path":
            arguments[each.name] = data.draw(segments, each.name)
    before = len(shared.requests)
    texts = [str(arguments[each.name]) for each in operation.parameters if each.place == "path"]
    if any(map(is_rejected, texts)):
        with pytest.raises(ValueError, match="must not"):
            getattr(api, operation.name)(**arguments)
        assert len(shared.requests) == before
        return
    getattr(api, operation.name)(**arguments)
    target = shared.requests[-1].target.partition("?")[0]
    assert target.isascii()
    sent, route = target.split("/"), path.split("/")
    assert len(sent) == len(route)
    for segment, pattern in zip(sent, route, strict=True):
        if pattern.startswith("{"):
            assert unquote(segment) == arguments[name_of(operation, pattern)]
            assert segment not in (".", "..")
        else:
            assert segment == pattern


def name_of(operation: Operation[Any], pattern: str) -> str:
    return next(each.name for each in operation.parameters if each.key == pattern.strip("{}"))


@pytest.mark.parametrize("operation", PATHS, ids=named)
@pytest.mark.parametrize("twin", ["", "_with_http_info"])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [("", ValueError), (".", ValueError), ("..", ValueError), (None, ValueError),
     ("a\0", ValueError), ("a\r\nb", ValueError), ("a\x7f", ValueError), ("\x85", ValueError),
     ("\ud800", ValueError), (7, TypeError), (b"id", TypeError), (["id"], TypeError)],
)  # fmt: skip
def test_an_invalid_id_is_rejected_before_anything_is_sent(
    operation: Operation[Any], twin: str, wrong: object, error: type[Exception], wire: Wire
) -> None:
    method = getattr(SMSApi(ApiClient(configured(wire.host))), operation.name + twin)
    for each in operation.parameters:
        if each.place == "path":
            with pytest.raises(error, match=f"`{each.name}`"):
                method(**{**usual(operation), each.name: wrong})
    assert wire.connections == 0


# The query


QUERIES = [
    pytest.param(operation, each, id=f"{operation.name}-{each.name}")
    for operation in OPERATIONS
    for each in operation.parameters
    if each.place == "query"
]


def required(parameter: object) -> bool:
    return isinstance(parameter, Parameter) and parameter.required


@pytest.mark.parametrize(("operation", "parameter"), QUERIES)
def test_an_argument_is_sent_under_zooms_name(
    operation: Operation[Any], parameter: Parameter, wire: Wire
) -> None:
    arguments: dict[str, object] = {**usual(operation), parameter.name: parameter.example}
    if parameter.name == "_from":
        arguments["to"] = "2021-12-31"
    getattr(SMSApi(ApiClient(configured(wire.host))), operation.name)(**arguments)
    assert query_of(wire)[parameter.key] == str(parameter.example)


@pytest.mark.parametrize(
    ("operation", "parameter"), [each for each in QUERIES if not required(each.values[1])]
)
def test_none_is_not_sent(operation: Operation[Any], parameter: Parameter, wire: Wire) -> None:
    arguments = {**usual(operation), parameter.name: None}
    getattr(SMSApi(ApiClient(configured(wire.host))), operation.name)(**arguments)
    assert parameter.key not in query_of(wire)


@pytest.mark.parametrize("value", ["a b", "a&b=c", "+1 (555) 010", "é😀", "", "100%"])
def test_text_arguments_arrive_unchanged(value: str, wire: Wire) -> None:
    SMSApi(ApiClient(configured(wire.host))).account_sms_session(phone_number=value)
    assert query_of(wire) == {"phone_number": value}


def test_parameters_that_zoom_added_are_last_and_optional() -> None:
    added = {"session_type", "filter_type", "delivery_status"}
    for operation in OPERATIONS:
        names = [each.name for each in operation.parameters]
        here = [name for name in names if name in added]
        assert names[len(names) - len(here) :] == here
        assert all(not each.required for each in operation.parameters if each.name in added)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("account_sms_session", {"page_size": 0}, "`page_size` must be from 1 to 100, not 0"),
        ("account_sms_session", {"page_size": 101}, "`page_size` must be from 1 to 100, not 101"),
        ("account_sms_session", {"session_type": "queue"}, "`session_type` must be one of"),
        ("account_sms_session", {"to": None, "_from": "2026-01-01"}, "`to` is required"),
        ("account_sms_session", {"to": "today", "_from": "2026-01-01"}, "`to` must be like"),
        ("account_sms_session", {"to": "2026-02-30"}, "`to` must be like"),
        ("user_sms_session", {"user_id": "me", "_from": "2026-10", "to": "2026-10"}, "`_from`"),
        ("user_sms_session", {"user_id": "me", "_from": "", "to": "2026-10-01"}, "`_from`"),
        (
            "sms_session_details",
            {"session_id": "s", "_from": "2026-11-20", "to": date(2026, 11, 1)},
            "the time span ends before it begins",
        ),
        (
            "account_sms_session",
            {"_from": "2026-11-20T12:00:01Z", "to": "2026-11-20T12:00:00Z"},
            "the time span ends before it begins",
        ),
        ("account_sms_session", {"phone_number": "\ud800"}, "`phone_number` must not contain"),
        ("user_sms_session", {"user_id": "me", "session_type": "service_endpoint"}, "one of"),
        ("user_sms_session", {"user_id": "me", "filter_type": "time"}, "`filter_type` must be"),
        ("sms_session_details", {"session_id": "s", "sort": 3}, "`sort` must be one of"),
        ("sms_session_details", {"session_id": "s", "delivery_status": "?"}, "`delivery_status`"),
        ("sms_session_sync", {"session_id": "s", "count": 251}, "`count` must be from 1 to 250"),
        ("get_sms_sessions", {"user_id": "me", "sync_type": "Full"}, "`sync_type` must be one of"),
    ],
)
def test_values_that_zoom_rejects_are_not_sent(
    method: str, arguments: dict[str, object], message: str, wire: Wire
) -> None:
    with pytest.raises(InvalidArgumentException, match=message):
        getattr(SMSApi(ApiClient(configured(wire.host))), method)(**arguments)
    assert wire.connections == 0


@pytest.mark.parametrize(
    "arguments",
    [{"page_size": 1.5}, {"page_size": True}, {"page_size": "ten"}, {"phone_number": 15550100},
     {"_from": 20260101, "to": "2026-01-02"}, {"next_page_token": b"x"}],
)  # fmt: skip
def test_a_wrong_type_is_a_type_error_before_anything_is_sent(
    arguments: dict[str, object], wire: Wire
) -> None:
    with pytest.raises(TypeError, match="must be"):
        SMSApi(ApiClient(configured(wire.host))).account_sms_session(**arguments)  # type: ignore[call-overload]
    assert wire.connections == 0


# Dates


@pytest.mark.parametrize(
    ("given_value", "sent"),
    [
        ("2026-02-01", "2026-02-01"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("2026-02-01T00:00:00.5+02:00", "2026-02-01T00:00:00.5+02:00"),
        (date(2026, 2, 1), "2026-02-01"),
        (datetime(2026, 2, 1, 9, 30), "2026-02-01T09:30:00Z"),
        (datetime(2026, 2, 1, 9, 30, 5, 999_999), "2026-02-01T09:30:05Z"),
        (datetime(2026, 2, 1, tzinfo=timezone.utc), "2026-02-01T00:00:00Z"),
        (datetime(2026, 2, 1, tzinfo=timezone(timedelta(hours=5))), "2026-01-31T19:00:00Z"),
        (datetime(999, 1, 1), "0999-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_dates_are_sent_as_zoom_documents_them(
    given_value: str | date, sent: str, wire: Wire
) -> None:
    SMSApi(ApiClient(configured(wire.host))).account_sms_session(_from=given_value, to=given_value)
    assert query_of(wire) == {"from": sent, "to": sent}


zones = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 30), timezones=zones)


@given(instant=instants)
def test_an_aware_datetime_is_sent_as_the_same_instant(
    instant: datetime, api: SMSApi, shared: Wire
) -> None:
    api.account_sms_session(_from=instant, to=instant)
    text = query_of(shared)["from"]
    assert text.endswith("Z")
    assert "+" not in text
    read = datetime.fromisoformat(text.removesuffix("Z") + "+00:00")
    assert read == instant.replace(microsecond=0) or read == (
        instant - timedelta(microseconds=instant.microsecond)
    )


class Text(StrEnum):
    MISSED = "all"
    WHEN = "2026-01-01"


class Number(int, Enum):
    MANY = 50


class Size(IntEnum):
    MANY = 50


@pytest.mark.parametrize("size", list(Number) + list(Size))
def test_members_of_an_enum_are_sent_as_their_values(size: int, wire: Wire) -> None:
    api = SMSApi(ApiClient(configured(wire.host)))
    named = {"session_type": Text.MISSED, "_from": Text.WHEN, "to": Text.WHEN}
    api.account_sms_session(page_size=size, **named)  # type: ignore[call-overload]
    assert query_of(wire) == {
        "session_type": "all", "page_size": "50", "from": "2026-01-01", "to": "2026-01-01",
    }  # fmt: skip
    api.api_client.call_api("/x", "GET", query_params=[("a", Text.MISSED), ("b", size)])
    assert query_of(wire) == {"a": "all", "b": "50"}
    api.user_sms_session(Text.MISSED)
    assert wire.requests[-1].path == "/v2/phone/users/all/sms/sessions"


@pytest.mark.parametrize(
    "time",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=2))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-2))),
    ],
)
def test_a_time_outside_the_calendar_is_rejected(time: datetime, wire: Wire) -> None:
    api = SMSApi(ApiClient(configured(wire.host)))
    with pytest.raises(ValueError, match="_from"):
        api.account_sms_session(_from=time, to="2026-01-01")
    assert wire.connections == 0


def test_a_model_is_serialized_without_its_missing_values_at_every_level() -> None:
    session = InlineResponse20073SmsSessions.from_dict({"session_id": "x", "new": {"y": None}})
    page = InlineResponse20073(sms_sessions=[session])
    plain: Any = ApiClient().sanitize_for_serialization
    assert plain(page) == {"sms_sessions": [{"session_id": "x", "new": {"y": None}}]}
    assert plain([page, (page,)])[1] == (plain(page),)


def test_a_named_tuple_is_serialized_as_a_tuple() -> None:
    class Span(NamedTuple):
        start: date
        days: int

    assert ApiClient().sanitize_for_serialization(Span(date(2026, 1, 2), 3)) == ("2026-01-02", 3)


@pytest.mark.parametrize("kind", ["date", "datetime"])
@pytest.mark.parametrize("text", ["9999-12-31T24:00:00", "soon", "2026-99-99"])
def test_an_invalid_date_raises_decode_exception(text: str, kind: str) -> None:
    response = SimpleNamespace(status=200, reason="OK", data=f'"{text}"', getheaders=dict)
    with pytest.raises(DecodeException, match="expected a date or time"):
        ApiClient().deserialize(response, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["InlineResponse20073", "datetime", "list[str]"])
def test_deserialize_needs_only_the_data_of_a_custom_response(kind: str) -> None:
    response = SimpleNamespace(data="nonsense")
    with pytest.raises(DecodeException, match="not valid JSON"):
        ApiClient().deserialize(response, kind)  # type: ignore[arg-type]

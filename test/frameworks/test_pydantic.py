"""Models as field types of pydantic, and public callables that it validates."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pydantic
import pytest
from contract.test_contract_annotations import callables, members, public_modules
from support.faces import configured
from support.wire import Say, Wire, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
from swagger_client.configuration import Clock, FilePacer, Pacer
from swagger_client.models import InlineResponse20074, SmsMessage
from swagger_client.oauth import FileTokenCache, TokenCache
from swagger_client.webhooks import EventStore, MemoryEventStore

#: pydantic knows no classes but its own and those of the standard library without it.
OTHER_CLASSES = pydantic.ConfigDict(arbitrary_types_allowed=True)
PAGE = {"sms_sessions": [{"session_id": "s1"}], "next_page_token": ""}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(default=Say(reply(PAGE))) as server:
        yield server


@pytest.fixture
def api(wire: Wire) -> SMSApi:
    return SMSApi(ApiClient(configured(wire.host)))


class Ticket(pydantic.BaseModel):
    """A user's own model."""

    subject: str
    message: SmsMessage
    others: list[SmsMessage]


def validated(function: Callable[..., Any]) -> Callable[..., Any]:
    return pydantic.validate_call(config=OTHER_CLASSES)(function)


def check(target: Any) -> None:
    """Make pydantic read the annotations of a function or class."""
    if inspect.isfunction(target):
        validated(target)
    elif hasattr(target, "__required_keys__") or hasattr(target, "__dataclass_fields__"):
        pydantic.TypeAdapter(target)
    else:
        pydantic.TypeAdapter(target, config=OTHER_CLASSES)


def test_models_are_field_types() -> None:
    message = SmsMessage(message="hi", message_id="1")
    others: list[Any] = [{"message_id": "2", "new": 1}]
    ticket = Ticket(subject="s", message=message, others=others)
    assert ticket.message is message
    assert ticket.others[0].message_id == "2"
    assert ticket.others[0].additional_properties == {"new": 1}
    assert ticket.model_dump()["message"]["message"] == "hi"
    assert json.loads(ticket.model_dump_json())["others"][0]["message_id"] == "2"
    assert "message_id" in json.dumps(Ticket.model_json_schema())
    with pytest.raises(pydantic.ValidationError):
        Ticket.model_validate({"subject": "s", "message": "text", "others": []})
    page = InlineResponse20074.from_dict({"sms_histories": [{"message_id": "3"}]})
    assert pydantic.TypeAdapter(InlineResponse20074).validate_python(page) is page


def handle(found: SmsMessage) -> str:
    return found.message_id


def test_models_are_types_of_arguments() -> None:
    call = validated(handle)
    assert call(SmsMessage(message_id="1")) == "1"
    assert call({"message_id": "2"}) == "2"
    with pytest.raises(pydantic.ValidationError):
        call("3")


@pytest.mark.parametrize("module", list(public_modules()))
def test_every_public_callable_can_be_validated(module: str) -> None:
    try:
        found = dict(members(module))
    except ImportError as error:
        pytest.skip(f"needs an extra: {error}")
    rejected: dict[str, str] = {}
    for path, member in found.items():
        for name, target in callables(path, member):
            try:
                check(target)
            except Exception as error:
                rejected[name] = f"{type(error).__name__}: {error}"
    assert rejected == {}


def test_a_validated_call_is_sent(api: SMSApi, wire: Wire) -> None:
    call = validated(api.account_sms_session)
    found = call(_from=date(2026, 1, 1), to="2026-01-02", page_size="5", _retries=0)
    assert found.sms_sessions[0].session_id == "s1"
    assert wire.requests[0].target == (
        "/v2/phone/sms/sessions?page_size=5&from=2026-01-01&to=2026-01-02"
    )


# pydantic drops what a TypedDict does not name, unless it says otherwise: a search without the
# mistyped filter would return everything.
def test_a_mistyped_argument_is_rejected(api: SMSApi, wire: Wire, tmp_path: Path) -> None:
    with Archive(tmp_path / "sms.sqlite3") as archive:
        calls: list[tuple[Callable[..., object], str]] = [
            (api.account_sms_session, "phone_nmber"),
            (api.sms_session_sync, "_retrys"),
            (api.iter_account_messages, "phone_nmber"),
            (archive.messages, "sendr"),
        ]
        for call, name in calls:
            with pytest.raises(pydantic.ValidationError, match="Extra inputs are not permitted"):
                validated(call)(**{name: "+12025550100"})
    assert wire.requests == []


def test_isinstance_accepts_implementations_of_the_protocols(tmp_path: Path) -> None:
    good: list[tuple[Any, object]] = [
        (TokenCache, FileTokenCache(tmp_path / "tokens.json")),
        (Pacer, FilePacer(tmp_path / "pacer")),
        (Clock, Clock),
        (EventStore, MemoryEventStore()),
    ]
    for protocol, value in good:
        adapter = pydantic.TypeAdapter(protocol, config=OTHER_CLASSES)
        assert adapter.validate_python(value) is value
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python(object())
    with pytest.raises(pydantic.ValidationError):
        validated(Configuration.from_env)(token_cache="tokens.json")

"""Fifty thousand random responses are decoded correctly or raise DecodeException."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, cast

import pytest
import urllib3
from support.faces import configured

from swagger_client import ApiClient, SMSApi, models
from swagger_client._operation import Operation
from swagger_client.api._operations import OPERATIONS
from swagger_client.exceptions import ApiException, DecodeException
from swagger_client.models import Model
from swagger_client.rest import RESTResponse

PER_ENDPOINT = 8_400  # 6 * 8,400 = 50,400

PARTY = {
    "id": "u1",
    "name": "Ann",
    "phone_number": "+12065550100",
    "owner": {"id": "o", "type": "user"},
}
MESSAGE = {
    "message_id": "m1",
    "message": "Hello \N{WAVING HAND SIGN}",
    "date_time": "2026-07-01T10:00:00Z",
    "direction": "In",
    "message_type": 2,
    "delivery_status": "Delivered",
    "sender": PARTY,
    "to_members": [PARTY, PARTY],
    "attachments": [
        {"id": "a", "name": "x.jpg", "size": 3, "type": "JPG/JPEG", "download_url": "https://x/y"}
    ],
}
SESSION = {
    "session_id": "s1",
    "last_access_time": "2026-07-01T10:00:00Z",
    "participants": [PARTY],
    "latest_message": MESSAGE,
    "unread_message_count": 2,
}
#: A valid page of each kind, by the field with its records.
PAGES: dict[str | None, dict[str, Any]] = {
    "sms_sessions": {"next_page_token": "t", "sync_token": "s", "sms_sessions": [SESSION] * 2},
    "sms_histories": {"next_page_token": "", "sync_token": "s", "sms_histories": [MESSAGE] * 2},
    None: MESSAGE,
}
ODD: list[Any] = [
    None, True, False, 0, -1, 2**63, 10**40, 0.5, -0.0, math.nan, math.inf, "", "x", "null", "\0",
    "\ud800", "😀", [], {}, [[]], [None], {"": None}, [{}], {"code": 124, "message": "no"},
    "2026-13-99T99:99:99Z", "serviceEndpoint", [1, "2", None, {}], {"sms_sessions": []}, "a" * 300,
]  # fmt: skip
BODIES = [
    b"", b" ", b"\n", b"null", b"true", b"[]", b'""', b"{", b"}", b"{}", b"[{}]", b"0", b"<html/>",
    b"{}{}", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a": 1e999}',
    b"9" * 5_000, b'{"sms_sessions": ' + b"9" * 5_000 + b"}", b"NaN", b"{'a': 1}", b"\x00" * 8,
    "{}".encode("utf-16"), "{}".encode("utf-32"), b"--", b'{"a": tru', b'{"a" 1}', b"{,}",
]  # fmt: skip


def mutated(value: Any, random: Random) -> Any:
    """Return a copy with one change at a random place."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        made = dict(value)
        chance = random.random()
        if chance < 0.15:
            del made[key]
        elif chance < 0.25:
            made[f"new_{random.randrange(5)}"] = random.choice(ODD)
        elif chance < 0.30:
            made[key.upper()] = made.pop(key)
        else:
            made[key] = mutated(value[key], random)
        return made
    if isinstance(value, list) and value and random.random() < 0.85:
        made_list = list(value)
        place = random.randrange(len(made_list))
        made_list[place] = mutated(made_list[place], random)
        return made_list * random.randrange(3) if random.random() < 0.1 else made_list
    return random.choice(ODD)


def payload(page: dict[str, Any], random: Random) -> bytes:
    """Return the bytes of a response that is probably invalid."""
    if random.random() < 0.05:
        return random.choice(BODIES)
    value: Any = page
    for _ in range(random.randrange(4)):
        value = mutated(value, random)
    body = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    if body and random.random() < 0.2:
        place = random.randrange(len(body))
        cut = [body[:place], body[place:], body + b"}", body[:place] + b"\xff" + body[place + 1 :]]
        body = random.choice(cut)
    return body


class Network:
    """A ``rest_client`` that returns ``body`` with ``status``."""

    body, status = b"", 200

    def GET(self, url: str, **_: object) -> RESTResponse:
        raw = urllib3.HTTPResponse(
            b"", {"Content-Type": "application/json"}, self.status, preload_content=False
        )
        return RESTResponse(raw, self.body)

    def close(self) -> None:
        pass


def agrees(value: Any, sent: Any) -> bool:
    """Return whether a decoded value equals the sent value."""
    if isinstance(value, Model):
        known = value.attribute_map
        return (
            isinstance(sent, dict)
            and all(agrees(getattr(value, name), sent.get(key)) for name, key in known.items())
            and all(
                key in known.values() or agrees(value.additional_properties.get(key), held)
                for key, held in sent.items()
            )
        )
    if isinstance(value, list):
        return isinstance(sent, list) and len(value) == len(sent) and all(map(agrees, value, sent))
    if isinstance(value, dict):
        return (
            isinstance(sent, dict)
            and value.keys() == sent.keys()
            and all(agrees(value[name], sent[name]) for name in value)
        )
    if isinstance(sent, Number):
        # One that Python would round or reject stays text.
        exact = isinstance(value, int | float) and Decimal(repr(value)) == Decimal(sent)
        return value == str(sent) or exact
    return type(value) is type(sent) and bool(value == sent)


class Number(str):
    """A number with its JSON text."""


def check_kinds(value: dict[str, Any], model: type[Model]) -> None:
    """Fail where a nested list or object is something else, unless that is empty."""
    for name, kind in model.swagger_types.items():
        held = value.get(model.attribute_map[name])
        nested = getattr(models, kind.removeprefix("list[").removesuffix("]"), None)
        if nested is None or held is None:
            continue
        is_empty = held in ("", [], {}) and not isinstance(held, Number)
        assert is_empty or isinstance(held, list if kind.startswith("list[") else dict)
        for item in held if isinstance(held, list) else [held]:
            if isinstance(item, dict) and isinstance(held, list) == kind.startswith("list["):
                check_kinds(item, nested)


def parsed(body: bytes, operation: Operation[Any]) -> Any:
    """Return the JSON value of a body; raise an exception if it is not a page or record."""

    def reject(constant: str) -> None:
        raise ValueError(constant)

    value = json.loads(body, parse_constant=reject, parse_int=Number, parse_float=Number)
    assert isinstance(value, dict)
    records = None if operation.items is None else value.get(operation.items)
    assert records is None or isinstance(records, list)
    check_kinds(value, getattr(models, str(operation.response_type)))
    return value


# Without the check of the type, lists, texts and empty bodies would be pages without messages.
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_random_response_is_decoded_faithfully_or_rejected(operation: Operation[Any]) -> None:
    random = Random(operation.name)
    network = Network()
    client = ApiClient(configured("http://127.0.0.1:9/v2", retries=0))
    client.rest_client = cast(Any, network)
    method = cast(Callable[..., object], getattr(SMSApi(client), operation.name))
    arguments = {
        parameter.name: "FSync" if parameter.one_of else "id" for parameter in operation.required
    }
    decoded = rejected = 0
    for _ in range(PER_ENDPOINT):
        network.body = payload(PAGES[operation.items], random)
        network.status = random.choice((200,) * 40 + (201, 204, 206, 299))
        try:
            data = method(**arguments)
        except DecodeException as error:
            rejected += 1
            text = str(error)
            if network.status == 200:
                with pytest.raises((ValueError, RecursionError, AssertionError)):
                    parsed(network.body, operation)
            assert "What to do" in text
            continue
        except ApiException as error:
            raise AssertionError(f"{error!r} for {network.body[:200]!r}") from None
        decoded += 1
        assert network.status == 200
        sent = parsed(network.body, operation)
        assert isinstance(data, Model)
        assert agrees(data, sent), network.body[:500]
        if decoded % 50 == 0:
            assert data.to_str()
    assert decoded + rejected == PER_ENDPOINT
    assert decoded > PER_ENDPOINT / 2
    assert rejected > PER_ENDPOINT / 20

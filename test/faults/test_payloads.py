"""Fifty thousand made-up answers: each is read faithfully, or is a documented exception."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any, cast

import pytest
import urllib3
from support.faces import configured

from swagger_client import ApiClient, SMSApi
from swagger_client._operation import Operation
from swagger_client.api.operations import OPERATIONS
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
#: What a page of each kind looks like, by the field that holds its records.
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
WHOLE = [
    b"", b" ", b"\n", b"null", b"true", b"[]", b'""', b"{", b"}", b"{}", b"[{}]", b"0", b"<html/>",
    b"{}{}", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a": 1e999}',
    b"9" * 5_000, b'{"sms_sessions": ' + b"9" * 5_000 + b"}", b"NaN", b"{'a': 1}", b"\x00" * 8,
    "{}".encode("utf-16"), "{}".encode("utf-32"), b"--", b'{"a": tru', b'{"a" 1}', b"{,}",
]  # fmt: skip


def spoil(value: Any, random: Random) -> Any:
    """A copy in which something, somewhere, is not as it should be."""
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
            made[key] = spoil(value[key], random)
        return made
    if isinstance(value, list) and value and random.random() < 0.85:
        made_list = list(value)
        place = random.randrange(len(made_list))
        made_list[place] = spoil(made_list[place], random)
        return made_list * random.randrange(3) if random.random() < 0.1 else made_list
    return random.choice(ODD)


def payload(page: dict[str, Any], random: Random) -> bytes:
    """Bytes of an answer that is probably wrong."""
    if random.random() < 0.05:
        return random.choice(WHOLE)
    value: Any = page
    for _ in range(random.randrange(4)):
        value = spoil(value, random)
    body = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    if body and random.random() < 0.2:
        place = random.randrange(len(body))
        cut = [body[:place], body[place:], body + b"}", body[:place] + b"\xff" + body[place + 1 :]]
        body = random.choice(cut)
    return body


class Network:
    """Answers with whatever ``body`` and ``status`` are."""

    body, status = b"", 200

    def GET(self, url: str, **_: object) -> RESTResponse:
        raw = urllib3.HTTPResponse(
            b"", {"Content-Type": "application/json"}, self.status, preload_content=False
        )
        return RESTResponse(raw, self.body)

    def close(self) -> None:
        pass


def agrees(value: Any, sent: Any) -> bool:
    """Whether a value is what was sent, with nothing lost or made up."""
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
    if isinstance(value, float) and math.isnan(value):
        return isinstance(sent, float) and math.isnan(sent)
    return type(value) is type(sent) and bool(value == sent)


def parsed(body: bytes) -> Any:
    """The JSON value of a body; an exception where it has none."""
    return json.loads(body)


# Without the check of the shape, lists, texts and nothing at all read as a page without messages.
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_thousands_of_answers_are_read_faithfully_or_refused(operation: Operation[Any]) -> None:
    random = Random(operation.name)
    network = Network()
    client = ApiClient(configured("http://127.0.0.1:9/v2", retries=0))
    client.rest_client = cast(Any, network)
    method = cast(Callable[..., object], getattr(SMSApi(client), operation.name))
    arguments = {
        parameter.name: "FSync" if parameter.one_of else "id" for parameter in operation.required
    }
    read = refused = 0
    for _ in range(PER_ENDPOINT):
        network.body = payload(PAGES[operation.items], random)
        network.status = random.choice((200,) * 40 + (201, 204, 206, 299))
        try:
            answer = method(**arguments)
        except DecodeException as error:
            refused += 1
            told = str(error)
            if network.status == 200:
                with pytest.raises((ValueError, RecursionError, AssertionError)):
                    assert isinstance(parsed(network.body), dict)
            assert "What to do" in told
            continue
        except ApiException as error:
            raise AssertionError(f"{error!r} for {network.body[:200]!r}") from None
        read += 1
        assert network.status == 200
        sent = parsed(network.body)
        assert isinstance(answer, Model)
        assert agrees(answer, sent), network.body[:500]
        if read % 50 == 0:
            assert answer.to_str()
    assert read + refused == PER_ENDPOINT
    assert read > PER_ENDPOINT / 2
    assert refused > PER_ENDPOINT / 20

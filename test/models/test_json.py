"""JSON from outside: numbers keep their text, the rest is rejected or bounded."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swagger_client._security import safe_json
from swagger_client._security.safe_json import (
    DuplicateKey,
    ExactFloat,
    ExactNumber,
    NegativeZero,
    TooComplex,
    dumps,
    loads,
)
from swagger_client._serialization import responses
from swagger_client.archive.canonical import canonical
from swagger_client.exceptions import DecodeException
from swagger_client.models import InlineResponse20073, InlineResponse20074, SmsOwner

ODD_NUMBERS = [
    "-0",
    "-0e1",
    "1e400",
    "-1e400",
    "12345678901234567890.5",
    "0.1234567890123456789",
    "1.10",
    "1E5",
]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_a_number_keeps_its_text(text: str) -> None:
    sent = f'{{"a":[{text},1.5],"b":{{"c":{text}}}}}'
    parsed = loads(sent)
    assert dumps(parsed, separators=(",", ":")) == sent
    assert canonical(parsed) == sent
    number = parsed["a"][0]
    assert repr(number).strip("'") == text
    # Its value is that of the text: where no float has it, the number is the text itself.
    if isinstance(number, ExactNumber):
        assert Decimal(repr(float(text))) != Decimal(text)
    else:
        assert isinstance(number, ExactFloat | NegativeZero)
        assert Decimal(repr(float(number))) == Decimal(text)
    for same in (pickle.loads(pickle.dumps(number)), copy.deepcopy(number)):
        assert same == number
        assert dumps(same) == text
    assert type(parsed["a"][1]) is float


@pytest.mark.parametrize(
    "text", ["-0", "[-0]", '{"a":-0}', "[-0,1]", "[1, -0 ]", "[-0\n]", "[-0.0]"]
)
@pytest.mark.parametrize("unique_keys", [False, True])
def test_a_negative_zero_keeps_its_sign_everywhere(text: str, unique_keys: bool) -> None:
    parsed = loads(text, unique_keys=unique_keys)
    assert parsed == json.loads(text)
    assert canonical(parsed) == text.replace(" ", "").replace("\n", "")


#: Objects with the same key twice, at several depths and in escaped form.
DUPLICATES = [
    '{"a":1,"a":2}', '[{"b":[{"a":"x","c":null,"a":"y"}]}]', '{"a":1,"a":true}', '{"a":0,"a":-0}',
    '{"a":1.0,"a":1.00}', '{"a":1,"\\u0061":2}', '{"a":{"b":1},"a":{"b":1,"c":2}}',
    '{"a":1,"a":1,"a":2}',
]  # fmt: skip


@pytest.mark.parametrize("text", DUPLICATES)
def test_a_key_twice_in_an_object_is_rejected(text: str) -> None:
    with pytest.raises(DuplicateKey, match="'a' is twice"):
        loads(text, unique_keys=True)
    with pytest.raises(DecodeException, match="the key 'a' is twice in one object"):
        responses.parse(text, unique_keys=True)
    assert loads(text) == json.loads(text)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"a":{"b":1,"c":2},"a":{"c":2,"b":1}}', "{}"])
def test_the_same_value_twice_is_accepted(text: str) -> None:
    assert loads(text, unique_keys=True) == json.loads(text)


def test_sorted_keys_do_not_exchange_numbers() -> None:
    assert dumps(loads('{"b":1.10,"a":2.20}'), sort_keys=True) == '{"a": 2.20, "b": 1.10}'


def test_a_model_keeps_the_text_of_an_unknown_number() -> None:
    owner = SmsOwner.from_dict(loads('{"id":"x","balance":0.1234567890123456789}'))
    number = owner.additional_properties["balance"]
    assert number == "0.1234567890123456789"
    assert dumps(owner.to_dict()["balance"]) == "0.1234567890123456789"


@given(values)
def test_other_json_is_parsed_and_written_as_by_the_standard_library(value: Any) -> None:
    text = json.dumps(value)
    assert loads(text) == json.loads(text)
    assert dumps(value) == text


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "", "{", "[1,]", "01"])
def test_invalid_json_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|Extra data|Illegal"):
        loads(text)
    with pytest.raises(DecodeException):
        responses.parse(text.encode())


@pytest.mark.parametrize(
    "record",
    [b"{}", b"[]", b"[[]]", b"1,1,1", b'"ab","cd"', b'{"a":1,"b":2,"c":3}', b"1.5,1.10"],
    ids=repr,
)
def test_a_document_with_too_many_values_is_rejected_before_parsing(record: bytes) -> None:
    content = b'{"sms_sessions":[%s]}' % b",".join([record] * 300_000)
    tracemalloc.start()
    try:
        with pytest.raises(DecodeException, match="objects and lists"):
            responses.to_model(content, InlineResponse20073)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("record", [b'{"a%d":1}', b'["x%d"]', b"%d.10", b'"text %d"'])
def test_a_document_within_the_limits_needs_little_more_memory_than_its_text(record: bytes) -> None:
    count = 90_000 if record[:1] in (b"{", b"[") else 240_000
    content = b'{"sms_sessions":[%s]}' % b",".join(record % n for n in range(count))
    tracemalloc.start()
    try:
        responses.to_model(content, InlineResponse20073)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_a_long_page_of_punctuation_is_within_the_limits() -> None:
    text = "a, b; {c} [d], " * 100
    page = {"sms_histories": [{"message_id": str(n), "message": text} for n in range(300)]}
    decoded = responses.to_model(json.dumps(page).encode(), InlineResponse20074)
    assert decoded.to_dict()["sms_histories"][299]["message"] == text


@pytest.mark.parametrize("records", ["5", '"x"', "{}", "true"])
def test_a_list_of_records_that_is_something_else_is_an_error(records: str) -> None:
    with pytest.raises(DecodeException, match="`sms_histories` is a JSON"):
        responses.to_model(f'{{"sms_histories": {records}}}', InlineResponse20074)
    for empty in ("null", "[]"):
        responses.to_model(f'{{"sms_histories": {empty}}}', InlineResponse20074)


def test_limits_are_checked_for_text_and_bytes() -> None:
    with pytest.raises(TooComplex):
        loads("[" + "[]," * safe_json.MAX_CONTAINERS + "[]]")


def test_no_number_is_infinite() -> None:
    assert loads("1e400") == "1e400"

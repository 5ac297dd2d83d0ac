"""Whatever Zoom sends in the place of a field's value survives: nothing is dropped or fails."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.odd_values import holds

from swagger_client import models
from swagger_client._security import safe_json
from swagger_client._serialization.responses import parse, to_model
from swagger_client.models import Model, SmsMessage

CLASSES = [getattr(models, name) for name in models.__all__]
CLASSES = [one for one in CLASSES if isinstance(one, type) and issubclass(one, Model)]
#: What may stand in the place of a value, as JSON.
ODD = [
    "null", "[]", "[1]", "[null]", '[null, "x", {}]', "[[]]", '[[{"id": "a"}]]', "{}", '{"a": [1]}',
    '{"a": null}', '"x"', '""', "5", "-1", "0.5", "1.10", "1e400", "-1e400", "1e-400", "true",
    "false", "9" * 40, "9" * 5000, '"\\ud800"', "0.1234567890123456789", "1E3",
    "12345678901234567.5",
]  # fmt: skip


def check(model: Any, value: object, name: str) -> None:
    """Use a model in every way, and find the value where it was put."""
    assert holds(model.to_dict()[name], value)
    shown = model.to_dict(secrets=False)
    assert (name in shown) == (name != "download_url")
    assert isinstance(model.to_str(), str)
    assert isinstance(repr(model), str)
    assert isinstance(model.to_row(), dict)
    assert pickle.loads(pickle.dumps(model)) == model
    assert copy.deepcopy(model) == model
    for attribute in dir(type(model)):
        if isinstance(getattr(type(model), attribute, None), property):
            with contextlib.suppress(ValueError):  # of what is no time
                getattr(model, attribute)


def as_texts(text: str) -> object:
    """Parse JSON with its numbers as texts."""
    return json.loads(text, parse_float=str, parse_int=str)


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: str(model.__name__))
def test_any_value_in_the_place_of_a_field_survives(model: type[Model]) -> None:
    for field in model.__fields__:
        for text in ODD:
            body = f'{{"{field.key}": {text}, "unknown": {text}}}'
            made = model._decode(parse(body))
            value = parse(text)
            check(made, value, field.name)
            unknown = made.to_dict()["unknown"]
            assert unknown == value
            assert as_texts(safe_json.dumps(unknown)) == as_texts(text)


def test_any_item_in_a_list_of_objects_survives() -> None:
    for model in CLASSES:
        for field in model.__fields__:
            if not field.many:
                continue
            for text in ODD:
                body = f'{{"{field.key}": [{{"id": "a"}}, {text}, {{"id": "b"}}]}}'
                made = to_model(body, model)
                first, odd, last = getattr(made, field.name)
                assert isinstance(first, Model)
                assert isinstance(last, Model)
                odd = odd.to_dict() if isinstance(odd, Model) else odd
                assert holds(odd, parse(text))
                assert len(made.to_dict()[field.name]) == 3
                assert made.to_row()[f"{field.name}_count"] == 3


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([model for model in CLASSES if model.__fields__]), st.data())
def test_random_values_survive(model: type[Model], data: st.DataObject) -> None:
    fields = {
        field.key: data.draw(values, label=field.key)
        for field in data.draw(st.lists(st.sampled_from(model.__fields__), min_size=1, max_size=4))
        if field.key
    }
    made = model.from_dict(fields)
    plain = made.to_dict()
    for field in model.__fields__:
        if field.key in fields and field.model is None:
            assert plain[field.name] == fields[field.key]
    by_key = {model.attribute_map.get(name, name): held for name, held in plain.items()}
    assert model.from_dict(json.loads(json.dumps(by_key))).to_dict() == plain


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("1e400", "1e400"), ("-1e400", "-1e400"), ("1e-400", "1e-400"), ("9" * 40, int("9" * 40)),
        ("9" * 5000, "9" * 5000), ("-" + "9" * 5000, "-" + "9" * 5000), ("2.5e-324", "2.5e-324"),
        ("1e9999999999999999999", "1e9999999999999999999"), ("1.10", 1.1), ("1E3", 1000.0),
        ("0.1234567890123456789", "0.1234567890123456789"), ("1.0", 1.0), ("0.1", 0.1),
        ("12345678901234567.5", "12345678901234567.5"), ("0.30000000000000004", 0.1 + 0.2),
        ("123456789012345678", 123456789012345678), ("1e22", 1e22), ("1e23", 1e23), ("-0.0", -0.0),
        ("100000000000000000000000.0", 1e23), ("5e-324", 5e-324),
    ],
)  # fmt: skip
def test_no_number_is_misread(sent: str, value: object) -> None:
    body = f'{{"message_id": "m", "message_type": {sent}, "unknown": [{sent}]}}'
    message = to_model(body, SmsMessage)
    plain = message.to_dict()
    assert plain["message_type"] == value
    assert plain["unknown"] == [value]
    assert isinstance(plain["message_type"], type(value))
    assert safe_json.dumps(plain["unknown"]) == f"[{sent}]"
    # As it was sent, also where it is shown.
    assert sent in repr(plain["unknown"]).replace("'", "")
    assert "inf" not in message.to_str().lower().replace("information", "")
    json.loads(json.dumps(plain), parse_constant=pytest.fail)
    assert pickle.loads(pickle.dumps(plain)) == plain


def test_a_document_with_a_long_integer_is_bounded() -> None:
    body = '{"a": [' + ", ".join(["9" * 5000] * 1000) + "]}"
    parsed: Any = parse(body)
    assert parsed["a"] == ["9" * 5000] * 1000

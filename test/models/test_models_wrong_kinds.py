"""Something else in the place of a nested list or object is an error, never a value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.faces import Faces

from swagger_client import models
from swagger_client._security import safe_json
from swagger_client._serialization.responses import to_model
from swagger_client.exceptions import DecodeException
from swagger_client.models import Model
from swagger_client.models._field import Field
from swagger_client.sandbox import Sandbox

CLASSES = [getattr(models, name) for name in models.__all__]
NESTING = [
    (one, field)
    for one in CLASSES
    if isinstance(one, type) and issubclass(one, Model)
    for field in one.__fields__
    if field.model is not None
]
RECORDS = ("sms_histories", "sms_sessions")
SCALARS = ["5", "0", "-1.5", "true", "false", '"x"', '"[]"']
OBJECTS, LISTS = ['{"id": "a"}'], ["[1]", "[null]", '[{"id": "a"}]']
EMPTY = ["null", '""', "[]", "{}"]


def wrong_kinds(*, many: bool) -> list[str]:
    return SCALARS + (OBJECTS if many else LISTS)


def around(model: type[Model], text: str, depth: int = 0) -> Iterator[tuple[type[Model], str]]:
    """Yield classes and their JSON in which an object of a class is nested."""
    yield model, text
    if depth < 3:
        for outer, field in NESTING:
            if field.model is model:
                held = f"[{{}}, {text}]" if field.many else text
                yield from around(outer, f'{{"{field.key}": {held}}}', depth + 1)


@pytest.mark.parametrize(("model", "field"), NESTING, ids=str)
def test_another_kind_in_the_place_of_a_list_or_object_is_rejected(
    model: type[Model], field: Field
) -> None:
    for text in wrong_kinds(many=field.many):
        for outer, body in around(model, f'{{"{field.key}": {text}, "unknown": 5}}'):
            with pytest.raises(DecodeException, match=f"`{field.key}` is a JSON .*, expected"):
                to_model(body, outer)


@pytest.mark.parametrize(("model", "field"), NESTING, ids=str)
def test_an_empty_value_survives_but_not_in_the_place_of_records(
    model: type[Model], field: Field
) -> None:
    for text in EMPTY:
        body = f'{{"{field.key}": {text}}}'
        if field.key in RECORDS and text not in ("null", "[]"):
            with pytest.raises(DecodeException):
                to_model(body, model)
        else:
            found = to_model(body, model).to_dict()[field.name]
            is_model = not field.many and text == "{}"
            assert is_model or found == safe_json.loads(text)


@pytest.mark.parametrize(("model", "field"), NESTING, ids=str)
def test_from_dict_keeps_another_kind(model: type[Model], field: Field) -> None:
    for text in wrong_kinds(many=field.many):
        value = safe_json.loads(text)
        assert model.from_dict({field.key: value}).to_dict()[field.name] == value


#: A response of each method with something else in the place of a list or an object.
RESPONSES: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "account_sms_session": ({}, {"sms_sessions": [{"session_id": "s", "participants": 5}]}),
    "user_sms_session": ({"user_id": "u"}, {"sms_sessions": [{"participants": {"a": 1}}]}),
    "get_sms_sessions": (
        {"user_id": "u", "sync_type": "FSync"},
        {"sms_sessions": [{"latest_message": [{"message": "x"}]}]},
    ),
    "sms_session_details": ({"session_id": "s"}, {"sms_histories": [{"sender": "+1206"}]}),
    "sms_session_sync": ({"session_id": "s"}, {"sms_histories": [{"to_members": True}]}),
    "sms_by_message_id": ({"session_id": "s", "message_id": "m"}, {"attachments": 5}),
}


@pytest.mark.parametrize("method", RESPONSES)
def test_each_method_rejects_another_kind(faces: Faces, zoom: Sandbox, method: str) -> None:
    arguments, body = RESPONSES[method]
    zoom.fault(operation=method, status=200, body=body, times=None)
    face = faces(zoom.host, access_token=zoom.access_token)
    with pytest.raises(DecodeException, match="expected a JSON"):
        face.call(method, **arguments)

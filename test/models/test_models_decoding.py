"""Responses become models whatever they contain: nothing is rejected, nothing is lost."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swagger_client import models
from swagger_client.models import Model, _compile

RESPONSES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "zoom_answers.json").read_text()
)
ROOTS = sorted(RESPONSES)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["user", "GIF", "JPG/JPEG", "2022-03-23T02:58:01Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(["id", "type", "owner", "sender", "phone_number", "additional"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
many = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


def model(name: str) -> type[Model]:
    found: type[Model] = getattr(models, name)
    return found


def objects(cls: type[Model], usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON objects of a class: each field missing, as documented or anything, and unknown ones."""
    fields = {}
    for entry in (*cls.__fields__, *cls._absent.values()):
        value = usual
        if entry.model is not None:
            value = objects(entry.model, usual)
            value = st.lists(value | anything, max_size=2) if entry.many else value
        fields[entry.key] = value | anything
    known = st.fixed_dictionaries({}, optional=fields)
    more = st.dictionaries(st.text(max_size=6), anything, max_size=2)
    return st.builds(lambda extra, sent: {**extra, **sent}, more, known)


def holds(shown: Any, sent: Any) -> bool:
    """Whether ``shown`` has all of ``sent``; fields that were not sent are None."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(key in shown and holds(shown[key], sent[key]) for key in sent) and all(
            shown[key] is None for key in shown.keys() - sent.keys()
        )
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(map(holds, shown, sent))
    return type(shown) is type(sent) and bool(shown == sent)


def decode_plainly(cls: type[Model], data: Any) -> Any:
    """What decoding means, without any generated code."""
    if not isinstance(data, dict):
        return data
    made, fields = cls.__new__(cls), {entry.key: entry for entry in cls.__fields__}
    for entry in cls.__fields__:
        value, inner = data.get(entry.key), entry.model
        if inner is not None and entry.many and isinstance(value, list):
            value = [decode_plainly(inner, item) for item in value]
        elif inner is not None and not entry.many:
            value = decode_plainly(inner, value)
        object.__setattr__(made, entry.name, value)
    unknown = {key: value for key, value in data.items() if key not in fields}
    for key in cls._absent.keys() & unknown.keys():
        unknown[key] = cls._absent[key].decode(unknown[key])
    made.additional_properties.update(unknown)
    return made


@pytest.mark.parametrize("name", ROOTS)
def test_zooms_own_examples_decode_without_loss(name: str) -> None:
    example = RESPONSES[name]["example"]
    made = model(name)._decode(copy.deepcopy(example))
    assert holds(made.to_dict(), example)
    assert made.additional_properties == {}


@pytest.mark.parametrize("name", ROOTS)
@many
@given(data=st.data())
def test_decoding_keeps_all_fields_and_values(name: str, data: st.DataObject) -> None:
    sent = data.draw(objects(model(name), st.text(max_size=3)))
    before = copy.deepcopy(sent)
    made = model(name)._decode(sent)
    assert type(made) is model(name)
    assert holds(made.to_dict(), before)
    repr(made)


@many
@given(data=st.data())
def test_from_dict_does_not_change_the_callers_dict(data: st.DataObject) -> None:
    cls = models.InlineResponse20089
    sent = data.draw(objects(cls, st.text(max_size=3)))
    before = copy.deepcopy(sent)
    made = cls.from_dict(sent)
    assert sent == before
    assert made == cls._decode(sent)


@pytest.mark.parametrize("name", ROOTS)
@many
@given(data=st.data())
def test_generated_code_decodes_like_a_plain_loop(name: str, data: st.DataObject) -> None:
    sent = data.draw(objects(model(name), st.text(max_size=3)))
    plainly = decode_plainly(model(name), copy.deepcopy(sent))
    assert model(name)._decode(sent) == plainly


@pytest.mark.parametrize("name", ROOTS)
@many
@given(data=st.data())
def test_missing_reads_as_null(name: str, data: st.DataObject) -> None:
    """An example without some fields equals the same with null in their place."""

    def strike(value: Any) -> tuple[Any, Any]:
        if isinstance(value, list):
            pairs = [strike(item) for item in value]
            return [a for a, _ in pairs], [b for _, b in pairs]
        if not isinstance(value, dict):
            return value, value
        missing, null = {}, {}
        for key, item in value.items():
            if data.draw(st.booleans()):
                missing[key], null[key] = strike(item)
            else:
                null[key] = None
        return missing, null

    missing, null = strike(RESPONSES[name]["example"])
    assert model(name)._decode(missing) == model(name)._decode(null)


@many
@given(value=anything)
def test_a_value_that_is_not_an_object_comes_back_unchanged(value: Any) -> None:
    made = models.SmsOwner._decode(value)
    assert type(made) is models.SmsOwner if isinstance(value, dict) else made is value


def test_nested_models_are_of_the_declared_classes() -> None:
    page = models.InlineResponse20089.from_dict(RESPONSES["InlineResponse20089"]["example"])
    session = page.sms_sessions[0]
    assert type(session) is models.InlineResponse20089SmsSessions
    assert type(session.participants[0].owner) is models.InlineResponse20089LatestMessageOwner
    newest = session.latest_message
    assert type(newest) is models.InlineResponse20089LatestMessage
    assert newest.attachments is not None
    assert type(newest.attachments[0]) is models.InlineResponse20089LatestMessageAttachments
    assert type(newest.sender.owner) is models.InlineResponse20073Owner
    assert type(newest.to_members[0]) is models.InlineResponse20089LatestMessageToMembers


def test_unknown_values_nulls_and_wrong_shapes_are_kept() -> None:
    page = models.InlineResponse20074._decode(
        {
            "page_size": "thirty",
            "sms_histories": [
                None,
                "text",
                {
                    "message_type": 77,
                    "sender": "+1",
                    "to_members": {"phone_number": "2"},
                    "attachments": [None, {"type": "HOLOGRAM"}],
                },
            ],
        }
    )
    assert page.page_size == "thirty"
    assert page.sms_histories[:2] == [None, "text"]
    odd = page.sms_histories[2]
    assert (odd.message_type, odd.sender, odd.to_members) == (77, "+1", {"phone_number": "2"})
    assert odd.attachments[0] is None
    assert odd.attachments[1].type == "HOLOGRAM"


def test_a_class_is_compiled_once_on_first_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []
    compiler = _compile._compiled

    def counting(cls: type[Model], name: str, *rest: Any) -> Any:
        compiled.append(f"{cls.__name__}.{name}")
        return compiler(cls, name, *rest)

    monkeypatch.setattr(_compile, "_compiled", counting)

    class Fresh(models.SmsOwner):
        """New here."""

    assert compiled == []
    for _ in range(3):
        Fresh._decode({"id": "1", "type": "user"}).to_dict()
        Fresh(id="1")
    assert sorted(compiled) == ["Fresh.__init__", "Fresh._decode"]


def test_importing_the_package_loads_no_model() -> None:
    code = textwrap.dedent(
        """
        import sys
        import swagger_client.models as models

        def loaded():
            prefix = "swagger_client.models."
            return {name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)}

        assert loaded() <= {"_field", "_model"}, loaded()
        models.SmsOwner
        assert loaded() == {"_field", "_model", "sms_owner"}, loaded()
        """
    )
    subprocess.run([sys.executable, "-c", code], check=True)

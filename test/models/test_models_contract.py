"""The 29 generated names: paths, parameters, tables and checks as the generated client had them.

That each place has the fields that Zoom documents there today is tested with the drift."""

from __future__ import annotations

import ast
import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from swagger_client import models
from swagger_client.models import Model

HERE = Path(__file__).parent
GENERATED: dict[str, dict[str, Any]] = json.loads((HERE / "generated_models.json").read_text())
ROOTS = [name for name in GENERATED if name.removeprefix("InlineResponse").isdigit()]
SHAPES = {"SmsMessage", "SmsSession", "SmsParticipant", "SmsOwner", "SmsAttachment"}


def model(name: str) -> type[Model]:
    found: type[Model] = getattr(models, name)
    return found


def reached_from(cls: type[Model]) -> set[str]:
    """Return the classes that a response of a class can contain."""
    nested = (entry.model for entry in cls.__fields__ if entry.model is not None)
    return {cls.__name__}.union(*(reached_from(inner) for inner in nested))


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_name_has_its_import_path(name: str) -> None:
    module = import_module(f"swagger_client.models.{GENERATED[name]['module']}")
    assert getattr(module, name) is model(name)


@pytest.mark.parametrize("name", GENERATED)
def test_parameters_and_tables_have_the_generated_order(name: str) -> None:
    cls, was = model(name), GENERATED[name]
    expected = [entry.name for entry in cls.__fields__]
    assert expected[: len(was["parameters"])] == was["parameters"], "what is new comes last"
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    assert [parameter.name for parameter in parameters] == expected
    assert all(parameter.default is None for parameter in parameters)
    assert list(inspect.signature(cls).parameters) == expected
    assert list(cls.swagger_types) == list(cls.attribute_map) == expected
    assert list(cls.swagger_types.values())[: len(was["types"])] == was["types"]
    assert cls.attribute_map == {name: name for name in expected}
    assert cls.discriminator is None


@pytest.mark.parametrize("name", GENERATED)
def test_positional_arguments_land_where_they_did(name: str) -> None:
    cls, was = model(name), GENERATED[name]
    values = [
        was["enums"][parameter][-1] if parameter in was["enums"] else f"value of {parameter}"
        for parameter in was["parameters"]
    ]
    made = cls(*values)
    assert [getattr(made, parameter) for parameter in was["parameters"]] == values


@pytest.mark.parametrize("name", GENERATED)
def test_setters_accept_and_reject_the_same_values_as_generated_models(name: str) -> None:
    cls, was = model(name), GENERATED[name]
    needed = dict.fromkeys(was["required"], "1")
    made = cls(**needed)
    for parameter, values in was["enums"].items():
        for value in values:
            setattr(made, parameter, value)
            assert getattr(cls(**needed, **{parameter: value}), parameter) == value
        rejected = rf"Invalid value for `{parameter}` \(nope\), must be one of \["
        with pytest.raises(ValueError, match=rejected):
            setattr(made, parameter, "nope")
        with pytest.raises(ValueError, match=rejected):
            cls(**needed, **{parameter: "nope"})
        with pytest.raises(ValueError, match=rf"`{parameter}` \(None\), must be one of"):
            setattr(made, parameter, None)
        assert getattr(made, parameter) == values[-1]
    for parameter in was["required"]:
        rejected = f"Invalid value for `{parameter}`, must not be `None`"
        with pytest.raises(ValueError, match=rejected):
            cls()
        with pytest.raises(ValueError, match=rejected):
            setattr(made, parameter, None)
        assert getattr(made, parameter) == "1"


@pytest.mark.parametrize("name", GENERATED)
def test_documented_values_are_accepted(name: str) -> None:
    cls = model(name)
    made = cls(**{entry.name: "1" for entry in cls.__fields__ if entry.required})
    for entry in cls.__fields__:
        for value in entry.one_of:
            setattr(made, entry.name, value)
            assert getattr(made, entry.name) == value


def test_every_class_at_every_place_is_covered() -> None:
    assert set().union(*(reached_from(model(name)) for name in ROOTS)) == set(GENERATED)


@pytest.mark.parametrize("name", [*GENERATED, *sorted(SHAPES)])
def test_every_class_and_field_is_described(name: str) -> None:
    cls = model(name)
    assert cls.__doc__
    assert cls.__doc__.endswith(".")
    for entry in cls.__fields__:
        assert entry.doc.endswith("."), entry
        assert entry.model is not None or entry.example is not None, entry
        assert entry.swagger_type == cls.swagger_types[entry.name]


def test_generated_names_are_the_shapes() -> None:
    ends = {
        "Owner": "SmsOwner", "Attachments": "SmsAttachment", "Sender": "SmsParticipant",
        "ToMembers": "SmsParticipant", "Participants": "SmsParticipant",
        "SmsHistories": "SmsMessage", "LatestMessage": "SmsMessage", "20076": "SmsMessage",
        "SmsSessions": "SmsSession",
    }  # fmt: skip
    for name in GENERATED:
        shapes = [shape for end, shape in ends.items() if name.endswith(end)]
        for shape in shapes:
            assert issubclass(model(name), model(shape))
        assert shapes or name.removeprefix("InlineResponse").isdigit()


def test_the_package_lists_its_names_and_has_no_others() -> None:
    assert set(models.__all__) == {*GENERATED, *SHAPES, "Model"}
    assert set(models.__all__) <= set(dir(models))
    everything: dict[str, object] = {}
    exec("from swagger_client.models import *", everything)
    assert set(models.__all__) <= set(everything)
    with pytest.raises(AttributeError, match="has no attribute 'Nope'"):
        _ = models.Nope  # type: ignore[attr-defined]


def test_imports_for_type_checkers_are_the_listed_names() -> None:
    nodes = ast.walk(ast.parse(inspect.getsource(models)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]
    assert sorted(alias.name for node in imports for alias in node.names) == models.__all__

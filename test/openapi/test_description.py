"""The description is up to date, valid, and open to values that Zoom adds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator
from openapi_spec_validator import validate

from swagger_client._operation import Operation
from swagger_client.api._operations import ANYWHERE, OPERATIONS
from tools import render_openapi

WRITTEN = render_openapi.TARGET.read_text(encoding="utf-8")
SPEC: dict[str, Any] = yaml.safe_load(WRITTEN)


def of(operation: Operation[Any]) -> dict[str, Any]:
    found: dict[str, Any] = SPEC["paths"][operation.path][operation.method.lower()]
    return found


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if type(node) is list else ():
        yield from nodes(inner)


def test_description_is_up_to_date() -> None:
    assert render_openapi.text() == WRITTEN, "run python -m tools.render_openapi"


def test_description_is_valid() -> None:
    validate(SPEC)


def test_outdated_description_is_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(render_openapi, "TARGET", tmp_path / "openapi" / "it.yaml")
    assert render_openapi.main(["--check"]) == 1
    assert render_openapi.main([]) == 0
    assert render_openapi.TARGET.read_text(encoding="utf-8") == WRITTEN
    assert render_openapi.main(["--check"]) == 0
    render_openapi.TARGET.write_text(WRITTEN.replace("page", "leaf"), encoding="utf-8")
    assert render_openapi.main(["--check"]) == 1
    assert render_openapi.main(["--chekc"]) == 2
    assert capsys.readouterr().err.startswith("usage: ")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operations_have_label_scopes_limits_and_codes(operation: Operation[Any]) -> None:
    described = of(operation)
    assert described["x-rate-limit-label"] == operation.label
    alternatives = [requirement["OAuth"] for requirement in described["security"]]
    assert alternatives == [[scope] for scope in (*operation.scopes, *operation.granular_scopes)]
    for parameter, entry in zip(operation.parameters, described["parameters"], strict=True):
        schema = entry["schema"]
        assert (entry["name"], entry["in"]) == (parameter.key, parameter.place)
        assert entry.get("required", False) == (parameter.required or parameter.required_by_zoom)
        assert (schema.get("minimum"), schema.get("maximum")) == (parameter.least, parameter.most)
        assert schema.get("enum", []) == list(parameter.one_of)
        assert schema.get("default") == parameter.default
        Draft4Validator(schema).validate(entry["example"])
    codes = {
        (int(status), code)
        for status, response in described["responses"].items()
        for code in response.get("x-zoom-codes", ())
    }
    assert codes == {(error.status, error.code) for error in (*operation.errors, *ANYWHERE)}


def test_date_ranges_are_dates_or_times_in_utc() -> None:
    entry = next(one for one in of(OPERATIONS[0])["parameters"] if one["name"] == "from")
    validator = Draft4Validator(entry["schema"])
    for form in ("2026-07-01", "2026-07-01T10:00:00Z"):
        assert validator.is_valid(form)
    for form in ("2026-07-01T10:00:00+00:00", "2026-7-1", "2026-07-01 10:00:00", ""):
        assert not validator.is_valid(form)


def test_responses_are_open_to_additions() -> None:
    schemas = {name: one for name, one in SPEC["components"]["schemas"].items() if name != "Error"}
    assert len(schemas) == 29
    for node in nodes(schemas):
        assert not {"enum", "required", "additionalProperties"} & node.keys()
        if "x-extensible-enum" in node:
            assert all(f"`{value}`" in node["description"] for value in node["x-extensible-enum"])


def test_documented_values_depend_on_the_model() -> None:
    """A user's list documents fewer kinds of owners than an account's."""
    schemas = SPEC["components"]["schemas"]
    account = schemas["InlineResponse20073Owner"]["properties"]["type"]["x-extensible-enum"]
    participant = schemas["InlineResponse20088Participants"]["properties"]["owner"]
    assert "serviceEndpoint" in account
    assert participant["properties"]["type"]["x-extensible-enum"] == account[:-1]


def test_nullable_where_null_was_seen() -> None:
    nullable = {
        name
        for schema in SPEC["components"]["schemas"].values()
        for name, one in schema["properties"].items()
        if one.get("nullable")
    }
    assert nullable == {"next_page_token", "phone_number", "display_name"}

"""Validators for exactly the responses that the OpenAPI description documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

DESCRIPTION = Path(__file__).parent.parent.parent / "openapi" / "zoom-phone-sms.yaml"
SPEC: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
#: Zoom's examples and other operations have this value where the enum lists JPG.
UNDOCUMENTED = {"JPG": "JPG/JPEG"}

Json = dict[str, Any]


def closed(operation_id: str) -> Draft202012Validator:
    """Return a validator that rejects undocumented fields and values."""
    return Draft202012Validator(_closed(_response_schema(operation_id)))


def places(operation_id: str) -> set[str]:
    """Return the path of every field of a response, such as ``sms_sessions.participants``."""
    return set(_places(_response_schema(operation_id), ""))


def places_in(response: Any, above: str = "") -> Iterator[str]:
    """Yield the path of every field that a response contains."""
    for item in response if isinstance(response, list) else [response]:
        for name, value in item.items() if isinstance(item, dict) else ():
            yield f"{above}{name}"
            yield from places_in(value, f"{above}{name}.")


def _response_schema(operation_id: str) -> Json:
    operations = [one for item in SPEC["paths"].values() for one in item.values()]
    (found,) = (one for one in operations if one["operationId"] == operation_id)
    schema: Json = found["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def _resolved(schema: Json) -> Json:
    schema = schema["allOf"][0] if "allOf" in schema else schema
    if "$ref" not in schema:
        return schema
    found: Json = SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _closed(given: Json) -> Json:
    schema = _resolved(given)
    made: Json = {"type": [schema["type"], *(["null"] if schema.get("nullable") else [])]}
    if "properties" in schema:
        made["properties"] = {name: _closed(one) for name, one in schema["properties"].items()}
        made["additionalProperties"] = False
    if "items" in schema:
        made |= {"items": _closed(schema["items"]), "maxItems": schema.get("maxItems", 10_000)}
    values = schema.get("x-extensible-enum", [])
    if values:
        made["enum"] = [*values, *(UNDOCUMENTED[one] for one in values if one in UNDOCUMENTED)]
    return made


def _places(given: Json, above: str) -> Iterator[str]:
    schema = _resolved(given)
    schema = _resolved(schema["items"]) if "items" in schema else schema
    for name, one in schema.get("properties", {}).items():
        yield f"{above}{name}"
        yield from _places(one, f"{above}{name}.")

"""Let pydantic models have fields whose type is a model of this package.

This module is imported only if pydantic asks for it.
"""

from __future__ import annotations

from typing import Any

_JSON_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def core_schema_of(model: type[Any]) -> Any:
    """Return a pydantic schema that accepts an object of ``model``, or a dict in Zoom's form."""
    from pydantic_core import core_schema

    def validate(value: object) -> object:
        if isinstance(value, dict):
            return model.from_dict(value)
        if not isinstance(value, model):
            raise ValueError(f"expected {model.__name__} or a dict, not {type(value).__name__}")
        return value

    to_dict = core_schema.plain_serializer_function_ser_schema(lambda value: value.to_dict())
    return core_schema.no_info_plain_validator_function(validate, serialization=to_dict)


def json_schema_of(model: type[Any]) -> dict[str, Any]:
    """Return the JSON schema of a model, in which every field may be missing or null."""
    properties: dict[str, Any] = {}
    for entry in model.__fields__:
        if entry.model is not None:
            nested = json_schema_of(entry.model)
            properties[entry.key] = {"type": "array", "items": nested} if entry.many else nested
        else:
            properties[entry.key] = {
                "type": [_JSON_TYPES.get(entry.swagger_type, "string"), "null"]
            }
        properties[entry.key]["description"] = entry.doc
    return {"type": "object", "title": model.__name__, "properties": properties}

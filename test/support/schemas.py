"""JSON schemas for tests."""

from __future__ import annotations

from typing import Any


def closed(schema: Any) -> Any:
    """Return a copy of a JSON schema that rejects unknown fields."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made["additionalProperties"] = False
    return made

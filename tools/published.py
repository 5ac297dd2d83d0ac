"""Read facts from the specification that Zoom publishes, and remove its prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]


class Subject(NamedTuple):
    """The object of a fact.

    ``operation`` is for example "GET /phone/sms/sessions". ``kind`` is "operation", "parameter",
    "field" or "response". ``name`` identifies the object: for a field it is the path in the
    response, such as ``sms_sessions[].participants[].owner``, and empty for the response itself.
    """

    operation: str
    kind: str
    name: str = ""


Facts = dict[Subject, dict[str, object]]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_PROSE = {"title", "summary", "description", "example", "examples", "externalDocs"}
_READ_ELSEWHERE = {
    "schema": {"properties", "items", "enum", "required"},
    "parameter": {"name", "schema"},
    "response": {"content"},
    "operation": {"operationId", "tags", "parameters", "responses", "security", "x-extensions"},
}
_STRAY = {"attachments", "date_time", "message", "message_id", "message_type", "session_id"}
_LABEL = re.compile(r"Rate Limit Label[^`]*`([^`]+)`")
_CODE = re.compile(r"Error Code:[*\s]*`(\d+)`")
# A value that a text lists: at the head of a line and nothing after it, or before its meaning.
_LISTED = re.compile(r"^[\s*-]*`([^`\n]+)`\s*$|`([^`\n]+)`\s*[:(]", re.MULTILINE)


class NotASpecification(ValueError):
    """Raised if the file is not an OpenAPI 3 document, or its references cannot be resolved."""


@contextmanager
def _understood() -> Iterator[None]:
    """Convert errors from an unexpected structure to :class:`NotASpecification`."""
    try:
        yield
    except (AttributeError, KeyError, TypeError) as error:
        raise NotASpecification(f"this is not an OpenAPI 3 document: {error!r}") from error
    except RecursionError:
        raise NotASpecification("it is nested too deeply, or a schema contains itself") from None


@_understood()
def read(file: Path) -> Json:
    """Read a document from a file.

    :raises NotASpecification: if the file is not an OpenAPI 3 document
    :raises ValueError: if the file is not JSON
    :raises OSError: if the file cannot be read
    """
    spec: Json = json.loads(file.read_text(encoding="utf-8"))
    return spec


@_understood()
def facts(spec: Json, known_paths: Iterable[str]) -> Facts:
    """Return the facts about the SMS operations in a specification.

    :param spec: an OpenAPI 3 document as JSON
    :param known_paths: paths to read with any tags; other paths are read if they have the tag
        ``SMS``
    :raises NotASpecification: if it is not an OpenAPI 3 document
    """
    found: Facts = {}
    for name, operation in _operations(spec, set(known_paths)):
        found.update(_operation(spec, name, operation))
    for name, operation in _webhooks(spec):
        found.update(_webhook(spec, name, operation))
    return found


@_understood()
def without_prose(spec: Json, known_paths: Iterable[str]) -> Json:
    """Return a specification with the same facts but without prose, to keep as a record.

    :raises NotASpecification: if it is not an OpenAPI 3 document, or a schema contains itself
    """
    paths: Json = {}
    for name, operation in _operations(spec, set(known_paths)):
        method, _, path = name.partition(" ")
        kept = _stripped(spec, operation)
        kept["tags"] = ["SMS"]
        label = _label(operation)
        if label:
            kept["description"] = f"Rate Limit Label: `{label}`"
        paths.setdefault(path, {})[method.lower()] = kept
    webhooks = {
        name.partition(" ")[2]: {"post": _stripped_webhook(spec, operation)}
        for name, operation in _webhooks(spec)
    }
    sections = {"paths": paths, "webhooks": webhooks}
    return {"openapi": spec["openapi"], **{name: one for name, one in sections.items() if one}}


def plain(**aspects: object) -> dict[str, object]:
    """Normalize aspects for a comparison: sort lists, drop empty values."""
    return {
        name: sorted({str(item) for item in value}) if isinstance(value, (list, tuple)) else value
        for name, value in aspects.items()
        if value not in (None, "", [], (), {}) and (value is not False or name == "default")
    }


def _webhooks(spec: Json) -> Iterator[tuple[str, Json]]:
    """Yield the SMS events of a specification."""
    for name, item in spec.get("webhooks", {}).items():
        if name.startswith("phone.sms"):
            yield f"WEBHOOK {name}", item["post"]


def _webhook(spec: Json, name: str, operation: Json) -> Iterator[tuple[Subject, Json]]:
    yield Subject(name, "operation"), plain(id=operation.get("operationId"))
    for subject, said in _fields(spec, Subject(name, "field"), _body(operation)):
        # Events are open to more fields, whatever Zoom's file says of it; and it has properties
        # of the message among the keywords of the owner's schema.
        yield (
            subject,
            {
                key: one
                for key, one in said.items()
                if key != "additionalProperties" and not (key in _STRAY and isinstance(one, dict))
            },
        )


def _stripped_webhook(spec: Json, operation: Json) -> Json:
    content = {"application/json": {"schema": _stripped(spec, _body(operation))}}
    return {"operationId": operation.get("operationId"), "requestBody": {"content": content}}


def _body(operation: Json) -> Json:
    schema: Json = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


def _operations(spec: Json, known_paths: set[str]) -> Iterator[tuple[str, Json]]:
    if not isinstance(spec.get("paths", spec.get("webhooks")), dict):
        raise NotASpecification("this is not an OpenAPI 3 document: no paths and no webhooks")
    for path, item in spec.get("paths", {}).items():
        for method in _METHODS:
            if method not in item:
                continue
            operation = item[method]
            shared = item.get("parameters", [])
            if path in known_paths or "SMS" in operation.get("tags", []):
                parameters = [*shared, *operation.get("parameters", [])]
                yield f"{method.upper()} {path}", {**operation, "parameters": parameters}


def _operation(spec: Json, name: str, operation: Json) -> Iterator[tuple[Subject, Json]]:
    extensions = operation.get("x-extensions", {})
    scopes = [
        scope
        for requirement in operation.get("security", [])
        for listed in requirement.values()
        for scope in listed
    ]
    said = plain(
        id=operation.get("operationId"),
        label=_label(operation),
        scopes=scopes,
        **_others(extensions, "extensions"),
        **_others(operation, "operation"),
    )
    yield Subject(name, "operation"), said
    for given in operation["parameters"]:
        parameter = _resolved(spec, given)
        schema = _resolved(spec, parameter.get("schema", {}))
        text = f"{parameter.get('description', '')}\n{schema.get('description', '')}"
        said = {**_others(parameter, "parameter"), **_others(schema, "schema")}
        said.update(_values(schema, text))
        yield Subject(name, "parameter", parameter["name"]), plain(**said)
    for status, given in operation.get("responses", {}).items():
        response = _resolved(spec, given)
        content = response.get("content", {})
        codes = _CODE.findall(response.get("description", ""))
        said = {**_others(response, "response"), "codes": codes, "content": list(content)}
        yield Subject(name, "response", status), plain(**said)
        if status.startswith("2"):
            for form in content.values():
                yield from _fields(spec, Subject(name, "field"), form.get("schema", {}))


def _fields(
    spec: Json, place: Subject, given: Json, required: bool = False, above: tuple[int, ...] = ()
) -> Iterator[tuple[Subject, Json]]:
    schema = _resolved(spec, given)
    said = {**_others(schema, "schema"), "required": required}
    said.update(_values(schema, schema.get("description", "")))
    yield place, plain(**said)
    if id(schema) in above:
        return  # a schema that contains itself
    above = (*above, id(schema))
    for key, inner in schema.get("properties", {}).items():
        name = f"{place.name}.{key}" if place.name else key
        always = key in schema.get("required", ())
        yield from _fields(spec, place._replace(name=name), inner, always, above)
    if "items" in schema:
        items = place._replace(name=f"{place.name}[]")
        yield from _fields(spec, items, schema["items"], above=above)


def _others(given: Mapping[str, Any], kind: str) -> Json:
    """Return all other keywords that are not prose, including unknown ones."""
    skipped = _PROSE | _READ_ELSEWHERE.get(kind, set())
    return {name: value for name, value in given.items() if name not in skipped}


def _values(schema: Json, text: str) -> Json:
    """Return the values that a schema lists, and those that only its text lists."""
    if schema.get("type") in ("object", "array"):
        return {}
    formal, listed = [str(value) for value in schema.get("enum", [])], _listed(text)
    beside = [value for value in listed if value not in formal] if formal else []
    return {"values": formal or listed, "values in prose only": beside}


def _listed(text: str) -> list[str]:
    return [alone or explained for alone, explained in _LISTED.findall(text)]


def _label(operation: Json) -> str:
    found = _LABEL.search(operation.get("description", ""))
    return found[1].lower() if found else ""


def _resolved(spec: Json, node: Json) -> Json:
    for _ in range(10):
        if "$ref" not in node:
            return node
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    raise NotASpecification("a chain of more than 10 $refs")


def _stripped(spec: Json, given: Any) -> Any:
    """Return a node without prose. Values and codes that the prose lists are kept."""
    if isinstance(given, list):
        return [_stripped(spec, item) for item in given]
    if not isinstance(given, dict):
        return given
    node = _resolved(spec, given)
    kept: Json = {
        name: _stripped_properties(spec, value) if name == "properties" else _stripped(spec, value)
        for name, value in node.items()
        if name not in _PROSE
    }
    text = node.get("description", "")
    listed = [f"* `{value}`" for value in _listed(text)] if "responses" not in node else []
    codes = [f"Error Code: `{code}`" for code in _CODE.findall(text)]
    if codes or listed:
        kept["description"] = "\n".join(codes or listed)
    return kept


def _stripped_properties(spec: Json, properties: Json) -> Json:
    # A property may be named `description` without being prose.
    return {name: _stripped(spec, schema) for name, schema in properties.items()}

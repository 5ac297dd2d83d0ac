from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, TypeVar

from swagger_client import models
from swagger_client._security import safe_json
from swagger_client.exceptions import DecodeException
from swagger_client.models import Model

if TYPE_CHECKING:
    from swagger_client._wire.rest_response import RESTResponse

T = TypeVar("T")

#: The names of all models.
MODELS = frozenset(models.__all__)

#: The fields of a page that contain the records. If a value is not a list, the page would look as
#: if it were empty.
_RECORDS = frozenset({"sms_histories", "sms_sessions"})
_JSON_NAMES: dict[type, str] = {
    type(None): "null", bool: "boolean", int: "number", float: "number", str: "string",
    list: "list", dict: "object",
}  # fmt: skip
_PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "object", "bytes"})


def parse(content: bytes | str, *, unique_keys: bool = False) -> object:
    """Parse JSON or raise a DecodeException. ``unique_keys`` rejects objects that repeat a key."""
    try:
        return safe_json.loads(content, unique_keys=unique_keys)
    except (ValueError, RecursionError) as error:
        raise DecodeException(reason=_why_not_json(content, error)) from None


def _why_not_json(content: bytes | str, error: Exception) -> str:
    if isinstance(error, (safe_json.TooComplex, safe_json.DuplicateKey)):
        return f"the response is rejected: {error}"
    if not content.strip():
        return "the response is empty, expected JSON"
    kind = "HTML" if content.lstrip()[:1] in (b"<", "<") else "not valid JSON"
    where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
    return f"the response is {kind}{where}, expected JSON"


def decode(response: RESTResponse, kind: object) -> object:
    """Decode the body of a response to the given type; see :func:`convert`.

    :raises DecodeException: if the body does not have this type, or if the type is a model and the
        status is not 200.
    """
    content = getattr(response, "content", None)
    if content is None:  # another response class, of the application
        content = response.data
    if not isinstance(kind, str) or kind not in MODELS:
        return convert(parse(content), kind)
    status = getattr(response, "status", 200)
    if status != 200:
        raise DecodeException(status, f"the response has status {status} instead of 200")
    return to_model(content, getattr(models, kind))


def to_model(content: bytes | str, model: type[Model]) -> Model:
    """Decode a body to a model; raise a DecodeException if the body is not a JSON object."""
    value = parse(content)
    if not isinstance(value, dict):
        kind = _JSON_NAMES.get(type(value), "value")
        raise DecodeException(reason=f"the response is a JSON {kind}, expected an object")
    decoded: Model = model._decode(value, _reject_wrong_kind)
    return decoded


def _reject_wrong_kind(name: str, expected: type, value: object) -> None:
    """Raise a DecodeException if a field that must be a list or an object has another type.

    An empty value of another type is accepted, because some servers write ``[]`` for an empty
    object. But the field with the records of a page must always be a list.
    """
    if name in _RECORDS or value not in ("", [], {}):
        raise DecodeException(reason=_describe_wrong_kind(name, expected, value))


def decode_items(items: list[object], key: str, kind: str) -> list[object]:
    """Decode the records in the field ``key`` of one page to models of the given ``kind``.

    If a field of a record that must be a list or an object has another type, its value is kept, and
    a warning is issued instead of an exception, so that one wrong field does not end an iteration.
    """
    page = getattr(models, kind)._decode({key: items}, _warn_of_wrong_kind)
    return list(getattr(page, key))


def _warn_of_wrong_kind(name: str, expected: type, value: object) -> None:
    if value not in ("", [], {}):
        message = f"{_describe_wrong_kind(name, expected, value)}; it is kept unchanged"
        warnings.warn(message, UserWarning, stacklevel=2)


def _describe_wrong_kind(name: str, expected: type, value: object) -> str:
    kind, wanted = _JSON_NAMES.get(type(value), "value"), _JSON_NAMES[expected]
    return f"`{name}` is a JSON {kind}, expected a JSON {wanted}"


def convert(value: object, kind: object) -> object:
    """Convert a JSON value to the given type.

    :param kind: a class; or the name of a type as swagger-codegen writes it, such as ``str``,
        ``datetime``, ``list[str]``, ``dict(str, int)`` or the name of a model.
    :raises DecodeException: if the value does not have this type, or is an invalid date.
    :raises ValueError: if the name of the type is unknown.
    """
    if value is None:
        return None
    if isinstance(kind, type):
        kind = kind.__name__
    if not isinstance(kind, str):
        raise ValueError(f"response_type must be a class or the name of a type, not {kind!r}")
    if many := re.fullmatch(r"list\[(.*)\]", kind):
        return [convert(held, many[1]) for held in _expect(value, list)]
    if mapped := re.fullmatch(r"dict\(([^,]*), (.*)\)", kind):
        return {key: convert(held, mapped[2]) for key, held in _expect(value, dict).items()}
    if kind in _PLAIN_TYPES:
        return value
    if kind in ("date", "datetime"):
        from dateutil.parser import isoparse

        try:
            parsed = isoparse(str(value))
        except (ValueError, OverflowError):
            raise DecodeException(
                reason=f"the response has {value!r}, expected a date or time"
            ) from None
        return parsed.date() if kind == "date" else parsed
    if kind not in MODELS:
        raise ValueError(
            f"response_type {kind!r} is neither a model nor a basic type "
            "such as `str`, `int` or `datetime`"
        )
    if not isinstance(value, dict):
        return value
    return getattr(models, kind)._decode(value, _reject_wrong_kind)


def _expect(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        found = type(value).__name__
        raise DecodeException(reason=f"the response is a {found}, expected a {kind.__name__}")
    return value

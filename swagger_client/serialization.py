"""Convert Python values to parameters, and response bodies to models."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any, TypeVar
from urllib.parse import quote

from swagger_client import models
from swagger_client._operation import Operation, Parameter
from swagger_client._security import safe_json
from swagger_client.exceptions import DecodeException, InvalidArgumentException
from swagger_client.models import Model

T = TypeVar("T")

#: The names of all models.
MODELS = frozenset(models.__all__)

#: More days than these between both ends of a span are longer than any month.
_DAYS_OF_A_MONTH = 31
#: The fields of pages with the records: anything but a list there would read as an empty page.
_RECORDS = frozenset({"sms_histories", "sms_sessions"})
_PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "object", "bytes"})


def path_segment(name: str, value: object, operation: str, safe: str = "") -> str:
    """Encode a value as one segment of a path, so that it cannot lead to another route.

    :raises InvalidArgumentException: for None, "", ".", ".." and control characters.
    :raises TypeError: for another type than str.
    """
    return quote(check_segment(name, value, operation), safe=safe)


def check_segment(name: str, value: object, operation: str) -> str:
    """Validate an argument that becomes a segment of a path; return it as plain text.

    :raises InvalidArgumentException: for None, "", ".", ".." and control characters.
    :raises TypeError: for another type than str.
    """
    if value is None:
        raise InvalidArgumentException(
            reason=f"Missing the required parameter `{name}` when calling `{operation}`"
        )
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise InvalidArgumentException(
            reason=f"`{name}` must not be {value!r}: it would lead to another endpoint"
        )
    if not value.isascii() or not value.isprintable():
        from unicodedata import category

        if any(category(character) in ("Cc", "Cs") for character in value):
            raise InvalidArgumentException(
                reason=f"`{name}` must not contain control characters or lone surrogates"
            )
    # Not str(), which returns the name of an enum's member.
    return str.__str__(value)


def query_value(parameter: Parameter, value: object) -> str:
    """Return the text to send for an argument.

    :raises InvalidArgumentException: for a value that Zoom is known not to accept.
    :raises TypeError: for a value of the wrong type.
    """
    name = parameter.name
    if parameter.kind == "date":
        return date_text(name, value)
    if parameter.kind == "int":
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"`{name}` must be an int, not {type(value).__name__}")
        value = int(value)
        least, most = parameter.least, parameter.most
        if (least is not None and value < least) or (most is not None and value > most):
            raise InvalidArgumentException(
                reason=f"`{name}` must be from {least} to {most}, not {value}"
            )
    elif not isinstance(value, str):
        raise TypeError(f"`{name}` must be a str, not {type(value).__name__}")
    if parameter.one_of and value not in parameter.one_of:
        raise InvalidArgumentException(
            reason=f"`{name}` must be one of {list(parameter.one_of)}, not {value!r}"
        )
    return str.__str__(value) if isinstance(value, str) else str(value)


def date_text(name: str, value: object) -> str:
    """Return a date or time in Zoom's documented form; text is returned unchanged.

    :raises TypeError: for another type.
    :raises InvalidArgumentException: for a time outside the years 1 to 9999 in UTC.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            try:
                value = value.astimezone(timezone.utc)
            except OverflowError:
                raise InvalidArgumentException(
                    reason=f"`{name}` is outside the years 1 to 9999 in UTC"
                ) from None
        return value.strftime(f"{value.year:04d}-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"`{name}` must be a str, date or datetime, not {type(value).__name__}")


def check_arguments(
    operation: Operation[Any], arguments: Mapping[str, object]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Validate the arguments of a call; return its path parameters and its query.

    :raises InvalidArgumentException: for a value that Zoom cannot accept.
    :raises TypeError: for a value of the wrong type.
    """
    path_params: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        value = arguments.get(parameter.name)
        if parameter.place == "path":
            path_params[parameter.key] = check_segment(parameter.name, value, operation.name)
        elif value is not None:
            query.append((parameter.key, query_value(parameter, value)))
        elif parameter.required:
            raise InvalidArgumentException(
                reason=f"Missing the required parameter `{parameter.name}` when calling "
                f"`{operation.name}`"
            )
    if arguments.get("_from") is not None and arguments.get("to") is None:
        raise InvalidArgumentException(reason="`to` is required when `_from` is given")
    return path_params, query


def warn_of_long_span(operation: Operation[Any], arguments: Mapping[str, object]) -> None:
    """Warn of a span over a month: Zoom returns one month of it and does not say which one."""
    if operation.paging != "token":
        return
    start, end = (_date_of(arguments.get(name)) for name in ("_from", "to"))
    if start is not None and end is not None and (end - start).days > _DAYS_OF_A_MONTH:
        message = (
            f"{operation.name}: {start} to {end} is longer than a month, and Zoom returns one "
            f"month of it only. Use iter_{operation.name}() to read all of it."
        )
        depth = 2
        while sys._getframe(depth).f_globals.get("__name__", "").startswith("swagger_client"):
            depth += 1
        warnings.warn(message, UserWarning, stacklevel=depth + 1)


def _date_of(value: object) -> date | None:
    try:
        value = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return value.date() if isinstance(value, datetime) else value if type(value) is date else None


def plain(value: object) -> object:
    """Return a value as JSON represents it: models as dicts, dates as ISO 8601 text."""
    if isinstance(value, str):
        return value
    if isinstance(value, Model):
        fields = {key: getattr(value, name) for name, key in value.attribute_map.items()}
        fields.update(value.additional_properties)
        return {key: plain(held) for key, held in fields.items() if held is not None}
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    if isinstance(value, tuple):
        return tuple(plain(held) for held in value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def parse(content: bytes | str) -> object:
    """Parse a response's body as JSON. Numbers keep their text, see ``safe_json.loads``.

    :raises DecodeException: when it is not JSON, or has far more values than any page.
    """
    try:
        return safe_json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DecodeException(reason=_why_not_json(content, error)) from None


def _why_not_json(content: bytes | str, error: Exception) -> str:
    if isinstance(error, safe_json.TooComplex):
        return f"the response has {error}"
    if not content.strip():
        return "the response is empty, expected JSON"
    kind = "HTML" if content.lstrip()[:1] in (b"<", "<") else "not valid JSON"
    where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
    return f"the response is {kind}{where}, expected JSON"


def to_model(content: bytes | str, model: type[Model]) -> Model:
    """Decode a response's body.

    :raises DecodeException: when it is not a JSON object, or a list of records is something else.
    """
    value = parse(content)
    if not isinstance(value, dict):
        found = "null" if value is None else type(value).__name__
        raise DecodeException(reason=f"the response is a JSON {found}, expected an object")
    for key in _RECORDS & model.attribute_map.keys():
        records = value.get(key)
        if records is not None and not isinstance(records, list):
            found = type(records).__name__
            raise DecodeException(reason=f"`{key}` is a JSON {found}, expected a list")
    decoded: Model = model._decode(value)
    return decoded


def convert(value: object, kind: object) -> object:
    """Convert a JSON value to a generated type name: ``list[str]``, ``dict(str, X)``, a model.

    :raises DecodeException: for another kind of value, or an invalid date.
    :raises ValueError: for an unknown type name.
    """
    if value is None:
        return None
    if isinstance(kind, type):
        kind = kind.__name__
    if not isinstance(kind, str):
        raise ValueError(f"not a type: {kind!r}")
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
            raise DecodeException(reason=f"not a date: {value!r}") from None
        return parsed.date() if kind == "date" else parsed
    model = model_class(kind)
    return model._decode(value) if isinstance(value, dict) else value


def _expect(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        found = type(value).__name__
        raise DecodeException(reason=f"the response is a {found}, expected a {kind.__name__}")
    return value


def model_class(name: str) -> type[Model]:
    """Return the model of that name.

    :raises ValueError: for an unknown name.
    """
    if name not in MODELS:
        raise ValueError(f"response_type {name!r} is neither a model nor a basic type")
    found: type[Model] = getattr(models, name)
    return found

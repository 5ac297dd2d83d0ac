from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any
from urllib.parse import quote

from swagger_client._operation import Operation, Parameter
from swagger_client.exceptions import InvalidArgumentException
from swagger_client.models import Model

#: An id that can be part of a path without encoding.
_PLAIN_ID = re.compile(r"[\w-]+", re.ASCII)
#: A date, or a time. Zoom documents times in the form 2026-01-31T23:59:59Z, in UTC.
_DATE_OR_TIME = r"(?a)\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"


def path_segment(name: str, value: object, operation: str, safe: str = "") -> str:
    """Encode a value as one segment of a URL path; see :func:`check_segment`."""
    if type(value) is str and _PLAIN_ID.fullmatch(value):
        return value
    return quote(check_segment(name, value, operation), safe=safe)


def check_segment(name: str, value: object, operation: str) -> str:
    """Check an argument that becomes a segment of a URL path, and return it as a plain str.

    None, "", ".", ".." and control characters raise an InvalidArgumentException.
    """
    if type(value) is str and _PLAIN_ID.fullmatch(value):
        return value
    if value is None:
        raise _missing(name, operation)
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise InvalidArgumentException(
            reason=f"`{name}` must not be {value!r}: the URL would be that of another endpoint"
        )
    if not value.isascii() or not value.isprintable():
        from unicodedata import category

        if any(category(character) in ("Cc", "Cs") for character in value):
            raise InvalidArgumentException(
                reason=f"`{name}` must not contain control characters or lone surrogates"
            )
    # str(value) would return the name of an enum member instead of its value.
    return str.__str__(value)


def query_value(parameter: Parameter, value: object) -> str:
    """Check an argument that is sent in the query, and return its text."""
    name = parameter.name
    if parameter.kind == "date":
        text = date_text(name, value)
        _parse_date(name, text)
        return text
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
    if not isinstance(value, str):
        return str(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentException(
            reason=f"`{name}` must not contain lone surrogates"
        ) from None
    return str.__str__(value)


def date_text(name: str, value: object) -> str:
    """Convert a date or datetime to text such as 2026-01-31T23:59:59Z; return a str unchanged."""
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


def _parse_date(name: str, text: str) -> date:
    try:
        if not re.fullmatch(_DATE_OR_TIME, text):
            raise ValueError
        if "T" not in text:
            return date.fromisoformat(text)
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgumentException(
            reason=f"`{name}` must be like 2026-01-31 or 2026-01-31T23:59:59Z, not {text!r}"
        ) from None
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time


def check_arguments(
    operation: Operation[Any], arguments: Mapping[str, object]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Check the arguments of an API call; return the values for its path, and its query pairs.

    :raises InvalidArgumentException: if Zoom cannot accept a value.
    :raises TypeError: if a value has the wrong type.
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
            raise _missing(parameter.name, operation.name)
    if arguments.get("_from") is not None:
        _check_span(dict(query))
    return path_params, query


def _missing(name: str, operation: str) -> InvalidArgumentException:
    return InvalidArgumentException(
        reason=f"Missing the required parameter `{name}` when calling `{operation}`"
    )


def _check_span(query: Mapping[str, str]) -> None:
    """Raise an InvalidArgumentException if ``to`` is missing after ``from``, or before ``from``.

    A date as ``to`` means the end of that day. So ``from`` may be a time on the same day.
    """
    if "to" not in query:
        raise InvalidArgumentException(reason="`to` is required when `_from` is given")
    start, end = _parse_date("_from", query["from"]), _parse_date("to", query["to"])
    if not isinstance(start, datetime):
        start = datetime.combine(start, datetime.min.time(), timezone.utc)
    if not isinstance(end, datetime):
        end = datetime.combine(end, datetime.max.time(), timezone.utc)
    if end < start:
        raise InvalidArgumentException(
            reason=f"the time span ends before it begins: `_from` is {query['from']}, `to` is "
            f"{query['to']}"
        )


def warn_of_long_span(operation: Operation[Any], arguments: Mapping[str, object]) -> None:
    """Warn if a time span is longer than a month: Zoom would return only a month of it."""
    if operation.paging != "token":
        return
    start, end = (_date_of(arguments.get(name)) for name in ("_from", "to"))
    if start is None or end is None:
        return
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 1 or (months == 1 and end.day > start.day):
        message = (
            f"{operation.name}: {start} to {end} is longer than a month, of which Zoom returns "
            f"only one month. Use iter_{operation.name}() to read the whole time."
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
    """Convert a value to JSON types: models to dicts, dates to ISO 8601 text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: held if type(held) is str else plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    if isinstance(value, tuple):
        return tuple(plain(held) for held in value)
    if isinstance(value, Model):
        fields = {key: getattr(value, name) for name, key in value.attribute_map.items()}
        fields.update(value.additional_properties)
        return {key: plain(held) for key, held in fields.items() if held is not None}
    if isinstance(value, date):
        return value.isoformat()
    return value

"""Converts values from Zoom to the form in which the archive stores them.

JSON becomes canonical text: equal values have the same text. Phone numbers become digits.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from functools import lru_cache

from swagger_client._security import safe_json

JsonObject = dict[str, object]

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_A_DIGIT = re.compile("[^0-9]+")
_INT64 = 1 << 63
#: The deepest nesting that is stored. Other programs may be unable to read deeper JSON.
_MAX_DEPTH = 100
_TOO_DEEP = f"it is nested more than {_MAX_DEPTH} levels deep"
#: The prefix of an id that was derived from content because Zoom sent no id.
WITHOUT_ID = "without-id:"
#: The prefix of an id that is stored as JSON because UTF-8 cannot encode it.
_ESCAPED_ID = "json:"
#: The length of a North American number without its country code, and the country code. People
#: write such numbers with and without the code.
_NATIONAL, _COUNTRY = 10, "1"


def canonical(value: object) -> str:
    """Return JSON as text: sorted keys, no white space, encodable as UTF-8."""
    try:
        text = safe_json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise ValueError(_TOO_DEEP)
    if text.isascii():
        return text
    # UTF-8 cannot encode a lone surrogate; a JSON escape can.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [one.values() if isinstance(one, dict) else as_list(one) for one in level]
        level = [value for values in inner for value in values]
    return depth


def identifier(value: str) -> str:
    """Return the text to store for an id: "json:" and JSON if UTF-8 cannot encode the id."""
    if value.startswith(_ESCAPED_ID) or _SURROGATE.search(value):
        return _ESCAPED_ID + json.dumps(str(value))
    return str(value)  # may be an ExactNumber, a subclass of str


def stored_id(value: str) -> str:
    """Return the text to store for an id; an id that was already converted is unchanged."""
    return identifier(value) if _SURROGATE.search(value) else value


def content_key(value: object) -> str:
    """Hash the JSON of a conversation or message that has no id. The hash is used as its id."""
    return WITHOUT_ID + hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def digits(number: object) -> str | None:
    """Return the digits of a phone number; None if the number has no digits."""
    return _digits_of(number) if isinstance(number, str) else None


def typed_digits(number: str) -> str | None:
    """Return the digits of a phone number that a user typed, in any script, as ASCII digits."""
    text = unicodedata.normalize("NFKC", number)
    return digits("".join(str(unicodedata.decimal(one, one)) for one in text))


def with_and_without_country_code(number: str) -> list[str]:
    """Return a phone number, as digits, with and without the North American country code."""
    if len(number) == _NATIONAL:
        return [number, _COUNTRY + number]
    if len(number) == _NATIONAL + 1 and number.startswith(_COUNTRY):
        return [number, number[1:]]
    return [number]


@lru_cache(1 << 12)
def _digits_of(number: str) -> str | None:
    return _NOT_A_DIGIT.sub("", number) or None


def as_object(value: object) -> JsonObject:
    """Return the value if it is a JSON object, else an empty object."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Return the value if it is a JSON list, else an empty list."""
    return value if isinstance(value, list) else []


def plain_text(text: str) -> str:
    """Replace lone surrogates in a text by U+FFFD, so that UTF-8 can encode the text."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def as_text(value: object) -> str | None:
    """Convert a JSON value to text for a column of the database; None stays None."""
    if value is None or (type(value) is str and value.isascii()):
        return value
    if isinstance(value, str):
        return plain_text(str(value))
    return canonical(value)


def as_integer(value: object) -> int | None:
    """Return a JSON value if it is an integer of at most 64 bits, else None."""
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return int(value)
    return None

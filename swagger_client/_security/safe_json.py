"""Parses JSON strictly: numbers keep their text, and NaN and Infinity are rejected."""

from __future__ import annotations

import json
import re
from typing import Any

#: The most objects, lists and values that a document may have. A page of Zoom's has some thousand;
#: a hostile one of a few megabytes could otherwise fill the memory.
MAX_CONTAINERS, MAX_VALUES = 100_000, 250_000


class TooComplex(ValueError):
    """A document has too many objects, lists or values."""


class ExactFloat(float):
    """A float of the number that was sent, which keeps its JSON text: ``1.10``, ``1E3``.

    :ivar str text: the number as it was sent.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> ExactFloat:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[ExactFloat], tuple[str]]:
        return ExactFloat, (self.text,)


class ExactNumber(str):
    """The text of a number that Python would misread: beyond its floats, or rounded by them.

    ``1e400`` would be infinite, ``1e-400`` zero, and ``0.1234567890123456789`` another number. An
    integer with more digits than ``int()`` reads is such a text, too.
    """

    __slots__ = ()


def loads(content: bytes | str) -> Any:
    """Parse JSON. Numbers that would change when written again keep their text.

    They are an :class:`ExactFloat` or, where their value would change, an :class:`ExactNumber`.

    :raises TooComplex: for more than 100,000 objects and lists or 250,000 values.
    :raises ValueError: for invalid JSON, NaN and Infinity included.
    :raises RecursionError: for JSON nested too deeply.
    """
    check_structure(content)
    if not isinstance(content, str):
        content = content.decode(json.detect_encoding(content), "surrogatepass")
    try:
        return _DECODER.decode(content)
    except ValueError as error:
        if type(error) is not ValueError:
            raise
    # Among others, int() rejects more than 4,300 digits. A hook for integers would slow the rest.
    return _DECODER_OF_LONG_INTEGERS.decode(content)


def check_structure(content: bytes | str) -> None:
    """Reject a document that would need far more memory than its text.

    Brackets and commas within texts are counted too: the limits leave room for them.

    :raises TooComplex: when it has too many objects, lists or values.
    """
    if len(content) < MAX_CONTAINERS:
        return
    if isinstance(content, str):
        containers, values = content.count("{") + content.count("["), content.count(",")
    else:
        containers, values = content.count(b"{") + content.count(b"["), content.count(b",")
    if containers > MAX_CONTAINERS or values > MAX_VALUES:
        raise TooComplex(
            f"more than {MAX_CONTAINERS:,} objects and lists, or {MAX_VALUES:,} values"
        )


def dumps(value: object, **options: Any) -> str:
    """Return a value as JSON, as ``json.dumps`` does, with the original text of its numbers."""
    if not _has_exact_numbers(value):
        return json.dumps(value, **options)
    import secrets  # it loads much, and numbers like these are rare

    # json.dumps has no hook for floats: their text replaces marks that no text can contain.
    numbers: list[str] = []
    mark = secrets.token_hex(16)
    text = json.dumps(_mark_exact_numbers(value, mark, numbers), **options)
    return re.sub(f'"{mark}:([0-9]+)"', lambda found: numbers[int(found[1])], text)


def _has_exact_numbers(value: object) -> bool:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, (list, tuple)):
            pending.extend(current)
        elif type(current) in _EXACT:
            return True
    return False


def _mark_exact_numbers(value: object, mark: str, numbers: list[str]) -> object:
    if isinstance(value, dict):
        return {key: _mark_exact_numbers(held, mark, numbers) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mark_exact_numbers(held, mark, numbers) for held in value]
    if type(value) not in _EXACT:
        return value
    numbers.append(value.text if isinstance(value, ExactFloat) else str(value))
    return f"{mark}:{len(numbers) - 1}"


def _parse_float(text: str) -> float | ExactNumber:
    number = float(text)
    if repr(number) == text:
        return number
    # Up to 15 digits are never rounded.
    if (len(text) > 16 or "e" in text or "E" in text) and not _is_exact(number, text):
        return ExactNumber(text)
    return ExactFloat(text)


def _is_exact(number: float, text: str) -> bool:
    """Return whether a float is the number of a text, and not only close to it."""
    from decimal import Decimal

    try:
        return Decimal(repr(number)) == Decimal(text)
    except ArithmeticError:  # an exponent that decimal does not have either
        return False


def _parse_int(text: str) -> int | ExactNumber:
    try:
        return int(text)
    except ValueError:
        return ExactNumber(text)


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_EXACT = (ExactFloat, ExactNumber)
#: Made once: json.loads makes one for each call that has options.
_DECODER = json.JSONDecoder(parse_float=_parse_float, parse_constant=_reject_constant)
_DECODER_OF_LONG_INTEGERS = json.JSONDecoder(
    parse_float=_parse_float, parse_int=_parse_int, parse_constant=_reject_constant
)

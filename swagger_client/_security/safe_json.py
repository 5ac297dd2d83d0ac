"""Parse JSON strictly, and without losing digits of numbers; write it again unchanged."""

from __future__ import annotations

import json
import re
from typing import Any

#: The largest accepted number of objects and lists, and of values, in a document. A page of Zoom's
#: API has a few thousand. Without a limit, a hostile document of a few megabytes could use up the
#: memory.
MAX_CONTAINERS, MAX_VALUES = 100_000, 250_000


class TooComplex(ValueError):
    """The JSON text has too many objects, lists or values."""


class DuplicateKey(ValueError):
    """An object has the same key twice, with different values."""


class NegativeZero(int):
    """The integer ``-0`` in JSON. It equals 0, but is written as ``-0`` again."""

    def __new__(cls, _: object = 0) -> NegativeZero:
        return super().__new__(cls, 0)

    def __repr__(self) -> str:
        return "-0"


class ExactFloat(float):
    """A float with its ``text`` as it was written in JSON, such as ``1.10`` or ``1E3``."""

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
    """A number that ``int`` or ``float`` cannot represent exactly, as text, such as ``1e400``."""

    __slots__ = ()


def loads(content: bytes | str, *, unique_keys: bool = False) -> Any:
    """Parse JSON, without losing how its numbers are written.

    A number that Python would write differently, such as ``1.10`` or ``-0``, becomes an
    :class:`ExactFloat` or a :class:`NegativeZero`. A number that Python would round becomes an
    :class:`ExactNumber`.

    :param unique_keys: whether to reject an object that has the same key twice with different
        values. With False, the last value is used. The check takes about half as long as parsing.
    :raises DuplicateKey: if ``unique_keys`` is True, and an object has such a key.
    :raises TooComplex: if the JSON has over 100,000 objects and lists, or over 250,000 values.
    :raises ValueError: if the text is not valid JSON; NaN and Infinity are invalid.
    :raises RecursionError: if lists or objects are nested too deeply.
    """
    check_structure(content)
    if not isinstance(content, str):
        content = content.decode(json.detect_encoding(content), "surrogatepass")
    if not _NEGATIVE_ZERO.search(content):
        decoder = _DECODERS[unique_keys, False]
        try:
            if content[:1] == "{":  # the usual case, without searching for white space
                value, end = decoder.raw_decode(content)
                if not content[end:].strip(" \t\n\r"):
                    return value
            return decoder.decode(content)
        except ValueError as error:
            if type(error) is not ValueError:
                raise
    # int() rejects more than 4,300 digits. This decoder accepts them, but is slower.
    return _DECODERS[unique_keys, True].decode(content)


def check_structure(content: bytes | str) -> None:
    """Raise TooComplex for JSON that would need much more memory when parsed than its text does.

    Brackets and commas are counted, also in strings. Zoom's responses are far below the limits.
    """
    if len(content) < MAX_CONTAINERS:
        return
    if isinstance(content, str):
        containers, values = content.count("{") + content.count("["), content.count(",")
    else:
        containers, values = content.count(b"{") + content.count(b"["), content.count(b",")
    if containers > MAX_CONTAINERS or values > MAX_VALUES:
        raise TooComplex(
            f"it has over {MAX_CONTAINERS:,} objects and lists, or over {MAX_VALUES:,} values"
        )


def dumps(value: object, **options: Any) -> str:
    """Return a value as JSON. Numbers from :func:`loads` are written as they were in the text."""
    if not _has_exact_numbers(value):
        return json.dumps(value, **options)
    import secrets  # imported here, because the import is slow and such numbers are rare

    # json.dumps cannot write other texts for floats. So let it write random marks; replace these.
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
    # A number with up to 15 digits is never rounded.
    if (len(text) > 16 or "e" in text or "E" in text) and not _is_exact(number, text):
        return ExactNumber(text)
    return ExactFloat(text)


def _is_exact(number: float, text: str) -> bool:
    from decimal import Decimal

    try:
        return Decimal(repr(number)) == Decimal(text)
    except ArithmeticError:  # the exponent is out of the range of Decimal
        return False


def _parse_int(text: str) -> int | ExactNumber:
    try:
        return int(text) if text != "-0" else NegativeZero()
    except ValueError:
        return ExactNumber(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict; raise DuplicateKey if a key occurs twice with different values."""
    made = dict(pairs)
    if len(made) != len(pairs):
        for key, value in pairs:
            if dumps(value, sort_keys=True) != dumps(made[key], sort_keys=True):
                raise DuplicateKey(
                    f"the key {key[:100]!r} is twice in one object, with different values"
                )
    return made


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not valid JSON")


_EXACT = (ExactFloat, ExactNumber, NegativeZero)
#: Finds ``-0`` where it may be an integer; it may also be part of a text.
_NEGATIVE_ZERO = re.compile(r"-0(?:[\s,\]}]|\Z)")


def _decoder(*, unique_keys: bool, exact_integers: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_unique if unique_keys else None,
        parse_float=_parse_float,
        parse_int=_parse_int if exact_integers else None,
        parse_constant=_reject_constant,
    )


#: By (unique_keys, exact_integers). Created once, because json.loads creates one for each call.
_DECODERS = {
    (unique, exact): _decoder(unique_keys=unique, exact_integers=exact)
    for unique in (False, True)
    for exact in (False, True)
}

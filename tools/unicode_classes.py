"""Write `swagger_client/archive/unicode_14.py`: classes of characters, of Unicode 14.0.

    python3.11 -m tools.unicode_classes > swagger_client/archive/unicode_14.py

It needs a Python whose Unicode tables are of that version, which is 3.11.
"""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator

_VERSION = "14.0"
#: Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean, …
_UNSPACED = (
    (0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3040, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)  # fmt: skip
_SEPARATORS = ("Cc", "Cf", "Cs", "Sm", "Sc", "Sk")
_HEAD = '''\
"""Classes of the characters of Unicode 14.0 outside ASCII, written by `tools/unicode_classes.py`.

The search index uses these classes instead of Python's own tables, which depend on the version of
Python. A class is a list of ranges. Each range is two hexadecimal numbers: the distance from the
previous range, and the number of characters.
"""

VERSION = "14.0"
'''


def ranges(holds: Callable[[int], bool]) -> Iterator[str]:
    """Yield the ranges of the characters for which ``holds``."""
    last, start = 0, None
    for code in range(0x80, 0x110001):
        inside = code < 0x110000 and holds(code)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield f"{start - last:x} {code - start:x}"
            last, start = code, None


def block(name: str, doc: str, holds: Callable[[int], bool]) -> str:
    """Return the definition of a class."""
    lines = textwrap.wrap(" ".join(ranges(holds)), 92)
    body = "\n".join([*(f'    "{line} "' for line in lines[:-1]), f'    "{lines[-1]}"'])
    return f"\n#: {doc}\n{name} = (\n{body}\n)\n"


def category(code: int) -> str:
    """Return the general category of a character."""
    return unicodedata.category(chr(code))


def is_word(code: int) -> bool:
    """Whether a character is a letter, digit, mark or private character."""
    return category(code)[0] in "LNM" or category(code) == "Co"


def is_unspaced(code: int) -> bool:
    """Whether a character belongs to a script without spaces between words."""
    return is_word(code) and any(first <= code <= last for first, last in _UNSPACED)


def module() -> str:
    """Return the module's text."""
    return "".join(
        (
            _HEAD,
            block(
                "WORD",
                "Letters, digits and marks of scripts with spaces between words.",
                lambda code: is_word(code) and not is_unspaced(code),
            ),
            block(
                "UNSPACED",
                "Characters of scripts without spaces. Each is indexed as a word.",
                is_unspaced,
            ),
            block(
                "MARK",
                "Marks that stand on or around the character before them.",
                lambda code: category(code) in ("Mn", "Me"),
            ),
            block(
                "SYMBOL",
                "Symbols such as emoji. Each is indexed as a word.",
                lambda code: category(code) == "So",
            ),
            block(
                "SEPARATOR",
                "Characters that separate words.",
                lambda code: category(code)[0] in "PZ" or category(code) in _SEPARATORS,
            ),
        )
    )


if __name__ == "__main__":
    if not unicodedata.unidata_version.startswith(_VERSION):
        sys.exit(f"This Python has Unicode {unicodedata.unidata_version}, not {_VERSION}: use 3.11")
    sys.stdout.write(module())

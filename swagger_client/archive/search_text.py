"""Text as the search index has it, and queries: both are normalised alike.

Compatibility forms (NFKC), case, and marks in Latin, Greek, Cyrillic, Hebrew and Arabic make no
difference; in other scripts marks are letters. Scripts without spaces are divided into characters,
so that any part of a text is found. Nothing here depends on the Unicode version of the interpreter:
what Unicode 14.0 does not know stands by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from swagger_client.archive import unicode_14
from swagger_client.archive.canonical import plain_text

#: What the index records of how it was made; a change of the rules gets a new number.
RULES = f"2, Unicode {unicode_14.VERSION}"

_ASCII_WORDS = re.compile("[0-9a-z]+")
#: Letters whose marks make no difference: Latin with digits, Greek, Cyrillic, Hebrew, Arabic.
_MARKS_IGNORED = (
    "0-9A-Za-z\u00aa-\u02af\u0370-\u052f\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff\u1c80-\u1c8f"
    "\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff\uab30-\uab6f"
)
_TONE_BEFORE_CIRCLE = re.compile("([\u0e48-\u0e4b\u0ec8-\u0ecb])([\u0e4d\u0ecd])")
#: Ignored at any position: soft hyphens, joiners, directions, variation selectors, tatweel.
_IGNORED = re.compile(
    "[\u00ad\u061c\u0640\u180b-\u180e\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef]+"
)


def indexed_text(text: str) -> str:
    """Return the words of a text, with blanks between them."""
    return text.replace("\0", " ") if text.isascii() else " ".join(words(text))


def words(text: str) -> list[str]:
    """Return the words of a text, normalised."""
    if text.isascii():
        return _ASCII_WORDS.findall(text.lower())
    return _words().findall(normalise(plain_text(text)))


def normalise(text: str) -> str:
    """Normalise a text for comparison."""
    if text.isascii():
        return text.lower()
    parts = _unassigned().split(text)
    # At odd places is what this version of Unicode does not know: it stays as it is.
    return "".join(part if place % 2 else _folded(part) for place, part in enumerate(parts))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", _IGNORED.sub("", text))
    text = unicodedata.normalize("NFKD", text.casefold())
    # In Thai and Lao a tone mark is typed before or after the circle that NFKD splits off.
    text = _TONE_BEFORE_CIRCLE.sub(r"\2\1", text)
    return unicodedata.normalize("NFC", _ignored_marks().sub("", text))


def match_expression(query: str) -> str:
    """Return the FTS5 expression that finds texts with every word of a query.

    A word that ends in ``*`` finds all words that begin so; nothing else has a special meaning.

    :raises ValueError: when there is no word in it.
    """
    terms = []
    for word in plain_text(query).replace("\0", " ").split():
        found = words(word)
        if not found:
            continue
        prefix = word.endswith("*") and not _stands_alone().match(found[-1])
        terms.append('"' + " ".join(found) + '"' + ("*" if prefix else ""))
    if not terms:
        raise ValueError("name at least one word to search for: there is no letter or digit")
    return " ".join(terms)


def _codes(encoded: str) -> Iterator[range]:
    """The ranges of a class of characters."""
    numbers = [int(number, 16) for number in encoded.split()]
    last = 0
    for gap, count in zip(numbers[::2], numbers[1::2], strict=True):
        yield range(last + gap, last + gap + count)
        last += gap + count


def _inside(*encoded: str) -> str:
    """Return the inside of a regular expression's brackets for character classes."""
    return "".join(
        f"{chr(codes.start)}-{chr(codes.stop - 1)}" for one in encoded for codes in _codes(one)
    )


@lru_cache
def _unassigned() -> re.Pattern[str]:
    known = _inside(unicode_14.WORD, unicode_14.UNSPACED, unicode_14.SYMBOL, unicode_14.SEPARATOR)
    return re.compile(f"([^\\x00-\\x7f{known}]+)")


@lru_cache
def _ignored_marks() -> re.Pattern[str]:
    return re.compile(f"(?<=[{_MARKS_IGNORED}])[{_inside(unicode_14.MARK)}]+")


@lru_cache
def _words() -> re.Pattern[str]:
    separators = _inside(unicode_14.SEPARATOR)
    return re.compile(f"[0-9A-Za-z{_inside(unicode_14.WORD)}]+|[^\\x00-\\x7f{separators}]")


@lru_cache
def _stands_alone() -> re.Pattern[str]:
    return re.compile(f"[^\\x00-\\x7f{_inside(unicode_14.WORD)}]")

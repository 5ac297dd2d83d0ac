"""Splits messages and search queries into words that can be compared.

A search ignores these differences: compatibility forms (NFKC), upper and lower case, invisible
characters within words, and marks (such as accents) on Latin, Greek, Cyrillic, Hebrew and Arabic
letters. In other scripts, a mark is a part of the letter. Latin letters that Unicode does not
decompose are replaced by what people type: ``ø`` by ``o``, ``œ`` by ``oe``.

A text in a script without spaces is divided into characters, so that any part of the text is found.
The results do not depend on the Unicode version of the interpreter: each character that Unicode
14.0 does not contain is treated as a word.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from swagger_client.archive import unicode_14
from swagger_client.archive.canonical import plain_text

#: The version of these rules, which the index stores. Increase the number if you change the rules.
RULES = f"3, Unicode {unicode_14.VERSION}"

#: FTS5 stores only this many bytes of a word.
_MAX_BYTES = 32_768
#: A shorter text has no longer word: normalising turns a character into at most 18 characters of
#: at most 4 bytes.
_SHORT = _MAX_BYTES // (18 * 4)
_ASCII_WORDS = re.compile("[0-9a-z]+")
#: Characters whose marks are ignored: digits, Latin, Greek, Cyrillic, Hebrew, Arabic.
_MARKS_IGNORED = (
    "0-9A-Za-z\u00aa-\u02af\u0370-\u052f\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff\u1c80-\u1c8f"
    "\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff\uab30-\uab6f"
)
_TONE_BEFORE_CIRCLE = re.compile("([\u0e48-\u0e4b\u0ec8-\u0ecb])([\u0e4d\u0ecd])")
#: Characters that are ignored everywhere: invisible ones, such as soft hyphens, zero-width spaces,
#: joiners, text directions and variation selectors, and the Arabic tatweel.
_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
#: Latin letters that Unicode does not decompose, each with its replacement.
_LETTERS = """
    æ=ae œ=oe þ=th ß=ss ø=o ı=i ȷ=j đ=d ð=d ł=l ħ=h ŧ=t ŋ=n ĸ=k ƀ=b ɓ=b ƃ=b ƈ=c ȼ=c ɖ=d ɗ=d ƌ=d ɇ=e
    ƒ=f ɠ=g ǥ=g ɨ=i ƙ=k ƚ=l ɫ=l ɲ=n ƞ=n ɵ=o ƥ=p ɍ=r ȿ=s ƫ=t ƭ=t ʈ=t ȶ=t ʉ=u ʋ=v ɏ=y ƴ=y ƶ=z ȥ=z ɀ=z
    ⱥ=a ⱦ=t ꝋ=o ꞓ=c ꞡ=g ꞣ=k ꞥ=n ꞧ=r ꞩ=s ꜳ=aa ꜷ=au ꜹ=av ꜽ=ay ꝏ=oo
"""
_WRITTEN_AS = str.maketrans({pair[0]: pair[2:] for pair in _LETTERS.split()})


def indexed_text(text: str) -> str:
    """Return the text that FTS5 indexes for a message: its words, separated by blanks."""
    # FTS5 itself splits an ASCII text into the same words.
    return text.replace("\0", " ") if text.isascii() else " ".join(words(text))


def words(text: str) -> list[str]:
    """Return the normalised words of a text. Very long words are shortened, as in the index."""
    if text.isascii():
        found = _ASCII_WORDS.findall(text.lower())
    else:
        found = _words().findall(normalise(plain_text(text)))
    return found if len(text) < _SHORT else [_shortened(word) for word in found]


def _shortened(word: str) -> str:
    if len(word) * 4 <= _MAX_BYTES:
        return word
    return word.encode()[:_MAX_BYTES].decode(errors="ignore")


def normalise(text: str) -> str:
    """Remove the differences that a search ignores, such as upper and lower case."""
    if text.isascii():
        return text.lower()
    parts = _unassigned().split(text)
    # Odd positions hold characters that Unicode 14.0 does not contain: they stay unchanged.
    return "".join(part if place % 2 else _folded(part) for place, part in enumerate(parts))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", _IGNORED.sub("", text))
    text = unicodedata.normalize("NFKD", text.casefold())
    # In Thai and Lao, people type a tone mark before or after the circle that NFKD separates.
    text = _TONE_BEFORE_CIRCLE.sub(r"\2\1", text)
    text = unicodedata.normalize("NFC", _ignored_marks().sub("", text))
    return text.translate(_WRITTEN_AS)


class QueryWords:
    """The words of a search query. A word like ``pay*`` finds all words that begin with "pay"."""

    def __init__(self, query: str) -> None:
        self._terms: list[tuple[list[str], bool]] = []
        for word in plain_text(query).replace("\0", " ").split():
            found = words(word)
            if found:
                is_prefix = normalise(word).endswith("*") and not _stands_alone().match(found[-1])
                self._terms.append((found, is_prefix))

    def expression(self) -> str:
        """Return an FTS5 expression that finds the texts with every word of the query."""
        if not self._terms:
            raise ValueError(
                "the query contains no letter or digit: name at least one word to search for"
            )
        return " ".join(
            f'"{" ".join(parts)}"{"*" if is_prefix else ""}' for parts, is_prefix in self._terms
        )

    def are_in(self, text: str | None) -> bool:
        if not self._terms:
            return True
        return self.are_among(words((text or "").replace("\0", " ")))

    def are_among(self, found: list[str]) -> bool:
        return all(_has(found, parts, is_prefix=is_prefix) for parts, is_prefix in self._terms)


def _has(words: list[str], parts: list[str], *, is_prefix: bool) -> bool:
    """Return whether `words` contains `parts` as consecutive words."""
    *firsts, last = parts
    for place in range(len(words) - len(firsts)):
        found = words[place + len(firsts)]
        if words[place : place + len(firsts)] == firsts and (
            found.startswith(last) if is_prefix else found == last
        ):
            return True
    return False


def has_current_index(connection: sqlite3.Connection) -> bool:
    """Return whether the search index was built with this version's rules for words."""
    found = connection.execute("SELECT value FROM settings WHERE name = 'search_rules'").fetchone()
    return bool(found == (RULES,))


def word_condition(connection: sqlite3.Connection, query: str) -> tuple[str, str, str]:
    """Return a JOIN clause, a condition and its parameter that select messages with all words.

    They use the search index. But if an older version of this module has built the index, it may
    lack words. The condition then reads the texts of all messages instead.
    """
    expression = QueryWords(query).expression()
    if has_current_index(connection):
        return "JOIN message_words w ON w.rowid = m.message", "message_words MATCH ?", expression
    try:
        connection.execute("SELECT has_words('', '')")
    except sqlite3.OperationalError:  # the function does not exist yet
        connection.create_function("has_words", 2, _has_words)
    return "", "has_words(m.text, ?)", query


def _has_words(text: str | None, query: str) -> bool:
    return _query_words(query).are_in(text)


_query_words = lru_cache(maxsize=16)(QueryWords)


def _codes(encoded: str) -> Iterator[range]:
    """Decode a constant of ``unicode_14``: yield the code point ranges of a character class."""
    numbers = [int(number, 16) for number in encoded.split()]
    last = 0
    for gap, count in zip(numbers[::2], numbers[1::2], strict=True):
        yield range(last + gap, last + gap + count)
        last += gap + count


def _inside(*encoded: str) -> str:
    """Convert character classes of ``unicode_14`` to ranges such as ``a-z``, for a regex."""
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

"""Text as the search index sees it, and what people type as a query that cannot fail."""

from __future__ import annotations

import re
import unicodedata

from swagger_client.archive.shapes import plain_text

#: Scripts that write no spaces between words: each of their characters is a word of its own.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff"
    "\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def words(text: str) -> str:
    """The text with space around all that is a word by itself: East Asian characters, emoji."""
    if text.isascii():
        return text.replace("\0", " ")
    return "".join(
        f" {character} " if _stands_alone(character) else character
        for character in text.replace("\0", " ")
    )


def match_expression(query: str) -> str:
    """An FTS5 expression that finds the texts which hold every word of ``query``.

    A word that ends in ``*`` stands for all words that begin so; nothing else has a meaning.

    :raises ValueError: when there is no word in it.
    """
    terms = []
    for word in plain_text(query).replace("\0", " ").split():
        spaced = " ".join(words(word).split())
        if any(_is_indexed(character) for character in spaced):
            star = "*" if word.endswith("*") and not _stands_alone(word.rstrip("*")[-1:]) else ""
            terms.append('"' + spaced.replace('"', '""') + '"' + star)
    if not terms:
        raise ValueError("name at least one word to search for")
    return " ".join(terms)


def _stands_alone(character: str) -> bool:
    if character <= "\x7f":
        return False
    return bool(_UNSPACED.match(character)) or unicodedata.category(character) == "So"


def _is_indexed(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in ("Co", "So")

"""Remove the credentials of signed URLs from plain data."""

from __future__ import annotations

import re
from typing import Any

_MAX_DEPTH = 50
_HIDDEN = "?<redacted>"
#: Parameters of a URL that carry a credential.
_SIGNED = re.compile(
    r"""(?ix) [?&#;] (?: [\w.-]{0,40}
    (?: token | jwt | signature | credential | secret | passw(?:or)?d | api[_-]?key ) [\w.-]{0,40}
    | sig | key | auth | policy | key-pair-id ) ="""
)


def redacted(value: Any, key: object = None, depth: int = 0) -> Any:
    """Return a copy of plain data in which no URL has a query with a credential.

    :param value: plain data, as ``to_dict`` returns it
    :param key: the name of the value; the query of a ``download_url`` is always removed
    :param depth: how deep it is nested; ``...`` replaces what is nested deeper than 50 levels
    """
    if isinstance(value, str):
        if key == "download_url" and ("?" in value or "#" in value):
            return _without_query(value)
        return re.sub(r"\S+", _redact_word, value) if "=" in value else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == _MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        return {name: redacted(item, name, depth + 1) for name, item in value.items()}
    return [redacted(item, key, depth + 1) for item in value]


def _redact_word(match: re.Match[str]) -> str:
    word = match[0]
    if "://" in word:
        return _without_query(word) if _SIGNED.search(word) else word
    token = word.lower().find("jwt=")
    return word if token < 0 else _without_query(word) if "?" in word else word[:token] + _HIDDEN


def _without_query(url: str) -> str:
    return re.split("[?#]", url, maxsplit=1)[0] + _HIDDEN

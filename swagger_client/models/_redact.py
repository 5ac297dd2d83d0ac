"""Keeps the credential of a download URL out of text that people print and log."""

from __future__ import annotations

import re
from typing import Any

_DEPTH = 50


def redacted(value: Any, key: object = None, depth: int = 0) -> Any:
    """A copy of plain data in which no URL shows a query that holds a token.

    :param value: what ``to_dict`` gives
    :param key: the name it stands under; the query of a ``download_url`` is always hidden
    :param depth: how deep it is nested; below 50 levels ``...`` stands for the rest
    """
    if isinstance(value, str):
        if key == "download_url" and ("?" in value or "#" in value):
            return re.split("[?#]", value, maxsplit=1)[0] + "?<redacted>"
        return re.sub(r"\S+", _word, value) if "jwt=" in value.lower() else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == _DEPTH:
        return "..."
    if isinstance(value, dict):
        return {name: redacted(item, name, depth + 1) for name, item in value.items()}
    return [redacted(item, key, depth + 1) for item in value]


def _word(match: re.Match[str]) -> str:
    word = match[0]
    token = word.lower().find("jwt=")
    if token < 0:
        return word
    query = word.find("?", 0, token)
    return word[: query if query >= 0 else token] + "?<redacted>"

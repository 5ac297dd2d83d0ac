"""Remove the credentials of signed URLs from plain data."""

from __future__ import annotations

from typing import Any

from swagger_client._security.signed_urls import (
    replace_in_name,
    replace_signed_urls,
    without_query,
)

_MAX_DEPTH = 50
_HIDDEN = "?<redacted>"


def redacted(value: Any, key: object = None, depth: int = 0) -> Any:
    """Return a copy of plain data in which no URL has a query with a credential.

    :param value: plain data, as ``to_dict`` returns it
    :param key: the name of the value; the query of a ``download_url`` is always removed
    :param depth: how deep it is nested; ``...`` replaces what is nested deeper than 50 levels
    """
    if isinstance(value, str):
        if key == "download_url" and ("?" in value or "#" in value):
            return without_query(value, _HIDDEN)
        return replace_signed_urls(value, _HIDDEN)
    if not isinstance(value, (dict, list)):
        return value
    if depth == _MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        made: dict[str, Any] = {}
        for name, item in value.items():
            made[replace_in_name(name, _HIDDEN, made)] = redacted(item, name, depth + 1)
        return made
    return [redacted(item, key, depth + 1) for item in value]

from __future__ import annotations

from typing import Any

from swagger_client._security.signed_urls import replace_in_name, replace_signed_urls

_MAX_DEPTH = 50
_HIDDEN = "?<redacted>"
#: This field is omitted, because not only its query but also its path may contain a credential.
DOWNLOAD = "download_url"


def redacted(value: Any, depth: int = 0) -> Any:
    """Return a copy of a value without the credentials that URLs in it contain.

    Fields ``download_url`` are omitted. Queries of other signed URLs become ``?<redacted>``.

    :param depth: the current nesting level; dicts and lists below level 50 become ``...``
    """
    if isinstance(value, str):
        return replace_signed_urls(value, _HIDDEN)
    if not isinstance(value, (dict, list)):
        return value
    if depth == _MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        made: dict[str, Any] = {}
        for name, item in value.items():
            if name != DOWNLOAD:
                made[replace_in_name(name, _HIDDEN, made)] = redacted(item, depth + 1)
        return made
    return [redacted(item, depth + 1) for item in value]

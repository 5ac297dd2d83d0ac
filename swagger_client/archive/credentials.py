"""Removes credentials from what Zoom sent: they are worthless minutes later, and secret until then.

They are recognised by their value, in any field: a URL with a signed query.
"""

from __future__ import annotations

import re

from swagger_client.archive.canonical import JsonObject

#: Parameters of a URL that carry a credential.
_SIGNED = re.compile(
    r"""(?ix) [?&#;] (?: [\w.-]{0,40}
    (?: token | jwt | signature | credential | secret | passw(?:or)?d | api[_-]?key ) [\w.-]{0,40}
    | sig | key | auth | policy | key-pair-id | zak ) ="""
)
_URL = re.compile(r"(?i)(?:\bhttps?:)?//[^\s\"'<>]{1,8192}")
_PASSWORD = re.compile(r"^((?:https?:)?//)[^/?#@]{1,512}@", re.IGNORECASE)
_REMOVED = "?<credential removed>"


#: Text that a person wrote is evidence and never altered.
_WRITTEN = "message"
_DOWNLOAD = "download_url"


def without_credentials(value: object) -> object:
    """Return a JSON value from Zoom without credentials.

    A ``download_url`` is left out; of another URL with a signed query the query is. The text of a
    message stays as it is.
    """
    if isinstance(value, str):
        return _without_signed_urls(value) if "//" in value else value
    if isinstance(value, list):
        items = [without_credentials(one) for one in value]
        return items if any(a is not b for a, b in zip(value, items, strict=True)) else value
    if isinstance(value, dict):
        return _cleaned_object(value)
    return value


def _cleaned_object(fields: JsonObject) -> JsonObject:
    cleaned: JsonObject = {}
    for name, held in fields.items():
        if name != _DOWNLOAD:
            written = name == _WRITTEN and isinstance(held, str)
            cleaned[_cleaned_name(name, cleaned)] = held if written else without_credentials(held)
    same = cleaned.keys() == fields.keys() and all(cleaned[name] is fields[name] for name in fields)
    return fields if same else cleaned


def _cleaned_name(name: str, taken: JsonObject) -> str:
    """Return a field's name without credentials; names that become equal are numbered."""
    if "//" not in name:
        return name
    cleaned = _without_signed_urls(name)
    others = sum(one == cleaned or one.startswith(f"{cleaned} (") for one in taken)
    return f"{cleaned} ({others + 1})" if others else cleaned


def _without_signed_urls(text: str) -> str:
    return _URL.sub(_without_query, text)


def _without_query(match: re.Match[str]) -> str:
    url = _PASSWORD.sub(r"\1", match[0])
    if not _SIGNED.search(url):
        return url
    return re.split("[?#]", url, maxsplit=1)[0] + _REMOVED

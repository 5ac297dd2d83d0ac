"""Removes credentials, such as signed download URLs, from Zoom's JSON before it is stored.

A credential gives access to a file until it expires, after some minutes. Credentials are recognised
in every field, by the form of the value: see ``_security.signed_urls``.
"""

from __future__ import annotations

from swagger_client._security.signed_urls import replace_in_name, replace_signed_urls
from swagger_client.archive.canonical import JsonObject

_REMOVED = "?<credential removed>"
#: This field holds text that a person wrote. It is evidence and is never altered.
_WRITTEN = "message"
_DOWNLOAD = "download_url"


def without_credentials(value: object) -> object:
    """Remove credentials from a JSON value, but do not change the text of messages."""
    if isinstance(value, str):
        return replace_signed_urls(value, _REMOVED)
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
            key = replace_in_name(name, _REMOVED, cleaned)
            cleaned[key] = held if written else without_credentials(held)
    same = cleaned.keys() == fields.keys() and all(cleaned[name] is fields[name] for name in fields)
    return fields if same else cleaned

"""Find and replace the credentials in URLs.

A URL is called *signed* if one of its parameters has a name such as ``token`` or ``signature``, or
if it contains a JSON Web Token. Parameters are found in the query, the fragment and the path, also
if they are percent-encoded, for example in a URL that is a parameter of another URL. The time that
each function takes grows only linearly with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

#: The value of a parameter whose name contains one of these words is a credential.
_SECRET_PART = (
    r"(?i)token|jwt|signature|credential|secret|passw|api[_.-]?key|access[_.-]?key|session[_.-]?key"
    r"|verifier|assertion|authoriz"
)
#: The value of a parameter with one of these names is a credential too.
_SECRET_NAMES = frozenset(
    {
        "auth", "code", "hdnea", "hdnts", "hmac", "key", "key-pair-id", "mac", "otp", "passcode",
        "policy", "pwd", "samlrequest", "samlresponse", "sas", "sig", "tk", "zak",
    }
)  # fmt: skip
#: The value of a parameter with such a name is a credential even outside of a URL: ``jwt=…``.
_ALONE = r"(?i)jwt|(?:access|refresh|id|bearer|auth)[_-]?token|secret|signature|passw|verifier"
_JWT = r"(?<![\w-])eyJ[\w-]{6,}+\.[\w-]{4,}+(?:\.[\w-]*+)?"
_DELIMITER = "[?&#;]"
#: The delimiters, and the beginning of "=", percent-encoded up to three times.
_ENCODED_DELIMITER = "(?i)%(?:25){0,2}(?:3f|26|23|3b)"
_ENCODED_EQUALS = ("%3", "%253", "%25253")
#: Text without spaces, quotes and angle brackets, which may be a URL.
_WORD = r"[^\s\"'<>]+"
_SCHEME = r"(?i)(?:[a-z][a-z0-9+.-]{0,20}:)?//"
_PASSWORD = r"^([^/?#]{0,40}//)[^/?#@]++@"
_HIDDEN = "?<redacted>"
_MAX_DEPTH = 50
#: This field is omitted, because not only its query but also its path may contain a credential.
DOWNLOAD = "download_url"
#: How often percent-encoding is removed from a text that was encoded several times.
_LEVELS = 3


def is_secret_parameter(name: str) -> bool:
    """Return whether the name of a URL parameter says that its value is a credential."""
    name = unquote(name)
    return name.lower() in _SECRET_NAMES or re.search(_SECRET_PART, name) is not None


def is_signed(url: str) -> bool:
    """Return whether a URL contains a credential, apart from a user and password."""
    for _ in range(_LEVELS):
        if re.search(_JWT, url) or _has_secret_parameter(url):
            return True
        decoded = unquote(url)
        if decoded == url:
            return False
        url = decoded
    return False


def without_query(url: str, mark: str) -> str:
    """Return a URL without user and password, with ``mark`` instead of its parameters."""
    start = re.split(_DELIMITER, re.sub(_PASSWORD, r"\1", url), maxsplit=1)[0]
    return re.sub(_JWT, "", start) + mark


def replace_signed_urls(text: str, mark: str) -> str:
    """Replace parameters of signed URLs by ``mark``; remove user and password from every URL."""
    if not any(part in text for part in ("=", "//", "eyJ", *_ENCODED_EQUALS)):
        return text
    replaced = re.sub(_WORD, lambda word: _replaced(word[0], mark), text)
    return text if replaced == text else replaced


def replace_in_name(name: str, mark: str, taken: Collection[str]) -> str:
    """Replace credentials in a field name by ``mark``; number the result if it is ``taken``."""
    cleaned = replace_signed_urls(name, mark)
    if cleaned == name:
        return name
    others = sum(one == cleaned or one.startswith(f"{cleaned} (") for one in taken)
    return f"{cleaned} ({others + 1})" if others else cleaned


def replace_tokens(text: str, mark: str) -> str:
    """Replace the JSON Web Tokens in a text by ``mark``."""
    return re.sub(_JWT, mark, text) if "eyJ" in text else text


def _replaced(word: str, mark: str) -> str:
    url = re.search(_SCHEME, word)
    if url is None:
        return _replaced_part(word, mark)
    found = word[url.start() :]
    found = without_query(found, mark) if is_signed(found) else re.sub(_PASSWORD, r"\1", found)
    return _replaced_part(word[: url.start()], mark) + found


def _replaced_part(word: str, mark: str) -> str:
    """Replace credentials by ``mark`` in a word that is not a whole URL, such as ``jwt=…``."""
    if "=" not in word:
        return _replaced_encoded(word, mark)
    if "?" in word or "#" in word:
        return without_query(word, mark) if is_signed(word) else word
    start = 0
    for part in re.split(_DELIMITER, word):
        name, _, value = part.partition("=")
        if value and (re.search(_ALONE, unquote(name)) or re.search(_JWT, value)):
            return word[: max(start - 1, 0)] + mark
        start += len(part) + 1
    return word


def replace_encoded_urls(text: str, mark: str) -> str:
    """Replace the parameters of percent-encoded signed URLs by ``mark``."""
    if not any(part in text for part in _ENCODED_EQUALS):
        return text
    return re.sub(
        _WORD, lambda word: word[0] if "=" in word[0] else _replaced_encoded(word[0], mark), text
    )


def _replaced_encoded(word: str, mark: str) -> str:
    """Replace credentials in a word that may be percent-encoded, even several times."""
    decoded = word
    for _ in range(_LEVELS):
        decoded = unquote(decoded)
        if "=" in decoded and _replaced(decoded, mark) != decoded:
            start, *parameters = re.split(_ENCODED_DELIMITER, word, maxsplit=1)
            return start + mark if parameters else mark
    return replace_tokens(word, mark)


def _has_secret_parameter(url: str) -> bool:
    parameters = re.split(_DELIMITER, url)[1:]
    return any(
        value and is_secret_parameter(name)
        for name, _, value in (part.partition("=") for part in parameters)
    )


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

"""Find and replace credentials in URLs.

A URL is *signed* if a parameter in its query, fragment or path has the name of a credential, or if
it contains a JSON Web Token. Percent encoding is removed before the comparison. URLs inside
parameters of other URLs are checked too. Archives, models and error texts use the same rule. Every
function takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

#: A parameter whose name contains one of these words carries a credential.
_SECRET_PART = (
    r"(?i)token|jwt|signature|credential|secret|passw|api[_.-]?key|access[_.-]?key|session[_.-]?key"
    r"|verifier|assertion|authoriz"
)
#: A parameter with one of these names carries a credential too.
_SECRET_NAMES = frozenset(
    {
        "auth", "code", "hdnea", "hdnts", "hmac", "key", "key-pair-id", "mac", "otp", "passcode",
        "policy", "pwd", "samlrequest", "samlresponse", "sas", "sig", "tk", "zak",
    }
)  # fmt: skip
#: A parameter with such a name carries a credential even outside of a URL, as in ``jwt=…``.
_ALONE = r"(?i)jwt|(?:access|refresh|id|bearer|auth)[_-]?token|secret|signature|passw|verifier"
_JWT = r"(?<![\w-])eyJ[\w-]{6,}+\.[\w-]{4,}+(?:\.[\w-]*+)?"
_DELIMITER = "[?&#;]"
#: The same, and "=", percent-encoded up to three times.
_ENCODED_DELIMITER = "(?i)%(?:25){0,2}(?:3f|26|23|3b)"
_ENCODED_EQUALS = ("%3", "%253", "%25253")
#: A URL, or another text that may have parameters. Quotes and angle brackets end it.
_WORD = r"[^\s\"'<>]+"
_SCHEME = r"(?i)(?:[a-z][a-z0-9+.-]{0,20}:)?//"
_PASSWORD = r"^([^/?#]{0,40}//)[^/?#@]++@"
#: The number of nested percent encodings that are removed.
_LEVELS = 3


def is_secret_parameter(name: str) -> bool:
    """Return whether a URL parameter carries a credential, according to its name."""
    name = unquote(name)
    return name.lower() in _SECRET_NAMES or re.search(_SECRET_PART, name) is not None


def is_signed(url: str) -> bool:
    """Return whether a URL contains a credential. A user and password do not count."""
    for _ in range(_LEVELS):
        if re.search(_JWT, url) or _has_secret_parameter(url):
            return True
        decoded = unquote(url)
        if decoded == url:
            return False
        url = decoded
    return False


def without_query(url: str, mark: str) -> str:
    """Return a URL with ``mark`` instead of its parameters, and without user and password."""
    start = re.split(_DELIMITER, re.sub(_PASSWORD, r"\1", url), maxsplit=1)[0]
    return re.sub(_JWT, "", start) + mark


def replace_signed_urls(text: str, mark: str) -> str:
    """Replace the parameters of signed URLs in a text by ``mark``; remove passwords in URLs."""
    if not any(part in text for part in ("=", "//", "eyJ", *_ENCODED_EQUALS)):
        return text
    replaced = re.sub(_WORD, lambda word: _replaced(word[0], mark), text)
    return text if replaced == text else replaced


def replace_in_name(name: str, mark: str, taken: Collection[str]) -> str:
    """Return a field name without credentials. Add a number if the name is already used.

    :param mark: the text that replaces a credential.
    :param taken: the names of the other fields.
    """
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
    """Replace credentials in a part of a URL without a host, such as ``jwt=…``."""
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
    """Replace the parameters of percent-encoded, signed URLs by ``mark``."""
    if not any(part in text for part in _ENCODED_EQUALS):
        return text
    return re.sub(
        _WORD, lambda word: word[0] if "=" in word[0] else _replaced_encoded(word[0], mark), text
    )


def _replaced_encoded(word: str, mark: str) -> str:
    """Replace credentials in a percent-encoded part of a URL."""
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

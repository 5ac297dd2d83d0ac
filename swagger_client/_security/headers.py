"""Check HTTP headers and access tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: The spelling of the headers that the client sets, by their names in lower case.
_SPELLING = {
    name.lower(): name
    for name in (
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Content-Type",
        "Cookie",
        "User-Agent",
    )
}


def merge_headers(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Check headers and merge them; later headers replace earlier ones of the same name.

    Names are compared without case. Error texts do not show header values.

    :raises TypeError: if a name is not text, or a value is neither text nor an integer.
    :raises ValueError: if a name is invalid, or a value has characters that a header cannot have.
    """
    merged: dict[str, tuple[str, str]] = {}
    for name, value in pairs:
        if not isinstance(name, str) or not isinstance(value, str | int):
            raise TypeError(f"header {name!r} must be a str, not {type(value).__name__}")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid header name")
        text = value if isinstance(value, str) else str(value)
        if not (text.isascii() and text.isprintable()) and not _is_latin_1_text(text):
            raise ValueError(
                f"the value of header {name!r} contains a control character or a character outside "
                "Latin-1; it is not shown here"
            )
        merged[name.lower()] = _SPELLING.get(name.lower(), name), text
    return dict(merged.values())


def is_token(value: object) -> TypeGuard[str]:
    """Return whether a value can be a token: visible ASCII characters without spaces."""
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def check_token(token: str) -> None:
    """Check that a token has only characters that a token can have.

    :raises ValueError: if it has others. The error text does not show the token.
    """
    if not is_token(token):
        raise ValueError(
            "the access token contains a space, a line break or another invalid character; it is "
            "not shown here. Check the file or variable with the token"
        )


def _is_latin_1_text(text: str) -> bool:
    return all(c == "\t" or (" " <= c <= "\xff" and not "\x7f" <= c <= "\x9f") for c in text)

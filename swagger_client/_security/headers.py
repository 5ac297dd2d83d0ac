"""Header names and values, and the tokens that are sent in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: How the headers are written that the client sets itself.
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
    """Check headers and return them; of names that differ in case only, the last wins.

    A header that would break out of its line is rejected; the error text does not show its value.

    :raises TypeError: for a name or value of another type than text.
    :raises ValueError: for control characters, characters beyond Latin-1 and invalid names.
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
                f"header {name!r} contains a line break, another control character or one that is "
                "not Latin-1; its value is not shown here"
            )
        merged[name.lower()] = _SPELLING.get(name.lower(), name), text
    return dict(merged.values())


def is_token(value: object) -> TypeGuard[str]:
    """Return whether a value consists of the characters of a token: visible ASCII, no space."""
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def check_token(token: str) -> None:
    """Reject a token with characters that no token has; the error text does not show it.

    :raises ValueError: for such a token.
    """
    if not is_token(token):
        raise ValueError(
            "the access token contains characters that no token has (a line break, perhaps, from "
            "the file it was read from); it is not shown here"
        )


def _is_latin_1_text(text: str) -> bool:
    return all(c == "\t" or (" " <= c <= "\xff" and not "\x7f" <= c <= "\x9f") for c in text)

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN = re.compile("[!-~]+")
#: How the names of the client's own headers are capitalized, by their names in lower case.
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
    """Check headers and merge them into a dict, in which each name occurs only once.

    If several headers have the same name, in upper or lower case, the last one is used. Error
    messages do not show the values of headers, which may be secret.
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
                "Latin-1. The value is not shown here"
            )
        merged[name.lower()] = _SPELLING.get(name.lower(), name), text
    return dict(merged.values())


def is_token(value: object) -> TypeGuard[str]:
    """Return whether a value is a str of visible ASCII characters, as every token is."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def check_token(token: str) -> None:
    """Raise a ValueError if :func:`is_token` is False. The message does not show the token."""
    if not is_token(token):
        raise ValueError(
            "the access token contains a space, a line break or another invalid character. The "
            "token is not shown here; check the file or variable that contains it"
        )


def _is_latin_1_text(text: str) -> bool:
    return all(c == "\t" or (" " <= c <= "\xff" and not "\x7f" <= c <= "\x9f") for c in text)

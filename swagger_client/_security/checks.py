"""What a caller may ask of a call; everything else is refused before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from swagger_client._security.urls import http_parts

if TYPE_CHECKING:
    from typing import TypeGuard

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: A year: the operating system takes no wait without end.
_LONGEST = 366 * 86_400.0


def check_timeout(value: object) -> None:
    """Refuse a timeout that is neither seconds nor a (connect, read) pair of them.

    :raises TypeError: for another type; ValueError for a number that is no time to wait.
    """
    pair = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and len(value) != 2:
        raise ValueError("a timeout must be seconds, or a (connect, read) pair of them")
    for seconds in pair:
        if not 0 < _number("a timeout", seconds) <= _LONGEST:
            raise ValueError(f"a timeout must be above 0 seconds and below a year, not {seconds}")


def check_deadline(value: object) -> None:
    """Refuse a deadline that is neither None nor seconds.

    :raises TypeError: for another type; ValueError when negative or not a number.
    """
    if value is not None and not _number("a deadline", value) >= 0:
        raise ValueError(f"a deadline must be None, or 0 seconds or more, not {value}")


def check_retries(value: object) -> None:
    """Refuse a number of retries that is none.

    :raises TypeError: for another type; ValueError when negative.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"retries must be an int, not {type(value).__name__}")
    if value < 0:
        raise ValueError(f"retries must be 0 or more, not {value}")


def check_most(value: object) -> None:
    """Refuse a limit of bytes that is none.

    :raises TypeError: for another type; ValueError when it is not above 0.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"max_response_bytes must be an int, not {type(value).__name__}")
    if value <= 0:
        raise ValueError(f"max_response_bytes must be above 0, not {value}")


def check_proxy(proxy: object) -> None:
    """Refuse a proxy that is no URL of one; it is not shown, as it may hold a password.

    :raises TypeError: for another type; ValueError for another URL.
    """
    if not isinstance(proxy, str):
        raise TypeError(f"configuration.proxy must be a str, not {type(proxy).__name__}")
    if http_parts(proxy) is None:
        raise ValueError("configuration.proxy must be a URL such as http://proxy.example:8080")


def check_file(name: str, path: str) -> None:
    """Refuse a file that cannot be read.

    :raises ValueError: when it cannot.
    """
    try:
        open(path, "rb").close()
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that would break out of their line; their values are not shown.

    :raises TypeError: for what is no text.
    :raises ValueError: for control characters, characters beyond Latin-1, or a name that is none.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str | int):
            raise TypeError(f"header {name!r} must be a str, not {type(value).__name__}")
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        text = str(value)
        if not (text.isascii() and text.isprintable() and name.isascii() and name.isprintable()):
            _check_header(name, text)


def is_token(value: object) -> TypeGuard[str]:
    """Whether a value consists of what tokens are made of: visible ASCII, no space."""
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def check_token(good: bool) -> None:
    """Refuse a token that cannot be one; it is not passed here, so that no traceback shows it."""
    if not good:
        raise ValueError(
            "the access token holds characters that no token has (a line break, perhaps, from "
            "the file it was read from); it is not shown here"
        )


def _check_header(name: str, value: str) -> None:
    fits = all(c == "\t" or (" " <= c <= "\xff" and not "\x7f" <= c <= "\x9f") for c in value)
    if not fits or not name.isascii() or not name.isprintable():
        raise ValueError(
            f"header {name!r} holds a line break, another control character or one that is not "
            "Latin-1; its value is not shown here"
        )


def _number(what: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} must be a number of seconds, not {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{what} must be a number of seconds that a clock can count") from None

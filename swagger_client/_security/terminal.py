"""Escape text from outside, so that it cannot control the terminal."""

from __future__ import annotations

import re

#: Control characters, line breaks, characters that change the text direction, and the backslash.
_SPECIAL = re.compile(
    "[\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def escape(text: str, *, keep: str = "") -> str:
    r"""Escape control characters, so that a terminal shows the text on one line.

    :param text: text from anywhere.
    :param keep: characters that are not escaped.
    :returns: the text, in which ``\`` begins an escape sequence and stands for nothing else.
    """
    return _SPECIAL.sub(lambda found: found[0] if found[0] in keep else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    if character == "\\":
        return r"\\"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

"""Replace secrets in texts: the known secrets of a request, and text that looks like a token."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from urllib.parse import unquote

from swagger_client._flow.effects import Hidden
from swagger_client._security.signed_urls import (
    is_secret_parameter,
    is_signed,
    replace_encoded_urls,
    replace_tokens,
)

Pairs = Sequence[tuple[str, object]]

_HIDDEN = "<redacted>"
#: Fields of a token request that are not secret.
_PUBLIC_FIELDS = frozenset({"account_id", "client_id", "grant_type", "redirect_uri"})
#: A header whose name contains one of these words contains a credential.
_SECRET_HEADER = "auth|cookie|key|token|secret|passw|credential|session|signature"
#: Text that looks like a token. The repetitions are bounded or possessive, so that matching takes
#: linear time.
_TOKEN = r"""(?ix)
    ( \b(?:bearer|basic)\s{1,8}
    | (?<![a-z])(?:jwt|access_token|refresh_token|client_secret|code_verifier)
      (?:["']\s{0,8}:\s{0,8}["']|=|%3D)
    ) (?:[\w.~+/=%-]|\\[/u]){8,}+
    """
#: A parameter of a URL.
_PARAMETER = r"([?&;#])([\w.~%+\[\]-]{1,80})(=)([^\s&;#\"'<>]++)"
_PASSWORD_IN_URL = r"(://)[^/?#\s@\"'<>]++@"
_ESCAPE = r"(?s)\\+(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))"
_ENTITY = r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,31}));?"
#: The length of the longest escape of one character, such as ``\\u0041`` or ``&#x0041;``.
_LONGEST_ESCAPE = 8
#: At least 16 characters in a row that a token can have.
_RUN = r"[\w.~+/=%\\&#;-]{16,}+"
#: Control characters, line breaks, characters that change the text direction, and the backslash.
_CONTROL = "[\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_WORDS = r"(?i)[a-z]+(?:[ _./-]+[a-z]+)*"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace the given secrets, and all text that looks like a token, by ``<redacted>``.

    Secrets with fewer than 4 characters are ignored. A secret that is an ordinary word is replaced
    only after ``=`` or in quotes: otherwise the password ``wrong`` would make "wrong password"
    unreadable. If a secret is escaped as in JSON, HTML or URLs, all escapes are decoded first.
    """
    wanted = [secret for secret in secrets if len(secret) >= 4]
    text = _without(text, wanted)
    if wanted and any(mark in text for mark in "\\%&"):
        plain = _unescaped(text)
        cleaned = _without(plain, wanted)
        if cleaned != plain:
            text = cleaned
    text = replace_tokens(re.sub(_TOKEN, rf"\1{_HIDDEN}", text), _HIDDEN)
    text = replace_encoded_urls(text, _HIDDEN)
    if "=" in text:
        text = re.sub(_PARAMETER, _without_secret_value, text)
    return re.sub(_PASSWORD_IN_URL, rf"\1{_HIDDEN}@", text)


def _without_secret_value(found: re.Match[str]) -> str:
    if not is_secret_parameter(found[2]) and not is_signed(unquote(found[4])):
        return found[0]
    return f"{found[1]}{found[2]}={_HIDDEN}"


def redact_start(text: str, secrets: Sequence[str]) -> str:
    """Redact the first part of a longer text, which may end in the middle of a secret.

    Half a secret is not recognized. So the end of the text is removed: as many characters as the
    longest secret can have, including escapes.
    """
    longest = max(map(len, secrets), default=0) * _LONGEST_ESCAPE
    redacted = redact(text, secrets)
    return redacted[: max(len(redacted) - longest, 0)]


def hide_runs(text: str) -> str:
    """Replace all text that could be an unknown token: 16 or more characters without a space.

    Words that consist of letters only are not replaced.
    """
    return re.sub(_RUN, lambda run: run[0] if re.fullmatch(_WORDS, run[0]) else _HIDDEN, text)


def redact_all(value: object, secrets: Sequence[str]) -> object:
    """Return a copy of a JSON value, with the secrets in its strings and keys redacted."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redact_all(held, secrets) for held in value]
    if isinstance(value, dict):
        return {redact(key, secrets): redact_all(held, secrets) for key, held in value.items()}
    return value


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if secret not in text:
            continue
        if _is_ordinary(secret):
            text = re.sub(rf"(?<=[\"'=]){re.escape(secret)}(?=[\"'&;]|$)", _HIDDEN, text)
        else:
            text = text.replace(secret, _HIDDEN)
    return text


def _is_ordinary(secret: str) -> bool:
    """Return whether a secret is like a word or number that can also occur in other text."""
    return len(secret) <= 12 and (secret.isalpha() or secret.isdecimal())


def _unescaped(text: str) -> str:
    """Replace JSON, HTML and URL escapes, also nested ones, by the characters they stand for."""
    joined = re.sub(_ESCAPE, _escaped_character, text)
    joined = joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for _ in range(2):
        joined = unquote(re.sub(_ENTITY, _named_character, joined))
    return joined


def _escaped_character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else escape[3]


def _named_character(entity: re.Match[str]) -> str:
    if entity[3]:
        from html.entities import html5  # a large table, and errors in HTML are rare

        return html5.get(f"{entity[3]};", entity[0])
    code = int(entity[1]) if entity[1] else int(entity[2], 16)
    return chr(code) if 0 < code < 0xD800 else "\ufffd"


def secrets_of(
    headers: Mapping[str, str], form: Pairs | None, query: Pairs | None = None
) -> list[str]:
    """Return all secrets of a request, as they are and encoded in base64 and hexadecimal.

    Longer secrets come first. If a secret that is a part of another one were replaced first, the
    rest of the other one would remain visible.
    """
    secrets = {str(value) for name, value in form or () if name not in _PUBLIC_FIELDS}
    for name, value in chain(headers.items(), query or ()):
        if isinstance(value, Hidden) or (name in headers and _is_secret(name)):
            secrets.update(_parts_of(str(value)))
    secrets |= {encoded for secret in secrets for encoded in _encoded(secret)}
    return sorted(secrets - {""}, key=len, reverse=True)


def hide_secret_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the headers in which each credential is a :class:`Hidden`."""
    return {name: Hidden(value) if _is_secret(name) else value for name, value in headers.items()}


def _is_secret(header: str) -> bool:
    return re.search(_SECRET_HEADER, header.lower()) is not None


def _parts_of(value: str) -> Iterator[str]:
    """Yield the secrets in a header: its value, the value without scheme, passwords, cookies."""
    scheme, _, credential = value.partition(" ")
    yield value
    yield credential
    if scheme.lower() == "basic":
        yield _basic_password(credential)
    for part in value.split(";"):
        yield part.partition("=")[2].strip()


def _basic_password(credential: str) -> str:
    try:
        return base64.b64decode(credential).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _encoded(secret: str) -> Iterator[str]:
    """Yield a secret in hexadecimal and in base64.

    Base64 encodes groups of three bytes. If a secret is in a longer text, its first and last bytes
    may be in a group with other text, so they are omitted. The rest is yielded for each of the
    three positions that a secret can have in a group.
    """
    content = secret.encode("utf-8", "surrogatepass")
    if len(content) >= 4:
        yield content.hex()
        yield content.hex().upper()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode("ascii")
        own = encoded[-(-before * 4 // 3) : (before + len(content)) * 4 // 3]
        if len(own) >= 8:
            yield own
            yield own.replace("+", "-").replace("/", "_")


def escape(text: str, *, keep: str = "") -> str:
    r"""Escape control characters, so that a text cannot control a terminal or start a new line.

    Unless ``keep`` contains it, each ``\`` in the result begins an escape, such as ``\x1b``.
    """

    def escaped(found: re.Match[str]) -> str:
        character = found[0]
        if character in keep:
            return character
        if character == "\\":
            return r"\\"
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return re.sub(_CONTROL, escaped, text)

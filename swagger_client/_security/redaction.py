"""What was sent and must not come back in an exception, in whatever spelling."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from urllib.parse import unquote

from swagger_client._flow.effects import Hidden

Pairs = Sequence[tuple[str, object]]

_HIDDEN = "<redacted>"
#: Fields of a token request that are no secrets.
_OPEN_FIELDS = frozenset({"account_id", "client_id", "grant_type", "redirect_uri"})
#: Headers that carry credentials, by what their names hold.
_SECRET_HEADER = re.compile("(?i)auth|cookie|key|token|secret|passw|credential|session|signature")
#: What looks like a token, whoever sent it.
_TOKEN = re.compile(
    r"""(?ix)
    ( \b(?:bearer|basic)\s+
    | (?<![a-z])(?:jwt|access_token|refresh_token|client_secret|code_verifier)
      (?:["']\s*:\s*["']|=|%3D)
    ) (?:[\w.~+/=%-]|\\[/u]){8,}
    """
)
_ESCAPE = re.compile(r"\\+(?:u([0-9A-Fa-f]{4})|(.))")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets in ``text``: those given, and what looks like a token.

    A text that writes one of them with the escapes of JSON or of URLs comes back without escapes.
    """
    long = [secret for secret in secrets if len(secret) >= 4]
    text = _without(text, long)
    if long and ("\\" in text or "%" in text):
        plain = _unescaped(text)
        if any(secret in plain for secret in long):
            text = _without(plain, long)
    return _TOKEN.sub(rf"\1{_HIDDEN}", text)


def redact_all(value: object, secrets: Sequence[str]) -> object:
    """A JSON value, with secrets replaced in each text of it."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redact_all(held, secrets) for held in value]
    if isinstance(value, dict):
        return {redact(key, secrets): redact_all(held, secrets) for key, held in value.items()}
    return value


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def _unescaped(text: str) -> str:
    """A text without the escapes of JSON and of URLs, one within the other too."""

    def letter(escape: re.Match[str]) -> str:
        return chr(int(escape[1], 16)) if escape[1] else escape[2]

    joined = _ESCAPE.sub(letter, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unquote(unquote(joined))


def secrets_of(
    headers: Mapping[str, str], form: Pairs | None, query: Pairs | None = None
) -> list[str]:
    """What a request held that must not be shown, as it is and in base64; the longest first.

    What is left of one by another would show its rest.
    """
    secrets = {str(value) for name, value in form or () if name not in _OPEN_FIELDS}
    for name, value in chain(headers.items(), query or ()):
        if isinstance(value, Hidden) or (name in headers and _SECRET_HEADER.search(name)):
            secrets.update(_parts_of(str(value)))
    secrets |= {encoded for secret in secrets for encoded in _in_base64(secret)}
    return sorted(secrets - {""}, key=len, reverse=True)


def hide_secret_headers(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Wrap the values of headers that carry credentials, by their names, in :class:`Hidden`."""
    return {
        name: Hidden(value) if isinstance(value, str) and _SECRET_HEADER.search(name) else value
        for name, value in headers.items()
    }


def _parts_of(value: str) -> Iterator[str]:
    """A header's value, its credential behind the scheme, and each part of a cookie."""
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


def _in_base64(secret: str) -> Iterator[str]:
    """The letters that a secret makes in base64, whatever comes before and behind it."""
    content = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode("ascii")
        own = encoded[-(-before * 4 // 3) : (before + len(content)) * 4 // 3]
        if len(own) >= 8:
            yield own
            yield own.replace("+", "-").replace("/", "_")

"""Redact text that people see: secrets of a request, and text that looks like a token."""

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
#: Fields of a token request that are not secret.
_PUBLIC_FIELDS = frozenset({"account_id", "client_id", "grant_type", "redirect_uri"})
#: Names of headers that carry credentials.
_SECRET_HEADER = re.compile("auth|cookie|key|token|secret|passw|credential|session|signature")
#: Text that looks like a token, whoever sent it. Repetitions are bounded or possessive, so that no
#: text makes this backtrack.
_TOKEN = re.compile(
    r"""(?ix)
    ( \b(?:bearer|basic)\s{1,8}
    | (?<![a-z])(?:jwt|access_token|refresh_token|client_secret|code_verifier)
      (?:["']\s{0,8}:\s{0,8}["']|=|%3D)
    | [?&](?:code|key|policy|sig|zak|saml(?:request|response)
      |[\w.-]{0,40}(?:credential|secret|signature|token)[\w.-]{0,40}+)=
    ) (?:[\w.~+/=%-]|\\[/u]){8,}+
    """
)
_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]{0,256}:)[^/\s@]{1,256}@")
_ESCAPE = re.compile(r"(?s)\\+(?:u([0-9A-Fa-f]{4})|(.))")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace the given secrets, and text that looks like a token.

    A secret that is an ordinary word is replaced only where it stands as a value, in quotes or
    after ``=``: a password ``wrong`` must not turn "wrong password" into a riddle. Text in which a
    secret is written with the escapes of JSON or URLs is returned without escapes.
    """
    wanted = [secret for secret in secrets if len(secret) >= 4]
    text = _without(text, wanted)
    if wanted and ("\\" in text or "%" in text):
        plain = _unescaped(text)
        cleaned = _without(plain, wanted)
        if cleaned != plain:
            text = cleaned
    return _PASSWORD_IN_URL.sub(rf"\1{_HIDDEN}@", _TOKEN.sub(rf"\1{_HIDDEN}", text))


def redact_all(value: object, secrets: Sequence[str]) -> object:
    """Return a JSON value with secrets replaced in each of its texts."""
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
    """Return whether a secret may be a word or a number of prose."""
    return len(secret) <= 12 and (secret.isalpha() or secret.isdecimal())


def _unescaped(text: str) -> str:
    """Undo escapes of JSON and URLs in a text, nested escapes too."""

    def character(escape: re.Match[str]) -> str:
        return chr(int(escape[1], 16)) if escape[1] else escape[2]

    joined = _ESCAPE.sub(character, text)
    joined = joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unquote(unquote(joined))


def secrets_of(
    headers: Mapping[str, str], form: Pairs | None, query: Pairs | None = None
) -> list[str]:
    """Return the secrets of a request, plain and in base64.

    The longest come first: replacing a part of one would leave the rest visible.
    """
    secrets = {str(value) for name, value in form or () if name not in _PUBLIC_FIELDS}
    for name, value in chain(headers.items(), query or ()):
        if isinstance(value, Hidden) or (name in headers and _is_secret(name)):
            secrets.update(_parts_of(str(value)))
    secrets |= {encoded for secret in secrets for encoded in _in_base64(secret)}
    return sorted(secrets - {""}, key=len, reverse=True)


def hide_secret_headers(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Wrap the values of headers that carry credentials, by their names, in :class:`Hidden`."""
    return {
        name: Hidden(value) if isinstance(value, str) and _is_secret(name) else value
        for name, value in headers.items()
    }


def _is_secret(header: str) -> bool:
    """Return whether a header carries credentials, by its name."""
    return _SECRET_HEADER.search(header.lower()) is not None


def _parts_of(value: str) -> Iterator[str]:
    """Yield a header's value, its credential after the scheme, and each value of a cookie."""
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
    """Yield the base64 of a secret, independent of the bytes before and after it."""
    content = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode("ascii")
        own = encoded[-(-before * 4 // 3) : (before + len(content)) * 4 // 3]
        if len(own) >= 8:
            yield own
            yield own.replace("+", "-").replace("/", "_")

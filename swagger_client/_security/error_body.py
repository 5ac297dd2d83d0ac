from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from swagger_client._flow.retry import TRANSIENT_STATUSES
from swagger_client._security.redaction import redact, redact_all, redact_start

#: What a proxy responds if the user and password are missing or wrong. tinyproxy says 401.
PROXY_LOGIN = (401, 407)
#: Zoom's error codes for an account or a user without Zoom Phone.
PHONE_NOT_ENABLED = frozenset({2013, 2031})
#: How many characters of a response's body the text of an exception shows.
_SHOWN = 2_000
#: How many characters of a response's body an exception contains at most.
_MAX_BODY = 64_000
#: How many characters of an error response are read. A body of this length was truncated.
_MAX_READ = 64 * 1024
#: Longer bodies are not parsed. Zoom's error bodies have a few hundred characters.
_MAX_PARSED = 16_000
#: Unix time at the end of the year 9999.
LAST_SECOND = 253_402_300_799.0


def parse_error(body: str | bytes | None, secrets: Sequence[str] = ()) -> dict[str, object]:
    """Parse an error body and redact secrets in it; return {} if it is not a JSON object."""
    if body is None or len(body) > _MAX_PARSED:
        return {}
    try:
        fields = redact_all(json.loads(body), secrets)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def redact_body(body: str, secrets: Sequence[str]) -> str:
    """Redact secrets in an error body, and truncate it."""
    # Redact before truncating: the first part of a secret would not be recognized.
    cut = len(body) >= _MAX_READ
    return (redact_start if cut else redact)(body[:_MAX_READ], secrets)[:_MAX_BODY]


def zoom_error(
    parsed: Mapping[str, object],
) -> tuple[int | None, str | None, list[dict[str, object]]]:
    """Return Zoom's error code and message, and its errors about single request fields."""
    code, message, errors = parsed.get("code"), parsed.get("message"), parsed.get("errors")
    if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code):
        code = int(code)
    # The token endpoint sends OAuth errors: {"reason": ..., "error": ...}.
    message = message or parsed.get("reason") or parsed.get("error")
    return (
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        message if isinstance(message, str) else None,
        [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else [],
    )


def missing_scopes(message: str | None) -> tuple[str, ...]:
    """Return the scopes in a message such as "… does not contain scopes:[a, b]"."""
    _, _, rest = (message or "").partition("does not contain scope")
    before, opened, listed = rest.partition("[")
    scopes, closed, _ = listed.partition("]")
    if not (opened and closed) or before.strip() not in ("", "s", ":", "s:", "s :"):
        return ()
    return tuple(filter(None, map(str.strip, scopes.split(","))))


def shorten(body: str | bytes) -> str:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters in all)"


def utc_text(timestamp: float) -> str:
    # A server may send a number outside the range of datetime.
    timestamp = min(max(timestamp, 0.0), LAST_SECOND)
    return datetime.fromtimestamp(timestamp, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def proxy_reason(proxy: str, status: int | None, *, sent: bool) -> str:
    """Describe why a proxy rejected a request; ``sent`` says whether the proxy got credentials."""
    if status in PROXY_LOGIN and sent:
        return f"{proxy} rejected the user and password ({status})"
    if status in PROXY_LOGIN:
        return f"{proxy} requires a user and password ({status}), but none are set"
    if status in TRANSIENT_STATUSES:
        return f"{proxy} could not reach the host ({status})"
    return f"{proxy} does not permit connections to the host ({status})"

"""Remove all text that could be a token from errors of the token endpoint.

An error response of the token endpoint may contain new tokens anywhere. Therefore only the fields
and headers that are listed below are kept, and text in them that could be a token is replaced.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from urllib3 import HTTPHeaderDict

from swagger_client._flow.effects import Failure
from swagger_client._security.error_body import parse_error
from swagger_client._security.redaction import hide_runs
from swagger_client.exceptions import ApiException, TransportException

#: The fields of error responses of Zoom and of RFC 6749 (OAuth 2.0).
_FIELDS = ("reason", "error", "error_description", "message", "code", "errorCode", "errorMessage")
#: The headers that are kept, because they say when to retry and which server responded.
_HEADERS = frozenset(
    {
        "content-length", "content-type", "date", "retry-after", "server", "via",
        "x-ratelimit-category", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
        "x-ratelimit-type", "x-zm-trackingid",
    }
)  # fmt: skip
#: A tracking id of Zoom, such as ``v=2.0;clid=us04;rid=WEB_0123456789abcdef``.
_TRACKING_ID = re.compile(r"(?:v=[\d.]{1,8};clid=\w{1,8};rid=)?(?:WEB_)?[0-9a-f]{1,40}")


def without_tokens(failure: Failure) -> Failure:
    """Return a copy of a token endpoint's error without any text that could be a token."""
    made = failure._copy()
    if not isinstance(made, ApiException):
        return made
    made.__cause__ = made.__context__ = None
    if made.headers is not None:
        made.reason = _phrase(made.status)
    elif not isinstance(made, TransportException):
        made.reason = hide_runs(made.reason or "")
    made.args = (made.status, made.reason)
    made.message = None if made.message is None else hide_runs(made.message)
    made.errors = []
    made.missing_scopes = ()
    made.body = _error_fields(made.body)
    made.tracking_id = _tracking_id(made.tracking_id)
    made.headers = _known_headers(made)
    return made


def _phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return ""


def _error_fields(body: str | bytes | None) -> str | None:
    """Return the known fields of an error response as JSON, or None if it has none of them."""
    fields = parse_error(body)
    known = {name: fields[name] for name in _FIELDS if name in fields}
    shown = {
        name: hide_runs(value) if isinstance(value, str) else value
        for name, value in known.items()
        if isinstance(value, str) or (type(value) is int and abs(value) < 1_000_000)
    }
    return json.dumps(shown) if shown else None


def _tracking_id(given: str | None) -> str | None:
    return given if given is not None and _TRACKING_ID.fullmatch(given) else None


def _known_headers(failure: ApiException) -> HTTPHeaderDict | None:
    if failure.headers is None:
        return None
    kept = HTTPHeaderDict()
    for name, value in failure.headers.items():
        if name.lower() == "x-zm-trackingid":
            kept.add(name, _tracking_id(value) or "")
        elif name.lower() in _HEADERS:
            kept.add(name, hide_runs(value))
    return kept

"""Tells failures of single items from those that concern everything."""

from __future__ import annotations

from swagger_client.exceptions import (
    ApiException,
    ForbiddenException,
    RateLimitException,
    RedirectException,
    TransportException,
    UnauthorizedException,
)

_GENERAL_ERRORS = (
    UnauthorizedException,
    ForbiddenException,
    RateLimitException,
    RedirectException,
    TransportException,
)


def is_item_error(error: Exception) -> bool:
    """Whether an error concerns only the requested item, so that others can still be read."""
    return not isinstance(error, _GENERAL_ERRORS) and not getattr(error, "missing_scopes", ())


def describe_error(error: Exception) -> str:
    """Describe an error in a line, for reports."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"
    if error.code is not None:
        return f"{error.code}: {error.message}"
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"{type(error).__name__}: {error.message or error.reason}{status}"

"""The error responses that Zoom documents, each with its HTTP status and code."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ApiError"]


class ApiError(Exception):
    """A request that gets an error response.

    :param status: the HTTP status.
    :param code: Zoom's code, independent of the status.
    :param message: the error text, in the sandbox's words.
    :param field: the invalid parameter, listed under `errors` when given.
    """

    def __init__(self, status: int, code: int, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def body(self) -> dict[str, object]:
        """Return the JSON object of the error response."""
        if self.field is None:
            return {"code": self.code, "message": self.message}
        detail = {"field": self.field, "message": self.message}
        return {"code": self.code, "message": "Validation failed.", "errors": [detail]}


def invalid(field: str, message: str) -> ApiError:
    """The error for a parameter with a wrong format or out of range."""
    return ApiError(400, 300, message, field=field)


def bad_session_type() -> ApiError:
    """An unknown session_type."""
    return ApiError(400, 400, "This endpoint has no such session type.")


def bad_page_token() -> ApiError:
    """A page token that is unknown, too old, or used with other parameters."""
    return ApiError(400, 400, "This page token is invalid or expired; list again from page one.")


def from_without_to() -> ApiError:
    """A span with a start and no end."""
    return ApiError(400, 400, "A request with from also needs to.")


def bad_sync_token(status: int) -> ApiError:
    """A sync token that is unknown, expired, or of another conversation."""
    return ApiError(status, 300, "This sync token is invalid or expired; start over with FSync.")


def too_many_new(count: int) -> ApiError:
    """A forward sync with more new records than `count`."""
    message = f"More than {count} records are new, above the sync count; start over with FSync."
    return ApiError(400, 7035, message)


def bad_user_id() -> ApiError:
    """A malformed user id."""
    return ApiError(400, 300, "This is not a valid user id.")


def no_such_user(user_id: str) -> ApiError:
    """A well-formed user id that does not exist."""
    return ApiError(404, 1001, f"User {user_id} does not exist.")


def unknown_token() -> ApiError:
    """A bearer token that was never issued, or that was revoked."""
    return ApiError(401, 124, "The access token is invalid.")


def expired_token() -> ApiError:
    """An expired bearer token."""
    return ApiError(401, 124, "The access token has expired.")


def missing_scopes(scopes: Iterable[str]) -> ApiError:
    """A bearer token that lacks all accepted scopes."""
    listed = ", ".join(scopes)
    return ApiError(400, 4711, f"The access token does not contain scopes:[{listed}].")


def phone_not_enabled() -> ApiError:
    """An account without Zoom Phone."""
    return ApiError(403, 2031, "Zoom Phone is not enabled on this account.")

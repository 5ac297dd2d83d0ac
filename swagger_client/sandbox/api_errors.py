"""The error responses that Zoom documents."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ApiError"]


class ApiError(Exception):
    """Raised to send an error response.

    :param status: the HTTP status.
    :param code: Zoom's error code; Zoom uses the same code with several statuses.
    :param message: the error text.
    :param field: the name of the invalid parameter; if given, the response lists it under `errors`.
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
    """Return the error for a parameter with a wrong format or a value out of range."""
    return ApiError(400, 300, message, field=field)


def bad_session_type() -> ApiError:
    """Return the error for an unknown `session_type`."""
    return ApiError(400, 400, "This endpoint has no such session type.")


def bad_page_token() -> ApiError:
    """Return the error for an unknown or expired page token.

    A page token that is used with other parameters gets the same error.
    """
    return ApiError(400, 400, "This page token is invalid or expired; list again from page one.")


def from_without_to() -> ApiError:
    """Return the error for a request with `from` and without `to`."""
    return ApiError(400, 400, "A request with from also needs to.")


def bad_sync_token(status: int) -> ApiError:
    """Return the error for a sync token that is unknown, expired, or of another list."""
    return ApiError(status, 300, "This sync token is invalid or expired; start over with FSync.")


def too_many_new(count: int) -> ApiError:
    """Return the error for a forward sync that finds more than `count` new records."""
    message = f"More than {count} records are new, above the sync count; start over with FSync."
    return ApiError(400, 7035, message)


def bad_user_id() -> ApiError:
    """Return the error for a malformed user id."""
    return ApiError(400, 300, "This is not a valid user id.")


def no_such_user(user_id: str) -> ApiError:
    """Return the error for a well-formed user id that the account does not have."""
    return ApiError(404, 1001, f"User {user_id} does not exist.")


def unknown_token() -> ApiError:
    """Return the error for a bearer token that was never issued or was revoked."""
    return ApiError(401, 124, "The access token is invalid.")


def expired_token() -> ApiError:
    """Return the error for an expired bearer token."""
    return ApiError(401, 124, "The access token has expired.")


def missing_scopes(scopes: Iterable[str]) -> ApiError:
    """Return the error for a bearer token that has none of the accepted scopes."""
    listed = ", ".join(scopes)
    return ApiError(400, 4711, f"The access token does not contain scopes:[{listed}].")


def phone_not_enabled() -> ApiError:
    """Return the error for an account without Zoom Phone."""
    return ApiError(403, 2031, "Zoom Phone is not enabled on this account.")

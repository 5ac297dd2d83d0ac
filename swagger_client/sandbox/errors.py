"""The refusals that Zoom documents, each with its HTTP status and its own code."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Refusal"]


class Refusal(Exception):
    """A request that is answered with an error.

    :param status: the HTTP status.
    :param code: Zoom's code, which does not follow from the status.
    :param message: what went wrong, in the sandbox's words.
    :param field: the parameter at fault, listed under `errors` when given.
    """

    def __init__(self, status: int, code: int, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def body(self) -> dict[str, object]:
        """Return the JSON object that describes this refusal."""
        if self.field is None:
            return {"code": self.code, "message": self.message}
        detail = {"field": self.field, "message": self.message}
        return {"code": self.code, "message": "Validation failed.", "errors": [detail]}


def invalid(field: str, message: str) -> Refusal:
    """A parameter of the wrong form or out of range."""
    return Refusal(400, 300, message, field=field)


def bad_session_type() -> Refusal:
    """A session_type that this endpoint does not know."""
    return Refusal(400, 400, "This session type is not one the endpoint knows.")


def bad_page_token() -> Refusal:
    """A page token that is unknown, too old, or used with other parameters."""
    return Refusal(400, 400, "This page token is invalid or expired; list again from page one.")


def from_without_to() -> Refusal:
    """A span with a start and no end."""
    return Refusal(400, 400, "A request with from also needs to.")


def bad_sync_token(status: int) -> Refusal:
    """A sync token that is unknown, expired, or of another conversation."""
    return Refusal(status, 300, "This sync token is invalid or expired; start over with FSync.")


def too_many_new(count: int) -> Refusal:
    """A forward sync that has more to say than was asked for."""
    message = f"More than {count} records are new, above the sync count; start over with FSync."
    return Refusal(400, 7035, message)


def bad_user_id() -> Refusal:
    """A user id that cannot be one."""
    return Refusal(400, 300, "This is no valid user id.")


def no_such_user(user_id: str) -> Refusal:
    """A user id that could be one, but nobody has it."""
    return Refusal(404, 1001, f"No user here goes by {user_id}.")


def unknown_token() -> Refusal:
    """A bearer token that was never issued, or that was revoked."""
    return Refusal(401, 124, "The access token is not a valid one.")


def expired_token() -> Refusal:
    """A bearer token that has lived its hour."""
    return Refusal(401, 124, "The access token is past its expiry.")


def missing_scopes(scopes: Iterable[str]) -> Refusal:
    """A bearer token that lacks every scope that would do."""
    listed = ", ".join(scopes)
    return Refusal(400, 4711, f"Refused: the access token does not contain scopes:[{listed}].")


def phone_not_enabled() -> Refusal:
    """An account without Zoom Phone."""
    return Refusal(403, 2031, "Zoom Phone is not enabled on this account.")

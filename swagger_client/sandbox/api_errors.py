"""The error responses that Zoom documents."""

from __future__ import annotations

__all__ = ["ApiError", "invalid"]


class ApiError(Exception):
    """Raised by an endpoint of the sandbox, which then sends an error response.

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
        if self.field is None:
            return {"code": self.code, "message": self.message}
        detail = {"field": self.field, "message": self.message}
        return {"code": self.code, "message": "Validation failed.", "errors": [detail]}


def invalid(field: str, message: str) -> ApiError:
    """Return the error for a parameter with a wrong format or a value out of range."""
    return ApiError(400, 300, message, field=field)

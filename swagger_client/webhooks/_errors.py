"""Errors of webhook verification and parsing."""

from __future__ import annotations

__all__ = [
    "InvalidEventError",
    "InvalidTimestampError",
    "MissingHeaderError",
    "SignatureMismatchError",
    "TimestampTooNewError",
    "TimestampTooOldError",
    "VerificationError",
    "WebhookError",
]


class WebhookError(ValueError):
    """Base class of all errors of this package."""


class VerificationError(WebhookError):
    """The request is not proven to come from Zoom. Respond with HTTP 401."""


class MissingHeaderError(VerificationError):
    """A header that the signature needs is missing, empty or sent with two different values."""


class InvalidTimestampError(VerificationError):
    """The timestamp header is not a number of unix seconds."""


class SignatureMismatchError(VerificationError):
    """The signature was not made with one of the secrets, or not for this body and timestamp."""


class TimestampTooOldError(VerificationError):
    """The signature is valid, but older than the tolerance."""


class TimestampTooNewError(VerificationError):
    """The signature is valid, but its timestamp is in the future: check this machine's clock."""


class InvalidEventError(WebhookError):
    """The body is not a JSON object."""

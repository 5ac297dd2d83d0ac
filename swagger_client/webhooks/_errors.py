"""The errors of webhook verification and parsing."""

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
    """The base class of all errors of this package."""


class VerificationError(WebhookError):
    """The request does not verifiably come from Zoom. Respond with HTTP 401."""


class MissingHeaderError(VerificationError):
    """A header of the signature is missing, empty, or sent with two different values."""


class InvalidTimestampError(VerificationError):
    """The timestamp header is not a number of Unix seconds."""


class SignatureMismatchError(VerificationError):
    """The signature does not match the body, the timestamp and one of the secrets."""


class TimestampTooOldError(VerificationError):
    """The signature is valid, but older than the tolerance."""


class TimestampTooNewError(VerificationError):
    """The signature is valid, but its timestamp is in the future.

    Check this machine's clock.
    """


class InvalidEventError(WebhookError):
    """The body is not a JSON object."""

class WebhookError(ValueError):
    """The base class of all errors of `swagger_client.webhooks`."""


class VerificationError(WebhookError):
    """The signature does not prove that the request comes from Zoom. Respond with HTTP 401."""


class MissingHeaderError(VerificationError):
    """The signature header or the timestamp header is missing, empty or ambiguous.

    A header is ambiguous if the request contains it twice with different values.
    """


class InvalidTimestampError(VerificationError):
    """The timestamp header is not a time in Unix seconds, such as 1769817600."""


class SignatureMismatchError(VerificationError):
    """The request's signature is wrong: none of the secret tokens results in this signature.

    The body or the timestamp was changed, or the request was signed with another secret.
    """


class TimestampTooOldError(VerificationError):
    """The signature is valid, but older than `tolerance` permits."""


class TimestampTooNewError(VerificationError):
    """The signature is valid, but its timestamp is in the future. Check this machine's clock."""


class InvalidEventError(WebhookError):
    """The body is not a JSON object."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from swagger_client._security.frames import hide_locals
from swagger_client.webhooks import _signature
from swagger_client.webhooks._errors import TimestampTooNewError, TimestampTooOldError
from swagger_client.webhooks._events import WebhookEvent, parse_event
from swagger_client.webhooks._signature import Body, Headers

logger = logging.getLogger("swagger_client.webhooks")


class Webhook:
    """Verifies and parses the webhook requests of one Zoom app, and signs requests for tests.

        webhook = Webhook(os.environ["ZOOM_WEBHOOK_SECRET"])
        event = webhook.unwrap(request.get_data(), request.headers)

    :param secret: the secret token that Zoom shows on the app's page. While you replace it, pass
        the old and the new secret, because Zoom may sign with either.
    :param tolerance: the greatest accepted age of a signature. Zoom sends an event again after 5,
        25 and 85 minutes, and does not document whether these requests have a new signature.
        Therefore the default is 90 minutes.
    :param ahead: how far a timestamp may be in the future, because clocks may differ.
    :param clock: a function that returns the time in Unix seconds.
    :raises ValueError: if a secret is missing, empty, in quotation marks, or has outer white space.
    """

    __slots__ = ("_ahead", "_clock", "_secrets", "_tolerance")

    @hide_locals
    def __init__(
        self,
        secret: str | Sequence[str],
        *,
        tolerance: timedelta = timedelta(minutes=90),
        ahead: timedelta = timedelta(minutes=5),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secrets = _checked_secrets(secret)
        self._tolerance = tolerance.total_seconds()
        self._ahead = ahead.total_seconds()
        if min(self._tolerance, self._ahead) < 0:
            raise ValueError(
                f"`tolerance` is {tolerance} and `ahead` is {ahead}, but neither may be negative."
            )
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Webhook with {len(self._secrets)} secret{'s' * (len(self._secrets) != 1)}>"

    @hide_locals
    def verify(self, body: Body, headers: Headers) -> None:
        """Check that Zoom signed a request, and that the signature is not too old.

        :param body: the request body as received: bytes, or text that was decoded from UTF-8.
        :param headers: the request's headers, as a mapping or as pairs, with names in any case.
        :raises MissingHeaderError: if the signature or the timestamp is missing.
        :raises InvalidTimestampError: if the timestamp is not a number.
        :raises SignatureMismatchError: if the signature is wrong.
        :raises TimestampTooOldError: if the signature is older than `tolerance`.
        :raises TimestampTooNewError: if the timestamp is further in the future than `ahead`.
        """
        self._verified(_signature.body_bytes(body), headers)

    @hide_locals
    def parse(self, body: Body) -> WebhookEvent:
        """Parse a request body without verifying it, and return an event of the matching class.

        :param body: the request body.
        :raises InvalidEventError: if the body is not a JSON object.
        """
        return self._parsed(_signature.body_bytes(body), self._secrets[0])

    @hide_locals
    def unwrap(self, body: Body, headers: Headers) -> WebhookEvent:
        """Verify a request, parse its body, and return an event of the matching class.

        :param body: the request body as received: bytes, or text that was decoded from UTF-8.
        :param headers: the request's headers, as a mapping or as pairs, with names in any case.
        :raises VerificationError: if the verification fails; see `verify` for the causes.
        :raises InvalidEventError: if the body is not a JSON object.
        """
        content = _signature.body_bytes(body)
        return self._parsed(content, self._verified(content, headers))

    @hide_locals
    def sign(self, body: Body, *, timestamp: int | None = None) -> dict[str, str]:
        """Sign a test request: return the headers that Zoom would send with a body.

        :param body: the body of the test request.
        :param timestamp: the time of the signature in Unix seconds; None means the current time.
        """
        seconds = str(int(self._clock()) if timestamp is None else timestamp)
        content = _signature.body_bytes(body)
        return {
            _signature.TIMESTAMP_HEADER: seconds,
            _signature.SIGNATURE_HEADER: _signature.signature(self._secrets[0], seconds, content),
        }

    @hide_locals
    def _unwrap_late(self, body: bytes, headers: Headers) -> WebhookEvent:
        """Verify and parse a request, even if its timestamp is too old or too new."""
        age, secret = self._verify_signature(body, headers)
        if age < -self._ahead:
            logger.warning(
                "The timestamp of a webhook request is %.0f s in the future. Check this machine's "
                "clock.",
                -age,
            )
        event = self._parsed(body, secret)
        return dataclasses.replace(event, late=True) if age > self._tolerance else event

    def _verified(self, body: bytes, headers: Headers) -> bytes:
        """Verify a request's signature and its age; return the secret that made the signature."""
        age, secret = self._verify_signature(body, headers)
        if age > self._tolerance:
            raise TimestampTooOldError(
                f"The signature is {age:.0f} seconds old, but at most {self._tolerance:.0f} are "
                "accepted. Increase `tolerance` if events may arrive later."
            )
        if age < -self._ahead:
            raise TimestampTooNewError(
                f"The timestamp is {-age:.0f} seconds in the future. Set this machine's clock."
            )
        return secret

    def _verify_signature(self, body: bytes, headers: Headers) -> tuple[float, bytes]:
        """Verify a request's signature; return its age in seconds and the secret that made it."""
        timestamp, secret = _signature.check(self._secrets, body, headers)
        return self._clock() - timestamp, secret

    def _parsed(self, body: bytes, secret: bytes) -> WebhookEvent:
        return parse_event(body, lambda token: _signature.encrypted_token(secret, token))


def _checked_secrets(secret: str | Sequence[str]) -> tuple[bytes, ...]:
    secrets = (secret,) if isinstance(secret, str) else tuple(secret)
    if not secrets or not all(secrets):
        raise ValueError("`secret` is empty. Set it to the secret token of your app at Zoom.")
    for one in secrets:
        if not isinstance(one, str):
            raise TypeError(f"`secret` must be a str, not {type(one).__name__}.")
        if one != one.strip():
            raise ValueError(
                "`secret` begins or ends with a blank or a line break. Remove this character."
            )
        if len(one) > 1 and one[0] == one[-1] and one[0] in "\"'":
            raise ValueError(
                "`secret` is in quotation marks. Remove them: for example, docker --env-file makes "
                "them a part of the value."
            )
    return tuple(one.encode() for one in secrets)

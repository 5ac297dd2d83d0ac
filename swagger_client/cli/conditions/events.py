"""Conditions of webhook events."""

from __future__ import annotations

from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

_INVALID = ExitStatus.INVALID
_INCOMPLETE = ExitStatus.INCOMPLETE

NO_WEBHOOK_SECRET = Condition(
    "no-webhook-secret",
    _INVALID,
    "There is no secret token to verify events with.",
    "ZOOM_WEBHOOK_SECRET is not set.",
    "Set it to the secret token of your app at Zoom; to both, separated by a blank, while you "
    "replace the token.",
)
UNUSABLE_WEBHOOK_SECRET = Condition(
    "unusable-webhook-secret",
    _INVALID,
    "The secret token cannot be used: {message}",
    "",
    "Correct ZOOM_WEBHOOK_SECRET.",
)
ADDRESS_UNUSABLE = Condition(
    "address-unusable",
    _INVALID,
    "{address} cannot be opened: {reason}.",
    "Another program listens there, or this user may not.",
    "Choose another address with --bind.",
)
EVENTS_FAILED = Condition(
    "events-failed",
    _INCOMPLETE,
    "{count} arrived for messages that Zoom's API does not return.",
    "The messages were deleted at Zoom, or its API knew nothing of them for minutes.",
    "Run `zoom-sms archive`: it tries them again.",
)
SUBSCRIPTION_OFF = Condition(
    "subscription-off",
    _INCOMPLETE,
    "No event and no validation of the URL came since {received_at}.",
    "Zoom validates the URL at least every 72 hours, and switches the subscription off after six "
    "failures.",
    "Check that `zoom-sms listen` runs and can be reached, and validate the URL on the app's page "
    "at Zoom.",
)

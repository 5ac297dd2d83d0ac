from swagger_client.cli.conditions.model import Condition
from swagger_client.cli.exit_status import ExitStatus

NO_WEBHOOK_SECRET = Condition(
    "no-webhook-secret",
    ExitStatus.INVALID,
    "Webhook events cannot be verified without the app's secret token.",
    "Set ZOOM_WEBHOOK_SECRET to the secret token of your app at Zoom. While you replace the token, "
    "set it to the old and the new token, separated by a space.",
    "ZOOM_WEBHOOK_SECRET is not set.",
)
UNUSABLE_WEBHOOK_SECRET = Condition(
    "unusable-webhook-secret",
    ExitStatus.INVALID,
    "The secret token cannot be used: {message}",
    "Correct ZOOM_WEBHOOK_SECRET.",
)
ADDRESS_UNUSABLE = Condition(
    "address-unusable",
    ExitStatus.INVALID,
    "{address} cannot be opened: {reason}.",
    "Choose another with {option}.",
    "Another program uses the port, you have no permission for it, or this machine does not have "
    "the address.",
)
EVENTS_FAILED = Condition(
    "events-failed",
    ExitStatus.INCOMPLETE,
    "{count} arrived for messages that Zoom's API does not return.",
    "Run `zoom-sms archive` later. It requests these messages again. `zoom-sms status` lists the "
    "conversations, `zoom-sms show ID` prints the texts. If Zoom deleted the messages, accept this "
    "with `zoom-sms archive --accept failed`. The events stay stored.",
    "The messages were deleted at Zoom, or Zoom's API does not list them yet.",
)
SUBSCRIPTION_OFF = Condition(
    "subscription-off",
    ExitStatus.INCOMPLETE,
    "No webhook event and no URL validation was received since {received_at}.",
    "Check that `zoom-sms listen` runs and that Zoom can reach it. Then validate the URL on the "
    "app's page at Zoom.",
    "Zoom validates the URL at least every 72 hours. After six failures it switches the "
    "subscription off.",
)

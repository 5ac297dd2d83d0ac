from .sms_owner import SmsOwner


class InlineResponse20073Owner(SmsOwner):
    """The owner of a phone number, in the responses of several operations."""

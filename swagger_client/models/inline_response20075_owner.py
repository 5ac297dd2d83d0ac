from .sms_owner import SmsOwner


class InlineResponse20075Owner(SmsOwner):
    """The owner of a recipient's number in a response of ``sms_session_sync``."""

from .sms_owner import SmsOwner


class InlineResponse20074Owner(SmsOwner):
    """The owner of a number, in ``sms_session_details`` and ``sms_by_message_id``."""

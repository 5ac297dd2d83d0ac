from .sms_attachment import SmsAttachment


class InlineResponse20074Attachments(SmsAttachment):
    """A media file of a message, in ``sms_session_details`` and ``sms_by_message_id``."""

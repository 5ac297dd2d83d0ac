from .sms_attachment import SmsAttachment


class InlineResponse20075Attachments(SmsAttachment):
    """A media file of a message in a response of ``sms_session_sync``."""

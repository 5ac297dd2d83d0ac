from __future__ import annotations

from ._model import absent, field
from .inline_response20074_sender import InlineResponse20074Sender
from .inline_response20075_attachments import InlineResponse20075Attachments
from .inline_response20075_to_members import InlineResponse20075ToMembers
from .sms_message import SmsMessage


class InlineResponse20075SmsHistories(SmsMessage):
    """One message in a response of ``sms_session_sync``."""

    attachments: list[InlineResponse20075Attachments] | None = field()
    sender: InlineResponse20074Sender = field()
    to_members: list[InlineResponse20075ToMembers] = field()
    delivery_status: str | None = absent()

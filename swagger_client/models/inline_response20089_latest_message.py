from __future__ import annotations

from ._model import absent, field
from .inline_response20089_latest_message_attachments import (
    InlineResponse20089LatestMessageAttachments,
)
from .inline_response20089_latest_message_sender import InlineResponse20089LatestMessageSender
from .inline_response20089_latest_message_to_members import (
    InlineResponse20089LatestMessageToMembers,
)
from .sms_message import SmsMessage


class InlineResponse20089LatestMessage(SmsMessage):
    """The newest message of a conversation in a response of ``get_sms_sessions``."""

    attachments: list[InlineResponse20089LatestMessageAttachments] | None = field()
    sender: InlineResponse20089LatestMessageSender = field()
    to_members: list[InlineResponse20089LatestMessageToMembers] = field()
    delivery_status: str | None = absent()

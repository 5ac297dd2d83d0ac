from __future__ import annotations

from ._model import field
from .inline_response20074_attachments import InlineResponse20074Attachments
from .inline_response20074_sender import InlineResponse20074Sender
from .inline_response20074_to_members import InlineResponse20074ToMembers
from .sms_message import SmsMessage


class InlineResponse20074SmsHistories(SmsMessage):
    """One message in a response of ``sms_session_details``."""

    attachments: list[InlineResponse20074Attachments] | None = field()
    sender: InlineResponse20074Sender = field()
    to_members: list[InlineResponse20074ToMembers] = field()

from __future__ import annotations

from ._model import field
from .inline_response20074_attachments import InlineResponse20074Attachments
from .inline_response20076_sender import InlineResponse20076Sender
from .inline_response20076_to_members import InlineResponse20076ToMembers
from .sms_message import SmsMessage


class InlineResponse20076(SmsMessage):
    """One message: the response of ``sms_by_message_id``."""

    attachments: list[InlineResponse20074Attachments] | None = field()
    sender: InlineResponse20076Sender = field()
    to_members: list[InlineResponse20076ToMembers] = field()

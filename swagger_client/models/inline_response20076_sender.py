from __future__ import annotations

from ._model import field
from .inline_response20074_owner import InlineResponse20074Owner
from .sms_participant import SmsParticipant


class InlineResponse20076Sender(SmsParticipant):
    """The sender of the message that ``sms_by_message_id`` returns."""

    owner: InlineResponse20074Owner | None = field()
    phone_number: str | None = field(required=True)

from __future__ import annotations

from ._model import field
from .inline_response20073_owner import InlineResponse20073Owner
from .sms_participant import SmsParticipant


class InlineResponse20076ToMembers(SmsParticipant):
    """A recipient of the message that ``sms_by_message_id`` returns."""

    owner: InlineResponse20073Owner | None = field()
    phone_number: str | None = field(required=True)

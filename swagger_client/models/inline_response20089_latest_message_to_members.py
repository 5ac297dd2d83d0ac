from __future__ import annotations

from ._model import field
from .inline_response20089_latest_message_owner import InlineResponse20089LatestMessageOwner
from .sms_participant import SmsParticipant


class InlineResponse20089LatestMessageToMembers(SmsParticipant):
    """A recipient of a conversation's newest message, returned by ``get_sms_sessions``."""

    owner: InlineResponse20089LatestMessageOwner | None = field()
    phone_number: str | None = field(required=True)

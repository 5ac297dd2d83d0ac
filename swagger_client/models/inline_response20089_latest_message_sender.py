from __future__ import annotations

from ._model import field
from .inline_response20073_owner import InlineResponse20073Owner
from .sms_participant import SmsParticipant


class InlineResponse20089LatestMessageSender(SmsParticipant):
    """The sender of a conversation's newest message, returned by ``get_sms_sessions``."""

    owner: InlineResponse20073Owner | None = field(
        within={"type": ("user", "callQueue", "autoReceptionist", "sharedLineGroup")}
    )
    phone_number: str | None = field(required=True)

from __future__ import annotations

from ._model import field
from .inline_response20073_owner import InlineResponse20073Owner
from .sms_participant import SmsParticipant


class InlineResponse20088Participants(SmsParticipant):
    """A participant of a conversation in a response of ``user_sms_session``."""

    owner: InlineResponse20073Owner | None = field(
        within={"type": ("user", "callQueue", "autoReceptionist", "sharedLineGroup")}
    )
    is_session_owner: bool | None = field(example=True)

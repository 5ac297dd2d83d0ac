from __future__ import annotations

from ._model import field
from .inline_response20089_latest_message_owner import InlineResponse20089LatestMessageOwner
from .sms_participant import SmsParticipant


class InlineResponse20089Participants(SmsParticipant):
    """A participant of a conversation in a response of ``get_sms_sessions``."""

    owner: InlineResponse20089LatestMessageOwner | None = field()
    is_session_owner: bool | None = field(example=True)

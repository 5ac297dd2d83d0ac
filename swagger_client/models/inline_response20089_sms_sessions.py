from __future__ import annotations

from ._model import field
from .inline_response20089_latest_message import InlineResponse20089LatestMessage
from .inline_response20089_participants import InlineResponse20089Participants
from .sms_session import SmsSession


class InlineResponse20089SmsSessions(SmsSession):
    """One conversation in a response of ``get_sms_sessions``."""

    latest_message: InlineResponse20089LatestMessage | None = field()
    participants: list[InlineResponse20089Participants] = field()

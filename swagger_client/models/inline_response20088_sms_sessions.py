from __future__ import annotations

from ._model import absent, field
from .inline_response20088_participants import InlineResponse20088Participants
from .sms_message import SmsMessage
from .sms_session import SmsSession


class InlineResponse20088SmsSessions(SmsSession):
    """One conversation in a response of ``user_sms_session``."""

    latest_message: SmsMessage | None = absent()
    participants: list[InlineResponse20088Participants] = field()
    unread_message_count: int | None = absent()

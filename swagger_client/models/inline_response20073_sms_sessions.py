from __future__ import annotations

from ._model import absent, field
from .inline_response20073_participants import InlineResponse20073Participants
from .sms_message import SmsMessage
from .sms_session import SmsSession


class InlineResponse20073SmsSessions(SmsSession):
    """One conversation in a response of ``account_sms_session``."""

    latest_message: SmsMessage | None = absent()
    participants: list[InlineResponse20073Participants] = field()
    unread_message_count: int | None = absent()
    session_type: str | None = field(
        one_of=("user", "call_queue", "auto_receptionist", "service_endpoint")
    )

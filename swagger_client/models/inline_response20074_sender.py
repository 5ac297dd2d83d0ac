from __future__ import annotations

from ._model import field
from .inline_response20073_owner import InlineResponse20073Owner
from .sms_participant import SmsParticipant


class InlineResponse20074Sender(SmsParticipant):
    """The sender of a message, in ``sms_session_details`` and ``sms_session_sync``."""

    owner: InlineResponse20073Owner | None = field()
    phone_number: str | None = field(required=True)

from __future__ import annotations

from ._model import field
from .inline_response20074_owner import InlineResponse20074Owner
from .sms_participant import SmsParticipant


class InlineResponse20074ToMembers(SmsParticipant):
    """A recipient of a message in a response of ``sms_session_details``."""

    owner: InlineResponse20074Owner | None = field()
    phone_number: str | None = field(required=True)

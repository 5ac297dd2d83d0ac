from __future__ import annotations

from ._model import field
from .inline_response20075_owner import InlineResponse20075Owner
from .sms_participant import SmsParticipant


class InlineResponse20075ToMembers(SmsParticipant):
    """A recipient of a message in a response of ``sms_session_sync``."""

    owner: InlineResponse20075Owner | None = field()
    phone_number: str | None = field(required=True)

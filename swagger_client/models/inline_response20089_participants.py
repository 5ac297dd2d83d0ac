from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import absent, field
from .sms_participant import SmsParticipant

if TYPE_CHECKING:
    from .inline_response20089_latest_message_owner import InlineResponse20089LatestMessageOwner


class InlineResponse20089Participants(SmsParticipant):
    """A member of a conversation, in ``get_sms_sessions``."""

    owner: InlineResponse20089LatestMessageOwner | None = field()
    extension_status: str | None = absent()
    extension_deleted_time: str | None = absent()
